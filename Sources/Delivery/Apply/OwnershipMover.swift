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

    /// - Parameter auditID: asked for once for each patch that is sent.
    /// - Returns: whether anything was moved.
    func move(deadline: Deadline, auditID: () -> String) async throws -> Bool {
        guard change.ownership != .none else { return false }
        var isMoved = false
        var object = try await live(deadline)
        var conflicts = 0
        while let current = object, let patch = next(current) {
            do {
                object = try await client.jsonPatch(
                    change.type,
                    namespace: change.key.namespace,
                    name: change.key.name,
                    patch: patch,
                    fieldManager: target.owner.fieldManager,
                    auditID: auditID(),
                    deadline: deadline
                )
                isMoved = true
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

    /// What is to be moved next; `nil` if nothing is, or not before the next apply.
    private func next(_ object: JSONValue) -> JSONPatch? {
        let manager = target.owner.fieldManager
        let coexistence = Coexistence(desired, target: target)
        if change.ownership.lets,
            let patch = ManagedFields.release(coexistence.released(of: object), by: manager, object: object)
        {
            return patch
        }
        if change.ownership.takesOver,
            let patch = ManagedFields.takeover(
                by: manager,
                apiVersion: change.type.apiVersion,
                object: object,
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
