// SPDX-License-Identifier: Apache-2.0

internal import Delivery
internal import JSON
internal import Kubernetes
internal import TaffrailAPI

/// An access that somebody needs, and what for.
struct Need: Sendable, Hashable {
    let access: ResourceAccess
    /// Whether nothing is broken without it as long as all goes well.
    let isOptional: Bool

    init(_ access: ResourceAccess, isOptional: Bool = false) {
        self.access = access
        self.isOptional = isOptional
    }
}

/// Objects of one kind in one place, as an Environment applies them.
struct AppliedKind: Sendable, Hashable {
    let group: String
    let resource: String
    /// `nil` for a kind of the cluster.
    let namespace: String?
}

/// Which accesses the controller and the Environments' accounts need. Pure: this is the one list, and it follows what the loops send.
enum RequiredAccess {
    private static let group = CustomResources.group
    private static let children = [
        ("", "serviceaccounts"), ("", "services"), ("apps", "deployments"), ("policy", "poddisruptionbudgets"),
    ]

    /// - Parameters:
    ///   - namespace: that the controller watches; `nil` for all.
    ///   - resources: the ConfigRepositories, Environments and ModelDeployments that it looks after.
    ///   - kinds: what the Environments have applied.
    static func controller(namespace: String?, resources: WatchedResources, kinds: Set<AppliedKind>) -> [Need] {
        var needs = [Need(ResourceAccess("get", "namespaces", namespace: nil, name: "kube-system"))]
        for resource in ["configrepositories", "environments", "modeldeployments"] {
            needs += following(group, resource, namespace, isOptional: false)
            let status = ResourceAccess("patch", group: group, resource, subresource: "status", namespace: namespace)
            needs.append(Need(status))
        }
        // Finalizers are part of the object itself.
        needs.append(Need(ResourceAccess("patch", group: group, "modeldeployments", namespace: namespace)))
        let prunesAtTheEnd = resources.environments.contains { $0["spec"]?["deletionPolicy"] == "prune" }
        needs.append(
            Need(
                ResourceAccess("patch", group: group, "environments", namespace: namespace),
                isOptional: !prunesAtTheEnd
            )
        )
        // What is in a namespace that is being deleted need not be waited for.
        needs.append(Need(ResourceAccess("get", "namespaces", namespace: nil), isOptional: true))
        needs += following(group, "inventories", namespace, isOptional: false)
        for verb in ["get", "create", "patch"] {
            needs.append(Need(ResourceAccess(verb, group: group, "inventories", namespace: namespace)))
        }
        needs += resources.secrets.map {
            Need(ResourceAccess("get", "secrets", namespace: $0.namespace, name: $0.name))
        }
        needs += resources.accounts.flatMap { impersonation(of: $0) }
        for kind in withChildren(kinds).sorted(by: precedes) {
            // After a crash it looks which of its writes landed; without this the record says that nobody knows.
            let look = ResourceAccess("get", group: kind.group, kind.resource, namespace: kind.namespace)
            needs.append(Need(look, isOptional: true))
            // What it cannot follow it asks for at every interval, as the Environment's account.
            let isSecret = kind.group.isEmpty && kind.resource == "secrets"
            let place = isSecret || namespace != nil ? kind.namespace : nil
            needs += following(kind.group, kind.resource, place, isOptional: true)
        }
        var seen: Set<Need> = []
        return needs.filter { seen.insert($0).inserted }
    }

    /// Watches list first, and again where they lost the thread.
    private static func following(
        _ group: String,
        _ resource: String,
        _ namespace: String?,
        isOptional: Bool
    ) -> [Need] {
        ["list", "watch"].map {
            Need(ResourceAccess($0, group: group, resource, namespace: namespace), isOptional: isOptional)
        }
    }

    /// What is applied, and what the ModelDeployments among it become.
    private static func withChildren(_ kinds: Set<AppliedKind>) -> Set<AppliedKind> {
        let models = kinds.filter { $0.group == group && $0.resource == "modeldeployments" }
        return kinds.union(
            models.flatMap { model in
                children.map { AppliedKind(group: $0.0, resource: $0.1, namespace: model.namespace) }
            }
        )
    }

