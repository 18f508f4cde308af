// SPDX-License-Identifier: Apache-2.0

import JSON
import Kustomize
import Testing

/// What is refused, with the exact place and words.
@Suite struct `A kustomization is refused` {
    @Test(arguments: RefusalCase.all) func `in plain words and at its line`(_ refusal: RefusalCase) {
        let build = refusal.tree.render()
        #expect(build.objects.isEmpty)
        #expect(build.problems.map { "\($0) [\($0.rule) \($0.field ?? "")]" } == refusal.problems)
    }

    @Test func `with all that is wrong with it`() {
        let build = Tree(
            "several",
            """
            resources: [one.yaml, two.yaml, three.yaml, https://example.com/a.yaml]
            namePrefix: 5
            helmCharts: []
            patch: x
            images:
            - {name: a, newTag: 1.0}
            - {name: b, tag: x}
            === one.yaml
            a: [
            """
        ).render()
        // What the kustomization says is checked first, and what it names only when that is sound.
        #expect(
            build.problems.map(\.description) == [
                "kustomization.yaml:4:1: there is no field 'patch' here",
                "kustomization.yaml:3:1: 'helmCharts' is not supported: render the chart and commit the result",
                "kustomization.yaml:2:1: 'namePrefix' must be a string, and this is integer: put it in quotes",
                "kustomization.yaml:7:13: there is no field 'tag' here",
                "kustomization.yaml:6:13: 'newTag' must be a string, and this is integer: put it in quotes",
            ]
        )
    }

    @Test func `with all files that are wrong`() {
        let build = Tree(
            "several files",
            """
            resources: [one.yaml, missing.yaml, two.yaml, fine.yaml, https://example.com/a.yaml]
            === one.yaml
            a: [
            === two.yaml
            kind: ConfigMap
            metadata: {}
            ---
            - 1
            === fine.yaml
            {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
            """
        ).render()
        #expect(
            build.problems.map(\.path) == [
                "one.yaml", "kustomization.yaml", "two.yaml", "two.yaml", "kustomization.yaml",
            ]
        )
        #expect(build.objects.isEmpty)
        #expect(build.readPaths == ["kustomization.yaml", "one.yaml", "two.yaml", "fine.yaml"])
    }

    @Test func `without a word of a literal`() {
        let build = Tree("secret", "secretGenerator: [{name: a, literals: [hunter2]}]\n").render()
        #expect(build.problems.map(\.description) == ["kustomization.yaml:1:40: a literal is written 'key=value'"])
    }

    @Test func `if its source fails`() {
        let build = KustomizeBuild.render(folder: "a", source: FailingSource())
        #expect(build.problems.map(\.description) == ["a: 'a/kustomization.yaml' cannot be read: Broken()"])
        #expect(build.problems.map(\.rule) == ["kustomize-unreadable"])
    }

    private struct FailingSource: KustomizeSource {
        struct Broken: Error {}
        func bytes(_ path: String) throws -> [UInt8]? { throw Broken() }
        func isFolder(_ path: String) -> Bool { true }
    }
}

struct RefusalCase: Sendable, CustomTestStringConvertible {
    let tree: Tree
    let problems: [String]
    var testDescription: String { tree.name }

    init(_ name: String, folder: String = "", _ text: String, _ problems: String...) {
        tree = Tree(name, folder: folder, text)
        self.problems = problems
    }

    static let all = fields + paths + objects

    private static func unsupported(_ field: String, _ value: String, _ hint: String) -> RefusalCase {
        RefusalCase(
            field,
            "resources: []\n\(field): \(value)\n",
            "kustomization.yaml:2:1: '\(field)' is not supported: \(hint) [kustomize-unsupported /\(field)]"
        )
    }

