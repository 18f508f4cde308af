// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    private static let deployment =
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{name: c, image: i}]}}}}"

    /// An overlay on a base.
    private static func layers(_ name: String, _ overlay: String, _ base: String, _ object: String = deployment) -> Tree
    {
        Tree(
            name,
            folder: "top",
            "=== top/kustomization.yaml\nresources: [../base]\n\(overlay)\n"
                + "=== base/kustomization.yaml\nresources: [a.yaml]\n\(base)\n=== base/a.yaml\n\(object)\n"
        )
    }

    private static func one(_ name: String, _ kustomization: String, _ object: String) -> Tree {
        Tree(name, "resources: [a.yaml]\n\(kustomization)\n=== a.yaml\n\(object)\n")
    }

    static let odds = Chapter(
        name: "odds and ends",
        refused: [
            "a JSON patch of the whole", "a folder as file", "a folder as patch", "a resource twice",
            "a service without a name in a webhook", "an empty path", "anchors in a kustomization", "itself as folder",
            "itself as resource", "move what is not there", "replace an item that is not there", "replacement to null",
        ],
        trees: shared + scalars + renamed + others
    )

    /// Labels that one transformer has added in several places, changed in one of them.
    private static let shared = [
        layers("a label changed", "labels: [{pairs: {app: new}}]", "commonLabels: {app: old}"),
        layers(
            "a label changed by a patch",
            "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: {app: new}}}'}]",
            "commonLabels: {app: old}"
        ),
        layers(
            "a label changed by a JSON patch",
            "patches: [{target: {kind: Deployment}, patch: '- {op: replace, path: /metadata/labels/app, value: new}'}]\nlabels: [{pairs: {app: newer}}]",
            "commonLabels: {app: old}"
        ),
        layers(
            "a label removed by a patch",
            "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: {app: null}}}'}]\nlabels: [{pairs: {app: newer}}]",
            "commonLabels: {app: old}"
        ),
        layers(
            "a label changed by a replacement",
            "replacements: [{source: {kind: Deployment}, targets: [{select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}]}]",
            "commonLabels: {app: old}"
        ),
        layers(
            "an annotation changed in the template",
            "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {metadata: {annotations: {note: new}}}}}'}]",
            "commonAnnotations: {note: old}"
        ),
        layers(
            "a label that was there before",
            "labels: [{pairs: {app: new}}]",
            "commonLabels: {app: old}",
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: {app: own}}, spec: {selector: {matchLabels: {app: own}}}}"
        ),
        layers(
            "labels in two steps",
            "labels: [{pairs: {a: '3'}, includeTemplates: true}]",
            "labels: [{pairs: {a: '1'}}, {pairs: {a: '2'}, includeSelectors: true}]"
        ),
        layers(
            "a template that goes",
            "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: null}}'}]\nlabels: [{pairs: {app: new}}]",
            "commonLabels: {app: old}"
        ),
    ]

    private static let scalars = [
        one("a number as name", "namePrefix: p-", "{apiVersion: v1, kind: ConfigMap, metadata: {name: 123}}"),
        one(
            "numbers as labels",
            "labels: [{pairs: {b: '1'}}]",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {a: 1}, annotations: {x: 1.5, z: true}}}"
        ),
        one(
            "an image that is a number",
            "images: [{name: '5', newTag: '1'}]",
            "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{image: 5}, {image: null}, {image: ''}]}}"
        ),
        one(
            "an empty image's name",
            "images: [{newTag: '1'}]",
            "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{image: x}, {image: ':1'}, {image: ''}]}}"
        ),
        one(
            "numbers in data",
            "configMapGenerator: [{name: a, behavior: merge, literals: [b=2]}]",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {n: 1, t: true}}"
        ),
        one(
            "null data",
            "configMapGenerator: [{name: a, behavior: merge, literals: [b=2]}]",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: null}"
        ),
        one(
            "stringData",
            "secretGenerator: [{name: a, behavior: merge, literals: [b=2]}]",
            "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {x: z}, data: {c: YQ==}}"
        ),
        one(
            "replicas null",
            "replicas: [{name: web, count: 2}]",
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: null}}"
        ),
        one(
            "replicas without a spec",
            "replicas: [{name: web, count: 2}]",
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}"
        ),
        one(
            "a literal with signs",
            "configMapGenerator: [{name: b, literals: ['a==', 'b=\"', \"c=''\", 'd=\"x', 'e f=g']}]",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"
        ),
        one(
            "a big number",
            "namePrefix: p-",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {a: 9223372036854775807, b: -1, c: 0.1, d: 1e100, e: 00012, f: 0b11, g: 1_0}}"
        ),
        one(
            "a JSON patch of numbers",
            "patches: [{target: {kind: A}, patch: '- {op: add, path: /spec/z, value: 1.0}'}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {c: 0.1, d: 1000000}}"
        ),
        one(
            "strings that look like others",
            "namePrefix: p-\nlabels: [{pairs: {a: 'yes'}}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {a: 'yes', b: \"1\", c: '~', d: 'null', e: '', f: '0x1', g: '1e3', h: ' x ', i: \"\\t\"}}"
        ),
    ]

    private static let pod =
        "{apiVersion: v1, kind: Pod, metadata: {name: pod}, spec: {volumes: [{configMap: {name: conf}}]}}\n---\n"

    private static let renamed = [
        one(
            "renamed by a patch",
            "patches: [{target: {kind: ConfigMap}, options: {allowNameChange: true}, patch: '{kind: ConfigMap, metadata: {name: new}}'}]",
            pod + "{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}}"
        ),
        one(
            "renamed by a JSON patch",
            "patches: [{target: {kind: ConfigMap}, patch: '- {op: replace, path: /metadata/name, value: new}'}]",
            pod + "{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}}"
        ),
        one(
            "of another kind by a patch",
            "namePrefix: p-\npatches: [{target: {kind: ConfigMap}, options: {allowKindChange: true}, patch: '{kind: Secret, metadata: {name: new}}'}]",
            pod + "{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}}"
        ),
        one(
            "a namespace by a JSON patch",
            "namePrefix: p-\npatches: [{target: {kind: ConfigMap}, patch: '- {op: add, path: /metadata/namespace, value: new}'}]",
            pod + "{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}}"
        ),
        one(
            "renamed by a replacement",
            "replacements: [{source: {kind: Pod}, targets: [{select: {kind: ConfigMap}}]}]",
            pod + "{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}}"
        ),
        layers(
            "patched by the name of the base",
            "patches: [{target: {name: pod}, patch: '- {op: add, path: /x, value: 1}'}]\nnameSuffix: -t",
            "namePrefix: b-\nconfigMapGenerator: [{name: conf, literals: [a=b]}]",
            "{apiVersion: v1, kind: Pod, metadata: {name: pod}, spec: {volumes: [{configMap: {name: conf}}]}}"
        ),
        one(
            "local configuration that is named",
            "namePrefix: p-",
            pod
                + "{apiVersion: v1, kind: ConfigMap, metadata: {name: conf, annotations: {config.kubernetes.io/local-config: 'true'}}}"
        ),
    ]

    private static let others = [
        one(
            "nothing but null",
            "patches: [{patch: '{apiVersion: v1, kind: A, metadata: {name: a}, spec: {x: {z: null}, w: [null]}}'}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {a: null}}"
        ),
        one(
            "a service without a name in a webhook",
            "namePrefix: p-",
            "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: a}, webhooks: [{clientConfig: {service: {path: /x}}}]}"
        ),
        one(
            "labels in a list's items",
            "labels: [{pairs: {a: b}, fields: [{path: 'spec/items[]/labels', create: true}, {path: spec/others/labels, create: true}]}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {items: [{}, {labels: {c: d}}], others: [{x: 1}]}}"
        ),
        one(
            "a JSON patch of the whole",
            "patches: [{target: {kind: A}, patch: '- {op: replace, path: \"\", value: {a: 1}}'}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}}"
        ),
        one(
            "copy what is not there",
            "patches: [{target: {kind: A}, patch: '- {op: copy, from: /spec/none, path: /spec/x}'}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {}}"
        ),
        one(
            "move what is not there",
            "patches: [{target: {kind: A}, patch: '- {op: move, from: /spec/none, path: /spec/x}'}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {}}"
        ),
        one(
            "test what is not there",
            "patches: [{target: {kind: A}, patch: '- {op: test, path: /spec/none, value: null}'}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {}}"
        ),
        one(
            "test a number",
            "patches: [{target: {kind: A}, patch: '- {op: test, path: /spec/n, value: 1.0}'}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {n: 1}}"
        ),
        one(
            "replace an item that is not there",
            "patches: [{target: {kind: A}, patch: '- {op: replace, path: /spec/l/3, value: 1}'}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {l: [1]}}"
        ),
        one(
            "replacement to null",
            "replacements: [{source: {kind: A}, targets: [{select: {kind: A}, fieldPaths: [spec.x]}]}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {x: null}}"
        ),
        one(
            "replacement of a list's item",
            "replacements: [{source: {kind: A, fieldPath: 'spec.l.[name=b].v'}, targets: [{select: {kind: A}, fieldPaths: ['spec.l.[name=a].v']}]}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {l: [{name: a, v: 1}, {name: b, v: 2}]}}"
        ),
        one(
            "replacement of the last item",
            "replacements: [{source: {kind: A, fieldPath: 'spec.l.-'}, targets: [{select: {kind: A}, fieldPaths: ['spec.l.0']}]}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {l: [a, b]}}"
        ),
        one(
            "replacement of an empty text",
            "replacements: [{source: {kind: A, fieldPath: spec.e}, targets: [{select: {kind: A}, fieldPaths: [spec.t, spec.n], options: {create: true}}]}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {e: '', t: x}}"
        ),
        one(
            "JSON in lines",
            "replacements: [{source: {kind: A}, targets: [{select: {kind: A}, fieldPaths: [spec.j.a.b]}]}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {j: \"{\\n  \\\"a\\\": {\\n    \\\"b\\\": \\\"x\\\"\\n  },\\n \\\"c\\\": [1.50]}\"}}"
        ),
        one(
            "JSON with a new member",
            "replacements: [{source: {kind: A}, targets: [{select: {kind: A}, fieldPaths: [spec.j.c], options: {create: true}}]}]",
            "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {j: '{\"b\": \"<\", \"a\": null}'}}"
        ),
        Tree(
            "names with spaces and others",
            "resources: ['a folder', 'ü.yaml']\nconfigMapGenerator: [{name: x, files: ['a folder/data file.txt']}]\n=== a folder/kustomization.yaml\nresources: [b.yaml]\n=== a folder/b.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: b}}\n=== a folder/data file.txt\nx\n=== ü.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
        ),
        Tree(
            "a kustomization in JSON",
            "{\"resources\": [\"a.yaml\"], \"namePrefix\": \"p-\"}\n=== a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: b}}\n"
        ),
        Tree("a folder as file", "configMapGenerator: [{name: x, files: [a]}]\n=== a/b\nx\n"),
        Tree("a folder as patch", "patches: [{path: a}]\n=== a/b\nx\n"),
        Tree("itself as resource", "resources: [kustomization.yaml]\n"),
        Tree("itself as folder", "resources: [.]\n"),
        Tree("an empty path", "resources: ['']\n"),
        Tree(
            "a resource twice",
            "resources: [a.yaml, a.yaml]\n=== a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: b}}\n"
        ),
        Tree("null as resources", "resources: null\nnamePrefix: a\n"),
        Tree("anchors in a kustomization", "x: &a {a: b}\n"),
    ]
}
