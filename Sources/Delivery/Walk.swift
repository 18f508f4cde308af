// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import Git
internal import Kubernetes

/// One walk down the road, with what it needs on the way.
struct Walk<Inventory: InventoryStore>: Sendable {
    let road: Road
    let recorder: Recorder
    let inventory: Inventory
    let context: RunContext
    /// What the last walk left behind.
    let history: History
    /// The objects that it is about; `nil` for all of the environment's.
    let keys: Set<ObjectKey>?
    let deadline: Deadline
    let isSuperseded: @Sendable () async -> Bool

    private var client: KubernetesClient { road.client }
    private var target: Target { road.target }

    /// Plans, records what is intended, carries it out, waits for health, and records what came of it.
    func deliver(_ submission: Submission) async throws -> Delivered {
        let recorded = try await recorder.recorded(in: target.environment, only: keys)
        let loaded = try await inventory.load(deadline: deadline)
        let memory = memory(recorded, loaded)
        var fights = history.fights
        let planned = sparing(
            try await road.plan(submission, memory: memory, checking: .these(history.failed), deadline: deadline),
            &fights
        )
        let drift = try await record(planned)
        let kept = ruled(memory.inventory.filter { !planned.released.contains($0.key) }, submission)
        let (writes, waiting) = await divide(planned.plan)
        let noted = newRules(of: recorded, besides: writes, submission)
        guard !writes.isEmpty else {
            if !noted.isEmpty {
                let intent = try await recorder.intent([], context: context)
                _ = try await recorder.outcome(noted, health: [], findings: [], intent: intent, context: context)
            }
            if kept != loaded { try await inventory.save(kept, deadline: deadline) }
            let outcome = Outcome(plan: planned.plan, results: waiting, health: await health(of: planned))
            let isSettled =
                planned.isSettled && waiting.isEmpty && noted.isEmpty
                && outcome.health.allSatisfy { $0.health == .current }
            return Delivered(outcome: outcome, drift: drift, fights: fights, isSettled: isSettled)
        }
        let outcome = try await carryOut(writes, of: planned, besides: waiting, noting: noted, kept: kept, submission)
        let healed = outcome.results.filter { $0.status == .succeeded && $0.change.operation == .heal }
        fights.healed(healed.map(\.change.key), now: road.clock.now)
        // What was healed is over: the same once more is drift of its own.
        let over = Set(healed.map(\.change.key))
        let standing = drift.filter { !over.contains($0.key) }
        return Delivered(outcome: outcome, drift: standing, fights: fights, isSettled: false)
    }

    /// Leaves alone what was changed back too often after it was healed.
    private func sparing(_ planned: Planner.Result, _ fights: inout Fights) -> Planner.Result {
        let heals = planned.plan.changes.filter { $0.operation == .heal }
        guard target.healing != .report, !heals.isEmpty else { return planned }
        let left = fights.leftAlone(of: heals.map(\.key), now: road.clock.now)
        return left.isEmpty ? planned : planned.leaving(left)
    }

    private func memory(_ recorded: [RecordedObject], _ loaded: [ObjectKey: InventoryEntry]) -> Planner.Memory {
        let isShared = context.loop == .command || context.targetCluster != nil
        return Planner.Memory(
            recorded: recorded,
            inventory: loaded,
            origin: isShared ? recorder.origin : nil,
            // A workstation has no list of its objects beside its log.
            claimed: context.loop == .command ? [] : Set(loaded.keys)
        )
    }

    /// What is to be written now, and what still waits for others.
    private func divide(_ plan: Plan) async -> (writes: [PlannedChange], waiting: [ChangeResult]) {
        let meant = plan.writes.filter { target.healing != .report || $0.operation != .heal }
        let waiting = await Applier.stillWaiting(meant, among: plan.changes, since: history) {
            await waiter().wait(for: $0.map { ($0.type, $0.key) }, deadline: .after(.zero))
        }
        let keys = Set(waiting.map(\.change.key))
        return (meant.filter { !keys.contains($0.key) }, waiting)
    }

    private func carryOut(
        _ writes: [PlannedChange],
        of planned: Planner.Result,
        besides waiting: [ChangeResult],
        noting noted: [ChangeResult],
        kept: [ObjectKey: InventoryEntry],
        _ submission: Submission
    ) async throws -> Outcome {
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
        let moving = Set(writes.map(\.key)).union(waiting.map(\.change.key))
        let results = await applier.run(
            writes,
            standing: planned.plan.changes.filter { !moving.contains($0.key) },
            withheld: waiting,
            intent: intent,
            revision: submission.revisionText,
            waits: Applier.Waits(establish: { await establish($0) }, settle: { await settle($0) }),
            deadline: deadline,
            carriedOut: await road.observer.counter(of: writes.count)
        )
        let health = await health(of: planned, after: results)
        _ = try await recorder.outcome(
            results + noted,
            health: health,
            findings: planned.plan.findings,
            intent: intent,
            context: context
        )
        try await inventory.save(after(results, announced, submission), deadline: deadline)
        return Outcome(plan: planned.plan, results: results + waiting, health: health)
    }

