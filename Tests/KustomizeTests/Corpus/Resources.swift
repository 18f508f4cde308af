// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    static let resources = Chapter(
        name: "resources",
        refused: [
            "cycle",
            "empty kustomization",
            "file outside",
            "no YAML",
            "no kind",
            "no kustomization",
            "no name",
            "no object",
            "no such file",
            "number as name prefix",
            "parent",
            "the same object twice",
            "two kustomizations",
            "unknown field",
            "wrong kind",
            "wrong version",
        ],
        trees: [
            Tree(
                "files and folders",
                """
                resources:
                - a.yaml
                - base
                - ./sub/../b.json
                === a.yaml
                # a comment

                ---
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: one
                data: {a: "1", empty: "", multi: "x\\ny\\n"}
                ---
                ---
                apiVersion: example.com/v1
                kind: Thing
                metadata: {name: two}
                spec:
                  number: 1.50
                  big: 12345678901234
                  hex: 0x1F
                  float: 1e3
                  truth: true
                  nothing: null
                  list: [1, [2, {a: null}], {}]
                  text: |
                    a
                      b
                --- # another
                apiVersion: v1
                kind: ServiceAccount
                metadata:
                  name: three
                === b.json
                {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "json"}, "data": {"a": "YQ=="}}
                === base/kustomization.yml
                bases: [deeper]
                === base/deeper/Kustomization
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                metadata: {name: any, labels: {a: b}}
                resources: [x.yaml]
                === base/deeper/x.yaml
                {apiVersion: v1, kind: Namespace, metadata: {name: ns}}
                """
            ),
            Tree(
                "overlay above its base",
                folder: "overlays/prod",
                """
                === overlays/prod/kustomization.yaml
                resources: [../../base]
                namePrefix: prod-
                === base/kustomization.yaml
                resources: [x.yaml]
                === base/x.yaml
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: x}
                """
            ),
            Tree(
                "lists",
                """
                resources: [only.yaml, several.yaml]
                === only.yaml
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
                === several.yaml
                apiVersion: v1
                kind: ConfigMapList
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: d}}
                - apiVersion: v1
                  kind: List
                  items:
                  - {apiVersion: v1, kind: ConfigMap, metadata: {name: f}}
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: e}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
                ---
                {apiVersion: v1, kind: SecretList, items: null}
                ---
                {apiVersion: example.com/v1, kind: AllowList, metadata: {name: l}, spec: {}}
                """
            ),
            Tree(
                "anchors, aliases and merges",
                """
                resources: [a.yaml]
                === a.yaml
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: &name web
                  labels: &labels
                    app: *name
                  annotations:
                    <<: *labels
                    b: c
                data:
                  x: *name
                """
            ),
            Tree(
                "words that only kubectl takes for booleans",
                """
                resources: [a.yaml]
                === a.yaml
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: words
                  labels: {a: yes, "b": on, c: true, d: "no", e: y}
                data:
                  on: push
                  off: no
                  words: [yes, 'no', true, False, off]
                  nested:
                  - y: N
                    k:
                      No
                """
            ),
            Tree(
                "annotations that kustomize keeps",
                """
                resources: [a.yaml]
                === a.yaml
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: a
                  annotations:
                    config.kubernetes.io/index: "0"
                    config.kubernetes.io/path: x.yaml
                    internal.config.kubernetes.io/path: x.yaml
                    config.kubernetes.io/origin: o
                    kept: 'yes'
                    number: 3
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: b
                  annotations: {config.kubernetes.io/index: "0"}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: c
                  annotations: {}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: local
                  annotations: {config.kubernetes.io/local-config: "true"}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: notlocal
                  annotations: {config.kubernetes.io/local-config: "false"}
                """
            ),
            Tree("nothing", "resources: []\n"),
            Tree("empty file", "resources: [a.yaml]\n=== a.yaml\n# nothing\n---\n{}\n"),
            Tree("empty kustomization", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"),
            Tree("unknown field", "resources: []\nnamprefix: a\n"),
            Tree("no such file", "resources: [x.yaml]\n"),
            Tree("no kustomization", "resources: [x]\n=== x/a.yaml\n{}\n"),
            Tree("two kustomizations", "resources: []\n=== kustomization.yml\nresources: []\n"),
            Tree("wrong kind", "kind: Deployment\nresources: []\n"),
            Tree("wrong version", "apiVersion: v1\nkind: Kustomization\nresources: []\n"),
            Tree(
                "file outside",
                folder: "a",
                "=== a/kustomization.yaml\nresources: [../b.yaml]\n=== b.yaml\n{apiVersion: v1, kind: Node, metadata: {name: a}}\n"
            ),
            Tree(
                "cycle",
                "resources: [a]\n=== a/kustomization.yaml\nresources: [../b]\n=== b/kustomization.yaml\nresources: [../a]\n"
            ),
            Tree("parent", folder: "a", "resources: [a]\n=== a/kustomization.yaml\nresources: [..]\n"),
            Tree(
                "the same object twice",
                """
                resources: [a.yaml, b.yaml]
                === a.yaml
                {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
                === b.yaml
                {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}}
                """
            ),
            Tree(
                "the same name in other namespaces",
                """
                resources: [a.yaml]
                === a.yaml
                {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: other}}
                """
            ),
            Tree("no kind", "resources: [a.yaml]\n=== a.yaml\napiVersion: v1\nmetadata: {name: a}\n"),
            Tree("no name", "resources: [a.yaml]\n=== a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"),
            Tree("no object", "resources: [a.yaml]\n=== a.yaml\n- a\n"),
            Tree("no YAML", "resources: [a.yaml]\n=== a.yaml\na: [\n"),
            Tree("no apiVersion", "resources: [a.yaml]\n=== a.yaml\nkind: ConfigMap\nmetadata: {name: a}\n"),
            Tree("number as name prefix", "resources: []\nnamePrefix: 1\n"),
        ]
    )
}
