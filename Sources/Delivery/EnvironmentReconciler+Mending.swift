// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import JSON
internal import Kubernetes
internal import TaffrailAPI

/// What is done for single objects while all others are known to be as they should be: of thousands, one is read, compared and healed within milliseconds.
extension EnvironmentReconciler {
    /// Beyond, all are looked at together.
    private static let mostMended = 100

    /// Whether what happened is a reason to look before it is time to.
    func isWorthALook(_ touch: Touch) -> Bool {
        touch.isWhole || touch.keys.contains { !history.fights.isLeftAlone($0, now: clock.now) }
    }

    /// Does what is to be done where nothing was but for what happened since.
    ///
    /// - Returns: whether everything is as it should be again, so that no status has to tell of anything.
    func isDone(
        _ touch: Touch,
        _ resource: TaffrailAPI.Environment,
        _ object: JSONValue,
        source: FetchedRepository,
        deadline: Deadline
    ) async -> Bool {
        guard let view = followed.view, !touch.isWhole, touch.keys.count <= Self.mostMended else { return false }
        // What is only reported is told together with everything else.
        guard resource.spec.healing != .report || touch.isEmpty else { return false }
        guard await view.isFollowing(settledScopes) else { return false }
        do {
            return try await mend(touch.keys, resource, object, source: source, deadline: deadline)
        } catch {
            // The look at everything meets it again, and tells it.
            return false
        }
    }

    private func mend(
        _ keys: Set<ObjectKey>,
        _ resource: TaffrailAPI.Environment,
        _ object: JSONValue,
        source: FetchedRepository,
        deadline: Deadline
    ) async throws -> Bool {
        let name = (namespace: object["metadata"]?["namespace"]?.stringValue, resource.metadata.name)
        let inventory = followed.inventories?.object(namespace: name.namespace, name: name.1)
        // Whatever else carries our label is none of ours.
        let entries = ClusterInventory.entries(of: inventory, only: keys)
        let touched = Set(entries.keys.filter { !history.fights.isLeftAlone($0, now: clock.now) })
        guard !touched.isEmpty else { return true }
        let delivery = try await prepare(
            resource,
            object,
            source: source,
            only: Set(entries.values.map(\.sourcePath)),
            deadline: deadline
        )
        guard delivery.cluster.remote == nil else { return false }
        let road = road(delivery, resource, .none)
        let submission = try await road.judge(
            delivery.checkout,
            overlay: Overlay(resource.spec),
            namespace: resource.spec.targetNamespace
        )
        let allowed = submission.verdict.allowed.filter { touched.contains($0.key) }
        guard submission.verdict.findings.isEmpty, allowed.count == touched.count else { return false }
        let delivered = try await road.deliver(
            Submission(
                verdict: Verdict(allowed: allowed, findings: []),
                revision: submission.revision,
                revisionText: submission.revisionText
            ),
            recorder: recorder,
            inventory: ListedObjects(entries: entries),
            context: delivery.context,
            history: history,
            only: touched,
            deadline: deadline
        ) { true }
        tellHeals(delivered.outcome, of: object)
        return keep(delivered)
    }

    /// Takes over what came of it.
    ///
    /// - Returns: whether all is well.
    private func keep(_ delivered: Delivered) -> Bool {
        let outcome = delivered.outcome
        history.fights = delivered.fights
        history.drift = delivered.drift
        let unsettled = outcome.health.filter { $0.health != .current }.map(\.key)
        let isClean =
            outcome.plan.findings.isEmpty && unsettled.isEmpty && outcome.results.allSatisfy { $0.status == .succeeded }
            && outcome.plan.changes.allSatisfy(\.leftAdditions.isEmpty)
        guard !isClean else { return true }
        history.unsettled = .these(Set(unsettled))
        // What was healed gets the time to become healthy that a change from Git gets.
        history.waitsForUnsettled = true
        return false
    }
}

/// Objects of an inventory that is left as it is.
private struct ListedObjects: InventoryStore {
    let entries: [ObjectKey: InventoryEntry]

    func load(deadline: Deadline) async throws -> [ObjectKey: InventoryEntry] { entries }

    func save(_ entries: [ObjectKey: InventoryEntry], deadline: Deadline) async throws {}
}
