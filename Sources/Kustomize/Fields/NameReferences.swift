// SPDX-License-Identifier: Apache-2.0

/// The fields of built-in kinds that hold the name of another object: the defaults of kustomize 5.8.1.
enum NameReferences {
    /// Fields that name objects of one kind.
    struct Entry: Sendable {
        let target: Kind
        let fields: [FieldSpec]
    }

    /// In the order in which kustomize looks at them: a field may name objects of several kinds.
    static let all: [Entry] = [
        Entry(target: Kind(version: "v1", kind: "ServiceAccount"), fields: serviceAccounts),
        Entry(target: Kind(group: rbac, kind: "Role"), fields: [field("roleRef/name", "RoleBinding", rbac)]),
        Entry(
            target: Kind(group: rbac, kind: "ClusterRole"),
            fields: [field("roleRef/name", "RoleBinding", rbac), field("roleRef/name", "ClusterRoleBinding", rbac)]
        ),
        Entry(target: Kind(version: "v1", kind: "ConfigMap"), fields: configMaps),
        Entry(target: Kind(version: "v1", kind: "Secret"), fields: secrets),
        Entry(target: Kind(version: "v1", kind: "Service"), fields: services),
        Entry(
            target: Kind(group: "scheduling.k8s.io", version: "v1", kind: "PriorityClass"),
            fields: inPods(of: controllers, ["priorityClassName"])
        ),
        Entry(
            target: Kind(version: "v1", kind: "PersistentVolume"),
            fields: [field("spec/volumeName", "PersistentVolumeClaim"), field("rules/resourceNames", "ClusterRole")]
        ),
        Entry(
            target: Kind(version: "v1", kind: "PersistentVolumeClaim"),
            fields: inPods(of: controllers, ["volumes/persistentVolumeClaim/claimName"])
        ),
        Entry(target: Kind(kind: "Deployment"), fields: scaled),
        Entry(target: Kind(kind: "StatefulSet"), fields: scaled),
        Entry(
            target: Kind(group: admission, kind: "ValidatingAdmissionPolicy"),
            fields: [field("spec/policyName", "ValidatingAdmissionPolicyBinding", admission)]
        ),
        // The group is wrong in kustomize, too: an Ingress never follows its class.
        Entry(
            target: Kind(group: "networking.k8s.io/v1", version: "v1", kind: "IngressClass"),
            fields: [field("spec/ingressClassName", "Ingress")]
        ),
        Entry(
            target: Kind(group: "storage.k8s.io", version: "v1", kind: "StorageClass"),
            fields: [
                field("spec/storageClassName", "PersistentVolume"),
                field("spec/storageClassName", "PersistentVolumeClaim"),
                field("spec/volumeClaimTemplates/spec/storageClassName", "StatefulSet"),
            ]
        ),
        Entry(target: Kind(kind: "ReplicaSet"), fields: scaled),
        Entry(target: Kind(kind: "ReplicationController"), fields: scaled),
    ]

    private static let rbac = "rbac.authorization.k8s.io"
    private static let admission = "admissionregistration.k8s.io"

    private static func field(_ path: String, _ kind: String, _ group: String = "", version: String = "") -> FieldSpec {
        FieldSpec(path, kind: kind, group: group, version: version)
    }

    private static let scaled = [field("spec/scaleTargetRef/name", "HorizontalPodAutoscaler")]

    // MARK: - Pods

    /// A kind that holds a pod's spec, and where.
    private typealias Holder = (kind: String, version: String, path: String)

    private static let pod: Holder = ("Pod", "", "spec")
    private static let workloads: [Holder] = [
        ("Deployment", "", "spec/template/spec"), ("DaemonSet", "", "spec/template/spec"),
        ("StatefulSet", "", "spec/template/spec"), ("Job", "", "spec/template/spec"),
        ("CronJob", "", "spec/jobTemplate/spec/template/spec"),
    ]
    private static let controllers: [Holder] =
        [pod] + workloads + [("ReplicationController", "", "spec/template/spec")]
    private static let templates: [Holder] =
        [("Pod", "v1", "spec")] + workloads
        + [("ReplicaSet", "", "spec/template/spec"), ("PodTemplate", "", "template/spec")]

    private static func inPods(of holders: [Holder], _ fields: [String]) -> [FieldSpec] {
        holders.flatMap { holder in
            fields.map { field(holder.path + "/" + $0, holder.kind, version: holder.version) }
        }
    }

    private static let configMaps: [FieldSpec] =
        inPods(
            of: templates,
            [
                "volumes/configMap/name", "containers/env/valueFrom/configMapKeyRef/name",
                "initContainers/env/valueFrom/configMapKeyRef/name", "containers/envFrom/configMapRef/name",
                "initContainers/envFrom/configMapRef/name", "volumes/projected/sources/configMap/name",
            ]
        ) + [
            field("spec/configSource/configMap", "Node"),
            field("rules/resourceNames", "Role"),
            field("rules/resourceNames", "ClusterRole"),
            field("metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap", "Ingress"),
        ]

    private static let secrets: [FieldSpec] =
        inPods(
            of: templates,
            [
                "volumes/secret/secretName", "containers/env/valueFrom/secretKeyRef/name",
                "initContainers/env/valueFrom/secretKeyRef/name", "containers/envFrom/secretRef/name",
                "initContainers/envFrom/secretRef/name", "imagePullSecrets/name",
                "volumes/projected/sources/secret/name",
            ]
        ) + [
            field("spec/tls/secretName", "Ingress"),
            field("metadata/annotations/ingress.kubernetes.io\\/auth-secret", "Ingress"),
            field("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret", "Ingress"),
            field("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret", "Ingress"),
            field("imagePullSecrets/name", "ServiceAccount"),
            field("parameters/secretName", "StorageClass"),
            field("parameters/adminSecretName", "StorageClass"),
            field("parameters/userSecretName", "StorageClass"),
            field("parameters/secretRef", "StorageClass"),
            field("rules/resourceNames", "Role"),
            field("rules/resourceNames", "ClusterRole"),
            field(
                "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
                "Service",
                "serving.knative.dev",
                version: "v1"
            ),
            field("spec/azureFile/secretName", "PersistentVolume"),
        ]

    // MARK: - Others

    private static let services: [FieldSpec] = [
        field("spec/serviceName", "StatefulSet", "apps"),
        field("spec/rules/http/paths/backend/serviceName", "Ingress"),
        field("spec/backend/serviceName", "Ingress"),
        field("spec/rules/http/paths/backend/service/name", "Ingress"),
        field("spec/defaultBackend/service/name", "Ingress"),
        field("spec/service/name", "APIService", "apiregistration.k8s.io"),
        field("webhooks/clientConfig/service", "ValidatingWebhookConfiguration", admission),
        field("webhooks/clientConfig/service", "MutatingWebhookConfiguration", admission),
    ]

    private static let serviceAccounts: [FieldSpec] =
        [field("subjects", "RoleBinding", rbac), field("subjects", "ClusterRoleBinding", rbac)]
        + inPods(of: controllers, ["serviceAccountName"])
}
