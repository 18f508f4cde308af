// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Change
package import Concurrency
internal import JSON
package import Kubernetes

/// Works out what a verdict would change in the cluster. Reads and dry-runs; writes nothing.
package struct Planner: Sendable {
    /// What was applied before, and what is known of it.
    package struct Memory: Sendable {
        /// Where no record can be asked.
        package static let none = Memory(isKnown: false, recorded: [], inventory: [:], origin: nil)

        /// Whether there is a record at all.
        package let isKnown: Bool
        /// By the record: what settled, and how it looked.
        package let settled: [ObjectKey: SettledObject]
        /// What the record knows to have been there.
        package let seen: Set<ObjectKey>
        /// What was announced, and never came about by the record.
        let announced: Set<ObjectKey>
        /// What carries our marks and is somebody else's.
        let found: Set<ObjectKey>
        /// Everything that may be pruned: of the record, and of the inventory. Either can make up for the loss of the other.
        package private(set) var inventory: [ObjectKey: InventoryEntry]

        /// The origin of the record's log, where others may deliver under the same name with a log of their own.
        private let origin: String?
        /// What is known to be ours whatever log its mark is of.
        private let claimed: Set<ObjectKey>

        /// - Parameters:
        ///   - inventory: as it is kept beside the record.
        ///   - origin: of the log, at a workstation, and in another cluster, to which others may deliver from elsewhere. In its own cluster an
        ///     Environment's objects are told by its label alone, also when its log begins anew.
        ///   - claimed: what is known to be ours whatever log its mark is of.
        package init(
            recorded: [RecordedObject],
            inventory: [ObjectKey: InventoryEntry] = [:],
            origin: String? = nil,
            claimed: Set<ObjectKey> = []
        ) {
            self.init(isKnown: true, recorded: recorded, inventory: inventory, origin: origin, claimed: claimed)
        }

        private init(
            isKnown: Bool,
            recorded: [RecordedObject],
            inventory: [ObjectKey: InventoryEntry],
            origin: String?,
            claimed: Set<ObjectKey> = []
        ) {
            self.claimed = claimed
            self.isKnown = isKnown
            self.origin = origin
            settled = recorded.settled
            seen = Set(recorded.filter(\.wasThere).map(\.key))
            announced = Set(recorded.filter { !$0.wasThere }.map(\.key))
            found = Set(recorded.filter(\.wasFound).map(\.key))
            self.inventory = Dictionary(recorded).merging(inventory) { _, kept in kept }
        }

        /// The log that an object must be of by its mark; `nil` if its mark does not matter.
        func origin(of key: ObjectKey) -> String? { claimed.contains(key) ? nil : origin }

        /// With the versions at which kinds are served now.
        func moved(_ versions: [GroupVersionKind: GroupVersionKind]) -> Memory {
            var memory = self
            memory.inventory = inventory.mapValues { entry in
                versions[entry.type].map { entry.moved(to: $0) } ?? entry
            }
            return memory
        }
    }

    /// A plan, and what was learned on the way.
    package struct Result: Sendable {
        package let plan: Plan
        /// Objects that have a newer version but look as they did: the newer version is what to compare with from now on.
        package let refreshed: [ObjectKey: String]
        /// Drift that an apply cannot heal; the reason is among the findings.
        package let unhealable: [PlannedChange]
        /// What leaves the inventory without a write.
        package let released: Set<ObjectKey>
        /// Whether a kind turned out to be gone that discovery still had.
        let hasStaleKinds: Bool
        /// Whether nothing is to be done, and watches tell when that changes.
        let isSettled: Bool

        /// Without the heals of some objects: their drift is told, and nothing is done about it.
        func leaving(_ keys: Set<ObjectKey>) -> Result {
            let isLeft = { (change: PlannedChange) in change.operation == .heal && keys.contains(change.key) }
            let left = plan.changes.filter(isLeft)
            let rest = Plan(
                revision: plan.revision,
                changes: plan.changes.filter { !isLeft($0) },
                findings: plan.findings + left.map(Self.fight),
                left: plan.left
            )
            return Result(
                plan: rest,
                refreshed: refreshed,
                unhealable: unhealable + left,
                released: released,
                hasStaleKinds: hasStaleKinds,
                isSettled: false
            )
        }

        private static func fight(_ change: PlannedChange) -> Finding {
            let others = change.foreignManagers.isEmpty ? "somebody" : change.foreignManagers.joined(separator: ", ")
            return Finding(
                rule: Planner.fight,
                message:
                    "\(others) changes it back as often as it is healed (\(Fights.limit) times within a minute), so that it is left alone for a while: "
                    + "have only one of the two set these fields, or list them in the annotation \(ObjectRules.ignoreAnnotation)",
                location: change.desired?.location,
                object: change.key
            )
        }
    }

    /// Which objects that do not exist yet the server is asked about, too.
    package enum Checking: Sendable {
        /// A person who plans wants to know.
        case all
        /// A controller finds out, but for those that failed before: a failure that stays is then told once, and not tried again and again.
        case these(Set<ObjectKey>)

        func includes(_ key: ObjectKey) -> Bool {
            switch self {
            case .all: true
            case .these(let keys): keys.contains(key)
            }
        }
    }

    private static let namespaces = GroupVersionKind(group: "", version: "v1", kind: "Namespace")
    /// The rule of what the server refuses.
    package static let refusal = "refused-by-server"
    /// The rule of what somebody keeps changing back.
    static let fight = "fight"

    let client: KubernetesClient
    let resources: [GroupVersionKind: APIResource]
    let secrets: SecretKeeper
    let target: Target
    /// Why a kind could not be looked up.
    let unreadable: [GroupVersionKind: String]
    /// Kinds that are served no more in any version, so that no object of them is there.
    let gone: Set<GroupVersionKind>
    let checking: Checking
    let view: LiveView?

    package init(
        client: KubernetesClient,
        resources: [GroupVersionKind: APIResource],
        secrets: SecretKeeper,
        target: Target,
        unreadable: [GroupVersionKind: String] = [:],
        gone: Set<GroupVersionKind> = [],
        checking: Checking,
        view: LiveView? = nil
    ) {
        self.view = view
        self.gone = gone
        self.client = client
        self.resources = resources
        self.secrets = secrets
        self.target = target
        self.unreadable = unreadable
        self.checking = checking
    }

    package func plan(
        _ submission: Submission,
        memory: Memory,
        deadline: Deadline
    ) async throws -> Result {
        let verdict = submission.verdict
        let live = try await readLive(verdict, memory: memory, deadline: deadline)
        // Namespaces of the same commit, whose content the server cannot judge yet.
        let coming = Set(verdict.allowed.filter { $0.type == Self.namespaces }.map(\.key.name))
        let planner = ObjectPlanner(
            client: client,
            secrets: secrets,
            target: target,
            served: Set(resources.keys),
            coming: coming,
            checking: checking,
            view: view,
            deadline: deadline
        )
        let steps = try await verdict.allowed.concurrentMap(limit: target.concurrency) { desired in
            try await planner.step(for: desired, live: live, memory: memory)
        }
        var changes: [PlannedChange] = []
        var findings = verdict.findings
        var refreshed: [ObjectKey: String] = [:]
        var unhealable: [PlannedChange] = []
        for step in steps {
            switch step {
            case .change(let change): changes.append(change)
            case .finding(let finding): findings.append(finding)
            case .unhealable(let change, let finding):
                unhealable.append(change)
                findings.append(finding)
            case .refreshed(let change, let resourceVersion):
                changes.append(change)
                refreshed[change.key] = resourceVersion
            }
        }
        await confirm(changes, besides: refreshed)
        let stopped = Judge.stopped(verdict.allowed, others: submission.kept, findings: findings)
        changes.removeAll { stopped[$0.key] != nil }
        findings += stopped.values.sorted { $0.description < $1.description }
        let prunes = Prunes.decide(submission, memory: memory, target: target) { sight(of: $0, live) }
        let plan = Plan(
            revision: submission.revision,
            changes: ApplyOrder.sorted(changes) + prunes.changes,
            findings: findings + prunes.findings,
            left: prunes.left
        )
        return Result(
            plan: plan,
            refreshed: refreshed,
            unhealable: unhealable,
            released: prunes.released,
            hasStaleKinds: live.hasStaleKinds,
            isSettled: plan.findings.isEmpty && plan.left.isEmpty && prunes.released.isEmpty
                && plan.changes.allSatisfy {
                    $0.operation == .none && $0.additions.isEmpty && live.inSync.contains($0.key)
                }
        )
    }

    /// What the record alone shows to be in sync need not be looked at when a status changes.
    private func confirm(_ changes: [PlannedChange], besides refreshed: [ObjectKey: String]) async {
        await view?.confirm(
            changes.compactMap { change in
                guard change.operation == .none, change.additions.isEmpty, refreshed[change.key] == nil,
                    let uid = change.uid, let version = change.resourceVersion
                else { return nil }
                return (change.type, change.key, uid, version)
            },
            target.owner
        )
    }

    private func sight(of entry: InventoryEntry, _ live: LiveState) -> Prunes.Sight {
        if let reason = unreadable[entry.type] ?? live.failure(for: entry.type, in: entry.key.namespace) {
            return .unknown(reason)
        }
        guard !gone.contains(entry.type) else { return .absent }
        guard resources[entry.type] != nil else {
            return .unknown("the cluster serves no kind \(entry.type.kind) in \(entry.type.apiVersion) any more")
        }
        return live.objects[entry.key].map { .live($0) } ?? .absent
    }

    // MARK: - Live state

    private func readLive(_ verdict: Verdict, memory: Memory, deadline: Deadline) async throws -> LiveState {
        var types = memory.inventory.mapValues(\.type)
        for (key, settled) in memory.settled where types[key] == nil { types[key] = settled.type }
        for desired in verdict.allowed { types[desired.key] = desired.type }
        // A kind that the same commit defines, or that the cluster no longer serves, cannot be listed.
        let unserved = Set(types.values.filter { resources[$0] == nil })
        return try await LiveState.read(
            types,
            skipping: unserved,
            owner: target.owner,
            view: view,
            client: client,
            concurrency: target.concurrency,
            deadline: deadline
        )
    }
}
