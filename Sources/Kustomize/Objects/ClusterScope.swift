// SPDX-License-Identifier: Apache-2.0

/// Which built-in kinds have no namespace.
///
/// Kustomize 5.8.1 knows them from the OpenAPI document of Kubernetes 1.21 and takes every other kind to have one.
enum ClusterScope {
    static func contains(_ kind: Kind) -> Bool {
        kinds[kind.apiVersion]?.contains(kind.kind) ?? false
    }

    private static let kinds: [String: Set<String>] = [
        "v1": ["ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"],
        "admissionregistration.k8s.io/v1": ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        "admissionregistration.k8s.io/v1beta1": ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
        "apiextensions.k8s.io/v1beta1": ["CustomResourceDefinition"],
        "apiregistration.k8s.io/v1": ["APIService"],
        "apiregistration.k8s.io/v1beta1": ["APIService"],
        "certificates.k8s.io/v1": ["CertificateSigningRequest"],
        "certificates.k8s.io/v1beta1": ["CertificateSigningRequest"],
        "flowcontrol.apiserver.k8s.io/v1beta1": ["FlowSchema", "PriorityLevelConfiguration"],
        "networking.k8s.io/v1": ["IngressClass"],
        "networking.k8s.io/v1beta1": ["IngressClass"],
        "node.k8s.io/v1": ["RuntimeClass"],
        "node.k8s.io/v1beta1": ["RuntimeClass"],
        "policy/v1beta1": ["PodSecurityPolicy"],
        "rbac.authorization.k8s.io/v1": ["ClusterRole", "ClusterRoleBinding"],
        "rbac.authorization.k8s.io/v1beta1": ["ClusterRole", "ClusterRoleBinding"],
        "scheduling.k8s.io/v1": ["PriorityClass"],
        "scheduling.k8s.io/v1beta1": ["PriorityClass"],
        "storage.k8s.io/v1": ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        "storage.k8s.io/v1beta1": ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
    ]
}
