// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import Kubernetes

/// What is deleted and made anew, where its author allows it.
enum Recreation {
    /// Kinds that hold what cannot be made anew: data, or everything that lives in them.
    private static let never: Set<GroupKind> = [
        GroupKind(group: "", kind: "Namespace"), GroupKind(group: "", kind: "PersistentVolume"),
        GroupKind(group: "", kind: "PersistentVolumeClaim"),
        GroupKind(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition"),
    ]

    /// How servers say that a field cannot be changed: validation of built-in kinds (`ValidateImmutableField` and what older kinds have instead of it), and
    /// transition rules of custom ones, which have words of their own that mostly have one of these in them.
    private static let words = [
        "field is immutable", "is immutable", "are immutable", "may not be changed", "may not change once set",
        "cannot be changed",
        "can not be changed", "cannot change ", "updates to ", "may not be unset", "can not be unset",
    ]

    static func isPossible(of type: GroupVersionKind) -> Bool { !never.contains(type.groupKind) }

    /// Whether a refusal is only about fields that cannot be changed: for anything else, a new object would be refused, too.
    static func cures(_ error: KubernetesError) -> Bool {
        guard error.code == .invalid else { return false }
        let reasons = error.causes.isEmpty ? [error.message] : error.causes.map(\.message)
        return reasons.allSatisfy { reason in words.contains { reason.contains($0) } }
    }
}

extension ObjectPlanner {
    /// What is to be done about an object that the server does not let be changed in place; `nil` where that is no matter of making it anew.
    func recreation(
        of desired: DesiredObject,
        _ object: JSONValue,
        _ summary: LiveSummary,
        _ operation: Operation,
        _ ownedState: ContentDigest?,
        _ error: KubernetesError
    ) async -> Step? {
        guard desired.rules.recreates, operation != .adopt, Recreation.cures(error) else { return nil }
        if let reason = await obstacle(to: desired, over: object) {
            let message = "\(SafeMessage.of(error, for: desired)); \(reason)"
            return .finding(
                Finding(rule: Planner.refusal, message: message, location: desired.location, object: desired.key)
            )
        }
        return .change(
            PlannedChange(
                operation: operation,
                type: desired.type,
                key: desired.key,
                desired: desired,
                diffs: ObjectDiff.between(object, object.mergePatched(with: desired.manifest), secrets: secrets),
                foreignManagers: operation == .heal
                    ? Projection.foreignManagers(of: object, fieldManager: target.owner.fieldManager) : [],
                uid: summary.uid,
                resourceVersion: summary.resourceVersion,
                notChecked: "it is deleted and made anew, since the server refuses to change it: "
                    + SafeMessage.of(error, for: desired),
                before: try? secrets.digest(
                    of: ObjectDiff.comparable(object),
                    isSecret: SecretKeeper.isSecret(desired.manifest)
                ),
                ownedState: ownedState,
                recreates: true
            )
        )
    }

    /// Why an object is not to be deleted; `nil` if another one like it can be made in its place, as far as the server can tell before.
    private func obstacle(to desired: DesiredObject, over live: JSONValue) async -> String? {
        guard Recreation.isPossible(of: desired.type) else {
            return
                "a \(desired.key.kind) is never deleted to be made anew, whatever \(ObjectRules.forceAnnotation) says"
        }
        guard live["spec"]?["persistentVolumeClaimRetentionPolicy"]?["whenDeleted"] != "Delete" else {
            return
                "its volumes would go with it (persistentVolumeClaimRetentionPolicy), so it is not deleted to be made anew"
        }
        var trial = Ownership.labelled(desired, owner: target.owner)
        // Under its own name there is one already. The zero makes a name also of what is cut at a dot or a dash.
        trial["metadata"]?["name"] = .string(String(desired.key.name.prefix(40)) + "0trial")
        do {
            _ = try await client.create(
                trial,
                fieldManager: target.owner.fieldManager,
                dryRun: true,
                deadline: deadline
            )
            return nil
        } catch {
            return
                "it is not deleted to be made anew, since the new one would be refused: \(SafeMessage.of(error, for: desired))"
        }
    }
}
