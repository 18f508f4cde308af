// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
package import Concurrency
package import JSON
package import Kubernetes

/// The `Inventory` resource beside an Environment, of the same name.
package struct ClusterInventory: InventoryStore {
    private static let type = GroupVersionKind.inventory

    private let client: KubernetesClient
    private let environment: EnvironmentReference
    private let ownerUID: String
    private let followed: Followed

    /// - Parameter followed: where Inventories are followed, so that they need not be asked for.
    package init(
        client: KubernetesClient,
        environment: EnvironmentReference,
        ownerUID: String,
        followed: Followed = .nothing
    ) {
        self.followed = followed
        self.client = client
        self.environment = environment
        self.ownerUID = ownerUID
    }

    package func load(deadline: Deadline) async throws -> [ObjectKey: InventoryEntry] {
        do {
            return Self.entries(of: try await object(deadline: deadline))
        } catch let error as KubernetesError where error.code == .unknownKind {
            // Its definition went, and took all Inventories along: what the record knows is all that is left.
            return [:]
        } catch {
            throw DeliveryError(.inventoryUnreadable, "the inventory of \(environment) cannot be read", cause: error)
        }
    }

    private func object(deadline: Deadline) async throws -> JSONValue? {
        if let store = followed.inventories, store.isCurrent {
            return store.object(namespace: environment.namespace, name: environment.name)
        }
        return try await client.find(
            Self.type,
            namespace: environment.namespace,
            name: environment.name,
            deadline: deadline
        )
    }

    /// What an Inventory says, by object.
    ///
    /// - Parameter keys: the objects that are asked for; `nil` for all.
    package static func entries(
        of inventory: JSONValue?,
        only keys: Set<ObjectKey>? = nil
    ) -> [ObjectKey: InventoryEntry] {
        let names = keys.map { Set($0.map(\.name)) }
        let items = (inventory?["spec"]?["entries"]?.arrayValue ?? []).filter { item in
            names?.contains(item["name"]?.stringValue ?? "") ?? true
        }
        let entries = items.compactMap(Self.entry).filter { keys?.contains($0.key) ?? true }
        return Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
    }

    /// etcd takes requests of 1.5 MiB, and the object holds its field ownership as well.
    private static let longest = 1_300_000

    package func fault(of entries: [ObjectKey: InventoryEntry]) -> String? {
        let length = object(entries).serialized().count
        guard length > Self.longest else { return nil }
        return
            "the inventory of \(entries.count) objects has \(length) bytes, which is more than a cluster keeps in one object "
            + "(\(Self.longest)): divide \(environment) into several Environments"
    }

    package func save(_ entries: [ObjectKey: InventoryEntry], deadline: Deadline) async throws {
        do {
            let options = ApplyOptions(fieldManager: Ownership.fieldManager, force: true, dryRun: false)
            let answer = try await client.apply(object(entries), options: options, deadline: deadline)
            followed.wrote(answer.object)
        } catch {
            throw DeliveryError(.inventoryUnwritable, "the inventory of \(environment) cannot be written", cause: error)
        }
    }

    private func object(_ entries: [ObjectKey: InventoryEntry]) -> JSONValue {
        let items = entries.values.sorted { $0.key < $1.key }.map(Self.json)
        return [
            "apiVersion": .string(Self.type.apiVersion),
            "kind": .string(Self.type.kind),
            "metadata": [
                "name": .string(environment.name),
                "namespace": .string(environment.namespace),
                "ownerReferences": [
                    [
                        "apiVersion": .string(Self.type.apiVersion),
                        "kind": "Environment",
                        "name": .string(environment.name),
                        "uid": .string(ownerUID),
                    ]
                ],
            ],
            "spec": [
                "environmentRef": ["name": .string(environment.name)],
                "entries": .array(items),
            ],
        ]
    }

    private static func json(_ entry: InventoryEntry) -> JSONValue {
        var object: JSONValue = [
            "version": .string(entry.type.version),
            "kind": .string(entry.type.kind),
            "name": .string(entry.key.name),
            "commit": .string(entry.commit),
            "sourcePath": .string(entry.sourcePath),
        ]
        if !entry.type.group.isEmpty { object["group"] = .string(entry.type.group) }
        object["namespace"] = entry.key.namespace.map { .string($0) }
        if entry.prune != .allowed { object["prune"] = .string(entry.prune.rawValue) }
        object["manifestDigest"] = entry.manifestDigest.map { .string($0.description) }
        return object
    }

    private static func entry(_ json: JSONValue) -> InventoryEntry? {
        let group = json["group"]?.stringValue ?? ""
        guard let version = json["version"]?.stringValue, let kind = json["kind"]?.stringValue,
            let name = json["name"]?.stringValue
        else { return nil }
        return InventoryEntry(
            type: GroupVersionKind(group: group, version: version, kind: kind),
            key: ObjectKey(group: group, kind: kind, namespace: json["namespace"]?.stringValue, name: name),
            commit: json["commit"]?.stringValue ?? "",
            manifestDigest: json["manifestDigest"]?.stringValue.flatMap { ContentDigest($0) },
            sourcePath: json["sourcePath"]?.stringValue ?? "",
            prune: json["prune"]?.stringValue.flatMap(PruneRule.init(rawValue:)) ?? .allowed
        )
    }
}
