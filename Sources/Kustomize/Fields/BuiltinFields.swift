// SPDX-License-Identifier: Apache-2.0

/// The fields that each transformer changes in built-in kinds: the defaults of kustomize 5.8.1.
enum BuiltinFields {
    static let namespaces: [FieldSpec] = [
        FieldSpec("metadata/name", kind: "Namespace", version: "v1", create: true),
        FieldSpec("spec/service/namespace", kind: "APIService", group: "apiregistration.k8s.io", create: true),
        FieldSpec(
            "spec/conversion/webhook/clientConfig/service/namespace",
            kind: "CustomResourceDefinition",
            group: "apiextensions.k8s.io"
        ),
    ]

    static let annotations: [FieldSpec] =
        [FieldSpec("metadata/annotations", create: true)]
        + templates(of: "metadata/annotations", statefulSetGroup: "", withClaims: false)

    /// Where a label goes that is not part of selectors.
    static let templateLabels: [FieldSpec] =
        [metadataLabels] + templates(of: "metadata/labels", statefulSetGroup: "apps", withClaims: true)

    static let metadataLabels = FieldSpec("metadata/labels", create: true)

    static let commonLabels: [FieldSpec] = selectors + affinities + templateLabels

    static let images: [FieldSpec] = ["spec", "spec/template/spec"].flatMap { path in
        ["containers[]/image", "initContainers[]/image", "volumes[]/image/reference"].map {
            FieldSpec(path + "/" + $0, create: true)
        }
    }

    static let replicas: [FieldSpec] = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map {
        FieldSpec("spec/replicas", kind: $0, create: true)
    }

    private static func templates(of field: String, statefulSetGroup: String, withClaims: Bool) -> [FieldSpec] {
        let template = "spec/template/" + field
        var specs = [
            FieldSpec(template, kind: "ReplicationController", version: "v1", create: true),
            FieldSpec(template, kind: "Deployment", create: true),
            FieldSpec(template, kind: "ReplicaSet", create: true),
            FieldSpec(template, kind: "DaemonSet", create: true),
            FieldSpec(template, kind: "StatefulSet", group: statefulSetGroup, create: true),
            FieldSpec(template, kind: "Job", group: "batch", create: true),
            FieldSpec("spec/jobTemplate/" + field, kind: "CronJob", group: "batch", create: true),
            FieldSpec("spec/jobTemplate/" + template, kind: "CronJob", group: "batch", create: true),
        ]
        if withClaims {
            let path = "spec/volumeClaimTemplates[]/" + field
            specs.append(FieldSpec(path, kind: "StatefulSet", group: "apps", create: true))
        }
        return specs
    }

    private static let selectors: [FieldSpec] = [
        FieldSpec("spec/selector", kind: "Service", version: "v1", create: true),
        FieldSpec("spec/selector", kind: "ReplicationController", version: "v1", create: true),
        FieldSpec("spec/selector/matchLabels", kind: "Deployment", create: true),
        FieldSpec("spec/selector/matchLabels", kind: "ReplicaSet", create: true),
        FieldSpec("spec/selector/matchLabels", kind: "DaemonSet", create: true),
        FieldSpec("spec/selector/matchLabels", kind: "StatefulSet", group: "apps", create: true),
        FieldSpec("spec/selector/matchLabels", kind: "Job", group: "batch"),
        FieldSpec("spec/jobTemplate/spec/selector/matchLabels", kind: "CronJob", group: "batch"),
        FieldSpec("spec/selector/matchLabels", kind: "PodDisruptionBudget", group: "policy"),
        FieldSpec("spec/podSelector/matchLabels", kind: "NetworkPolicy", group: "networking.k8s.io"),
        FieldSpec("spec/ingress/from/podSelector/matchLabels", kind: "NetworkPolicy", group: "networking.k8s.io"),
        FieldSpec("spec/egress/to/podSelector/matchLabels", kind: "NetworkPolicy", group: "networking.k8s.io"),
    ]

    /// Selectors of other pods in a pod template.
    private static let affinities: [FieldSpec] = ["Deployment", "StatefulSet"].flatMap { kind in
        let preferred = "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm"
        let required = "requiredDuringSchedulingIgnoredDuringExecution"
        return [
            "affinity/podAffinity/" + preferred, "affinity/podAffinity/" + required,
            "affinity/podAntiAffinity/" + preferred, "affinity/podAntiAffinity/" + required,
            "topologySpreadConstraints",
        ].map { FieldSpec("spec/template/spec/\($0)/labelSelector/matchLabels", kind: kind, group: "apps") }
    }
}