    private static let fields = [
        unsupported("helmCharts", "[{name: a}]", "render the chart and commit the result"),
        unsupported("helmGlobals", "{chartHome: a}", "render the chart and commit the result"),
        unsupported("helmChartInflationGenerator", "[]", "render the chart and commit the result"),
        unsupported("generators", "[a.yaml]", "plugins are not run"),
        unsupported("transformers", "[a.yaml]", "plugins are not run"),
        unsupported("validators", "[a.yaml]", "plugins are not run"),
        unsupported("configurations", "[a.yaml]", "only the built-in fields are transformed"),
        unsupported("crds", "[a.yaml]", "only the built-in fields are transformed"),
        unsupported("openapi", "{path: a.json}", "only the built-in schema is used"),
        unsupported("vars", "[{name: A}]", "use 'replacements'"),
        unsupported("buildMetadata", "[originAnnotations]", "objects are not annotated with their origin"),
        RefusalCase(
            "an unknown field",
            "resources: []\nname-prefix: a\n",
            "kustomization.yaml:2:1: there is no field 'name-prefix' here [kustomize-unknown-field /name-prefix]"
        ),
        RefusalCase(
            "another case",
            "resources: []\nnameprefix: a\n",
            "kustomization.yaml:2:1: there is no field 'nameprefix' here: it is written 'namePrefix' [kustomize-unknown-field /nameprefix]"
        ),
        RefusalCase(
            "a field below",
            "configMapGenerator:\n- name: a\n  literal: [a=b]\n",
            "kustomization.yaml:3:3: there is no field 'literal' here [kustomize-unknown-field /configMapGenerator/0/literal]"
        ),
        RefusalCase(
            "two documents",
            "resources: []\n---\nnamePrefix: a\n",
            "kustomization.yaml:3:1: a kustomization is one document, and here begins another [kustomize-invalid ]"
        ),
        RefusalCase(
            "a key twice",
            "resources: []\nresources: []\n",
            "kustomization.yaml:2:1: duplicate key 'resources', which stands at line 1, column 1 already [duplicate-key ]"
        ),
        RefusalCase(
            "no mapping",
            "- a\n",
            "kustomization.yaml:1:1: a kustomization must be an object, and this is array [kustomize-invalid ]"
        ),
        RefusalCase(
            "a list that is none",
            "resources: a.yaml\n",
            "kustomization.yaml:1:1: 'resources' must be a list, and this is string [kustomize-invalid /resources]"
        ),
        RefusalCase(
            "an expression that is none",
            "patches:\n- target:\n    name: (web\n  patch: '- {op: remove, path: /a}'\n",
            "kustomization.yaml:3:5: the regular expression '(web' cannot be read: missing ): (web [kustomize-invalid /patches/0/target/name]"
        ),
        RefusalCase(
            "an encoding",
            "replacements:\n- source: {kind: A}\n  targets:\n  - select: {kind: B}\n    options: {encoding: base64}\n",
            "kustomization.yaml:5:15: 'encoding' has no effect in kustomize: leave it out [kustomize-unsupported /replacements/0/targets/0/options/encoding]"
        ),
    ]

    private static let paths = [
        RefusalCase(
            "an address",
            "resources:\n- https://example.com/a.yaml\n",
            "kustomization.yaml:2:3: 'https://example.com/a.yaml' is an address: nothing is fetched, so copy it into the repository [kustomize-unsupported /resources/0]"
        ),
        RefusalCase(
            "a remote base",
            "bases:\n- github.com/example/repo//base?ref=v1\n",
            "kustomization.yaml:2:3: 'github.com/example/repo//base?ref=v1' is an address: nothing is fetched, so copy it into the repository [kustomize-unsupported /bases/0]"
        ),
        RefusalCase(
            "a remote component",
            "components:\n- git@github.com:example/repo.git\n",
            "kustomization.yaml:2:3: 'git@github.com:example/repo.git' is an address: nothing is fetched, so copy it into the repository [kustomize-unsupported /components/0]"
        ),
        RefusalCase(
            "an absolute path",
            "resources: [/etc/passwd]\n",
            "kustomization.yaml:1:13: '/etc/passwd' is an absolute path: name it from this folder [kustomize-outside /resources/0]"
        ),
        RefusalCase(
            "out of the repository",
            folder: "a/b",
            "=== a/b/kustomization.yaml\nresources: [../../../x]\n",
            "a/b/kustomization.yaml:1:13: '../../../x' leaves the repository [kustomize-outside /resources/0]"
        ),
        RefusalCase(
            "a file of another folder",
            folder: "a",
            "=== a/kustomization.yaml\nconfigMapGenerator:\n- name: a\n  files: [k=../b.txt]\n=== b.txt\nx\n",
            "a/kustomization.yaml:3:11: '../b.txt' is not in the folder of this kustomization or below it [kustomize-outside /configMapGenerator/0/files/0]"
        ),
        RefusalCase(
            "a cycle",
            "resources: [a]\n=== a/kustomization.yaml\nresources: [../b]\n=== b/kustomization.yaml\nresources: [../a]\n",
            "b/kustomization.yaml:1:13: this includes a folder that includes it: a → b → a [kustomize-cycle /resources/0]"
        ),
        RefusalCase(
            "a missing file",
            "resources:\n- a.yaml\n- b.yaml\n=== a.yaml\n# nothing\n",
            "kustomization.yaml:3:3: there is no file or folder 'b.yaml' [kustomize-not-found /resources/1]"
        ),
        RefusalCase(
            "a folder without a kustomization",
            "resources: [a]\n=== a/x.yaml\n{}\n",
            "kustomization.yaml:1:13: there is no kustomization.yaml in 'a' [kustomize-not-found /resources/0]"
        ),
        RefusalCase(
            "nothing at all",
            folder: "x",
            "=== y\n",
            "x: there is no kustomization.yaml in 'x' [kustomize-not-found ]"
        ),
        RefusalCase(
            "a folder outside",
            folder: "../x",
            "=== y\n",
            "../x: '../x' leaves the repository [kustomize-outside ]"
        ),
    ]

