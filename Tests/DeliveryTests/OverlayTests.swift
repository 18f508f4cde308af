// SPDX-License-Identifier: Apache-2.0

import Change
import Delivery
import JSON
import Kubernetes
import Testing

/// Kustomizations on the road, and what an Environment makes different.
@Suite struct OverlayTests {
    private static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: fraud, labels: {app: fraud}}
        spec:
          replicas: 1
          selector: {matchLabels: {app: fraud}}
          template:
            metadata: {labels: {app: fraud}}
            spec: {containers: [{name: model, image: "registry/fraud:1"}]}

        """
    private static let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n"

    private func patch(_ text: String, target: JSONValue? = nil) -> JSONValue {
        var patch: JSONValue = ["patch": .string(text)]
        patch["target"] = target
        return patch
    }

    // MARK: - Kustomizations

    @Test func `a folder with a kustomization stands for what that builds, from bases anywhere in the repository`() {
        let tree = MemoryTree([
            "base/kustomization.yaml": "resources: [deployment.yaml]\n",
            "base/deployment.yaml": Self.deployment,
            "app/plain.yaml": Self.config,
            "app/fraud/kustomization.yaml":
                "resources: [../../base]\nnamePrefix: prod-\nreplicas: [{name: fraud, count: 3}]\n",
            // Not named by the kustomization above, and so not read.
            "app/fraud/unused.yaml": "{",
            "app/fraud/below/kustomization.yaml": "{",
        ])
        let rendering = tree.rendered(under: "app")
        #expect(rendering.findings.isEmpty, "\(rendering.findings)")
        #expect(rendering.objects.map(\.name) == ["c", "prod-fraud"])
        #expect(rendering.objects.last?.manifest["spec"]?["replicas"] == 3)
        #expect(rendering.objects.last?.location.description == "base/deployment.yaml:1:1")
    }

    @Test func `a kustomization that is wrong is refused with its place, and what lies beside it is not`() throws {
        let tree = MemoryTree([
            "app/plain.yaml": Self.config,
            "app/fraud/kustomization.yaml": "resources:\n- ../../../outside\n- https://example.com/x\n",
        ])
        let rendering = tree.rendered(under: "app")
        #expect(rendering.objects.map(\.name) == ["c"])
        #expect(Set(rendering.findings.map(\.rule)) == ["kustomize-outside", "kustomize-unsupported"])
        #expect(
            Set(rendering.findings.compactMap(\.location?.description)) == [
                "app/fraud/kustomization.yaml:2:3", "app/fraud/kustomization.yaml:3:3",
            ]
        )
        #expect(rendering.brokenPaths == ["app/fraud/kustomization.yaml"])
    }

    @Test func `what a kustomization built is checked, too, and names the file that it came from`() throws {
        let tree = MemoryTree([
            "app/kustomization.yaml": "resources: [a.yaml]\n",
            "app/a.yaml":
                "apiVersion: taffrail.dev/v1alpha1\nkind: Environment\nmetadata: {name: x}\nspec: {pth: a, repositoryRef: {name: r}}\n",
        ])
        let finding = try #require(tree.rendered(under: "app").findings.first)
        #expect(finding.rule == "unknown-field")
        #expect(finding.location?.description == "app/a.yaml:1:1")
    }

    @Test func `an ignored kustomization is none`() {
        let tree = MemoryTree([
            ".taffrailignore": "/old/\n", "old/kustomization.yaml": "{", "a.yaml": Self.config,
        ])
        #expect(tree.rendered(under: "").objects.map(\.name) == ["c"])
        #expect(tree.rendered(under: "").findings.isEmpty)
    }

    @Test func `files that SOPS has encrypted are refused`() throws {
        let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: 'ENC[x]'}\nsops: {mac: 'ENC[y]'}\n"
        let rendering = MemoryTree(["app/s.yaml": text]).rendered(under: "app")
        #expect(rendering.objects.isEmpty)
        let finding = try #require(rendering.findings.first)
        #expect(finding.rule == "sops-encrypted")
        #expect(finding.location?.description == "app/s.yaml:5:1")
    }

    // MARK: - Patches

    @Test func `patches of both forms change plain and built objects alike, and may take some away`() {
        let tree = MemoryTree([
            "app/d.yaml": Self.deployment, "app/c.yaml": Self.config,
            "app/k/kustomization.yaml":
                "configMapGenerator: [{name: k, literals: [a=b], options: {disableNameSuffixHash: true}}]\n",
        ])
        let rendering = tree.rendered(
            under: "app",
            patches: [
                patch("- {op: replace, path: /spec/replicas, value: 5}", target: ["kind": "Deployment"]),
                patch("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: null, b: c}}"),
                patch("{$patch: delete, apiVersion: v1, kind: ConfigMap, metadata: {name: k}}"),
            ]
        )
        #expect(rendering.findings.isEmpty, "\(rendering.findings)")
        #expect(rendering.objects.map(\.name) == ["c", "fraud"])
        #expect(rendering.objects.first?.manifest["data"] == ["b": "c"])
        #expect(rendering.objects.last?.manifest["spec"]?["replicas"] == 5)
        #expect(rendering.objects.last?.location.description == "app/d.yaml:1:1")
    }

    private static let wrongPatches: [(what: String, text: String, target: JSONValue?, message: String)] = [
        ("nothing chosen", "- {op: remove, path: /spec}", ["kind": "Job"], "the target chooses no object"),
        ("nobody named", "- {op: remove, path: /spec}", [:], "the target names no object"),
        ("no target", "- {op: remove, path: /spec}", nil, "a JSON patch needs a target"),
        ("nothing there", "- {op: test, path: /spec/x, value: 1}", ["kind": "Deployment"], "/spec/x"),
        ("another object", "{apiVersion: v1, kind: ConfigMap, metadata: {name: no}}", nil, "there is no ConfigMap"),
        ("no patch", "just text", nil, "the patch is wrong"),
    ]

    @Test(arguments: wrongPatches)
    func `where a patch is wrong, nothing is applied without it`(
        what: String,
        text: String,
        target: JSONValue?,
        message: String
    ) throws {
        let tree = MemoryTree(["app/d.yaml": Self.deployment])
        let rendering = tree.rendered(under: "app", patches: [patch(text, target: target)])
        #expect(rendering.objects.isEmpty, "\(what)")
        let finding = try #require(rendering.findings.first, "\(what)")
        #expect(finding.message.contains("spec.patches[0]") && finding.message.contains(message), "\(finding)")
        #expect(rendering.brokenPaths == ["the Environment's patches"])
    }

    // MARK: - Variables

    private func value(_ text: String, _ variables: [String: JSONValue]) throws -> JSONValue? {
        let file = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nspec: {a: '\(text)'}\n"
        let rendering = MemoryTree(["app/c.yaml": file]).rendered(under: "app", variables: variables)
        #expect(rendering.findings.isEmpty, "\(rendering.findings)")
        return rendering.objects.first?.manifest["spec"]?["a"]
    }

    @Test(arguments: [
        ("${var.count}", 3 as JSONValue), ("${var.on}", true), ("${var.name}", "x ${var.count}"),
        ("n=${var.count}", "n=3"), ("${var.on}/${var.share}", "true/0.50"), ("$${var.count}", "${var.count}"),
        ("$$${var.count}", "$${var.count}"), ("${HOME} $(X) ${var} $1", "${HOME} $(X) ${var} $1"),
        ("${var.name}!", "x ${var.count}!"),
    ])
    func `a variable has the type that the Environment gives it, and is put in once`(
        text: String,
        expected: JSONValue
    ) throws {
        let variables: [String: JSONValue] = [
            "count": 3, "on": true, "name": "x ${var.count}", "share": .number("0.50"),
        ]
        #expect(try value(text, variables) == expected)
    }

    @Test(arguments: [
        ("metadata: {name: c}\ndata:\n  a: '${var.nmae}'", "app/c.yaml:5:3", "no variable 'nmae'; it has 'name'"),
        ("metadata: {name: c}\ndata:\n  a: 'x${var.name'", "app/c.yaml:5:3", "is written ${var.NAME}"),
        ("metadata: {name: c}\ndata:\n  a: '${var.na-me}'", "app/c.yaml:5:3", "is written ${var.NAME}"),
        ("metadata: {name: c}\ndata:\n  '${var.name}': a", "app/c.yaml:5:3", "a key cannot hold a variable"),
    ])
    func `a reference that is wrong stops its object, and says where it stands`(
        text: String,
        place: String,
        message: String
    ) throws {
        let tree = MemoryTree([
            "app/c.yaml": "apiVersion: v1\nkind: ConfigMap\n" + text + "\n", "app/d.yaml": Self.deployment,
        ])
        let rendering = tree.rendered(under: "app", variables: ["name": "x"])
        #expect(rendering.objects.map(\.name) == ["fraud"])
        let finding = try #require(rendering.findings.first)
        #expect(finding.location?.description == place, "\(finding)")
        #expect(finding.message.contains(message), "\(finding)")
        #expect(finding.rule == "bad-variable")
    }

    @Test func `variables reach patches, kustomizations and Secrets, and a count that they fill is checked as a count`()
    {
        let tree = MemoryTree([
            "app/kustomization.yaml":
                "resources: [d.yaml, s.yaml]\nimages: [{name: registry/fraud, newTag: '${var.tag}'}]\n",
            "app/d.yaml": Self.deployment,
            "app/s.yaml":
                "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {url: 'https://${var.host}/'}\n",
        ])
        let rendering = tree.rendered(
            under: "app",
            patches: [
                patch("- {op: replace, path: /spec/replicas, value: '${var.count}'}", target: ["kind": "Deployment"])
            ],
            variables: ["tag": "v7", "host": "models.example.com", "count": 4]
        )
        #expect(rendering.findings.isEmpty, "\(rendering.findings)")
        let deployment = rendering.objects.first { $0.type.kind == "Deployment" }?.manifest["spec"]
        #expect(deployment?["replicas"] == 4)
        #expect(deployment?["template"]?["spec"]?["containers"]?[0]?["image"] == "registry/fraud:v7")
        let secret = rendering.objects.first { $0.type.kind == "Secret" }?.manifest
        #expect(secret?["data"]?["url"] == "aHR0cHM6Ly9tb2RlbHMuZXhhbXBsZS5jb20v")
    }

    @Test func `a variable that is put in without end is refused`() throws {
        let text =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '"
            + String(repeating: "${var.long}", count: 1_100) + "'}\n"
        let long = String(repeating: "x", count: 65_000)
        let rendering = MemoryTree(["app/c.yaml": text]).rendered(under: "app", variables: ["long": .string(long)])
        #expect(rendering.objects.isEmpty)
        #expect(rendering.findings.first?.message.contains("add more than") == true)
    }

    @Test func `what is refused for its length leaves room for the others`() throws {
        func text(_ name: String, _ count: Int) -> String {
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: {a: '"
                + String(repeating: "${var.long}", count: count) + "'}\n"
        }
        var files = ["app/z.yaml": text("z", 1)]
        // Together they would have used up what all may take, and more.
        for index in 0..<70 { files["app/long-\(index).yaml"] = text("long-\(index)", 40) }
        let long = String(repeating: "x", count: 65_000)
        let rendering = MemoryTree(files).rendered(under: "app", variables: ["long": .string(long)])
        #expect(rendering.objects.map(\.name) == ["z"])
        #expect(
            rendering.findings.count == 70 && rendering.findings.allSatisfy { $0.message.contains("to one object") }
        )
    }
}
