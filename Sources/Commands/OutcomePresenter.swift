// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import Kubernetes

/// What came of an apply, as people and programs read it.
struct OutcomePresenter {
    let outcome: Outcome

    var table: [String] {
        var table = TableWriter("RESULT", "OPERATION", "KIND", "NAMESPACE", "NAME", "SOURCE", "MESSAGE")
        for result in outcome.results {
            table.add(
                result.status.rawValue,
                result.change.operation.rawValue,
                result.change.key.kind,
                result.change.key.namespace ?? "<cluster>",
                result.change.key.name,
                PlanPresenter.source(result.change),
                result.message ?? health(of: result) ?? ""
            )
        }
        let unhealthy = outcome.health.filter { $0.health != .current }
            .map { Style.error("\($0.key) is \($0.health.rawValue): \($0.message)") }
        let plan = PlanPresenter(plan: outcome.plan)
        return (outcome.results.isEmpty ? [] : table.lines) + unhealthy + plan.findings + plan.added + plan.left + [
            summary
        ]
    }

    var json: JSONValue {
        [
            "revision": outcome.plan.revision.map { .string($0.description) } ?? .null,
            "results": .array(outcome.results.map(Self.json)),
            "health": .array(
                outcome.health.map {
                    [
                        "object": .string($0.key.description), "health": .string($0.health.rawValue),
                        "message": .string($0.message),
                    ]
                }
            ),
            "findings": .array(outcome.plan.findings.map(PlanPresenter.json)),
            "left": .array(PlanPresenter(plan: outcome.plan).leftJSON),
        ]
    }

    private var summary: String {
        func count(_ status: ChangeResult.Status) -> Int { outcome.results.count { $0.status == status } }
        let unchanged = outcome.plan.changes.count - outcome.plan.writes.count
        let parts = [
            "\(count(.succeeded)) applied", "\(unchanged) unchanged",
            count(.terminating) > 0 ? "\(count(.terminating)) still being deleted" : nil,
            outcome.failed.isEmpty ? nil : "\(outcome.failed.count) failed",
            count(.skipped) > 0 ? "\(count(.skipped)) skipped" : nil,
            outcome.plan.findings.isEmpty ? nil : "\(outcome.plan.findings.count) refused",
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    private func health(of result: ChangeResult) -> String? {
        outcome.health.first { $0.key == result.change.key }?.message
    }

    private static func json(_ result: ChangeResult) -> JSONValue {
        var object: JSONValue = [
            "object": .string(result.change.key.description),
            "operation": .string(result.change.operation.rawValue),
            "status": .string(result.status.rawValue),
        ]
        object["source"] = result.change.desired.map { .string($0.location.description) }
        object["httpStatus"] = result.httpStatus.map { .int(Int64($0)) }
        object["resourceVersion"] = result.resourceVersion.map { .string($0) }
        object["auditID"] = result.auditID.map { .string($0) }
        object["message"] = result.message.map { .string($0) }
        return object
    }
}
