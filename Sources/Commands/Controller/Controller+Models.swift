// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes
internal import Rollouts

/// What is done about ModelDeployments, and whose account their children are applied as.
extension Controller {
    /// Children are applied as the account of the Environment that delivers the ModelDeployment, or as the namespace's own.
    func keepModel(_ name: NamespacedName) async throws -> WorkResult {
        guard let object = own.models.object(name), let uid = object["metadata"]?["uid"]?.stringValue else {
            return .done()
        }
        let uids = Set(own.models.objects.compactMap { $0["metadata"]?["uid"]?.stringValue })
        memories = memories.filter { uids.contains($0.key) }
        let memory = memories[uid] ?? Locked(History())
        memories[uid] = memory
        let owner = await owner(of: object)
        let account = owner?["spec"]?["serviceAccountName"]?.stringValue ?? "default"
        let home = owner?["metadata"]?["namespace"]?.stringValue ?? name.namespace
        let reconciler = ModelDeploymentReconciler(
            client: client,
            applier: client.impersonating(serviceAccount: account, namespace: home),
            recorder: recorder,
            clock: .system,
            claims: await clusters.homeClaims(),
            followed: followed
        )
        let attempt = try await reconciler.reconcile(
            object,
            memory: memory,
            deadline: .after(.seconds(120))
        )
        switch attempt {
        case .done:
            let isLeaving = object["metadata"]?["deletionTimestamp"] != nil
            return .done(again: isLeaving ? Self.soon : nil)
        case .stepped: return .done(again: Self.moment)
        case .failed: return .failed
        case .gone(let left):
            tellGone("ModelDeployment/\(name)", left)
            return .done()
        }
    }

    /// The label only hints at the Environment, since whoever may edit the object may set it: the inventory, which the controller alone
    /// writes, says whether it is so. Otherwise a label would lend its writer another team's account.
    private func owner(of object: JSONValue) async -> JSONValue? {
        guard let label = object["metadata"]?["labels"]?[Ownership.environmentLabel]?.stringValue,
            let name = own.environment(labelled: label), let candidate = own.environments.object(name),
            // What an Environment delivers to another cluster says nothing of what has the same name in this one.
            !TargetClusters.isElsewhere(candidate)
        else { return nil }
        let key = ObjectKey(
            group: GroupVersionKind.modelDeployment.group,
            kind: GroupVersionKind.modelDeployment.kind,
            namespace: object["metadata"]?["namespace"]?.stringValue,
            name: object["metadata"]?["name"]?.stringValue ?? ""
        )
        // Nor does what it delivered there before it came home.
        let reference = EnvironmentReference(namespace: name.namespace, name: name.name)
        guard (try? await recorder.formerCluster(of: reference)) == .some(nil) else { return nil }
        let uid = candidate["metadata"]?["uid"]?.stringValue ?? ""
        if await environmentReconcilers[uid]?.isEnding(key) == true { return candidate }
        return own.delivers(name, key) ? candidate : nil
    }
}
