// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import JSON
internal import Kubernetes
internal import TaffrailAPI

/// What an Environment that is being deleted says of its end, read leniently: also one that nobody can read must be able to go.
struct EnvironmentEnd {
    let reference: EnvironmentReference
    let prunes: Bool
    let isSuspended: Bool
    /// How long its objects may take to be gone.
    let patience: Duration

    init(_ object: JSONValue) {
        let (metadata, spec) = (object["metadata"], object["spec"])
        reference = EnvironmentReference(
            namespace: metadata?["namespace"]?.stringValue ?? "default",
            name: metadata?["name"]?.stringValue ?? ""
        )
        prunes = spec?["deletionPolicy"]?.stringValue == TaffrailAPI.Environment.DeletionPolicy.prune.rawValue
        isSuspended = spec?["suspend"] == true
        patience = GoDuration(spec?["timeout"]?.stringValue ?? "")?.duration ?? .seconds(300)
    }

    /// Kinds that others may need in order to go: their definitions, their namespaces, and the rights of those who delete them.
    private static let foundations: Set<String> = [
        "CustomResourceDefinition", "Namespace", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
        "ServiceAccount",
    ]

    static func isFoundation(_ type: GroupVersionKind) -> Bool { foundations.contains(type.kind) }
}

/// The end of an Environment: what it has applied is pruned on record, and then it may go.
struct EnvironmentFarewell {
    enum Step {
        /// It may go as soon as it is on record what stays.
        case go([Finding])
        /// Something is still there; with what stopped everything, if anything did.
        case stay(EnvironmentReport, (any Error)?)
    }

    /// What one attempt came to.
    private struct Remains {
        /// Still there, and to be waited for.
        var open: Set<ObjectKey> = []
        /// Still there, and to stay: with the reason.
        var staying: [ObjectKey: String] = [:]
        /// In namespaces that are being deleted.
        var taken: Set<ObjectKey> = []
        /// Why objects could not be deleted.
        var reasons: [ObjectKey: String] = [:]
    }

    let departure: Departure
    private let end: EnvironmentEnd
    private let inventory: DepartingInventory
    /// Where its objects are; a failure while nobody can tell.
    private let cluster: Result<TargetCluster, any Error>

    init(
        _ object: JSONValue,
        _ end: EnvironmentEnd,
        _ inventory: DepartingInventory,
        cluster: Result<TargetCluster, any Error>,
        former: ClusterIdentity?,
        client: KubernetesClient,
        recorder: Recorder,
        now: Timestamp
    ) throws {
        self.end = end
        self.inventory = inventory
        self.cluster = cluster
        let known = try? cluster.get()
        let target = Target(
            environment: end.reference,
            owner: Ownership.environment(namespace: end.reference.namespace, name: end.reference.name),
            prunes: true,
            healing: .on,
            healthTimeout: .zero,
            allowsEmpty: true
        )
        departure = Departure(
            of: object,
            // Without a cluster nothing is pruned, and the road only serves to record what is left.
            on: Road(client: known?.account ?? client, secrets: recorder.secrets, target: target),
            recorder: recorder,
            context: RunContext(
                runID: try RunContext.newRunID(),
                loop: .delivery,
                environment: end.reference,
                revision: nil,
                commitBytes: nil,
                targetCluster: known?.remote ?? former
            ),
            patience: end.patience,
            now: now
        )
    }

    func step(deadline: Deadline) async throws -> Step {
        guard !end.isSuspended else {
            let reason = "its Environment was suspended when it was deleted"
            let known = try await inventory.known(deadline: deadline)
            return .go(departure.left(known.mapValues { _ in reason }))
        }
        do {
            return await outcome(of: try await attempt(deadline: deadline))
        } catch let error where !(error is CancellationError) {
            // Nothing could even be looked at.
            guard departure.isOverdue else {
                let message = "what was applied cannot be pruned: \(error)"
                let report = EnvironmentReport(
                    ready: false,
                    reason: "DeletionFailed",
                    message: message,
                    retriesSoon: true
                )
                return .stay(report, error)
            }
            let known = try await inventory.known(deadline: deadline)
            return .go(departure.unseen(Set(known.keys), String(describing: error)))
        }
    }

    // MARK: - An attempt

    /// Deletes what can be deleted now: first what needs others, and what others need when nothing else is left.
    private func attempt(deadline: Deadline) async throws -> Remains {
        let cluster = try cluster.get()
        let entries = try await inventory.load(deadline: deadline)
        let leaving = await cluster.client.leaving(Set(entries.keys.compactMap(\.namespace)))
        var remains = Remains()
        remains.taken = Set(entries.keys.filter { $0.namespace.map(leaving.contains) ?? false })
        let foundations = Set(entries.values.filter { EnvironmentEnd.isFoundation($0.type) }.map(\.key))
        try await prune(sparing: foundations, &remains, deadline: deadline)
        if remains.open.isSubset(of: foundations) { try await prune(sparing: [], &remains, deadline: deadline) }
        return remains
    }

    private func prune(sparing later: Set<ObjectKey>, _ remains: inout Remains, deadline: Deadline) async throws {
        remains.reasons = try await departure.prune(
            inventory,
            sparing: remains.taken.union(later),
            deadline: deadline
        )
        let left = try await inventory.load(deadline: deadline).filter { !remains.taken.contains($0.key) }
        let staying = left.values.filter { !later.contains($0.key) && Prunes.isProtected($0) }.map(\.key)
        for key in staying {
            remains.staying[key] = "with a \(key.kind) goes what nobody named, and its manifest did not confirm that"
        }
        remains.open = Set(left.keys).subtracting(staying)
    }

    private func outcome(of remains: Remains) async -> Step {
        guard let first = remains.open.min() else {
            return .go(departure.left(remains.staying) + departure.taken(remains.taken))
        }
        guard !departure.isOverdue else {
            let open = await reasons(for: remains.open, remains)
            return .go(departure.left(open.merging(remains.staying) { $1 }) + departure.taken(remains.taken))
        }
        let failed = remains.reasons.keys.filter(remains.open.contains).min()
        let shown = failed ?? first
        let reason = await reasons(for: [shown], remains)[shown] ?? ""
        let report = EnvironmentReport(
            ready: false,
            reason: failed == nil ? "Deleting" : "DeletionFailed",
            message: "\(remains.open.count) objects are still there, first \(shown): \(reason)",
            retriesSoon: failed != nil
        )
        return .stay(report, nil)
    }

    /// Why objects are still there: what stopped their deletion, or what they wait for.
    private func reasons(for keys: Set<ObjectKey>, _ remains: Remains) async -> [ObjectKey: String] {
        let entries = (try? await inventory.known(deadline: .after(.seconds(30)))) ?? [:]
        let pairs = await Array(keys).concurrentMap(limit: 8) { key -> (ObjectKey, String) in
            if let reason = remains.reasons[key] { return (key, reason) }
            guard let type = entries[key]?.type,
                case .live(let object)? = try? await cluster.get().account.look(at: type, key)
            else {
                return (key, Departure.held(by: []))
            }
            return (key, Departure.held(by: Finalizer.all(of: object)))
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
