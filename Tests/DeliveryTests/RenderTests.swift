// SPDX-License-Identifier: Apache-2.0

import Change
import Delivery
import JSON
import Keys
import Kubernetes
import Testing

@Suite struct RenderTests {
    private func render(_ text: String, path: String = "app/a.yaml", ignore: String = "") -> Rendering {
        MemoryTree([path: text, "app/.taffrailignore": ignore]).rendered(under: "app")
    }

    private static let good = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: good\n"

    @Test(arguments: [
        ("a tab", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n", "app/a.yaml:4:1", "tab"),
        (
            "a duplicate key", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a: 1\n  a: 2\n",
            "app/a.yaml:6:3", "a"
        ),
        (
            "no name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {a: b}}\n", "app/a.yaml:1:1",
            "metadata.name is missing"
        ),
        ("no kind", "apiVersion: v1\nmetadata: {name: x}\n", "app/a.yaml:1:1", "kind is missing"),
        (
            "a name of the wrong type", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: 7\n", "app/a.yaml:4:3",
            "must be a string"
        ),
        (
            "a label that is a number", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  labels: {v: 1.0}\n",
            "app/a.yaml:5:12", "put it in quotes"
        ),
        (
            "a version of three parts", "apiVersion: apps/v1/\nkind: Deployment\nmetadata: {name: x}\n",
            "app/a.yaml:1:1", "neither VERSION, like v1, nor GROUP/VERSION"
        ),
        ("a list", "- 1\n", "app/a.yaml:1:1", "must be an object"),
        (
            "a misspelt field of our own kind",
            "apiVersion: taffrail.dev/v1alpha1\nkind: Environment\nmetadata: {name: x}\nspec:\n  repositoryRef: {name: r}\n  pth: a\n",
            "app/a.yaml:6:3", "did you mean 'path'"
        ),
    ])
    func `a bad file is refused with its place, and a good one beside it is not`(
        what: String,
        text: String,
        place: String,
        message: String
    ) throws {
        let rendering = MemoryTree(["app/a.yaml": text, "app/b.yaml": Self.good]).rendered(under: "app")
        #expect(rendering.objects.map(\.name) == ["good"], "\(what)")
        let finding = try #require(rendering.findings.first)
        #expect(finding.location?.description == place, "\(what): \(finding)")
        #expect(finding.message.contains(message), "\(what): \(finding)")
        #expect(rendering.brokenPaths == ["app/a.yaml"])
    }

    @Test func `an alias bomb is refused`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        let rendering = render(text)
        #expect(rendering.objects.isEmpty)
        #expect(rendering.findings.first?.rule == "limit")
    }

    @Test func `lists are opened, JSON is read, ignored files are not`() {
        let list =
            "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\"}}]}"
        #expect(render(list, path: "app/l.json").objects.map(\.name) == ["x"])
        #expect(render(Self.good, path: "app/tests/a.yaml", ignore: "tests/\n").objects.isEmpty)
    }

    @Test func `manifests are normalised as server-side apply needs them`() throws {
        let text = """
            apiVersion: v1
            kind: Secret
            metadata: {name: s, creationTimestamp: null, labels: {}}
            stringData: {a: plain}
            data: {a: b2xk, b: Yg==}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec: {ports: [{port: 80}]}
            status: {loadBalancer: {}}
            """
        let objects = render(text).objects
        #expect(objects[0].manifest["data"] == ["a": "cGxhaW4=", "b": "Yg=="])
        #expect(objects[0].manifest["stringData"] == nil)
        #expect(objects[0].manifest["metadata"] == ["name": "s"])
        #expect(objects[1].manifest["spec"]?["ports"]?[0]?["protocol"] == "TCP")
        #expect(objects[1].manifest["status"] == nil)
    }

    @Test func `unknown kinds, foreign namespaces and doubles are refused`() throws {
        let text = """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
            ---
            {apiVersion: v1, kind: Conf, metadata: {name: b}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: other}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: d}}
            """
        let type = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
        let resource = APIResource(type: type, plural: "configmaps", isNamespaced: true, verbs: [])
        let judge = Judge(targetNamespace: "models", secrets: SecretKeeper(key: [1]))
        let verdict = try judge.judge(render(text), resources: [type: resource])
        #expect(verdict.allowed.map(\.key.name) == ["d"])
        #expect(verdict.allowed.first?.key.namespace == "models")
        #expect(Set(verdict.findings.map(\.rule)) == ["unknown-kind", "other-namespace", "duplicate-object"])
        #expect(verdict.findings.filter { $0.rule == "duplicate-object" }.count == 2)
    }

    /// A message that named each of the others would grow with the square of their number.
    @Test func `an object that is there a thousand times is named with a few of its places`() throws {
        let text = String(repeating: "---\n" + Self.good, count: 1_000)
        let verdict = try Judge(targetNamespace: nil, secrets: SecretKeeper(key: [1])).judge(
            render(text),
            resources: nil
        )
        #expect(verdict.allowed.isEmpty && verdict.findings.count == 1_000)
        let last = "app/a.yaml:2:1, app/a.yaml:7:1, app/a.yaml:12:1 and 996 more places: remove one of them"
        #expect(verdict.findings.last?.message == "the same object is also in " + last)
    }

    @Test(arguments: [
        ("*.md", "a/b.md", true), ("/a.yaml", "a.yaml", true), ("/a.yaml", "b/a.yaml", false),
        ("tests/", "x/tests/y.yaml", true),
        ("tests/", "tests", false), ("a/**/b.yaml", "a/x/y/b.yaml", true), ("*.yaml\n!keep.yaml", "keep.yaml", false),
        ("# c\n\nx?.yaml", "xy.yaml", true), ("x?.yaml", "xyz.yaml", false),
    ])
    func `ignore rules are gitignore's`(rules: String, path: String, isIgnored: Bool) {
        #expect(IgnoreRules(rules).ignores(path) == isIgnored)
    }

    @Test func `many stars in an ignore rule are no work without end`() {
        let path = Array(repeating: "a", count: 60).joined(separator: "/")
        let rule = Array(repeating: "**/a", count: 25).joined(separator: "/") + "/b"
        #expect(!IgnoreRules(rule).ignores(path))
        #expect(IgnoreRules(rule).ignores(path + "/b"))
    }
}
