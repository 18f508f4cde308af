// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Change
package import Concurrency
internal import Git
internal import JSON
package import Kubernetes

/// The road of a change, from what a commit holds to its record. `plan`, `apply` and the controller all walk this one.
package struct Road: Sendable {
    private let client: KubernetesClient
    private let secrets: SecretKeeper
    private let target: Target
    private let observer: RoadObserver

    /// - Parameter client: impersonates whom the Environment names, so that no change goes beyond that account's rights.
    package init(
        client: KubernetesClient,
        secrets: SecretKeeper,
        target: Target,
        observer: RoadObserver = .none
    ) {
        self.observer = observer
        self.client = client
        self.secrets = secrets
        self.target = target
    }

    /// Renders and judges what a commit holds.
    package func judge(_ checkout: Checkout, overlay: Overlay, namespace: String?) async throws -> Submission {
        let rendering = Renderer(overlay: overlay).render(checkout.sources)
        let (resources, unreadable) = try await resources(Set(rendering.objects.map(\.type)))
        var likely: [GroupVersionKind: [String]] = [:]
        for type in Set(rendering.objects.map(\.type)) where resources[type] == nil && unreadable[type] == nil {
            likely[type] = await client.likelyVersions(for: type, deadline: .after(.seconds(30)))
        }
        let judge = Judge(targetNamespace: namespace, secrets: secrets)
        let verdict = try judge.judge(rendering, resources: resources, unreadable: unreadable, likely: likely)
        return Submission(
            verdict: verdict,
            revision: checkout.revision,
            revisionText: checkout.revision.description,
            brokenPaths: rendering.brokenPaths,
            kept: Set(verdict.left.keys)
        )
    }

    /// Compares with the cluster; writes nothing.
    package func plan(
        _ submission: Submission,
        memory: Planner.Memory,
        checking: Planner.Checking = .all,
        deadline: Deadline
    ) async throws -> Planner.Result {
        var types = Set(submission.verdict.allowed.map(\.type))
        types.formUnion(memory.settled.values.map(\.type))
        types.formUnion(memory.inventory.values.map(\.type))
        await observer.note(.planning(objects: submission.verdict.allowed.count))
        var (resources, unreadable) = try await resources(types)
        let unserved = types.filter { resources[$0] == nil && unreadable[$0] == nil }
        let (moved, gone) = await whereabouts(of: unserved.subtracting(submission.verdict.allowed.map(\.type)))
        for resource in moved.values { resources[resource.type] = resource }
        let planner = Planner(
            client: client,
            resources: resources,
            secrets: secrets,
            target: target,
            unreadable: unreadable,
            gone: gone,
            checking: checking
        )
        let result = try await planner.plan(
            submission,
            memory: memory.moved(moved.mapValues(\.type)),
            deadline: deadline
        )
        return try refuseEmpty(result, submission)
    }

    /// Plans, records what is intended, carries it out, waits for health, and records what came of it.
    ///
    /// - Parameters:
    ///   - history: what the last walk left behind.
    /// - Throws: before the first write whatever stops the whole revision, a log that cannot be written among it.
    package func deliver(
        _ submission: Submission,
        recorder: Recorder,
        inventory: some InventoryStore,
        context: RunContext,
        history: History = History(),
        deadline: Deadline,
        isSuperseded: @escaping @Sendable () async -> Bool = { false }
    ) async throws -> Delivered {
        let recorded = try await recorder.recorded(in: target.environment)
        let loaded = try await inventory.load(deadline: deadline)
        let memory = Planner.Memory(recorded: recorded, inventory: loaded)
        let planned = try await plan(submission, memory: memory, checking: .these(history.failed), deadline: deadline)
        try await remember(planned, recorder: recorder)
        if !planned.plan.findings.isEmpty {
            _ = try await recorder.denied(planned.plan.findings, context: context)
        }
        let drift = try await record(planned, reported: history.drift, recorder: recorder, context: context)
        let kept = ruled(memory.inventory.filter { !planned.released.contains($0.key) }, submission)
        let writes = planned.plan.writes.filter { target.healing != .report || $0.operation != .heal }
        guard !writes.isEmpty else {
            if kept != loaded { try await inventory.save(kept, deadline: deadline) }
            let health = await health(of: planned, results: [], history: history, isSuperseded: isSuperseded)
            return Delivered(outcome: Outcome(plan: planned.plan, results: [], health: health), drift: drift)
        }
        let announced = union(kept, writes, submission)
        if let fault = inventory.fault(of: announced) { throw DeliveryError(.inventoryFull, fault) }
        let intent = try await recorder.intent(writes, context: context)
        do {
            try await inventory.save(announced, deadline: deadline)
        } catch {
            // Nothing was sent yet: the intent is closed as it stands, so that no reader takes it for a crash.
            let skipped = writes.map { ChangeResult(change: $0, status: .skipped, message: String(describing: error)) }
            _ = try await recorder.outcome(skipped, health: [], findings: [], intent: intent, context: context)
            throw error
        }
        // From here on nothing throws before the outcome is on record.
        let results = await Applier(client: client, secrets: secrets, target: target).run(
            planned.plan.changes.filter { $0.operation == .none } + writes,
            intent: intent,
            revision: submission.revisionText,
            waits: Applier.Waits(
                establish: { await establish($0) },
                settle: { await settle($0, isSuperseded: isSuperseded) }
            ),
            deadline: deadline,
            carriedOut: await observer.counter(of: writes.count)
        )
        let health = await health(of: planned, results: results, history: history, isSuperseded: isSuperseded)
        _ = try await recorder.outcome(
            results,
            health: health,
            findings: planned.plan.findings,
            intent: intent,
            context: context
        )
        try await inventory.save(after(results, announced, submission), deadline: deadline)
        return Delivered(outcome: Outcome(plan: planned.plan, results: results, health: health), drift: drift)
    }

    // MARK: - Stages

    private typealias Discovered = (found: [GroupVersionKind: APIResource], unreadable: [GroupVersionKind: String])

    /// - Throws: where the server does not answer at all. A group that alone is in trouble, such as one of an aggregated server, stops its own kinds.
    private func resources(_ types: Set<GroupVersionKind>) async throws -> Discovered {
        var result: Discovered = ([:], [:])
        for type in types.sorted(by: { $0.description < $1.description }) {
            do {
                result.found[type] = try await client.resource(for: type, deadline: .after(.seconds(30)))
            } catch let error as KubernetesError where error.httpStatus != nil {
                result.unreadable[type] = String(describing: error)
            } catch {
                throw DeliveryError(.clusterUnreadable, "the cluster's kinds cannot be read", cause: error)
            }
        }
        return result
    }

    /// What became of kinds that were applied earlier: at which version they are served now, or that they went with all their objects. Of one that
    /// cannot be looked up, neither is said.
    private func whereabouts(
        of types: Set<GroupVersionKind>
    ) async -> (moved: [GroupVersionKind: APIResource], gone: Set<GroupVersionKind>) {
        var moved: [GroupVersionKind: APIResource] = [:]
        var gone: Set<GroupVersionKind> = []
        for type in types {
            let deadline = Deadline.after(.seconds(30))
            guard let served = try? await client.versions(serving: type.groupKind, deadline: deadline) else { continue }
            moved[type] = served.first
            if served.isEmpty { gone.insert(type) }
        }
        return (moved, gone)
    }

    /// A commit that holds nothing is more often a mistake than a wish: it prunes nothing unless that is allowed. What else is wrong with it
    /// is still told.
    private func refuseEmpty(_ result: Planner.Result, _ submission: Submission) throws -> Planner.Result {
        let prunes = result.plan.changes.count { $0.operation == .prune }
        guard prunes > 0, submission.verdict.allowed.isEmpty, submission.kept.isEmpty, !target.allowsEmpty else {
            return result
        }
        let message =
            "the commit holds no manifest for \(target.environment) that can be applied, and would prune \(prunes.counted("object")): "
            + "if that is meant, annotate the Environment with \(Ownership.allowPruneAnnotation): "
            + "\(submission.revision.map { $0.commit.description } ?? "COMMIT"), or apply with --allow-empty"
        let findings = submission.verdict.findings
        guard !findings.isEmpty else { throw DeliveryError(.emptyRevision, message) }
        let plan = Plan(
            revision: result.plan.revision,
            changes: result.plan.changes.filter { $0.operation != .prune },
            findings: result.plan.findings + [Finding(rule: "empty-revision", message: message)],
            left: result.plan.left
        )
        return Planner.Result(
            plan: plan,
            refreshed: result.refreshed,
            unhealable: result.unhealable,
            released: []
        )
    }

    private func remember(_ planned: Planner.Result, recorder: Recorder) async throws {
        guard !planned.refreshed.isEmpty else { return }
        try await recorder.refresh(planned.refreshed, in: target.environment)
    }

    /// Records drift once: what is only reported, or cannot be healed, would otherwise be written again at every look.
    private func record(
        _ planned: Planner.Result,
        reported: Set<ReportedDrift>,
        recorder: Recorder,
        context: RunContext
    ) async throws -> Set<ReportedDrift> {
        let drifted = planned.plan.changes.filter { !$0.drift.isEmpty } + planned.unhealable
        let new = drifted.filter { !reported.contains(ReportedDrift($0)) }
        if !new.isEmpty { try await recorder.drift(new, context: context) }
        return Set(drifted.map(ReportedDrift.init))
    }

    /// Custom resources can only be applied once their definition is established, and then discovery has to be asked again.
    private func establish(_ definitions: [PlannedChange]) async {
        guard !definitions.isEmpty else { return }
        _ = await HealthWaiter(client: client, interval: .milliseconds(100)).wait(
            for: definitions.map { ($0.type, $0.key) },
            deadline: .after(.seconds(30))
        )
        client.forgetDiscovery()
    }

    /// Waits for what others depend on.
    private func settle(
        _ changes: [PlannedChange],
        isSuperseded: @escaping @Sendable () async -> Bool
    ) async -> [ObjectHealth] {
        guard target.healthTimeout > .zero, !changes.isEmpty else { return [] }
        return await HealthWaiter(client: client).wait(
            for: changes.map { ($0.type, $0.key) },
            deadline: .after(target.healthTimeout),
            isSuperseded: isSuperseded,
            stillOpen: { await observer.note(.waiting(for: $0)) }
        )
    }

    /// Waits for what was applied. What was not is looked at once, as it had its time when it was: if its health was not known to be good,
    /// or if it has changed since.
    private func health(
        of planned: Planner.Result,
        results: [ChangeResult],
        history: History,
        isSuperseded: @escaping @Sendable () async -> Bool
    ) async -> [ObjectHealth] {
        guard target.healthTimeout > .zero else { return [] }
        let waiter = HealthWaiter(client: client)
        let applied = results.filter { $0.status == .succeeded && $0.change.operation != .prune }
        let others = planned.plan.changes.filter {
            $0.operation == .none && (history.unsettled.includes($0.key) || planned.refreshed[$0.key] != nil)
        }
        let waited = await waiter.wait(
            for: applied.map { ($0.change.type, $0.change.key) },
            deadline: .after(target.healthTimeout),
            isSuperseded: isSuperseded,
            stillOpen: { await observer.note(.waiting(for: $0)) }
        )
        return await waited + waiter.wait(for: others.map { ($0.type, $0.key) }, deadline: .after(.zero))
    }

    // MARK: - Inventory

    /// With the rules that Git has now, also for what is not written.
    private func ruled(
        _ entries: [ObjectKey: InventoryEntry],
        _ submission: Submission
    ) -> [ObjectKey: InventoryEntry] {
        let rules = submission.verdict.left.merging(
            submission.verdict.allowed.map { ($0.key, $0.rules.prune) }
        ) { $1 }
        return entries.reduce(into: entries) { entries, item in
            if let rule = rules[item.key], rule != item.value.prune { entries[item.key]?.prune = rule }
        }
    }

    /// What was there and what is about to be: written before the first apply, so that nothing applied is ever forgotten.
    private func union(
        _ kept: [ObjectKey: InventoryEntry],
        _ writes: [PlannedChange],
        _ submission: Submission
    ) -> [ObjectKey: InventoryEntry] {
        var entries = kept
        for write in writes where write.operation != .prune && entries[write.key] == nil {
            entries[write.key] = entry(write, submission)
        }
        return entries
    }

    /// A prune that was refused, or waits for finalizers, stays in the inventory; an apply that failed keeps what it had.
    private func after(
        _ results: [ChangeResult],
        _ announced: [ObjectKey: InventoryEntry],
        _ submission: Submission
    ) -> [ObjectKey: InventoryEntry] {
        var entries = announced
        for result in results where result.status == .succeeded {
            entries[result.change.key] = result.change.operation == .prune ? nil : entry(result.change, submission)
        }
        return entries
    }

    private func entry(_ change: PlannedChange, _ submission: Submission) -> InventoryEntry {
        InventoryEntry(
            type: change.type,
            key: change.key,
            commit: submission.revision?.commit.description ?? "",
            manifestDigest: change.desired?.digest,
            sourcePath: change.desired?.location.path ?? "",
            prune: change.desired?.rules.prune ?? .allowed
        )
    }
}

