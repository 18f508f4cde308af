// SPDX-License-Identifier: Apache-2.0

import JSON
import Kustomize
import Testing

/// No tree takes more than the limits.
@Suite struct `A build ends` {
    @Test func `at too many folders within each other`() {
        let tree = chain(40)
        #expect(tree.render().problems.map(\.rule) == ["kustomize-limit"])
        #expect(tree.render(KustomizeLimits(depth: 50)).problems.isEmpty)
    }

    @Test func `at folders that include two of the next`() {
        // 2 to the power of 30 folders, if nothing stops it.
        var files: [String: [UInt8]] = ["x30/kustomization.yaml": Array("resources: []\n".utf8)]
        for level in 0..<30 {
            let text = "resources: [../a\(level), ../b\(level)]\n"
            files["x\(level)/kustomization.yaml"] = Array(text.utf8)
            files["a\(level)/kustomization.yaml"] = Array("resources: [../x\(level + 1)]\nnamePrefix: a\n".utf8)
            files["b\(level)/kustomization.yaml"] = Array("resources: [../x\(level + 1)]\nnamePrefix: b\n".utf8)
        }
        let build = Tree("doubling", files: files, folder: "x0").render(KustomizeLimits(depth: 100))
        #expect(build.problems.contains { $0.rule == "kustomize-limit" })
    }

    @Test func `at too many files, bytes and objects`() {
        let tree = Tree(
            "three",
            "resources: [a.yaml]\n=== a.yaml\n"
                + (0..<3).map { "---\n{apiVersion: v1, kind: Pod, metadata: {name: p\($0)}}\n" }.joined()
        )
        #expect(tree.render(KustomizeLimits(files: 2, objects: 3)).problems.isEmpty)
        #expect(tree.render(KustomizeLimits(files: 1)).problems.map(\.rule) == ["kustomize-limit"])
        #expect(tree.render(KustomizeLimits(bytes: 50)).problems.map(\.rule) == ["kustomize-limit"])
        #expect(tree.render(KustomizeLimits(objects: 2)).problems.map(\.rule) == ["kustomize-limit"])
    }

    @Test func `at replacements that double a value`() {
        let replacement = """
            - source: {kind: Thing, fieldPath: spec}
              targets:
              - {select: {kind: Thing}, fieldPaths: [spec.copy, spec.other], options: {create: true}}

            """
        let text =
            "resources: [a.yaml]\nreplacements:\n" + String(repeating: replacement, count: 40)
            + "=== a.yaml\n{apiVersion: a/v1, kind: Thing, metadata: {name: a}, spec: {a: {b: c}}}\n"
        let build = Tree("doubling", text).render(KustomizeLimits(expansion: 1 << 20))
        #expect(build.problems.map(\.rule) == ["kustomize-limit"])
    }

    @Test func `with as many problems as are asked for`() {
        let text = "resources: [" + (0..<50).map { "x\($0).yaml" }.joined(separator: ", ") + "]\n"
        #expect(Tree("many", text).render(KustomizeLimits(problems: 7)).problems.count == 7)
    }

    @Test func `soon, for an expression that others take long for`() throws {
        let name = String(repeating: "a", count: 200)
        let text = """
            resources: [a.yaml]
            patches:
            - target: {name: '(a*)*(a|aa)+(a?){50}b'}
              patch: '- {op: add, path: /x, value: 1}'
            === a.yaml
            {apiVersion: v1, kind: Pod, metadata: {name: \(name)}}
            """
        let start = ContinuousClock.now
        #expect(Tree("slow", text).render().objects.first?.value["x"] == nil)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    /// Each of these took minutes, or the stack, before there was a limit to it.
    @Test(arguments: Abuse.all) func `soon, whatever it is given`(_ abuse: Abuse) {
        let start = ContinuousClock.now
        let build = abuse.tree.render()
        #expect(build.problems.map(\.rule) == abuse.rules)
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    private func chain(_ length: Int) -> Tree {
        var files = ["x\(length)/kustomization.yaml": Array("resources: []\n".utf8)]
        for level in 0..<length {
            files["x\(level)/kustomization.yaml"] = Array("resources: [../x\(level + 1)]\n".utf8)
        }
        return Tree("chain", files: files, folder: "x0")
    }
}

/// A tree that would cost much more than its size.
struct Abuse: Sendable, CustomTestStringConvertible {
    let tree: Tree
    let rules: [String]
    var testDescription: String { tree.name }

    private init(_ name: String, _ rules: [String], _ text: String) {
        tree = Tree(name, text)
        self.rules = rules
    }

    private init(_ name: String, _ text: String) {
        self.init(name, ["kustomize-limit"], text)
    }

    private static let object = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"

    private static func many(_ count: Int, _ text: (Int) -> String) -> String { (0..<count).map(text).joined() }

    static let all = [
        Abuse(
            "a merge of long lists",
            "resources: [a.yaml]\npatches: [{path: p.yaml}]\n=== a.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
                + many(40_000) { "  - name: c\($0)\n" }
                + "=== p.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {x: 1}}\n"
        ),
        Abuse(
            "JSON patches that nest",
            "resources: [a.yaml]\npatches: [{target: {name: a}, path: p.yaml}]\n=== a.yaml\n\(object)=== p.yaml\n"
                + many(400) { "- {op: add, path: '\(String(repeating: "/x", count: $0 + 1))', value: {}}\n" }
        ),
        Abuse(
            "JSON patches that copy",
            "resources: [a.yaml]\npatches: [{target: {name: a}, path: p.yaml}]\n=== a.yaml\n\(object)=== p.yaml\n- {op: add, path: /d, value: {a: b}}\n"
                + many(60) { "- {op: copy, from: /d, path: /e}\n- {op: move, from: /e, path: /d/x\($0)}\n" }
        ),
        Abuse(
            "fields far down",
            "resources: [a.yaml]\nlabels: [{pairs: {a: b}, fields: [{path: '\(String(repeating: "a/", count: 5_000))b', create: true}]}]\n=== a.yaml\n\(object)"
        ),
        Abuse(
            "repetitions of nothing",
            ["kustomize-invalid"],
            "resources: [a.yaml]\npatches: [{target: {name: '(((((){1000}){1000}){1000}){1000})'}, patch: '- {op: add, path: /x, value: 1}'}]\n=== a.yaml\n\(object)"
        ),
        Abuse(
            "a long name",
            "resources: [a.yaml]\n=== a.yaml\n{apiVersion: v1, kind: A, metadata: {name: \(String(repeating: "a", count: 2_000))}}\n"
        ),
        Abuse(
            "a list of many",
            [],
            "resources: [a.yaml]\nnamePrefix: p-\n=== a.yaml\napiVersion: v1\nkind: List\nitems:\n"
                + many(5_000) {
                    "- {apiVersion: v1, kind: Pod, metadata: {name: a\($0)}, spec: {volumes: [{configMap: {name: a\($0)}}]}}\n"
                }
        ),
        Abuse(
            "a file of many variables",
            [],
            "configMapGenerator: [{name: a, envs: [e]}]\n=== e\n" + many(50_000) { "A\($0)=b\n" }
        ),
        Abuse(
            "words in a large file",
            [],
            "resources: [a.yaml]\n=== a.yaml\napiVersion: v1\nkind: A\nmetadata: {name: a}\nspec:\n"
                + many(20_000) { "  k\($0): yes\n" }
        ),
        Abuse(
            "many wrong fields",
            Array(repeating: "kustomize-unknown-field", count: 100),
            many(20_000) { "x\($0): 1\n" }
        ),
    ]
}
