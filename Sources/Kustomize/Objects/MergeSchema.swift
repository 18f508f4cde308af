// SPDX-License-Identifier: Apache-2.0

/// Which lists of built-in kinds a strategic merge patch merges item by item, and by which keys.
///
/// Kustomize 5.8.1 takes them from the OpenAPI document of Kubernetes 1.21; this is the part of it that has such lists.
/// The lists of all other kinds are replaced.
struct MergeSchema: Sendable {
    /// A type of the document.
    private let type: [String: Field]

    private enum Field: Sendable {
        case object(String)
        /// Keys are empty for lists of scalars.
        case list(keys: [String], items: String?)
    }

    /// The schema of a kind; `nil` if no built-in list of it is merged.
    init?(_ kind: Kind) {
        let name =
            Self.roots[kind.apiVersion]?[kind.kind]
            ?? (Self.plainKinds[kind.apiVersion]?.contains(kind.kind) == true ? "Plain" : nil)
        guard let name, let type = Self.types[name] else { return nil }
        self.type = type
    }

    private init?(named name: String?) {
        guard let name, let type = Self.types[name] else { return nil }
        self.type = type
    }

    /// The schema below a member.
    func member(_ name: String) -> MergeSchema? {
        guard case .object(let type)? = type[name] else { return nil }
        return MergeSchema(named: type)
    }

    /// The keys by which a member's items are merged; `nil` if the list is replaced.
    func mergeKeys(_ name: String) -> [String]? {
        guard case .list(let keys, _)? = type[name] else { return nil }
        return keys
    }

    /// The schema of a member's items.
    func items(_ name: String) -> MergeSchema? {
        guard case .list(_, let items)? = type[name] else { return nil }
        return MergeSchema(named: items)
    }

    // MARK: - The table

    private static let conditions: Field = .list(keys: ["type"], items: nil)
    private static let metadata: Field = .object("ObjectMeta")

    private static let types: [String: [String: Field]] = [
        "Plain": ["metadata": metadata],
        "ObjectMeta": ["finalizers": .list(keys: [], items: nil), "ownerReferences": .list(keys: ["uid"], items: nil)],
        "Conditioned": ["metadata": metadata, "status": .object("Conditions")],
        "Conditions": ["conditions": conditions],
        "Workload": [
            "metadata": metadata, "spec": .object("WorkloadSpec"), "status": .object("Conditions"),
        ],
        "WorkloadSpec": ["template": .object("PodTemplateSpec")],
        "CronJob": ["metadata": metadata, "spec": .object("CronJobSpec")],
        "CronJobSpec": ["jobTemplate": .object("JobTemplateSpec")],
        "JobTemplateSpec": ["metadata": metadata, "spec": .object("WorkloadSpec")],
        "PodTemplate": ["metadata": metadata, "template": .object("PodTemplateSpec")],
        "PodTemplateSpec": ["metadata": metadata, "spec": .object("PodSpec")],
        "Pod": ["metadata": metadata, "spec": .object("PodSpec"), "status": .object("PodStatus")],
        "PodStatus": ["conditions": conditions, "podIPs": .list(keys: ["ip"], items: nil)],
        "PodSpec": [
            "containers": .list(keys: ["name"], items: "Container"),
            "ephemeralContainers": .list(keys: ["name"], items: "EphemeralContainer"),
            "hostAliases": .list(keys: ["ip"], items: nil),
            "imagePullSecrets": .list(keys: ["name"], items: nil),
            "initContainers": .list(keys: ["name"], items: "Container"),
            "topologySpreadConstraints": .list(keys: ["topologyKey", "whenUnsatisfiable"], items: nil),
            "volumes": .list(keys: ["name"], items: "Volume"),
        ],
        "Container": [
            "env": .list(keys: ["name"], items: nil),
            "ports": .list(keys: ["containerPort", "protocol"], items: nil),
            "volumeDevices": .list(keys: ["devicePath"], items: nil),
            "volumeMounts": .list(keys: ["mountPath"], items: nil),
        ],
        "EphemeralContainer": [
            "env": .list(keys: ["name"], items: nil),
            "volumeDevices": .list(keys: ["devicePath"], items: nil),
            "volumeMounts": .list(keys: ["mountPath"], items: nil),
        ],
        "Volume": ["ephemeral": .object("EphemeralVolumeSource")],
        "EphemeralVolumeSource": ["volumeClaimTemplate": .object("Plain")],
        "Service": [
            "metadata": metadata, "spec": .object("ServiceSpec"), "status": .object("ServiceStatus"),
        ],
        "ServiceSpec": ["ports": .list(keys: ["port", "protocol"], items: nil)],
        "ServiceStatus": ["conditions": .list(keys: ["type"], items: nil)],
        "ServiceAccount": ["metadata": metadata, "secrets": .list(keys: ["name"], items: nil)],
        "ComponentStatus": ["conditions": conditions, "metadata": metadata],
        "Node": ["metadata": metadata, "spec": .object("NodeSpec"), "status": .object("NodeStatus")],
        "NodeSpec": ["podCIDRs": .list(keys: [], items: nil)],
        "NodeStatus": ["addresses": .list(keys: ["type"], items: nil), "conditions": conditions],
        "CSINode": ["metadata": metadata, "spec": .object("CSINodeSpec")],
        "CSINodeSpec": ["drivers": .list(keys: ["name"], items: nil)],
        "Webhooks": ["metadata": metadata, "webhooks": .list(keys: ["name"], items: nil)],
    ]

