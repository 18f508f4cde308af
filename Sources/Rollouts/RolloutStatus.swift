// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes
internal import Serving

/// What a ModelDeployment's status says after a look at it.
struct RolloutStatus: Sendable {
    /// Which revisions it is about.
    struct Revisions: Sendable {
        let serving: String?
        let desired: String
        /// Of the one that serves, where that is known.
        var readyReplicas: Int64?
    }

    /// `nil` leaves what was said before.
    private let phase: HandOver.Phase?
    private let isReady: Bool
    private let reason: String
    private let message: String
    /// `nil` leaves what was said before.
    private let revisions: Revisions?

    private init(
        phase: HandOver.Phase?,
        isReady: Bool,
        reason: String,
        message: String,
        revisions: Revisions?
    ) {
        self.phase = phase
        self.isReady = isReady
        self.reason = reason
        self.message = message
        self.revisions = revisions
    }

    /// Nothing came about.
    static func failed(_ reason: String, _ message: String, revisions: Revisions? = nil) -> RolloutStatus {
        RolloutStatus(phase: nil, isReady: false, reason: reason, message: message, revisions: revisions)
    }

    /// After a step.
    /// - Parameter remark: what a person should know besides.
    static func after(
        _ decision: HandOver,
        of model: ServedModel,
        observed: HandOver.Observed,
        delivered: Delivered,
        remark: String
    ) -> RolloutStatus {
        // What was decided did not come about, or not whole: what was seen still holds.
        let seen = Revisions(serving: observed.servingRevision, desired: model.revision)
        if let failure = delivered.firstFailure {
            return failed("ReconciliationFailed", failure, revisions: seen)
        }
        if let refusal = delivered.firstFinding { return failed("ChildRefused", refusal, revisions: seen) }
        return RolloutStatus(
            phase: decision.phase,
            isReady: decision.phase == .complete,
            reason: decision.phase.reason,
            message: message(decision, revision: model.revision) + remark,
            revisions: Revisions(
                serving: decision.serving,
                desired: model.revision,
                readyReplicas: decision.serving.flatMap { observed.readyReplicas[$0] }
            )
        )
    }

    private static func message(_ decision: HandOver, revision: String) -> String {
        switch decision.phase {
        case .complete: "revision \(revision) serves"
        case .preparing: "revision \(revision) is not ready yet"
        case .switching: "traffic moves to revision \(revision)"
        case .retiring: "older revisions are removed"
        case .failed:
            "revision \(revision) failed; \(decision.serving.map { "revision \($0) keeps the traffic" } ?? "nothing serves")"
        }
    }

    /// The whole status of the object, with this in it.
    func written(into object: JSONValue, now: Timestamp) -> JSONValue {
        var status = object["status"] ?? [:]
        let generation = object["metadata"]?["generation"]?.intValue ?? 0
        status["conditions"] = .array(conditions(object["status"], generation, now))
        status["observedGeneration"] = .int(generation)
        if let phase { status["phase"] = .string(phase.rawValue) }
        if let revisions {
            status["revision"] = revisions.serving.map { .string($0) }
            status["desiredRevision"] = .string(revisions.desired)
            status["readyReplicas"] = revisions.readyReplicas.map { .int($0) }
        }
        return status
    }

    private func conditions(_ before: JSONValue?, _ generation: Int64, _ now: Timestamp) -> [JSONValue] {
        let isStalled = phase == .failed || reason == "InvalidSpec"
        var conditions = Conditions(before)
        func set(_ type: String, _ isTrue: Bool) {
            conditions.set(type, isTrue, reason: reason, message: message, generation: generation, now: now)
        }
        set("Ready", isReady)
        if isStalled { set("Stalled", true) } else { conditions.remove("Stalled") }
        if !isReady, !isStalled { set("Reconciling", true) } else { conditions.remove("Reconciling") }
        return conditions.list
    }
}

extension HandOver.Phase {
    /// Of the conditions.
    fileprivate var reason: String {
        switch self {
        case .failed: "RolloutFailed"
        case .complete: "Serving"
        case .preparing, .switching, .retiring: "Progressing"
        }
    }
}

extension Delivered {
    /// What could not be written.
    var firstFailure: String? { outcome.failed.first.map { "\($0.change.key): \($0.message ?? "failed")" } }
    /// What was refused before anything was written.
    var firstFinding: String? { outcome.plan.findings.first.map(String.init(describing:)) }
}
