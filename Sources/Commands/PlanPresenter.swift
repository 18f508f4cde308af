// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import Kubernetes
internal import YAML

/// A plan as people and programs read it.
struct PlanPresenter {
    let plan: Plan

    /// One line per object that would change, then what is wrong, then a summary.
    var table: [String] {
        var table = TableWriter("OPERATION", "KIND", "NAMESPACE", "NAME", "FIELDS", "SOURCE")
        for change in plan.writes {
            table.add(
                change.operation.rawValue,
                change.key.kind,
                change.key.namespace ?? "<cluster>",
                change.key.name,
                change.operation == .create || change.operation == .prune ? "-" : String(change.diffs.count),
                change.desired?.location.description ?? "<none>"
            )
        }
        var lines = plan.writes.isEmpty ? [] : table.lines
        lines += findings
        lines.append(summary)
        return lines
    }

    var findings: [String] {
        plan.findings.map { Style.removed.apply("error: \($0)") }
    }

    var summary: String {
        let counts = Operation.allCases.compactMap { operation -> String? in
            let count = plan.changes.count { $0.operation == operation }
            guard count > 0 else { return nil }
            return "\(count) \(operation == .none ? "unchanged" : "to \(operation.rawValue)")"
        }
        let refused = plan.findings.isEmpty ? [] : ["\(plan.findings.count) refused"]
        let what = plan.writes.isEmpty && plan.findings.isEmpty ? "no changes" : nil
        return ([what].compactMap(\.self) + counts + refused).joined(separator: ", ")
    }

    /// Each object's fields as a unified diff would show them.
    var unifiedDiff: [String] {
        plan.writes.flatMap { change -> [String] in
            var lines = [
                "--- \(change.key) (live)", "+++ \(change.key) (\(change.desired?.location.description ?? "pruned"))",
            ]
            if change.operation == .prune { return lines + [Style.removed.apply("- the whole object")] }
            if !change.foreignManagers.isEmpty {
                lines.append(Style.faint.apply("# last changed by \(change.foreignManagers.joined(separator: ", "))"))
            }
            if let note = change.notChecked { lines.append(Style.faint.apply("# not checked by the server: \(note)")) }
            return lines + change.diffs.flatMap(Self.lines)
        } + findings
    }

    var json: JSONValue {
        [
            "revision": plan.revision.map { .string($0.description) } ?? .null,
            "changes": .array(plan.writes.map(Self.json)),
            "unchanged": .int(Int64(plan.changes.count - plan.writes.count)),
            "findings": .array(plan.findings.map(Self.json)),
        ]
    }

    private static func lines(_ diff: FieldDiff) -> [String] {
        let field = diff.field.tokens.isEmpty ? "" : diff.field.description
        var lines = field.isEmpty ? [] : ["@@ \(field) @@"]
        if let before = diff.before { lines += text(before).map { Style.removed.apply("- \($0)") } }
        if let after = diff.after { lines += text(after).map { Style.added.apply("+ \($0)") } }
        return lines
    }

    private static func text(_ value: JSONValue) -> [String] {
        YAML.emit(value).split(whereSeparator: \.isNewline).map(String.init)
    }

    private static func json(_ change: PlannedChange) -> JSONValue {
        var object: JSONValue = [
            "operation": .string(change.operation.rawValue),
            "apiVersion": .string(change.type.apiVersion),
            "kind": .string(change.type.kind),
            "name": .string(change.key.name),
            "fields": .array(
                change.diffs.map { diff in
                    var field: JSONValue = ["path": .string(diff.field.description)]
                    field["before"] = diff.before
                    field["after"] = diff.after
                    return field
                }
            ),
        ]
        object["namespace"] = change.key.namespace.map { .string($0) }
        object["source"] = change.desired.map { .string($0.location.description) }
        object["notChecked"] = change.notChecked.map { .string($0) }
        if !change.foreignManagers.isEmpty {
            object["foreignManagers"] = .array(change.foreignManagers.map { .string($0) })
        }
        return object
    }

    static func json(_ finding: Finding) -> JSONValue {
        var object: JSONValue = ["rule": .string(finding.rule), "message": .string(finding.message)]
        object["file"] = finding.location.map { .string($0.path) }
        object["line"] = finding.location?.line.map { .int(Int64($0)) }
        object["column"] = finding.location?.column.map { .int(Int64($0)) }
        object["object"] = finding.object.map { .string($0.description) }
        object["field"] = finding.field.map { .string($0.description) }
        return object
    }
}
