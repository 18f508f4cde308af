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

    /// Takes in a resource with the status that we wrote.
    func wrote(_ object: JSONValue) {
        guard
            let type = GroupVersionKind(
                apiVersion: object["apiVersion"]?.stringValue ?? "",
                kind: object["kind"]?.stringValue ?? ""
            )
        else { return }
        store(of: type)?.write(object)
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
        let keys = ClusterInventory.entries(of: inventory).keys.filter {
            $0.kind == model.kind && $0.group == model.group
        }
        delivered.withLock { $0[environment] = Delivered(version: version, models: Set(keys)) }
        return keys.contains(model)
    }
}

extension ObjectStore {
    func object(_ name: NamespacedName) -> JSONValue? { object(namespace: name.namespace, name: name.name) }
}
