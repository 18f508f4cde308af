// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TaffrailAPI
import TestSupport
import Testing
import YAML

@Suite struct DecodingTests {
    static let valid: JSONValue = [
        "apiVersion": "taffrail.dev/v1alpha1", "kind": "ModelDeployment", "metadata": ["name": "ml-model-service"],
        "spec": [
            "owner": "fraud", "model": ["uri": "models:/fraud/3"],
            "serving": [
                "image": "ml-registry/model:v1.2.3", "replicas": 3,
                "resources": ["limits": ["cpu": "1000m", "memory": "2Gi"]],
                "ports": [["name": "http", "containerPort": 8080]],
            ],
        ],
    ]

    @Test func `the article's case is expressible`() throws {
        let deployment = try ModelDeployment.decode(Self.valid)
        #expect(deployment.spec.serving.replicas == 3)
        #expect(deployment.spec.serving.image == "ml-registry/model:v1.2.3")
        #expect(deployment.spec.serving.ports.first?.servicePort == 8080)
    }

    @Test(arguments: [
        ("/spec/owner", JSONValue.null, "missing-field", "spec.owner is missing"),
        ("/spec/owner", 7, "wrong-type", "spec.owner must be a string, and this is integer"),
        ("/spec/serving/replicas", "three", "wrong-type", "spec.serving.replicas must be an integer"),
        ("/spec/serving/replicas", -1, "invalid-value", "must be between 0 and 10000, not -1"),
        ("/spec/serving/resources/limits/memory", "2 gigs", "invalid-value", "is '2 gigs', which is no quantity"),
        (
            "/spec/serving/ports/0/containerPort", 70_000, "invalid-value",
            "spec.serving.ports[0].containerPort must be between"
        ),
        ("/spec/serving/immage", "x", "unknown-field", "did you mean 'image'?"),
        (
            "/spec/serving/disruptionBudget", .object(["minAvailable": 1, "maxUnavailable": 1]), "invalid-value",
            "spec.serving.disruptionBudget.maxUnavailable cannot stand beside"
        ),
        ("/metadata/name", "Upper", "invalid-value", "metadata.name is 'Upper'"),
        ("/spec/model/digest", "sha256:zz", "invalid-value", "spec.model.digest must be 'sha256:'"),
    ])
    func `a problem is named with its field`(pointer: String, value: JSONValue, rule: String, text: String) throws {
        var manifest = Self.valid
        manifest[try JSONPointer(pointer)] = value
        let problems = CustomResources.problems(in: manifest)
        #expect(problems.contains { $0.rule == rule && $0.message.contains(text) }, "\(problems)")
    }

    @Test func `all problems are reported at once`() throws {
        var manifest = Self.valid
        manifest["spec"]?["owner"] = nil
        manifest["spec"]?["serving"]?["replicas"] = "x"
        manifest["spec"]?["extra"] = 1
        #expect(CustomResources.problems(in: manifest).count == 3)
    }

    @Test func `other kinds are none of its business`() {
        #expect(CustomResources.problems(in: ["apiVersion": "v1", "kind": "ConfigMap"]).isEmpty)
    }

    @Test(arguments: [
        ("1m30s", 90.0), ("500ms", 0.5), ("1h", 3_600), ("1.5h", 5_400), ("0s", 0),
    ])
    func `durations are Go's`(text: String, seconds: Double) {
        #expect(GoDuration(text)?.duration == .seconds(seconds))
    }

    @Test(arguments: [
        "", "5", "1d", "-1s", "1m 30s", "s", "1.s", ".5s", "99999999h", "9999999999999999999h",
        "99999999999999999999999999999999999999999999999999999999999999h",
    ])
    func `what is no duration is refused`(text: String) {
        #expect(GoDuration(text) == nil)
    }

    @Test func `the committed definitions are what the types say`() throws {
        for (file, definition) in CustomResources.definitions {
            let committed = try String(contentsOf: Parts.root.appending(path: "crds/\(file)"), encoding: .utf8)
            #expect(committed == YAML.emit(definition), "crds/\(file) is stale: run 'make generate'")
        }
        let page = try String(
            contentsOf: Parts.root.appending(path: "docs/reference/custom-resources.md"),
            encoding: .utf8
        )
        #expect(page == CustomResources.reference, "the reference is stale: run 'make generate'")
    }

    /// Whether all that was written is there; the server may fill in more.
    private static func holds(_ kept: JSONValue?, _ written: JSONValue?) -> Bool {
        switch (kept, written) {
        case (.object(let kept)?, .object(let written)?): written.allSatisfy { holds(kept[$0.key], $0.value) }
        case (.array(let kept)?, .array(let written)?):
            kept.count == written.count && zip(kept, written).allSatisfy { holds($0, $1) }
        default: kept == written
        }
    }

    @Test func `every example is valid and the server takes it`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let folder = Parts.root.appending(path: "examples")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)).compactMap
        { $0 as? URL }
        // Those of several Environments say what only an Environment fills in, and are rendered and applied by another test.
        .filter { $0.pathExtension == "yaml" && !$0.path.contains("/two-environments/models/") }
        #expect(files.count >= 7)
        for file in files {
            // The reader's namespace `models`, for each file anew: several of them have an Environment `production`.
            let namespace = try await makeNamespace(kubeconfig)
            let text = try String(contentsOf: file, encoding: .utf8)
                .replacing("amespace: models\n", with: "amespace: \(namespace)\n")
            let stream = YAML.parse(Array(text.utf8), file: file.lastPathComponent)
            #expect(stream.errors.isEmpty)
            for document in stream.documents { #expect(CustomResources.problems(in: document.value).isEmpty) }
            let words = ["--kubeconfig", kubeconfig, "-n", namespace]
            // Fields that the definitions do not have would be dropped without a word.
            let applied = try await run("kubectl", words + ["apply", "--server-side", "-f", "-"], input: text)
            #expect(applied.status == 0, "\(file.lastPathComponent): \(applied.errors)")
            let kept = try await run("kubectl", words + ["get", "-f", "-", "-o", "json"], input: text)
            let object = try JSONValue(parsing: kept.output)["items"]?[0]
            for part in ["spec", "data"] {
                let written = stream.documents.first?.value[part]
                #expect(Self.holds(object?[part], written), "\(file.lastPathComponent): \(kept.output)")
            }
        }
    }
}
