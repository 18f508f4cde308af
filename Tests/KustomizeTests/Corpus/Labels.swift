// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    private static let workloads = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: dep, labels: {app: old, own: "1"}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: old}}
          template:
            metadata: {labels: {app: old}}
            spec:
              topologySpreadConstraints:
              - {topologyKey: zone, labelSelector: {matchLabels: {app: old}}}
              affinity:
                podAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                  - {topologyKey: a, labelSelector: {matchLabels: {app: old}}}
                podAntiAffinity:
                  preferredDuringSchedulingIgnoredDuringExecution:
                  - {weight: 1, podAffinityTerm: {topologyKey: a, labelSelector: {matchLabels: {app: old}}}}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: sts}
        spec:
          volumeClaimTemplates:
          - metadata: {name: a}
          - metadata: {name: b, labels: {x: y}}
        ---
        {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: ds}}
        ---
        {apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: rs}, spec: {template: null}}
        ---
        {apiVersion: v1, kind: ReplicationController, metadata: {name: rc}, spec: {replicas: 1}}
        ---
        {apiVersion: batch/v1, kind: Job, metadata: {name: job}, spec: {selector: {matchLabels: {a: b}}}}
        ---
        {apiVersion: batch/v1, kind: CronJob, metadata: {name: cron, labels: null}, spec: {}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: svc}, spec: {selector: null}}
        ---
        {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: pdb}, spec: {selector: {matchLabels: {}}}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: np}
        spec:
          podSelector: {matchLabels: {app: old}}
          ingress: [{from: [{podSelector: {matchLabels: {app: old}}}, {namespaceSelector: {}}]}]
          egress: [{to: [{podSelector: {matchLabels: {app: old}}}]}]
        ---
        {apiVersion: example.com/v1, kind: Thing, metadata: {name: thing}, spec: {labels: {a: b}}}
        """

    private static func workloads(_ name: String, _ kustomization: String) -> Tree {
        Tree(name, "resources: [all.yaml]\n" + kustomization + "\n=== all.yaml\n" + workloads)
    }

    static let labels = Chapter(
        name: "labels, annotations and replicas",
        refused: [
            "a number as value",
            "fields that contradict",
            "labels that are a list",
            "replicas as text",
            "replicas of a kind without",
            "replicas of nothing",
        ],
        trees: [
            workloads("commonLabels", "commonLabels: {app: new, z: 'true', a: '1'}"),
            workloads("labels", "labels: [{pairs: {app: new}}]"),
            workloads("labels in selectors", "labels: [{pairs: {app: new}, includeSelectors: true}]"),
            workloads("labels in templates", "labels: [{pairs: {app: new}, includeTemplates: true}]"),
            workloads(
                "labels in both",
                "labels: [{pairs: {app: new}, includeTemplates: true, includeSelectors: true}]"
            ),
            workloads(
                "labels in fields",
                """
                labels:
                - pairs: {app: new}
                  fields:
                  - {path: spec/labels, kind: Thing, create: true}
                  - {path: spec/made/labels, group: example.com, create: true}
                  - {path: spec/notmade/labels, version: v1, create: false}
                - pairs: {second: x}
                """
            ),
            workloads(
                "fields that contradict",
                "labels: [{pairs: {a: b}, includeSelectors: true, fields: [{path: metadata/labels, create: false}]}]"
            ),
            workloads("no pairs", "labels: [{includeSelectors: true}]\ncommonLabels: {}"),
            workloads("a null value", "commonLabels: {a: null}"),
            workloads("a number as value", "commonLabels: {a: 1}"),
            workloads("annotations", "commonAnnotations: {note: 'yes', other: '1'}"),
            workloads(
                "both",
                "commonAnnotations: {note: x}\ncommonLabels: {app: x}\nlabels: [{pairs: {app: z, b: c}}]"
            ),
            workloads("replicas", "replicas: [{name: dep, count: 5}, {name: sts, count: 0}, {name: rs, count: 1}]"),
            workloads("replicas of a renamed one", "namePrefix: p-\nreplicas: [{name: dep, count: 5}]"),
            workloads("replicas by the new name", "namePrefix: p-\nreplicas: [{name: p-dep, count: 5}]"),
            workloads("replicas of nothing", "replicas: [{name: nothing, count: 5}]"),
            workloads("replicas of a kind without", "replicas: [{name: ds, count: 5}]"),
            workloads("replicas as text", "replicas: [{name: dep, count: '5'}]"),
            Tree(
                "labels that are a list",
                "resources: [a.yaml]\ncommonLabels: {a: b}\n=== a.yaml\n{apiVersion: v1, kind: A, metadata: {name: a, labels: [x]}}\n"
            ),
        ]
    )
}
