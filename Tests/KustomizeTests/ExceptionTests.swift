// SPDX-License-Identifier: Apache-2.0

import JSON
import Kustomize
import Testing

/// Where we and kubectl differ on purpose. Each case shows that both still do what is said here.
@Suite struct `We differ from kubectl` {
    @Test func `and refuse what it builds wrongly, or reads only in part`() async throws {
        for (tree, answer) in zip(Self.refusedByUs, try await Oracle().build(Self.refusedByUs)) {
            let build = tree.render()
            #expect(!build.problems.isEmpty, "\(tree.name)")
            if case .refusal(let reason) = answer { Issue.record("\(tree.name): kubectl refuses, too: \(reason)") }
        }
        print("exceptions: \(Self.refusedByUs.count) trees refused by us alone")
    }

    @Test func `and build what it cannot print`() async throws {
        for (tree, answer) in zip(Self.refusedByKubectl, try await Oracle().build(Self.refusedByKubectl)) {
            let build = tree.render()
            #expect(build.problems.isEmpty, "\(tree.name)")
            #expect(!build.objects.isEmpty, "\(tree.name)")
            if case .objects = answer { Issue.record("\(tree.name): kubectl builds it, too") }
        }
        print("exceptions: \(Self.refusedByKubectl.count) trees refused by kubectl alone")
    }

    @Test func `in three details of YAML`() async throws {
        let trees = Self.builtOtherwise.map(\.tree)
        for ((tree, ours, theirs), answer) in zip(Self.builtOtherwise, try await Oracle().build(trees)) {
            #expect(tree.render().objects.first?.value["spec"] == ours, "\(tree.name)")
            guard case .objects(let objects) = answer else {
                Issue.record("\(tree.name): kubectl refuses")
                continue
            }
            #expect(objects.first?["spec"] == theirs, "\(tree.name)")
        }
        print("exceptions: \(trees.count) trees built otherwise")
    }

    private static func one(_ name: String, _ kustomization: String, _ object: String) -> Tree {
        Tree(name, "resources: [a.yaml]\n\(kustomization)\n=== a.yaml\n\(object)\n")
    }

    private static let plain =
        "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {x: null, t: 'a: 1', j: '{\"n\": 1}', l: [1, 2]}}"

    private static func patch(_ name: String, _ patch: String) -> Tree {
        one(name, "patches: [{target: {kind: A}, patch: '\(patch)'}]", plain)
    }

    private static func replaced(_ name: String, _ field: String, _ options: String = "{}") -> Tree {
        one(
            name,
            "replacements: [{source: {kind: A}, targets: [{select: {kind: A}, fieldPaths: [\(field)], options: \(options)}]}]",
            plain
        )
    }

    private static let refusedByUs = [
        // Kustomize leaves these directives in the object as if they were fields.
        patch("$setElementOrder", "{kind: A, metadata: {name: a}, spec: {$setElementOrder/l: [1]}}"),
        patch("$deleteFromPrimitiveList", "{kind: A, metadata: {name: a}, spec: {$deleteFromPrimitiveList/l: [1]}}"),
        patch("$retainKeys", "{kind: A, metadata: {name: a}, spec: {$retainKeys: [x]}}"),
        // It would write the text 'null'.
        patch("a label removed with a target", "{kind: A, metadata: {name: a, labels: {x: null}}}"),
        // RFC 6902 wants a value.
        patch("an operation without a value", "- {op: add, path: /spec/y}"),
        // The RFC has no negative indices.
        patch("a negative index", "- {op: remove, path: /spec/l/-1}"),
        // It does nothing, and does not say so.
        replaced("a text to a number in JSON", "spec.j.n"),
        replaced("below null", "spec.x.y", "{create: true}"),
        replaced("in YAML in a text", "spec.t.a"),
        one(
            "an encoding",
            "replacements: [{source: {kind: A}, targets: [{select: {kind: A}, fieldPaths: [spec.t], options: {encoding: base64}}]}]",
            plain
        ),
        // Its reader does not look at the case of fields, at keys that come twice, and at other documents.
        one("a field in another case", "nameprefix: p-", plain),
        one("a key twice", "namePrefix: p-\nnamePrefix: q-", plain),
        one("a second document", "namePrefix: p-\n---\nnamePrefix: q-", plain),
        one("an unknown behavior", "configMapGenerator: [{name: a, behavior: append}]", plain),
        // It minds only if the object could name others.
        one("apiVersion null", "namePrefix: p-", "{apiVersion: null, kind: ConfigMap, metadata: {name: a}}"),
        // It reads no further than to the end of the first mapping.
        one("a brace too many", "namePrefix: p-", plain + "}"),
        // Features that are left out.
        one("vars", "vars: [{name: A, objref: {kind: A, name: a, apiVersion: v1}}]", plain),
        one("buildMetadata", "buildMetadata: [originAnnotations]", plain),
        one("crds", "crds: []\nnamePrefix: p-", plain),
        one("openapi", "openapi: {}\nnamePrefix: p-", plain),
        one("SOPS", "namePrefix: p-", "{apiVersion: v1, kind: Secret, metadata: {name: a}, sops: {mac: x}}"),
    ]

    private static let refusedByKubectl = [
        // It prints DEL as it is, and then cannot read it.
        Tree("DEL", "configMapGenerator: [{name: a, files: [f]}]\n=== f\nx\u{7F}\n"),
        // It forgets the quotes of keys that are words or numbers.
        one("false as key", "generatorOptions: {annotations: {'false': x}}\nconfigMapGenerator: [{name: b}]", plain),
        // It reads documents line by line.
        one(
            "a document on its separator",
            "namePrefix: p-",
            "--- {apiVersion: v1, kind: A, metadata: {name: a}}\n--- {apiVersion: v1, kind: A, metadata: {name: b}}"
        ),
    ]

    private static let builtOtherwise: [(tree: Tree, ours: JSONValue, theirs: JSONValue)] = [
        // Dates are text to Kubernetes; go-yaml 3 makes them times.
        (
            one("a date", "namePrefix: p-", "{apiVersion: v1, kind: A, metadata: {name: a}, spec: {d: 2026-01-02}}"),
            ["d": "2026-01-02"], ["d": "2026-01-02T00:00:00Z"]
        ),
        // An empty value is null, whether it is written or not; kyaml drops the one that is not when it merges.
        (
            one(
                "an empty value in a merge",
                "patches: [{patch: '{apiVersion: v1, kind: A, metadata: {name: a}, spec: {b: 1}}'}]",
                "apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec:\n  a:\n"
            ),
            ["a": .null, "b": 1], ["b": 1]
        ),
        // To kubectl's own reader, what stands behind a merge counts; to kyaml, what is written out.
        (
            one(
                "a merge behind a member",
                "namePrefix: p-",
                "apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec:\n  a: 1\n  <<: {a: 2}\n"
            ),
            ["a": 2], ["a": 1]
        ),
    ]
}
