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
        let entries = ManagedFields(of: object).entries
        let isTaken = isAdoption && desired.rules.apply == .overwrite
        // A takeover that was cut off is brought to its end.
        let isCutOff = entries.contains { $0.manager == ManagedFields.setAside(fieldManager) }
        return OwnershipChange(
            takesOver: isCutOff || isTaken && entries.contains { Self.isFormer($0) && $0.subresource == nil },
            lets: !released(of: object).isEmpty,
            removesAdditions: isStrict && !additions.isEmpty
        )
    }

    /// Where the fields are that a takeover leaves to their owners.
    func spared(in object: JSONValue) -> [JSONPointer] { FieldManagers.untouchable + ignored(in: object) }

    private func ignored(in object: JSONValue) -> [JSONPointer] {
        desired.rules.ignored(in: object, asIn: desired.manifest)
    }

    /// What we own of the fields that are to be left to others.
    func released(of object: JSONValue) -> FieldSet {
        guard !desired.rules.ignored.isEmpty, let ours = ManagedFields(of: object).applied(by: fieldManager) else {
            return FieldSet()
        }
        return ours.fields.part(at: ignored(in: object), of: object)
    }

    /// What others put into the object beside what is ours.
    func additions(to object: JSONValue, isAdoption: Bool = false) -> FieldSet {
        let managed = ManagedFields(of: object)
        guard desired.rules.apply == .overwrite, let ours = managed.applied(by: fieldManager) else { return FieldSet() }
        let names = Set(object.objectValue?.keys ?? []).subtracting(Self.excluded)
        let known = isAdoption ? allowed.union(FieldManagers.former) : allowed
        let added = managed.additions(beyond: ours, except: known, within: names)
        // Who scales sets the replicas; servers before 1.21 do not say that it was done through the scale.
        let exempt = ignored(in: object) + [JSONPointer(tokens: ["spec", "replicas"])]
        return added.subtracting(added.part(at: exempt, of: object))
    }

    /// The object as it will be, before the server fills in what is left out: what a dry-run says, with what the moves of ownership before the apply
    /// change about it.
    func prediction(_ answer: JSONValue, live: JSONValue, ownership: OwnershipChange) -> JSONValue {
        var result = answer
        if ownership.takesOver { result = doomed(in: answer).removed(from: result) }
        if ownership.removesAdditions {
            result = additions(to: answer, isAdoption: ownership.takesOver).removed(from: result)
        }
        if ownership.lets {
            for pointer in desired.rules.ignored {
                let places = [live, result].map { ObjectRules.place(of: pointer, in: $0, asIn: desired.manifest) }
                guard let from = places[0], let to = places[1], let value = live[from] else { continue }
                result.put(value, at: to)
            }
        }
        return result
    }

    /// Fields that former tools alone own. Those of another version are left out, since they may have other names: the plan does not show that they go.
    private func doomed(in object: JSONValue) -> FieldSet {
        let managed = ManagedFields(of: object)
        let version = managed.applied(by: fieldManager)?.apiVersion
        let entries = managed.entries.filter { $0.apiVersion == version }
        let isTaken = { (entry: ManagedFieldsEntry) in
            entry.subresource == nil
                && (Self.isFormer(entry) || entry.manager == ManagedFields.setAside(fieldManager))
        }
        let former = entries.filter(isTaken).reduce(FieldSet()) { $0.union($1.fields) }
        let rest = former.subtracting(former.part(at: spared(in: object), of: object))
        return entries.filter { !isTaken($0) }.reduce(rest) { $0.subtracting($1.fields.withContainers) }
    }
}
