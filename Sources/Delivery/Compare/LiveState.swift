// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Concurrency
internal import JSON
internal import Kubernetes

/// What the cluster holds of the objects in question: as watches tell it, and else by one paged metadata LIST per kind and namespace, contents never.
struct LiveState: Sendable {
    /// A list that has to be asked for.
    struct Scope: Hashable, Sendable {
        let type: GroupVersionKind
        let namespace: String?
    }

    let objects: [ObjectKey: LiveSummary]
    /// Lists that failed, with the reason: their objects cannot be compared.
    let failures: [Scope: String]
    /// Whether a kind went since it was looked up.
    let hasStaleKinds: Bool
    /// Objects that look as they settled, whatever version they have by now.
    let inSync: Set<ObjectKey>

    /// - Parameters:
    ///   - types: the API version at which each object is applied, by its key.
    ///   - view: what is followed, if anything is.
    static func read(
        _ types: [ObjectKey: GroupVersionKind],
        skipping: Set<GroupVersionKind>,
        owner: Owner,
        view: LiveView?,
        client: KubernetesClient,
        concurrency: Int,
        deadline: Deadline
    ) async throws -> LiveState {
        let wanted = types.filter { !skipping.contains($0.value) }
        let sights = await view?.sights(of: wanted, owner) ?? [:]
        let asked = try await ask(
            wanted.filter { sights[$0.key] == nil },
            owner: owner,
            client: client,
            concurrency: concurrency,
            deadline: deadline
        )
        return LiveState(
            objects: asked.objects.merging(sights.mapValues(\.summary)) { asked, _ in asked },
            failures: asked.failures,
            hasStaleKinds: asked.hasStaleKinds,
            inSync: Set(sights.filter { $0.value.isInSync }.keys)
        )
    }

    /// Asks the server, for what is not followed and for what is not there by what is followed.
    private static func ask(
        _ wanted: [ObjectKey: GroupVersionKind],
        owner: Owner,
        client: KubernetesClient,
        concurrency: Int,
        deadline: Deadline
    ) async throws -> LiveState {
        let keys = Dictionary(grouping: wanted.keys) { key in
            Scope(
                type: wanted[key] ?? GroupVersionKind(group: key.group, version: "", kind: key.kind),
                namespace: key.namespace
            )
        }
        let answers = try await Array(keys.keys).concurrentMap(limit: concurrency) { scope in
            let names = Set(keys[scope] ?? [])
            return (scope, try await list(scope, names, labelKey: owner.labelKey, client: client, deadline: deadline))
        }
        var objects: [ObjectKey: LiveSummary] = [:]
        var failures: [Scope: String] = [:]
        var hasStaleKinds = false
        for (scope, answer) in answers {
            switch answer {
            case .success(let found): objects.merge(found) { first, _ in first }
            case .failure(let error):
                failures[scope] = String(describing: error)
                if error.code == .unknownKind { hasStaleKinds = true }
            }
        }
        return LiveState(objects: objects, failures: failures, hasStaleKinds: hasStaleKinds, inSync: [])
    }

    func failure(for type: GroupVersionKind, in namespace: String?) -> String? {
        failures[Scope(type: type, namespace: namespace)]
    }

    private static func list(
        _ scope: Scope,
        _ keys: Set<ObjectKey>,
        labelKey: String,
        client: KubernetesClient,
        deadline: Deadline
    ) async throws -> Result<[ObjectKey: LiveSummary], KubernetesError> {
        do {
            let items = try await client.list(
                scope.type,
                namespace: scope.namespace,
                metadataOnly: true,
                deadline: deadline
            )
            var found: [ObjectKey: LiveSummary] = [:]
            for item in items {
                let key = ObjectKey(
                    group: scope.type.group,
                    kind: scope.type.kind,
                    namespace: scope.namespace,
                    name: item["metadata"]?["name"]?.stringValue ?? ""
                )
                if keys.contains(key), let summary = LiveSummary(item, labelKey: labelKey) { found[key] = summary }
            }
            return .success(found)
        } catch let error as KubernetesError {
            return .failure(error)
        }
    }
}
