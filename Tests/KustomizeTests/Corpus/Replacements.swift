// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    private static let objects = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: source, annotations: {host: a.example.com}, labels: {role: source}}
        data: {port: "8080", word: new, json: '{"a": {"b": 1, "t": "x<y"}, "list": [1, 2]}', yes: "true", colons: a:b:c}
        spec: {map: {x: 1}, list: [1, 2], number: 5, truth: true}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {app: web}}
        spec:
          replicas: 1
          paused: false
          template:
            spec:
              containers:
              - {name: one, image: 'nginx:1.0', env: [{name: A, value: x}, {name: B, value: y}]}
              - {name: two, image: 'redis:2.0', env: [{name: A, value: z}]}
              args: [a, b]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: other, namespace: ns, annotations: {a.b/c: d}}
        spec: {replicas: 1}
        """

    private static func replaced(_ name: String, _ source: String, _ targets: String, _ more: String = "") -> Tree {
        Tree(
            name,
            "resources: [all.yaml]\n\(more)replacements:\n- source: \(source)\n  targets:\n\(targets)\n=== all.yaml\n"
                + objects
        )
    }

    /// To fields of the first Deployment.
    private static func to(_ name: String, _ source: String, _ fields: String, _ options: String = "{}") -> Tree {
        replaced(
            name,
            "{kind: ConfigMap, \(source)}",
            "  - select: {kind: Deployment, name: web}\n    fieldPaths: [\(fields)]\n    options: \(options)"
        )
    }

    static let replacements = Chapter(
        name: "replacements",
        refused: [
            "a part of a mapping",
            "a part that the source has not",
            "a text to a mapping",
            "a word to a boolean",
            "a word to a number",
            "a wrong list index",
            "by an index that is not there",
            "no select",
            "no source",
            "no such field",
            "no such source",
            "no targets",
            "path and source",
            "two sources",
        ],
        trees: [
            to("a name", "name: source", "metadata.labels.app"),
            to("to the name", "fieldPath: data.word", "metadata.name"),
            to("a text to a text", "fieldPath: data.word", "'spec.template.spec.containers.[name=one].image'"),
            to(
                "to several",
                "fieldPath: data.word",
                "'spec.template.spec.containers.*.image', spec.template.spec.args.1"
            ),
            to("to items by an expression", "fieldPath: data.word", "'spec.template.spec.containers.[name=o].image'"),
            to(
                "to items of items",
                "fieldPath: data.word",
                "'spec.template.spec.containers.[name=one].env.[name=A].value'"
            ),
            to("by index", "fieldPath: data.word", "spec.template.spec.containers.0.image"),
            to("by an index that is not there", "fieldPath: data.word", "spec.template.spec.containers.5.image"),
            to("to a scalar in a list", "fieldPath: data.word", "'spec.template.spec.args.[=a]'"),
            to("a text to a number", "fieldPath: data.port", "spec.replicas"),
            to("a word to a number", "fieldPath: data.word", "spec.replicas"),
            to("a text to a boolean", "fieldPath: data.yes", "spec.paused"),
            to("a word to a boolean", "fieldPath: data.word", "spec.paused"),
            to("a number to a text", "fieldPath: spec.number", "metadata.labels.app"),
            to("a boolean to a text", "fieldPath: spec.truth", "metadata.labels.app"),
            to("a mapping to a mapping", "fieldPath: spec.map", "metadata.labels"),
            to("a mapping to a text", "fieldPath: spec.map", "metadata.labels.app"),
            to("a list to a list", "fieldPath: spec.list", "spec.template.spec.args"),
            to("a text to a mapping", "fieldPath: data.word", "spec.template"),
            to("a key with dots", "fieldPath: metadata.annotations.host", "metadata.labels.app"),
            to("no such field", "fieldPath: data.word", "spec.nothing"),
            to("no such source", "fieldPath: data.nothing", "spec.replicas"),
            to("create", "fieldPath: data.word", "spec.new.deep", "{create: true}"),
            to("create a number", "fieldPath: data.port", "spec.new.deep", "{create: true}"),
            to("create a boolean", "fieldPath: data.yes", "spec.new", "{create: true}"),
            to(
                "create an item",
                "fieldPath: data.word",
                "'spec.template.spec.containers.[name=three].image'",
                "{create: true}"
            ),
            to("create a mapping", "fieldPath: spec.map", "spec.new.deep", "{create: true}"),
            to("create a list", "fieldPath: spec.list", "spec.new.deep", "{create: true}"),
            to("create by index", "fieldPath: data.word", "spec.template.spec.args.2", "{create: true}"),
            to("create a list of items", "fieldPath: data.word", "spec.new.0.name", "{create: true}"),
            to(
                "a part",
                "fieldPath: data.word",
                "'spec.template.spec.containers.*.image'",
                "{delimiter: ':', index: 1}"
            ),
            to(
                "a part before",
                "fieldPath: data.word",
                "'spec.template.spec.containers.*.image'",
                "{delimiter: ':', index: -1}"
            ),
            to(
                "a part behind",
                "fieldPath: data.word",
                "'spec.template.spec.containers.*.image'",
                "{delimiter: ':', index: 9}"
            ),
            to("a part of a mapping", "fieldPath: data.word", "spec.template", "{delimiter: ':'}"),
            to(
                "a part of the source",
                "fieldPath: data.colons, options: {delimiter: ':', index: 1}",
                "metadata.labels.app"
            ),
            to(
                "a part that the source has not",
                "fieldPath: data.colons, options: {delimiter: ':', index: 3}",
                "metadata.labels.app"
            ),
            to("a wrong list index", "fieldPath: data.word", "'spec.template.spec.containers.[one].image'"),
            to("a list index of a source", "fieldPath: spec.list.1", "metadata.labels.app"),
            replaced("two sources", "{group: apps}", "  - select: {kind: ConfigMap}\n    fieldPaths: [data.word]"),
            replaced("no source", "{kind: Nothing}", "  - select: {kind: ConfigMap}\n    fieldPaths: [data.word]"),
            replaced(
                "JSON in a text",
                "{kind: Deployment, name: web}",
                "  - select: {kind: ConfigMap}\n    fieldPaths: [data.json.a.t]"
            ),
            replaced(
                "a number in JSON",
                "{kind: Deployment, name: web, fieldPath: spec.replicas}",
                "  - select: {kind: ConfigMap}\n    fieldPaths: [data.json.list.1]"
            ),
            replaced(
                "all of a kind",
                "{kind: ConfigMap, fieldPath: spec.number}",
                "  - select: {kind: Deployment}\n    fieldPaths: [spec.replicas]"
            ),
            replaced(
                "some rejected",
                "{kind: ConfigMap, fieldPath: spec.number}",
                "  - select: {kind: Deployment}\n    reject: [{name: other}]\n    fieldPaths: [spec.replicas]"
            ),
            replaced(
                "rejected by label",
                "{kind: ConfigMap, fieldPath: spec.number}",
                "  - select: {kind: Deployment}\n    reject: [{labelSelector: app=web}]\n    fieldPaths: [spec.replicas]"
            ),
            replaced(
                "selected by label",
                "{kind: ConfigMap, fieldPath: spec.number}",
                "  - select: {labelSelector: app=web}\n    fieldPaths: [spec.replicas]"
            ),
            replaced(
                "by an expression",
                "{kind: ConfigMap, fieldPath: spec.number}",
                "  - select: {name: 'web|other'}\n    fieldPaths: [spec.replicas]"
            ),
            replaced(
                "by namespace",
                "{kind: ConfigMap, fieldPath: spec.number}",
                "  - select: {namespace: ns}\n    fieldPaths: [spec.replicas]"
            ),
            replaced(
                "a dot in a key",
                "{kind: ConfigMap, fieldPath: data.word}",
                "  - select: {name: other}\n    fieldPaths: ['metadata.annotations.a\\.b/c']"
            ),
            replaced(
                "a key in brackets",
                "{kind: ConfigMap, fieldPath: data.word}",
                "  - select: {name: other}\n    fieldPaths: ['metadata.annotations.[a.b/c]']"
            ),
            replaced("the standard fields", "{kind: ConfigMap}", "  - select: {name: other}"),
            replaced("no select", "{kind: ConfigMap}", "  - fieldPaths: [a]"),
            replaced(
                "after a prefix",
                "{kind: ConfigMap, name: source}",
                "  - select: {kind: Deployment, name: web}\n    fieldPaths: [metadata.labels.app]",
                "namePrefix: p-\n"
            ),
            replaced(
                "by the new name",
                "{kind: ConfigMap, name: p-source}",
                "  - select: {kind: Deployment, name: p-web}\n    fieldPaths: [metadata.labels.app]",
                "namePrefix: p-\n"
            ),
            Tree(
                "sourceValue",
                "resources: [all.yaml]\nreplacements:\n- sourceValue: \"7\"\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: [spec.replicas]\n=== all.yaml\n"
                    + objects
            ),
            Tree(
                "from a file",
                "resources: [all.yaml]\nreplacements: [{path: r.yaml}]\n=== r.yaml\nsource: {kind: ConfigMap, fieldPath: data.word}\ntargets:\n- {select: {name: web}, fieldPaths: [metadata.labels.app]}\n=== all.yaml\n"
                    + objects
            ),
            Tree(
                "several from a file",
                "resources: [all.yaml]\nreplacements: [{path: r.yaml}]\n=== r.yaml\n- source: {kind: ConfigMap, fieldPath: data.word}\n  targets:\n  - {select: {name: web}, fieldPaths: [metadata.labels.app]}\n- source: {kind: Deployment, name: web, fieldPath: metadata.labels.app}\n  targets:\n  - {select: {name: other}, fieldPaths: [metadata.labels.app], options: {create: true}}\n=== all.yaml\n"
                    + objects
            ),
            Tree(
                "path and source",
                "resources: [all.yaml]\nreplacements: [{path: r.yaml, source: {kind: A}}]\n=== r.yaml\n[]\n=== all.yaml\n"
                    + objects
            ),
            Tree(
                "no targets",
                "resources: [all.yaml]\nreplacements: [{source: {kind: ConfigMap}}]\n=== all.yaml\n" + objects
            ),
        ]
    )
}