    private static let objects = [
        RefusalCase(
            "an encrypted file",
            "resources: [a.yaml]\n=== a.yaml\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\nsops:\n  mac: ENC[x]\n",
            "a.yaml:4:1: this file is encrypted with SOPS: a build has no keys and would apply it as it is [sops-encrypted /sops]"
        ),
        RefusalCase(
            "an object twice",
            "resources: [a.yaml, b.yaml]\n=== a.yaml\n# one\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n=== b.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n",
            "kustomization.yaml:1:21: Pod 'a' is there twice: in a.yaml:2 and in b.yaml:1 [kustomize-duplicate /resources/1]"
        ),
        RefusalCase(
            "no name",
            "resources: [a.yaml]\n=== a.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  labels: {a: b}\n",
            "a.yaml:3:1: Pod has no metadata.name [kustomize-invalid /metadata/name]"
        ),
        RefusalCase(
            "an object that is not there",
            "patches:\n- path: p.yaml\n=== p.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n",
            "kustomization.yaml:2:3: there is no Pod 'a' of v1 to patch [kustomize-not-found /patches/0]"
        ),
        RefusalCase(
            "a directive that kustomize does not know",
            "patches:\n- path: p.yaml\n=== p.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  $setElementOrder/containers: [{name: a}]\n",
            "p.yaml:1:1: kustomize does not know '$setElementOrder/containers' and would leave it in the object: use a JSON patch [kustomize-unsupported /spec/$setElementOrder~1containers]"
        ),
        RefusalCase(
            "a wrong patch",
            "patches:\n- target: {kind: A}\n  patch: |\n    - op: remove\n",
            "kustomization.yaml:3:3: the patch is wrong in line 1 of it: operation 0 of the JSON patch: 'path' must be a string [kustomize-invalid /patches/0/patch]"
        ),
        RefusalCase(
            "a test that fails",
            "resources: [a.yaml]\npatches:\n- target: {kind: Pod}\n  patch: |\n    - {op: test, path: /kind, value: Pod}\n    - {op: test, path: /kind, value: Job}\n=== a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n",
            "kustomization.yaml:3:3: Pod 'a' (a.yaml:1): operation 1 (test '/kind'): the value is another one [kustomize-invalid /patches/0]"
        ),
        RefusalCase(
            "null in a patch with a target",
            "resources: [a.yaml]\npatches:\n- target: {kind: Pod}\n  patch: '{kind: Pod, metadata: {name: a, annotations: {x: null}}}'\n=== a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n",
            "kustomization.yaml:3:3: kustomize would set annotations 'x' to the text 'null' instead of removing it: use a JSON patch, or a patch without a target [kustomize-unsupported /patches/0]"
        ),
        RefusalCase(
            "a field that is not there",
            "resources: [a.yaml]\nreplacements:\n- source: {kind: Pod}\n  targets:\n  - {select: {kind: Pod}, fieldPaths: [spec.x]}\n=== a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n",
            "kustomization.yaml:3:3: Pod 'a' (a.yaml:1): there is no field 'spec.x' [kustomize-not-found /replacements/0]"
        ),
        RefusalCase(
            "YAML in a text",
            "resources: [a.yaml]\nreplacements:\n- source: {kind: ConfigMap}\n  targets:\n  - {select: {kind: ConfigMap}, fieldPaths: [data.x.y]}\n=== a.yaml\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: 'y: 1'}}\n",
            "kustomization.yaml:3:3: ConfigMap 'a' (a.yaml:1): 'data.x.y' leads into YAML in a text: only JSON is changed there [kustomize-unsupported /replacements/0]"
        ),
    ]
}
