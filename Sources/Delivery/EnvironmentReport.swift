// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Concurrency
internal import JSON
internal import Kubernetes
internal import TaffrailAPI

/// What one look at an Environment came to, as its status says it. Pure.
struct EnvironmentReport {
    /// `nil` while nobody can say.
    let ready: Bool?
    let reason: String
    let message: String
    var attempted: String?
    var applied: String?
    var retriesSoon = false

    /// Reasons that stay until somebody changes something.
    private static let stalling: Set<String> = ["InvalidSpec", "Refused", "DependencyCycle"]

    init(
        ready: Bool?,
        reason: String,
        message: String,
        attempted: String? = nil,
        retriesSoon: Bool = false
    ) {
        self.ready = ready
        self.reason = reason
        self.message = message
        self.attempted = attempted
        self.retriesSoon = retriesSoon
    }

    /// What is going on; `nil` for what needs no words of its own.
    init?(_ step: RoadStep, of revision: String) {
        switch step {
        case .applying(0, let count): message = "applying \(count) changes of \(revision)"
        case .waiting: message = "waiting for what was applied of \(revision) to become healthy"
        case .planning, .applying: return nil
        }
        ready = nil
        reason = "Progressing"
    }

    init(_ outcome: Outcome, healing: TaffrailAPI.Environment.Healing, revision: String) {
        attempted = revision
        let unhealthy = outcome.health.filter { $0.health != .current }
        let drifted = outcome.plan.changes.filter { !$0.drift.isEmpty }
        let skipped = outcome.results.first { $0.status == .skipped }
        if let failed = outcome.failed.first {
            ready = false
            reason = "ReconciliationFailed"
            let place = failed.change.desired.map { "\($0.location): " } ?? ""
            message =
                "\(outcome.failed.count.counted("object")) failed, first \(place)\(failed.change.key): \(failed.message ?? "failed")"
            retriesSoon = true
        } else if let skipped {
            ready = false
            reason = skipped.waitsFor == nil ? "Interrupted" : "DependencyNotReady"
            message = "\(skipped.change.key) was not applied: \(skipped.message ?? "skipped")"
            retriesSoon = true
        } else if let finding = outcome.plan.findings.first {
            ready = false
            reason = "PartiallyRefused"
            let hasOthers = outcome.plan.changes.contains { $0.operation != .prune }
            let rest = hasOthers ? "everything else is at \(revision)" : "nothing is applied of \(revision)"
            message = "\(outcome.plan.findings.count.counted("finding")), first \(finding); \(rest)"
        } else if let first = unhealthy.first {
            ready = false
            reason = "HealthCheckFailed"
            message = "\(first.key) is \(first.health.rawValue): \(first.message)"
        } else if healing == .report, let first = drifted.first {
            ready = false
            reason = "Drifted"
            let managers =
                first.foreignManagers.isEmpty ? "" : ", changed by \(first.foreignManagers.joined(separator: ", "))"
            message = "the drift of \(drifted.count.counted("object")) is only reported, first \(first.key)\(managers)"
        } else {
            ready = true
            reason = "ReconciliationSucceeded"
            message = "applied \(revision)"
            applied = revision
        }
    }

    /// The status that says it, after the one that was there.
    ///
    /// - Parameter request: the token of a request that was handled with it.
    func status(after old: JSONValue?, generation: Int64, request: String?, now: Timestamp) -> JSONValue {
        var conditions = Conditions(old)
        conditions.set("Ready", ready, reason: reason, message: message, generation: generation, now: now)
        for (type, holds) in [("Stalled", Self.stalling.contains(reason)), ("Reconciling", reason == "Progressing")] {
            if holds {
                conditions.set(type, true, reason: reason, message: message, generation: generation, now: now)
            } else {
                conditions.remove(type)
            }
        }
        var status = old ?? [:]
        status["conditions"] = .array(conditions.list)
        status["observedGeneration"] = .int(generation)
        if let attempted { status["lastAttemptedRevision"] = .string(attempted) }
        if let applied { status["lastAppliedRevision"] = .string(applied) }
        if let history = history(after: old?["history"]?.arrayValue ?? [], now: now) {
            status["history"] = .array(history)
        }
        if let request { status["lastHandledReconcileAt"] = .string(request) }
        return status
    }

    /// What came of a revision is said once; another reason makes another entry.
    private func history(after old: [JSONValue], now: Timestamp) -> [JSONValue]? {
        guard let attempted, let ready else { return nil }
        let entry: JSONValue = [
            "revision": .string(attempted), "reason": .string(reason), "ready": .bool(ready),
            "time": .string(now.description),
        ]
        if let last = old.first, last["revision"] == entry["revision"], last["reason"] == entry["reason"] { return nil }
        return Array(([entry] + old).prefix(TaffrailAPI.Environment.Attempt.kept))
    }
}