    private static func impersonation(of account: NamespacedName) -> [Need] {
        let groups = AccessSubject(serviceAccount: account.name, namespace: account.namespace).groups
        let user = ResourceAccess(
            "impersonate",
            "serviceaccounts",
            namespace: account.namespace,
            name: account.name
        )
        return [Need(user)] + groups.map { Need(ResourceAccess("impersonate", "groups", namespace: nil, name: $0)) }
    }

    /// - Parameters:
    ///   - kinds: what the account applies.
    ///   - models: the namespaces in which it applies ModelDeployments, whose children are made as the same account.
    static func account(kinds: Set<AppliedKind>, models: Set<String>, prunes: Bool) -> [Need] {
        let verbs = ["list", "get", "create", "patch"] + (prunes ? ["delete"] : [])
        var needs = kinds.sorted(by: precedes).flatMap { kind in
            verbs.map { Need(ResourceAccess($0, group: kind.group, kind.resource, namespace: kind.namespace)) }
        }
        for namespace in models.sorted() {
            for (group, resource) in children {
                for verb in ["list", "get", "create", "patch", "delete"] {
                    needs.append(Need(ResourceAccess(verb, group: group, resource, namespace: namespace)))
                }
            }
            // Children block the deletion of their owner, which clusters with OwnerReferencesPermissionEnforcement allow to few.
            let finalizers = ResourceAccess(
                "update",
                group: group,
                "modeldeployments",
                subresource: "finalizers",
                namespace: namespace
            )
            needs.append(Need(finalizers, isOptional: true))
        }
        var seen: Set<Need> = []
        return needs.filter { seen.insert($0).inserted }
    }

    private static func precedes(_ left: AppliedKind, _ right: AppliedKind) -> Bool {
        (left.namespace ?? "", left.group, left.resource) < (right.namespace ?? "", right.group, right.resource)
    }
}

/// The name of an object in a namespace.
struct NamespacedName: Sendable, Hashable, Comparable, CustomStringConvertible {
    let namespace: String
    let name: String

    init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    init(_ object: JSONValue) {
        namespace = object["metadata"]?["namespace"]?.stringValue ?? ""
        name = object["metadata"]?["name"]?.stringValue ?? ""
    }

    var description: String { "\(namespace)/\(name)" }

    static func < (left: NamespacedName, right: NamespacedName) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// Our own resources, as they were listed.
struct WatchedResources: Sendable {
    var repositories: [JSONValue] = []
    var environments: [JSONValue] = []
    var models: [JSONValue] = []
    var inventories: [JSONValue] = []

    /// The Secrets that ConfigRepositories name, and those with the kubeconfigs of other clusters.
    var secrets: [NamespacedName] {
        let named =
            repositories.map { ($0, $0["spec"]?["secretRef"]) }
            + environments.map { ($0, $0["spec"]?["kubeConfig"]?["secretRef"]) }
        return Set(
            named.compactMap { object, reference in
                reference?["name"]?.stringValue.map {
                    NamespacedName(namespace: NamespacedName(object).namespace, name: $0)
                }
            }
        ).sorted()
    }

    /// Whom the controller acts as: an Environment's account, and a namespace's own for a ModelDeployment that no Environment delivers. In another
    /// cluster it acts as whom the kubeconfig names.
    var accounts: [NamespacedName] {
        let named = environments.filter { !TargetClusters.isElsewhere($0) }.map(Self.account)
        let own = models.filter { $0["metadata"]?["labels"]?["taffrail.dev/environment"] == nil }
            .map { NamespacedName(namespace: NamespacedName($0).namespace, name: "default") }
        return Set(named + own).sorted()
    }

    static func account(of environment: JSONValue) -> NamespacedName {
        NamespacedName(
            namespace: NamespacedName(environment).namespace,
            name: environment["spec"]?["serviceAccountName"]?.stringValue ?? "default"
        )
    }
}
