// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Change
package import Concurrency
package import JSON
package import Kubernetes

/// The end of a resource of ours that answers for objects: they are deleted on record before it goes.
///
/// It holds no resource for ever. What is still there when its time is up is named on record and left; where nothing can be recorded, nothing is
/// deleted and the resource stays.
package struct Departure: Sendable {
    /// The rule of what stays in the cluster.
    package static let rule = "left-behind"

    private let road: Road
    private let recorder: Recorder
    private let context: RunContext
    /// When the deletion was asked for, as the server wrote it: with it, two deletions of one name are two on record.
    private let moment: String
    /// What is left of the time that the objects may take to go.
    package let timeLeft: Duration

    package var isOverdue: Bool { timeLeft <= .zero }

    /// - Parameters:
    ///   - object: the resource, which is being deleted.
    ///   - patience: how long its objects may take, from when the deletion was asked for.
    package init(
        of object: JSONValue,
        on road: Road,
        recorder: Recorder,
        context: RunContext,
        patience: Duration,
        now: Timestamp
    ) {
        self.road = road
        self.recorder = recorder
        self.context = context
        moment = object["metadata"]?["deletionTimestamp"]?.stringValue ?? "?"
        timeLeft = Timestamp(moment).map { patience - .seconds(now.seconds - $0.seconds) } ?? .zero
    }

    /// Deletes what is there, but for what is spared.
    ///
    /// - Returns: why some could not be deleted. What was deleted may still wait for its finalizers.
    package func prune(
        _ inventory: some InventoryStore,
        sparing spared: Set<ObjectKey>,
        deadline: Deadline
    ) async throws -> [ObjectKey: String] {
        let nothing = Submission(
            verdict: Verdict(allowed: [], findings: []),
            revision: nil,
            revisionText: nil,
            kept: spared
        )
        let outcome = try await road.deliver(
            nothing,
            recorder: recorder,
            inventory: inventory,
            context: context,
            deadline: deadline
        ).outcome
        var reasons: [ObjectKey: String] = [:]
        for finding in outcome.plan.findings {
            if let key = finding.object { reasons[key] = finding.message }
        }
        for result in outcome.results where result.status != .succeeded {
            reasons[result.change.key] = result.message ?? "it was not tried"
        }
        return reasons
    }

    /// Records what stays in the cluster, or goes without us, when the resource is let go.
    ///
    /// - Returns: the same in words; `nil` if nothing stays.
    package func leave(_ findings: [Finding]) async throws -> String? {
        guard let first = findings.first else { return nil }
        try await recorder.denied(findings, context: context)
        return findings.count == 1 ? "\(first)" : "\(findings.count) findings, first \(first)"
    }

    // MARK: - In words

    /// Where what was not deleted is left.
    package enum Place: String, Sendable {
        case cluster = "left in the cluster"
        /// Which deletes whatever names an owner that is gone.
        case garbageCollector = "left to the cluster's garbage collector"
    }

    /// - Parameter reasons: by object.
    package func left(_ reasons: [ObjectKey: String], _ place: Place = .cluster) -> [Finding] {
        reasons.sorted { $0.key < $1.key }.map { key, reason in
            Finding(
                rule: Self.rule,
                message: "\(place.rawValue) by the deletion of \(moment): \(reason)",
                object: key
            )
        }
    }

    /// Where nothing could be looked at: what is known to have been there, or else the reason alone.
    package func unseen(_ keys: Set<ObjectKey>, _ reason: String, _ place: Place = .cluster) -> [Finding] {
        guard !keys.isEmpty else {
            return [Finding(rule: Self.rule, message: "nobody knows what the deletion of \(moment) left: \(reason)")]
        }
        return left(Dictionary(uniqueKeysWithValues: keys.map { ($0, reason) }), place)
    }

    /// What needs no deletion of ours, since its namespace is deleted as a whole: one finding for each namespace.
    package func taken(_ keys: some Sequence<ObjectKey>) -> [Finding] {
        let homes = Dictionary(grouping: keys) { $0.namespace ?? "" }
        return homes.sorted { $0.key < $1.key }.map { namespace, keys in
            Finding(
                rule: "goes-with-namespace",
                message: "the deletion of \(moment) found namespace \(namespace) being deleted, which takes along "
                    + "\(keys.count) objects, first \(keys.min().map(\.description) ?? "")"
            )
        }
    }

    /// Why an object that was deleted is still there.
    package static func held(by finalizers: [String]) -> String {
        finalizers.isEmpty
            ? "it is being deleted"
            : "it is being deleted, and waits for its finalizers: \(finalizers.joined(separator: ", "))"
    }
}

extension KubernetesClient {
    /// Of these namespaces those that are being deleted, or are gone: what is in them goes along. Where nobody can tell, a namespace stays.
    package func leaving(_ namespaces: Set<String>) async -> Set<String> {
        let type = GroupVersionKind(group: "", version: "v1", kind: "Namespace")
        let sights = await namespaces.sorted().concurrentMap(limit: 8) { name in
            (name, await self.look(at: type, ObjectKey(group: "", kind: type.kind, namespace: nil, name: name)))
        }
        let leaving = sights.filter { _, sight in
            switch sight {
            case .live(let object): object["metadata"]?["deletionTimestamp"] != nil
            case .absent: true
            case .unknown: false
            }
        }
        return Set(leaving.map(\.0))
    }
}
