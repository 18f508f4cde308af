// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import Kubernetes

/// What others own of one of our objects, and what becomes of it: taken over, let go, or found to be an addition. Pure.
struct Coexistence: Sendable {
    /// Which of an object's own fields are never an addition: they tell which object it is, or belong to its controllers.
    private static let excluded: Set<String> = ["apiVersion", "kind", "metadata", "status"]

    let desired: DesiredObject
    let fieldManager: String
    /// Managers whose fields are no additions.
    let allowed: Set<String>

    init(_ desired: DesiredObject, target: Target) {
        self.desired = desired
        fieldManager = target.owner.fieldManager
        allowed = FieldManagers.builtIn.union(target.allowedManagers)
    }

    /// Whether an entry is that of a tool whose place we take.
    static func isFormer(_ entry: ManagedFieldsEntry) -> Bool { FieldManagers.former.contains(entry.manager) }

    /// What has to happen to the ownership of fields before the object is applied.
    func ownership(of object: JSONValue, isAdoption: Bool, additions: FieldSet, isStrict: Bool) -> OwnershipChange {
        let managed = ManagedFields(of: object)
        let isTaken = isAdoption && desired.rules.apply == .overwrite
        return OwnershipChange(
            takesOver: isTaken && managed.entries.contains { Self.isFormer($0) && $0.subresource == nil },
            lets: !released(of: object).isEmpty,
            removesAdditions: isStrict && !additions.isEmpty
        )
    }

    /// What we own of the fields that are to be left to others.
    func released(of object: JSONValue) -> FieldSet {
        guard !desired.rules.ignored.isEmpty, let ours = ManagedFields(of: object).applied(by: fieldManager) else {
            return FieldSet()
        }
        return ours.fields.part(at: desired.rules.ignored, of: object)
    }

    /// What others put into the object beside what is ours.
    func additions(to object: JSONValue, isAdoption: Bool = false) -> FieldSet {
        let managed = ManagedFields(of: object)
        guard desired.rules.apply == .overwrite, let ours = managed.applied(by: fieldManager) else { return FieldSet() }
        let names = Set(object.objectValue?.keys ?? []).subtracting(Self.excluded)
        let known = isAdoption ? allowed.union(FieldManagers.former) : allowed
        let added = managed.additions(beyond: ours, except: known, within: names)
        return added.subtracting(added.part(at: desired.rules.ignored, of: object))
    }

    /// The object as it will be: what a dry-run says, with what the moves of ownership before the apply change about it.
    func prediction(_ answer: JSONValue, live: JSONValue, ownership: OwnershipChange) -> JSONValue {
        var result = answer
        if ownership.takesOver { result = doomed(in: answer).removed(from: result) }
        if ownership.removesAdditions {
            result = additions(to: answer, isAdoption: ownership.takesOver).removed(from: result)
        }
        if ownership.lets {
            for pointer in released(of: live).pointers(in: live) { result[pointer] = live[pointer] }
        }
        return result
    }

    /// Fields that former tools alone own.
    private func doomed(in object: JSONValue) -> FieldSet {
        let entries = ManagedFields(of: object).entries.filter { $0.subresource == nil }
        let former = entries.filter(Self.isFormer).reduce(FieldSet()) { $0.union($1.fields) }
        return entries.filter { !Self.isFormer($0) }.reduce(former) { $0.subtracting($1.fields) }
    }
}
