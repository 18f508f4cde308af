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
                Self.fields(change),
                Self.source(change)
            )
        }
        let lines = plan.writes.isEmpty ? [] : table.lines
        return lines + findings + added + left + [summary]
    }

    /// Where the object is asked for, or was.
    static func source(_ change: PlannedChange) -> String {
        change.desired?.location.description ?? change.formerSource.map { "was in \($0)" } ?? "<none>"
    }

    /// How much of the object would be another.
    private static func fields(_ change: PlannedChange) -> String {
        switch change.operation {
        case .create: "-"
        case .prune: change.uid == nil ? "gone" : "-"
        default:
            change.recreates
                ? "\(change.diffs.count) (recreate)"
                : change.silentReason.map { "0 (\($0.rawValue))" } ?? String(change.diffs.count)
        }
    }

    /// What others put beside ours, and what stays there. Of an object that is written, what a strict heal takes away is among its fields.
    var added: [String] {
        plan.changes.compactMap { change in
            guard let first = change.leftAdditions.first else { return nil }
            let more = change.leftAdditions.count == 1 ? "" : " and \(change.leftAdditions.count - 1) more"
            let by = change.foreignManagers.isEmpty ? "" : ", set by \(change.foreignManagers.joined(separator: ", "))"
            return Style.changed.apply(
                "left: \(change.key) has \(first.field)\(more)\(by) (heal: strict takes it away)".onOneLine
            )
        }
    }

    /// What is there although no file asks for it any more.
    var left: [String] {
        [
            left(.notPruned, "left, since no file asks for it any more and --prune was not given"),
            left(.terminating, "still being deleted"),
        ].compactMap(\.self)
    }

    private func left(_ reason: LeftObject.Reason, _ what: String) -> String? {
        let keys = plan.left.filter { $0.reason == reason }.map(\.key)
        guard let first = keys.first else { return nil }
        let more = keys.count == 1 ? "" : " and \(keys.count - 1) more"
        return Style.changed.apply("\(what): \(first)\(more)")
    }

    var findings: [String] {
        plan.findings.map(Style.error)
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
                "--- \(change.key) (\(change.uid == nil ? "not there" : "live"))",
                "+++ \(change.key) (\(change.desired?.location.description ?? "pruned"))",
            ]
            if change.operation == .prune { return lines + [Style.removed.apply("- the whole object")] }
            if !change.foreignManagers.isEmpty {
                lines.append(Style.faint.apply("# last changed by \(change.foreignManagers.joined(separator: ", "))"))
            }
            if let note = change.notChecked { lines.append(Style.faint.apply("# not checked by the server: \(note)")) }
            if let reason = change.silentReason { lines.append(Style.faint.apply("# \(Self.words(reason))")) }
            return lines + change.diffs.flatMap(Self.lines)
        } + findings + added + left
    }

    private static func words(_ reason: SilentReason) -> String {
        switch reason {
        case .ownership: "no field differs; whose fields they are does"
        case .record: "no field differs; it is written once, so that the record knows it"
        }
    }

    func json(notChecked: [String]) -> JSONValue {
        [
            "revision": plan.revision.map { .string($0.description) } ?? .null,
            "changes": .array(plan.writes.map(Self.json)),
            "unchanged": .int(Int64(plan.changes.count - plan.writes.count)),
            "findings": .array(plan.findings.map(Self.json)),
            "left": .array(leftJSON),
            "notChecked": .array(notChecked.map { .string($0) }),
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
        object["formerSource"] = change.formerSource.map { .string($0) }
        object["notChecked"] = change.notChecked.map { .string($0) }
        if change.recreates { object["recreate"] = true }
        object["silentReason"] = change.silentReason.map { .string($0.rawValue) }
        if !change.foreignManagers.isEmpty {
            object["foreignManagers"] = .array(change.foreignManagers.map { .string($0) })
        }
        return object
    }

    /// What stays although no file asks for it: whole objects, and what others put into ours.
    var leftJSON: [JSONValue] {
        plan.left.map { ["object": .string($0.key.description), "reason": .string($0.reason.rawValue)] }
            + plan.changes.filter { !$0.leftAdditions.isEmpty }.map { change in
                [
                    "object": .string(change.key.description), "reason": "addition",
                    "fields": .array(change.leftAdditions.map { .string($0.field.description) }),
                    "foreignManagers": .array(change.foreignManagers.map { .string($0) }),
                ]
            }
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
