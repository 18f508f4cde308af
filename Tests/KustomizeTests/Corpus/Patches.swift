// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    private static let objects = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: one, labels: {app: web, tier: front}, annotations: {team: a}}
        spec: {replicas: 1, template: {spec: {containers: [{name: c, image: i, args: [a, b]}]}}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: worker, labels: {app: worker}}
        spec: {replicas: 1}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web, labels: {app: web}}
        spec: {replicas: 1}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web-1}
        spec: {type: ClusterIP}
        """

    private static func patches(_ name: String, _ kustomization: String, _ files: String = "") -> Tree {
        Tree(name, "resources: [all.yaml]\n" + kustomization + "\n=== all.yaml\n" + objects + "\n" + files)
    }

    /// A merge patch with a target.
    private static func target(_ name: String, _ target: String, _ options: String = "") -> Tree {
        patches(
            name,
            "patches:\n- target: \(target)\n\(options)  patch: '{kind: X, metadata: {name: any}, spec: {patched: true}}'"
        )
    }

    /// A JSON patch of the first Deployment.
    private static func operations(_ name: String, _ operations: String) -> Tree {
        patches(
            name,
            "patches:\n- target: {kind: Deployment, name: web}\n  patch: |\n"
                + operations.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        )
    }

    static let patches = Chapter(
        name: "patches",
        refused: [
            "a file outside",
            "a test that fails",
            "a wrong expression",
            "a wrong selector",
            "an unknown field",
            "an unknown operation",
            "another namespace",
            "below nothing",
            "neither",
            "no file",
            "no patch at all",
            "no such object",
            "no target",
            "no version",
            "patchesJson6902 empty",
            "patchesJson6902 without a name",
            "patchesJson6902 without annotations",
            "patchesStrategicMerge of nothing",
            "path and patch",
            "remove nothing",
            "several with a target",
        ],
        trees: targets + jsonPatches + forms
    )

    private static let targets = [
        target("kind", "{kind: Deployment}"),
        target("name", "{name: web}"),
        target("an expression", "{name: 'w.*'}"),
        target("anchored", "{name: eb}"),
        target("alternatives", "{kind: 'Deployment|Service'}"),
        target("a class", "{name: 'web-[0-9]+'}"),
        target("repetitions", "{name: '[a-z]{3}(-\\d)?'}"),
        target("group", "{group: apps}"),
        target("an empty group", "{group: '', kind: Service}"),
        target("version", "{version: v1, kind: '.*Set'}"),
        target("namespace", "{namespace: one}"),
        target("the default namespace", "{namespace: default}"),
        target("labels", "{labelSelector: 'app=web'}"),
        target("labels of two", "{labelSelector: 'app in (web, worker),tier'}"),
        target("labels that are not there", "{labelSelector: '!tier,app!=web'}"),
        target("labels not in", "{labelSelector: 'app notin (web)'}"),
        target("annotations", "{annotationSelector: 'team=a'}"),
        target(
            "all",
            "{group: apps, version: v1, kind: Deployment, name: web, namespace: one, labelSelector: app=web}"
        ),
        target("nothing", "{kind: Nothing}"),
        target("no parts", "{}"),
        target("a wrong selector", "{labelSelector: 'a b c'}"),
        target("a wrong expression", "{name: '('}"),
        target("an unknown field", "{names: web}"),
        target("kind change", "{name: worker}", "  options: {allowKindChange: true}\n"),
        target("name change", "{name: worker}", "  options: {allowNameChange: true}\n"),
        target("both changes", "{name: worker}", "  options: {allowNameChange: true, allowKindChange: true}\n"),
        target("two of the same name", "{kind: Deployment}", "  options: {allowNameChange: true}\n"),
        patches(
            "a renamed object and what names it",
            "patches:\n- target: {kind: Service}\n  options: {allowNameChange: true}\n  patch: '{kind: Service, metadata: {name: new}}'",
            "=== x\n"
        ),
    ]

    private static let jsonPatches = [
        operations("replace", "- {op: replace, path: /spec/replicas, value: 3}"),
        operations(
            "add",
            "- {op: add, path: /spec/new, value: {a: [1]}}\n- {op: add, path: /metadata/labels/x~1y, value: z}"
        ),
        operations(
            "append",
            "- {op: add, path: /spec/template/spec/containers/0/args/-, value: c}\n- {op: add, path: /spec/template/spec/containers/0/args/0, value: z}"
        ),
        operations(
            "remove",
            "- {op: remove, path: /metadata/labels/tier}\n- {op: remove, path: /spec/template/spec/containers/0/args/1}"
        ),
        operations(
            "move and copy",
            "- {op: move, from: /spec/replicas, path: /spec/moved}\n- {op: copy, from: /metadata/name, path: /spec/copied}"
        ),
        operations("test", "- {op: test, path: /spec/replicas, value: 1}\n- {op: remove, path: /spec/replicas}"),
        operations("a test that fails", "- {op: test, path: /spec/replicas, value: 2}"),
        operations("remove nothing", "- {op: remove, path: /spec/nothing}"),
        operations("replace nothing", "- {op: replace, path: /spec/nothing, value: 1}"),
        operations("below nothing", "- {op: add, path: /spec/nothing/below, value: 1}"),
        operations("an unknown operation", "- {op: merge, path: /spec, value: 1}"),
        operations(
            "annotations that are not there",
            "- {op: remove, path: /metadata/annotations/team}\n- {op: add, path: /metadata/annotations/b, value: c}"
        ),
        operations("JSON", "[{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 7}]"),
        operations("the name", "- {op: replace, path: /metadata/name, value: renamed}"),
        operations("empty", "[]"),
        patches(
            "annotations of an object without",
            "patches: [{target: {name: worker}, patch: '- {op: add, path: /metadata/annotations/a, value: b}'}]"
        ),
        patches("no target", "patches: [{patch: '- {op: remove, path: /spec}'}]"),
        patches(
            "patchesJson6902",
            "patchesJson6902:\n- target: {version: v1, kind: Service, name: web-1}\n  path: p.yaml",
            "=== p.yaml\n- {op: replace, path: /spec/type, value: NodePort}\n"
        ),
        patches(
            "patchesJson6902 inline",
            "patchesJson6902:\n- target: {version: v1, kind: Service, name: web-1}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec/a\", \"value\": 1}]'"
        ),
        patches(
            "patchesJson6902 after prefix",
            "namePrefix: p-\npatchesJson6902:\n- target: {version: v1, kind: Service, name: web-1}\n  patch: '[{\"op\": \"replace\", \"path\": \"/metadata/name\", \"value\": \"x\"}, {\"op\": \"add\", \"path\": \"/metadata/annotations/a\", \"value\": \"b\"}]'"
        ),
        patches(
            "patchesJson6902 without annotations",
            "patchesJson6902:\n- target: {version: v1, kind: Service, name: web-1}\n  patch: '[{\"op\": \"add\", \"path\": \"/metadata/annotations/a\", \"value\": \"b\"}]'"
        ),
        patches(
            "patchesJson6902 without a name",
            "patchesJson6902:\n- target: {kind: Service}\n  patch: '[{\"op\": \"add\", \"path\": \"/a\", \"value\": 1}]'"
        ),
        patches("patchesJson6902 empty", "patchesJson6902:\n- target: {kind: Service, name: web-1}\n  patch: '[]'"),
    ]

    private static let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web-1}\nspec: {a: 1}\n"

    private static let forms = [
        patches(
            "several in a file",
            "patches: [{path: p.yaml}]",
            "=== p.yaml\n" + service
                + "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {b: 2}\n"
        ),
        patches(
            "several with a target",
            "patches: [{path: p.yaml, target: {kind: Service}}]",
            "=== p.yaml\n" + service + "---\n" + service
        ),
        patches("a file without a patch", "patches: [{path: p.yaml}]", "=== p.yaml\n# nothing\n"),
        patches("no file", "patches: [{path: p.yaml}]"),
        patches("a file outside", "patches: [{path: ../p.yaml}]"),
        patches("path and patch", "patches: [{path: p.yaml, patch: '{}'}]", "=== p.yaml\n" + service),
        patches("neither", "patches: [{target: {kind: Service}}]"),
        patches("no patch at all", "patches: [{patch: just text}]"),
        patches("no such object", "patches: [{patch: '{apiVersion: v1, kind: Service, metadata: {name: nothing}}'}]"),
        patches(
            "another namespace",
            "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}'}]"
        ),
        patches(
            "its namespace",
            "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: one}, spec: {replicas: 4}}'}]"
        ),
        patches("no version", "patches: [{patch: '{kind: Service, metadata: {name: web-1}}'}]"),
        patches("patchesStrategicMerge", "patchesStrategicMerge: [p.yaml]", "=== p.yaml\n" + service),
        patches(
            "patchesStrategicMerge inline",
            "patchesStrategicMerge:\n- |\n  apiVersion: v1\n  kind: Service\n  metadata: {name: web-1, labels: {n: 1}}\n  spec: {type: null}"
        ),
        patches(
            "patchesStrategicMerge of nothing",
            "patchesStrategicMerge: [p.yaml]",
            "=== p.yaml\n" + service.replacing("web-1", with: "no")
        ),
        patches(
            "patchesStrategicMerge deletes",
            "patchesStrategicMerge: [p.yaml]",
            "=== p.yaml\n$patch: delete\n" + service
        ),
        patches(
            "in order",
            "patches:\n- {path: p.yaml}\n- {target: {kind: Service}, patch: '- {op: test, path: /spec/a, value: 1}'}\nnamePrefix: x-",
            "=== p.yaml\n" + service
        ),
        patches(
            "before the prefix",
            "namePrefix: x-\nnamespace: ns\npatches: [{path: p.yaml}]",
            "=== p.yaml\n" + service
        ),
        Tree(
            "by the old and the new name",
            """
            resources: [base]
            patches:
            - {patch: '{apiVersion: v1, kind: Service, metadata: {name: b-web}, spec: {new: 1}}'}
            - {patch: '{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {old: 1}}'}
            - {target: {name: web}, patch: '- {op: add, path: /spec/third, value: 1}'}
            === base/kustomization.yaml
            resources: [a.yaml]
            namePrefix: b-
            === base/a.yaml
            {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {}}
            """
        ),
        patches("flags", "patches: [{target: {kind: '(?i)DEPLOY.*'}, patch: '- {op: add, path: /spec/x, value: 1}'}]"),
        patches(
            "classes by name",
            "patches: [{target: {name: '[[:alpha:]]+'}, patch: '- {op: add, path: /spec/x, value: 1}'}]"
        ),
        patches(
            "Unicode and word ends",
            "patches: [{target: {name: '\\p{Ll}+\\b.*'}, patch: '- {op: add, path: /spec/x, value: 1}'}]"
        ),
    ]
}
