// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes

/// Our own resources, as watches tell them.
struct OwnResources: Sendable {
    let repositories = ObjectStore()
    let environments = ObjectStore()
    let models = ObjectStore()
    let inventories = ObjectStore()
    private let owners = Locked<[String: NamespacedName]>([:])
    private let delivered = Locked<[NamespacedName: Delivered]>([:])

    /// The ModelDeployments that an Inventory lists, as of a version of it.
    private struct Delivered: Sendable {
        let version: String
        let models: Set<ObjectKey>
    }

    func store(of type: GroupVersionKind) -> ObjectStore? {
        switch type {
        case .configRepository: repositories
        case .environment: environments
        case .modelDeployment: models
        case .inventory: inventories
        default: nil
        }
    }

    /// Whether everything is known that a loop needs to know.
    func isKnown(for loop: ControllerWork.Loop) -> Bool {
        switch loop {
        case .source: repositories.isSynced
        case .environment: repositories.isSynced && environments.isSynced && inventories.isSynced
        case .model: models.isSynced && environments.isSynced && inventories.isSynced
        }
    }

    /// What we wrote ourselves, of which no watch brings news any more.
    let written = AsyncStream.makeStream(of: (type: GroupVersionKind, change: ObjectStore.Change).self)

    /// Takes in a resource as we wrote it.
    func wrote(_ object: JSONValue) {
        guard
            let type = GroupVersionKind(
                apiVersion: object["apiVersion"]?.stringValue ?? "",
                kind: object["kind"]?.stringValue ?? ""
            ), let change = store(of: type)?.write(object)
        else { return }
        written.continuation.yield((type, change))
    }

    // MARK: - Whose an object is

    /// The Environment whose label has this value, if there is one.
    func environment(labelled label: String) -> NamespacedName? {
        if let known = owners.withLock({ $0[label] }), environments.object(known) != nil { return known }
        var all: [String: NamespacedName] = [:]
        for environment in environments.objects {
            let name = NamespacedName(environment)
            all[Ownership.labelValue(namespace: name.namespace, name: name.name)] = name
        }
        owners.withLock { [all] in $0 = all }
        return all[label]
    }

    /// Whether an Environment delivers a ModelDeployment, by its Inventory, which the controller alone writes.
    func delivers(_ environment: NamespacedName, _ model: ObjectKey) -> Bool {
        guard let inventory = inventories.object(environment) else { return false }
        let version = inventory["metadata"]?["resourceVersion"]?.stringValue ?? ""
        if let known = delivered.withLock({ $0[environment] }), known.version == version {
            return known.models.contains(model)
        }
        let keys = Self.listedModels(inventory)
        delivered.withLock { $0[environment] = Delivered(version: version, models: keys) }
        return keys.contains(model)
    }

    private static func listedModels(_ inventory: JSONValue?) -> Set<ObjectKey> {
        guard let inventory else { return [] }
        let type = GroupVersionKind.modelDeployment
        return Set(
            ClusterInventory.entries(of: inventory).keys.filter { $0.kind == type.kind && $0.group == type.group }
        )
    }

    /// The ModelDeployments that came into an Inventory, or left it.
    static func modelsThatMoved(_ change: ObjectStore.Change) -> [NamespacedName] {
        listedModels(change.before).symmetricDifference(listedModels(change.after)).map {
            NamespacedName(namespace: $0.namespace ?? "", name: $0.name)
        }
    }

    /// The ModelDeployments that say to be delivered by the Environment whose label has this value.
    func modelsLabelled(_ label: String) -> [NamespacedName] {
        models.objects.filter { $0["metadata"]?["labels"]?[Ownership.environmentLabel]?.stringValue == label }
            .map { NamespacedName($0) }
    }
}

extension ObjectStore {
    func object(_ name: NamespacedName) -> JSONValue? { object(namespace: name.namespace, name: name.name) }
}
