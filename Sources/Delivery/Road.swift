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

    /// - Parameter client: impersonates whom the Environment names, so that no change goes beyond that account's rights.
    package init(client: KubernetesClient, secrets: SecretKeeper, target: Target) {
        self.client = client
        self.secrets = secrets
        self.target = target
    }

    /// Renders and judges what a commit holds.
    package func judge(_ checkout: Checkout, path: String, namespace: String?) async throws -> Submission {
        let rendering = Renderer(root: path).render(checkout.files, ignore: checkout.ignore)
        let resources = try await resources(Set(rendering.objects.map(\.type)))
        let verdict = try Judge(targetNamespace: namespace, secrets: secrets).judge(rendering, resources: resources)
        return Submission(
            verdict: Verdict(allowed: verdict.allowed, findings: checkout.findings + verdict.findings),
            revision: checkout.revision,
            revisionText: checkout.revision.description,
            brokenPaths: rendering.brokenPaths
        )
    }

    /// Compares with the cluster; writes nothing.
    package func plan(
        _ submission: Submission,
        memory: Planner.Memory,
        checksCreates: Bool = true,
        deadline: Deadline
    ) async throws -> Planner.Result {
        try refuseEmpty(submission, memory: memory)
        var types = Set(submission.verdict.allowed.map(\.type))
        types.formUnion(memory.settled.values.map(\.type))
        types.formUnion(memory.inventory.values.map(\.type))
        let planner = Planner(
            client: client,
            resources: try await resources(types),
            secrets: secrets,
            target: target,
            checksCreates: checksCreates
        )
        return try await planner.plan(submission, memory: memory, deadline: deadline)
    }

    /// Plans, records what is intended, carries it out, waits for health, and records what came of it.
    ///
    /// - Parameters:
    ///   - reported: drift that is on record already.
    ///   - unsettled: which objects, beside those that are written, are looked at for their health.
    /// - Throws: before the first write whatever stops the whole revision, a log that cannot be written among it.
    package func deliver(
        _ submission: Submission,
        recorder: Recorder,
        inventory: some InventoryStore,
        context: RunContext,
        reported: Set<ReportedDrift> = [],
        unsettled: Unsettled = .these([]),
        deadline: Deadline,
        isSuperseded: @escaping @Sendable () async -> Bool = { false }
    ) async throws -> Delivered {
        let memory = Planner.Memory(
            settled: try await recorder.recorded(in: target.environment).settled,
            inventory: try await inventory.load(deadline: deadline)
        )
        let planned = try await plan(submission, memory: memory, checksCreates: false, deadline: deadline)
        try await remember(planned, recorder: recorder)
        if !planned.plan.findings.isEmpty {
            _ = try await recorder.denied(planned.plan.findings, context: context)
        }
        let drift = try await record(planned.plan, reported: reported, recorder: recorder, context: context)
        let writes = planned.plan.writes.filter { target.healing == .on || $0.operation != .heal }
        guard !writes.isEmpty else {
            let health = await health(of: planned.plan, results: [], unsettled: unsettled, isSuperseded: isSuperseded)
            return Delivered(outcome: Outcome(plan: planned.plan, results: [], health: health), drift: drift)
        }
        let intent = try await recorder.intent(writes, context: context)
        do {
            try await inventory.save(union(memory, writes, submission), deadline: deadline)
        } catch {
            // Nothing was sent yet: the intent is closed as it stands, so that no reader takes it for a crash.
            let skipped = writes.map { ChangeResult(change: $0, status: .skipped, message: String(describing: error)) }
            _ = try await recorder.outcome(skipped, health: [], findings: [], intent: intent, context: context)
            throw error
        }
        // From here on nothing throws before the outcome is on record.
        let results = await Applier(client: client, secrets: secrets, target: target).run(
            writes,
            intent: intent,
            revision: submission.revisionText,
            establish: { await establish($0) },
            deadline: deadline
        )
        let health = await health(of: planned.plan, results: results, unsettled: unsettled, isSuperseded: isSuperseded)
        _ = try await recorder.outcome(
            results,
            health: health,
            findings: planned.plan.findings,
            intent: intent,
            context: context
        )
        try await inventory.save(after(results, memory: memory, submission), deadline: deadline)
        return Delivered(outcome: Outcome(plan: planned.plan, results: results, health: health), drift: drift)
    }

    // MARK: - Stages

    private func resources(_ types: Set<GroupVersionKind>) async throws -> [GroupVersionKind: APIResource] {
        var resources: [GroupVersionKind: APIResource] = [:]
        do {
            for type in types { resources[type] = try await client.resource(for: type, deadline: .after(.seconds(30))) }
        } catch {
            throw DeliveryError(.clusterUnreadable, "the cluster's kinds cannot be read", cause: error)
        }
        return resources
    }

    private func refuseEmpty(_ submission: Submission, memory: Planner.Memory) throws {
        let verdict = submission.verdict
        guard verdict.allowed.isEmpty, verdict.findings.isEmpty, submission.kept.isEmpty, target.prunes,
            !target.allowsEmpty,
            !memory.inventory.isEmpty
        else { return }
        throw DeliveryError(
            .emptyRevision,
            "the commit holds no manifest for \(target.environment) and would prune all \(memory.inventory.count) objects: "
                + "if that is meant, delete the environment, or apply with --allow-empty"
        )
    }

    private func remember(_ planned: Planner.Result, recorder: Recorder) async throws {
        guard !planned.refreshed.isEmpty else { return }
        try await recorder.refresh(planned.refreshed, in: target.environment)
    }

    /// Records drift once: what is only reported would otherwise be written again at every look.
    private func record(
        _ plan: Plan,
        reported: Set<ReportedDrift>,
        recorder: Recorder,
        context: RunContext
    ) async throws -> Set<ReportedDrift> {
        let heals = plan.changes.filter { $0.operation == .heal }
        let drift = Set(heals.map { ReportedDrift(key: $0.key, resourceVersion: $0.resourceVersion) })
        let new = heals.filter { !reported.contains(ReportedDrift(key: $0.key, resourceVersion: $0.resourceVersion)) }
        if !new.isEmpty { try await recorder.drift(new, context: context) }
        return drift
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

    /// Waits for what was applied; what was not is looked at once, as it had its time when it was.
    private func health(
        of plan: Plan,
        results: [ChangeResult],
        unsettled: Unsettled,
        isSuperseded: @escaping @Sendable () async -> Bool
    ) async -> [ObjectHealth] {
        guard target.healthTimeout > .zero else { return [] }
        let waiter = HealthWaiter(client: client)
        let applied = results.filter { $0.status == .succeeded && $0.change.operation != .prune }
        let others = plan.changes.filter { $0.operation == .none && unsettled.includes($0.key) }
        let waited = await waiter.wait(
            for: applied.map { ($0.change.type, $0.change.key) },
            deadline: .after(target.healthTimeout),
            isSuperseded: isSuperseded
        )
        return await waited + waiter.wait(for: others.map { ($0.type, $0.key) }, deadline: .after(.zero))
    }

    // MARK: - Inventory

    /// What was there and what is about to be: written before the first apply, so that nothing applied is ever forgotten.
    private func union(
        _ memory: Planner.Memory,
        _ writes: [PlannedChange],
        _ submission: Submission
    ) -> [ObjectKey: InventoryEntry] {
        var entries = memory.inventory
        for write in writes where write.operation != .prune && entries[write.key] == nil {
            entries[write.key] = entry(write, submission)
        }
        return entries
    }

    /// A prune that was refused stays in the inventory, to be tried again; an apply that failed keeps what it had.
    private func after(
        _ results: [ChangeResult],
        memory: Planner.Memory,
        _ submission: Submission
    ) -> [ObjectKey: InventoryEntry] {
        var entries = union(memory, results.map(\.change), submission)
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
            sourcePath: change.desired?.location.path ?? ""
        )
    }
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

/// A drift that has been written down already.
package struct ReportedDrift: Sendable, Hashable {
    let key: ObjectKey
    let resourceVersion: String?
}

/// What came of one walk down the road.
package struct Delivered: Sendable {
    package let outcome: Outcome
    /// What differs now: hand it back in, so that it is not recorded again while it stays the same.
    package let drift: Set<ReportedDrift>
}
