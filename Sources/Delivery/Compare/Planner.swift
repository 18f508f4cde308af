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
        /// By the record: what settled, and how it looked.
        package let settled: [ObjectKey: SettledObject]
        /// What the record believes to be there, settled or not.
        package let recorded: Set<ObjectKey>
        /// Everything that may be pruned: of the record, and of the inventory. Either can make up for the loss of the other.
        package let inventory: [ObjectKey: InventoryEntry]

        /// - Parameter inventory: as it is kept beside the record.
        package init(recorded: [RecordedObject] = [], inventory: [ObjectKey: InventoryEntry] = [:]) {
            settled = recorded.settled
            self.recorded = Set(recorded.map(\.key))
            self.inventory = Dictionary(recorded).merging(inventory) { _, kept in kept }
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

    let client: KubernetesClient
    let resources: [GroupVersionKind: APIResource]
    let secrets: SecretKeeper
    let target: Target
    /// Why a kind could not be looked up.
    let unreadable: [GroupVersionKind: String]
    let checking: Checking

    package init(
        client: KubernetesClient,
        resources: [GroupVersionKind: APIResource],
        secrets: SecretKeeper,
        target: Target,
        unreadable: [GroupVersionKind: String] = [:],
        checking: Checking
    ) {
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
        let steps = try await verdict.allowed.concurrentMap(limit: target.concurrency) { desired in
            try await step(for: desired, live: live, memory: memory, coming: coming, deadline: deadline)
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
        let prunes = Prunes.decide(submission, memory: memory, target: target) { sight(of: $0, live) }
        changes.sort(by: ApplyOrder.precedes)
        let plan = Plan(
            revision: submission.revision,
            changes: changes + prunes.changes,
            findings: findings + prunes.findings
        )
        return Result(plan: plan, refreshed: refreshed, unhealable: unhealable, released: prunes.released)
    }

    private func sight(of entry: InventoryEntry, _ live: LiveState) -> Prunes.Sight {
        if let reason = unreadable[entry.type] ?? live.failure(for: entry.type, in: entry.key.namespace) {
            return .unknown(reason)
        }
        guard resources[entry.type] != nil else {
            return .unknown("the cluster serves no kind \(entry.type.kind) in \(entry.type.apiVersion) any more")
        }
        return live.objects[entry.key].map { .live($0) } ?? .absent
    }

    // MARK: - Live state

    private func readLive(_ verdict: Verdict, memory: Memory, deadline: Deadline) async throws -> LiveState {
        var types = memory.inventory.mapValues(\.type)
        for (key, settled) in memory.settled { types[key] = settled.type }
        for desired in verdict.allowed { types[desired.key] = desired.type }
        // A kind that the same commit defines, or that the cluster no longer serves, cannot be listed.
        let unserved = Set(types.values.filter { resources[$0] == nil })
        return try await LiveState.read(
            types,
            skipping: unserved,
            labelKey: target.owner.labelKey,
            client: client,
            concurrency: target.concurrency,
            deadline: deadline
        )
    }

    // MARK: - One object

    private enum Step: Sendable {
        case change(PlannedChange)
        case finding(Finding)
        case unhealable(PlannedChange, Finding)
        case refreshed(PlannedChange, resourceVersion: String)
    }

    private func step(
        for desired: DesiredObject,
        live: LiveState,
        memory: Memory,
        coming: Set<String>,
        deadline: Deadline
    ) async throws -> Step {
        if let reason = live.failure(for: desired.type, in: desired.key.namespace) {
            return .finding(finding(desired, "unreadable", "its live state cannot be read: \(reason)"))
        }
        let settled = memory.settled[desired.key]
        switch Comparison.of(desired, settled: settled, live: live.objects[desired.key], label: target.owner.labelValue)
        {
        case .unchanged:
            return .change(change(.none, desired, live.objects[desired.key]))
        case .absent(let wasSettled):
            return try await create(
                desired,
                operation: wasSettled ? .heal : .create,
                coming: coming,
                deadline: deadline
            )
        case .touched(let summary):
            return try await inspect(desired, summary, settled: settled, deadline: deadline)
        case .changed(let summary):
            return try await dryRun(desired, summary, operation: .update, deadline: deadline)
        case .unrecorded(let summary, let isOurs):
            return try await dryRun(desired, summary, operation: isOurs ? .update : .adopt, deadline: deadline)
        case .foreign(let label):
            return .finding(
                finding(
                    desired,
                    "owned-by-another",
                    "another owner (\(label)) delivers this object: remove it from one of the two"
                )
            )
        case .terminating:
            return .finding(finding(desired, "terminating", "it is being deleted, and is created anew once it is gone"))
        }
    }

    private func create(
        _ desired: DesiredObject,
        operation: Operation,
        coming: Set<String>,
        deadline: Deadline
    ) async throws -> Step {
        let diffs = [
            FieldDiff(field: JSONPointer(tokens: []), before: nil, after: secrets.masked(desired.manifest))
        ]
        let planned = PlannedChange(
            operation: operation,
            type: desired.type,
            key: desired.key,
            desired: desired,
            diffs: diffs,
            notChecked: notCheckable(desired, coming)
        )
        guard checking.includes(desired.key), planned.notChecked == nil else { return .change(planned) }
        do {
            _ = try await client.apply(
                Ownership.labelled(desired, owner: target.owner),
                options: dryRunOptions,
                deadline: deadline
            )
            return .change(planned)
        } catch let error as KubernetesError where error.httpStatus != nil || !error.isRetryable {
            return error.isRetryable
                ? .change(unchecked(operation, desired, nil, error)) : .finding(refused(desired, error))
        }
    }

    /// Why the server cannot be asked about an object yet.
    private func notCheckable(_ desired: DesiredObject, _ coming: Set<String>) -> String? {
        if resources[desired.type] == nil { return "its kind is defined by the same commit" }
        return desired.key.namespace.map(coming.contains) == true ? "its namespace comes with the same commit" : nil
    }

    /// The object has a newer version than the one that settled: looks whether what is ours changed.
    private func inspect(
        _ desired: DesiredObject,
        _ summary: LiveSummary,
        settled: SettledObject?,
        deadline: Deadline
    ) async throws -> Step {
        let object: JSONValue
        switch try await liveObject(desired, deadline: deadline) {
        case .found(let found): object = found
        case .absent: return .change(change(.heal, desired, nil))
        case .unreadable(let finding): return .finding(finding)
        }
        let digest = try SettledDigest.of(
            object,
            request: desired.manifest,
            fieldManager: target.owner.fieldManager,
            secrets: secrets
        )
        guard digest != settled?.settled else {
            return .refreshed(change(.none, desired, summary), resourceVersion: summary.resourceVersion)
        }
        return try await compare(
            desired,
            with: object,
            summary,
            operation: .heal,
            ownedState: digest,
            deadline: deadline
        )
    }

    private func dryRun(
        _ desired: DesiredObject,
        _ summary: LiveSummary,
        operation: Operation,
        deadline: Deadline
    ) async throws -> Step {
        switch try await liveObject(desired, deadline: deadline) {
        case .found(let object):
            return try await compare(desired, with: object, summary, operation: operation, deadline: deadline)
        case .absent: return .change(change(.create, desired, nil))
        case .unreadable(let finding): return .finding(finding)
        }
    }

    private func compare(
        _ desired: DesiredObject,
        with object: JSONValue,
        _ summary: LiveSummary,
        operation: Operation,
        ownedState: ContentDigest? = nil,
        deadline: Deadline
    ) async throws -> Step {
        do {
            let answer = try await client.apply(
                Ownership.labelled(desired, owner: target.owner),
                options: dryRunOptions,
                deadline: deadline
            )
            let isSecret = SecretKeeper.isSecret(desired.manifest)
            return .change(
                PlannedChange(
                    operation: operation,
                    type: desired.type,
                    key: desired.key,
                    desired: desired,
                    diffs: ObjectDiff.between(object, answer.object, secrets: secrets),
                    foreignManagers: operation == .heal || operation == .adopt
                        ? Projection.foreignManagers(of: object, fieldManager: target.owner.fieldManager) : [],
                    uid: summary.uid,
                    resourceVersion: summary.resourceVersion,
                    before: try secrets.digest(of: ObjectDiff.comparable(object), isSecret: isSecret),
                    ownedState: ownedState
                )
            )
        } catch let error as KubernetesError where error.httpStatus != nil || !error.isRetryable {
            guard !error.isRetryable else { return .change(unchecked(operation, desired, summary, error)) }
            guard operation == .heal else { return .finding(refused(desired, error)) }
            let drift = PlannedChange(
                operation: .heal,
                type: desired.type,
                key: desired.key,
                desired: desired,
                foreignManagers: Projection.foreignManagers(of: object, fieldManager: target.owner.fieldManager),
                uid: summary.uid,
                resourceVersion: summary.resourceVersion,
                ownedState: ownedState
            )
            return .unhealable(drift, refused(desired, error))
        }
    }

    /// The server has trouble with this object, such as a webhook that is down: that must not hold up the others. Whether it can be
    /// applied will be seen when it is.
    private func unchecked(
        _ operation: Operation,
        _ desired: DesiredObject,
        _ live: LiveSummary?,
        _ error: KubernetesError
    ) -> PlannedChange {
        PlannedChange(
            operation: operation,
            type: desired.type,
            key: desired.key,
            desired: desired,
            uid: live?.uid,
            resourceVersion: live?.resourceVersion,
            notChecked: "the server could not tell: \(SafeMessage.of(error, for: desired))"
        )
    }

    private enum Live {
        case found(JSONValue)
        case absent
        /// The server refuses to show it, which is no reason to stop at the others.
        case unreadable(Finding)
    }

    private func liveObject(_ desired: DesiredObject, deadline: Deadline) async throws -> Live {
        do {
            let object = try await client.find(
                desired.type,
                namespace: desired.key.namespace,
                name: desired.key.name,
                deadline: deadline
            )
            return object.map { .found($0) } ?? .absent
        } catch let error as KubernetesError where error.httpStatus != nil {
            return .unreadable(finding(desired, "unreadable", "its live state cannot be read: \(error)"))
        }
    }

    // MARK: - Small parts

    private var dryRunOptions: ApplyOptions {
        ApplyOptions(fieldManager: target.owner.fieldManager, force: true, dryRun: true)
    }

    private func change(_ operation: Operation, _ desired: DesiredObject, _ live: LiveSummary?) -> PlannedChange {
        PlannedChange(
            operation: operation,
            type: desired.type,
            key: desired.key,
            desired: desired,
            uid: live?.uid,
            resourceVersion: live?.resourceVersion
        )
    }

    private func refused(_ desired: DesiredObject, _ error: KubernetesError) -> Finding {
        finding(desired, Self.refusal, SafeMessage.of(error, for: desired))
    }

    private func finding(_ desired: DesiredObject, _ rule: String, _ message: String) -> Finding {
        Finding(rule: rule, message: message, location: desired.location, object: desired.key)
    }
}
