// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    static let components = Chapter(
        name: "components",
        refused: [
            "a component as resource",
            "a component twice",
            "a component's version",
            "a file as component",
            "a kustomization as component",
            "no such component", "names that become the same before a component",
        ],
        trees: [
            Tree(
                "components in order",
                folder: "top",
                """
                === top/kustomization.yaml
                resources: [../base]
                components: [../one, ../two]
                namePrefix: top-
                configMapGenerator: [{name: gen, literals: [a=1]}]
                === base/kustomization.yaml
                resources: [a.yaml]
                === base/a.yaml
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec: {replicas: 1, template: {spec: {containers: [{name: c, envFrom: [{configMapRef: {name: gen}}]}]}}}
                === one/kustomization.yaml
                apiVersion: kustomize.config.k8s.io/v1alpha1
                kind: Component
                resources: [extra.yaml]
                configMapGenerator: [{name: gen, behavior: merge, literals: [b=2]}]
                patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2}}'}]
                nameSuffix: -one
                === one/extra.yaml
                {apiVersion: v1, kind: ConfigMap, metadata: {name: extra}}
                === two/kustomization.yaml
                kind: Component
                components: [nested]
                labels: [{pairs: {two: '2'}}]
                patches: [{target: {kind: Deployment}, patch: '[{"op": "test", "path": "/spec/replicas", "value": 2}, {"op": "add", "path": "/spec/nested", "value": 1}]'}]
                === two/nested/kustomization.yaml
                kind: Component
                images: [{name: x, newTag: '1'}]
                commonAnnotations: {nested: 'yes'}
                """
            ),
            Tree(
                "names that become the same before a component",
                """
                resources: [base]
                components: [c]
                namePrefix: x-
                === base/kustomization.yaml
                resources: [a.yaml]
                === base/a.yaml
                {apiVersion: v1, kind: Pod, metadata: {name: a}}
                ---
                {apiVersion: v1, kind: Pod, metadata: {name: b}}
                === c/kustomization.yaml
                kind: Component
                patches:
                - target: {kind: Pod}
                  patch: '- {op: replace, path: /metadata/name, value: same}'
                """
            ),
            Tree(
                "a component as resource",
                "resources: [c]\n=== c/kustomization.yaml\nkind: Component\nnamePrefix: a\n"
            ),
            Tree("a kustomization as component", "components: [c]\n=== c/kustomization.yaml\nnamePrefix: a\n"),
            Tree("a file as component", "components: [c.yaml]\n=== c.yaml\nkind: Component\nnamePrefix: a\n"),
            Tree("no such component", "components: [c]\n"),
            Tree(
                "a component's version",
                "components: [c]\n=== c/kustomization.yaml\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Component\nnamePrefix: a\n"
            ),
            Tree(
                "a component twice",
                "components: [c, c]\n=== c/kustomization.yaml\nkind: Component\nresources: [a.yaml]\n=== c/a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
            ),
            Tree(
                "built by itself",
                "kind: Component\nresources: [a.yaml]\nnamePrefix: x-\n=== a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
            ),
        ]
    )

    private static let unsorted = """
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: z}}
        ---
        {apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: a}}
        ---
        {apiVersion: example.com/v1, kind: Thing, metadata: {name: b}}
        ---
        {apiVersion: a.example.com/v1, kind: Thing, metadata: {name: a}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: p}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: s, namespace: b}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: s, namespace: a}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: s}}
        ---
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: n}}
        ---
        {apiVersion: other/v1, kind: Namespace, metadata: {name: n}}
        ---
        {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: a}}
        ---
        {apiVersion: example.com/v1beta1, kind: Thing, metadata: {name: b}}
        ---
        {kind: Thing, metadata: {name: bare}}
        """

    private static func sorted(_ name: String, _ options: String) -> Tree {
        Tree(name, "resources: [all.yaml]\n" + options + "\n=== all.yaml\n" + unsorted)
    }

    static let sorting = Chapter(
        name: "sorting",
        refused: [
            "another order",
            "lists without legacy",
        ],
        trees: [
            sorted("as it is", ""),
            sorted("fifo", "sortOptions: {order: fifo}"),
            sorted("legacy", "sortOptions: {order: legacy}"),
            sorted(
                "own lists",
                "sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Pod, Thing], orderLast: [Namespace, Service]}}"
            ),
            sorted("empty lists", "sortOptions: {order: legacy, legacySortOptions: {orderFirst: [], orderLast: []}}"),
            sorted("lists without legacy", "sortOptions: {order: fifo, legacySortOptions: {orderFirst: [Pod]}}"),
            sorted("another order", "sortOptions: {order: other}"),
            Tree(
                "of a base",
                "resources: [b, a]\nsortOptions: {order: fifo}\n=== a/kustomization.yaml\nresources: [x.yaml]\n=== a/x.yaml\n"
                    + unsorted
                    + "\n=== b/kustomization.yaml\nsortOptions: {order: legacy}\nresources: [x.yaml]\nnamePrefix: x-\n=== b/x.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: p}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: p}}\n"
            ),
        ]
    )
}
