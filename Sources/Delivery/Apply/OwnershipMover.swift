// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Concurrency
internal import JSON
internal import Kubernetes

/// Moves the ownership of an object's fields, as a planned change says, so that the apply which follows takes away what is to go and leaves what is to stay.
///
/// Each move is a JSON patch of `managedFields` that tests the object's version: whatever somebody else writes meanwhile, nothing is moved that was not seen.
struct OwnershipMover: Sendable {
    /// How often somebody else may be faster.
    private static let attempts = 5

    let client: KubernetesClient
    let target: Target
    let change: PlannedChange
    let desired: DesiredObject

    /// - Parameters:
    ///   - letsGo: whether fields are let go of, which is done once: what is applied later may bring some of them back.
    ///   - requests: is told of each patch that is sent.
    /// - Returns: whether anything was moved.
    func move(letsGo: Bool, deadline: Deadline, _ requests: inout SentRequests) async throws -> Bool {
        guard change.ownership != .none else { return false }
        var isMoved = false
        var object = try await live(deadline)
        var conflicts = 0
        while let current = object, isAsPlanned(current), let patch = next(current, letsGo: letsGo) {
            do {
                object = try await client.jsonPatch(
                    change.type,
                    namespace: change.key.namespace,
                    name: change.key.name,
                    patch: patch,
                    fieldManager: target.owner.fieldManager,
                    auditID: requests.next(),
                    deadline: deadline
                )
                isMoved = true
                requests.hasMoved = true
            } catch let error as KubernetesError where error.code == .conflict && conflicts < Self.attempts {
                conflicts += 1
                object = try await live(deadline)
            }
        }
        return isMoved
    }

    private func live(_ deadline: Deadline) async throws -> JSONValue? {
        try await client.find(change.type, namespace: change.key.namespace, name: change.key.name, deadline: deadline)
    }

    /// Nothing is moved in an object that was made anew meanwhile, or that somebody else delivers by now.
    private func isAsPlanned(_ object: JSONValue) -> Bool {
        guard let live = LiveSummary(object, labelKey: target.owner.labelKey) else { return false }
        return live.uid == change.uid && [nil, target.owner.labelValue].contains(live.ownerLabel)
            && live.otherOwner == nil
    }

    /// What is to be moved next; `nil` if nothing is, or not before the next apply.
    private func next(_ object: JSONValue, letsGo: Bool) -> JSONPatch? {
        let manager = target.owner.fieldManager
        let coexistence = Coexistence(desired, target: target)
        if letsGo, change.ownership.lets || change.ownership.takesOver,
            let patch = ManagedFields.release(
                coexistence.released(of: object),
                by: manager,
                to: FieldManagers.keeper,
                object: object
            )
        {
            return patch
        }
        if change.ownership.takesOver,
            let patch = ManagedFields.takeover(
                by: manager,
                apiVersion: change.type.apiVersion,
                object: object,
                sparing: coexistence.spared(in: object),
                choose: Coexistence.isFormer
            )
        {
            return patch
        }
        guard change.ownership.removesAdditions else { return nil }
        let additions = coexistence.additions(to: object, isAdoption: change.ownership.takesOver)
        return ManagedFields.seizure(of: additions, by: manager, object: object)
    }
}