    private static let workloads = "Workload"

    /// Kinds with lists of their own, by apiVersion.
    private static let roots: [String: [String: String]] = [
        "apps/v1": [
            "DaemonSet": workloads, "Deployment": workloads, "ReplicaSet": workloads, "StatefulSet": workloads,
        ],
        "batch/v1": ["Job": workloads, "CronJob": "CronJob"],
        "batch/v1beta1": ["CronJob": "CronJob"],
        "v1": [
            "ReplicationController": workloads, "ComponentStatus": "ComponentStatus", "Namespace": "Conditioned",
            "PersistentVolumeClaim": "Conditioned", "Node": "Node", "Pod": "Pod", "PodTemplate": "PodTemplate",
            "Service": "Service", "ServiceAccount": "ServiceAccount",
        ],
        "policy/v1": ["PodDisruptionBudget": "Conditioned"],
        "policy/v1beta1": ["PodDisruptionBudget": "Conditioned"],
        "apiregistration.k8s.io/v1": ["APIService": "Conditioned"],
        "apiregistration.k8s.io/v1beta1": ["APIService": "Conditioned"],
        "storage.k8s.io/v1": ["CSINode": "CSINode"],
        "storage.k8s.io/v1beta1": ["CSINode": "CSINode"],
        "admissionregistration.k8s.io/v1": [
            "MutatingWebhookConfiguration": "Webhooks", "ValidatingWebhookConfiguration": "Webhooks",
        ],
        "admissionregistration.k8s.io/v1beta1": [
            "MutatingWebhookConfiguration": "Webhooks", "ValidatingWebhookConfiguration": "Webhooks",
        ],
    ]

    /// Kinds of which only the metadata have such lists.
    private static let plainKinds: [String: Set<String>] = [
        "v1": [
            "Binding", "ConfigMap", "Endpoints", "Event", "LimitRange", "PersistentVolume", "ResourceQuota", "Secret",
        ],
        "apps/v1": ["ControllerRevision"],
        "authentication.k8s.io/v1": ["TokenRequest", "TokenReview"],
        "authentication.k8s.io/v1beta1": ["TokenReview"],
        "authorization.k8s.io/v1": reviews,
        "authorization.k8s.io/v1beta1": reviews,
        "autoscaling/v1": ["HorizontalPodAutoscaler", "Scale"],
        "autoscaling/v2beta1": ["HorizontalPodAutoscaler"],
        "autoscaling/v2beta2": ["HorizontalPodAutoscaler"],
        "certificates.k8s.io/v1": ["CertificateSigningRequest"],
        "certificates.k8s.io/v1beta1": ["CertificateSigningRequest"],
        "coordination.k8s.io/v1": ["Lease"],
        "coordination.k8s.io/v1beta1": ["Lease"],
        "discovery.k8s.io/v1": ["EndpointSlice"],
        "discovery.k8s.io/v1beta1": ["EndpointSlice"],
        "events.k8s.io/v1": ["Event"],
        "events.k8s.io/v1beta1": ["Event"],
        "extensions/v1beta1": ["Ingress"],
        "flowcontrol.apiserver.k8s.io/v1beta1": ["FlowSchema", "PriorityLevelConfiguration"],
        "networking.k8s.io/v1": ["Ingress", "IngressClass", "NetworkPolicy"],
        "networking.k8s.io/v1beta1": ["Ingress", "IngressClass"],
        "node.k8s.io/v1": ["RuntimeClass"],
        "node.k8s.io/v1beta1": ["RuntimeClass"],
        "policy/v1beta1": ["Eviction", "PodSecurityPolicy"],
        "rbac.authorization.k8s.io/v1": roles,
        "rbac.authorization.k8s.io/v1beta1": roles,
        "scheduling.k8s.io/v1": ["PriorityClass"],
        "scheduling.k8s.io/v1beta1": ["PriorityClass"],
        "storage.k8s.io/v1": ["CSIDriver", "StorageClass", "VolumeAttachment"],
        "storage.k8s.io/v1beta1": ["CSIDriver", "CSIStorageCapacity", "StorageClass", "VolumeAttachment"],
        "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
        "apiextensions.k8s.io/v1beta1": ["CustomResourceDefinition"],
    ]

    private static let reviews: Set<String> = [
        "LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview",
    ]
    private static let roles: Set<String> = ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]
}