/// What one walk down the road leaves for the next one of the same environment.
package struct History: Sendable {
    /// Drift that is on record already.
    package var drift: Set<ReportedDrift> = []
    /// Objects whose health is looked at although they are not written.
    package var unsettled = Unsettled.these([])
    /// Objects that could not be applied.
    package var failed: Set<ObjectKey> = []

    package init() {}
}

/// Objects whose health is not known to be good.
package enum Unsettled: Sendable {
    /// Nothing is known, as after a start.
    case all
    case these(Set<ObjectKey>)

    func includes(_ key: ObjectKey) -> Bool {
        switch self {
        case .all: true
        case .these(let keys): keys.contains(key)
        }
    }
}

/// A drift that has been written down already: the same as long as what is ours in the object stays as it is.
package struct ReportedDrift: Sendable, Hashable {
    let key: ObjectKey
    let state: ContentDigest?

    init(_ change: PlannedChange) {
        key = change.key
        state = change.ownedState
    }
}

/// What came of one walk down the road.
package struct Delivered: Sendable {
    package let outcome: Outcome
    let drift: Set<ReportedDrift>

    /// What to hand back in with the next walk.
    package var history: History {
        var history = History()
        history.drift = drift
        history.unsettled = .these(Set(outcome.health.filter { $0.health != .current }.map(\.key)))
        // An object that was refused because it had failed before stays suspect.
        history.failed = Set(outcome.failed.map(\.change.key)).union(
            outcome.plan.findings.filter { $0.rule == Planner.refusal }.compactMap(\.object)
        )
        return history
    }
}