    // MARK: - Parts

    private var applier: Applier {
        Applier(client: client, secrets: road.secrets, target: target, claims: road.claims, view: road.view)
    }

    private func waiter(interval: Duration = .milliseconds(500)) -> HealthWaiter {
        HealthWaiter(client: client, interval: interval, followed: road.view.map { ($0, target.owner) })
    }

    /// Records what was found, before anything is done about it.
    ///
    /// Drift is recorded once: what is only reported, or cannot be healed, would otherwise be written again at every look.
    /// - Returns: all drift that there is.
    private func record(_ planned: Planner.Result) async throws -> Set<ReportedDrift> {
        if !planned.refreshed.isEmpty { try await recorder.refresh(planned.refreshed, in: target.environment) }
        if !planned.plan.findings.isEmpty {
            _ = try await recorder.denied(planned.plan.findings, context: context)
        }
        let drifted = planned.plan.changes.filter { !$0.drift.isEmpty } + planned.unhealable
        let new = drifted.filter { !history.drift.contains(ReportedDrift($0)) }
        if !new.isEmpty { try await recorder.drift(new, context: context) }
        return Set(drifted.map(ReportedDrift.init))
    }

    /// Custom resources can only be applied once their definition is established, and then discovery has to be asked again.
    private func establish(_ definitions: [PlannedChange]) async {
        guard !definitions.isEmpty else { return }
        _ = await waiter(interval: .milliseconds(100)).wait(
            for: definitions.map { ($0.type, $0.key) },
            deadline: .after(.seconds(30))
        )
        client.forgetDiscovery()
    }

    /// Waits for what others depend on.
    private func settle(_ changes: [PlannedChange]) async -> [ObjectHealth] {
        guard target.healthTimeout > .zero, !changes.isEmpty else { return [] }
        return await waiter().wait(
            for: changes.map { ($0.type, $0.key) },
            deadline: .after(target.healthTimeout),
            isSuperseded: isSuperseded,
            stillOpen: { await road.observer.note(.waiting(for: $0)) }
        )
    }

    /// Waits for what was applied. What was not is looked at once, as it had its time when it was: if its health was not known to be good,
    /// or if it has changed since.
    private func health(of planned: Planner.Result, after results: [ChangeResult] = []) async -> [ObjectHealth] {
        guard target.healthTimeout > .zero else { return [] }
        let waiter = waiter()
        let applied = results.filter { $0.status == .succeeded && $0.change.operation != .prune }
        let others = planned.plan.changes.filter {
            $0.operation == .none && (history.unsettled.includes($0.key) || planned.refreshed[$0.key] != nil)
        }
        let unsettled = others.map { ($0.type, $0.key) }
        let waited = await waiter.wait(
            for: applied.map { ($0.change.type, $0.change.key) } + (history.waitsForUnsettled ? unsettled : []),
            deadline: .after(target.healthTimeout),
            isSuperseded: isSuperseded,
            stillOpen: { await road.observer.note(.waiting(for: $0)) }
        )
        guard !history.waitsForUnsettled else { return waited }
        return await waited + waiter.wait(for: unsettled, deadline: .after(.zero))
    }

    // MARK: - Inventory

    /// With the rules that Git has now, also for what is not written.
    private func ruled(
        _ entries: [ObjectKey: InventoryEntry],
        _ submission: Submission
    ) -> [ObjectKey: InventoryEntry] {
        let rules = Self.rules(submission)
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
    // MARK: - Rules

    /// What Git says now about deleting objects.
    private static func rules(_ submission: Submission) -> [ObjectKey: PruneRule] {
        submission.verdict.left.merging(submission.verdict.allowed.map { ($0.key, $0.rules.prune) }) { $1 }
    }

    /// Rules that the record does not have, of objects that are not written: they are noted, so that they hold when the file is gone.
    private func newRules(
        of recorded: [RecordedObject],
        besides writes: [PlannedChange],
        _ submission: Submission
    ) -> [ChangeResult] {
        let rules = Self.rules(submission)
        let written = Set(writes.map(\.key))
        return recorded.compactMap { object in
            guard let rule = rules[object.key], rule != object.prune, !written.contains(object.key) else { return nil }
            return ChangeResult(
                change: PlannedChange(operation: .none, type: object.type, key: object.key, prune: rule),
                status: .succeeded,
                message: "nothing is written; what Git says about deleting it is noted"
            )
        }.sorted { $0.change.key < $1.change.key }
    }
}
