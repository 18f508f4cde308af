// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// `taffrail tree`: what Environments applied, and what hangs on it.
@Suite struct TreeTests {
    private static let commit = "2fde662c00000000000000000000000000000000"

    private let kubeconfig: String
    private let namespace: String

    init() async throws {
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
    }

    private func taffrail(_ arguments: String...) async throws -> ProgramResult {
        try await run(Parts.product("taffrail"), arguments, environment: ["KUBECONFIG": kubeconfig])
    }

    private func apply(_ manifest: String) async throws {
        let result = try await kubectl(
            kubeconfig,
            "-n",
            namespace,
            "apply",
            "--validate=false",
            "-f",
            "-",
            input: manifest
        )
        #expect(result.status == 0, "\(result.errors)")
    }

    private func deployment(_ name: String, owner: String, ready: Bool) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: \(name)
          labels: {taffrail.dev/model-revision: d9708bad}
          ownerReferences:
          - {apiVersion: taffrail.dev/v1alpha1, kind: ModelDeployment, name: model, uid: \(owner), controller: true}
        spec:
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}, annotations: {taffrail.dev/test-never-ready: "\(ready ? "" : "true")"}}
            spec: {containers: [{name: c, image: "c:1"}]}
        """
    }

    /// An Environment with an Inventory of a setting that is there, one that is not, and a model with its workload.
    private func prepare() async throws {
        let model = try String(
            contentsOf: Parts.root.appending(path: "examples/ml-model-service/model.yaml"),
            encoding: .utf8
        )
        .replacing("name: ml-model-service", with: "name: model", maxReplacements: 1)
        try await apply(model)
        try await apply(
            """
            apiVersion: taffrail.dev/v1alpha1
            kind: Environment
            metadata: {name: production}
            spec: {repositoryRef: {name: m}, targetNamespace: \(namespace)}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings, annotations: {taffrail.dev/revision: "main@sha1:\(Self.commit)"}}
            ---
            apiVersion: taffrail.dev/v1alpha1
            kind: Inventory
            metadata: {name: production}
            spec:
              environmentRef: {name: production}
              entries:
              - {version: v1, kind: ConfigMap, namespace: \(namespace), name: settings, commit: \(Self.commit), sourcePath: a.yaml}
              - {version: v1, kind: ConfigMap, namespace: \(namespace), name: gone, commit: \(Self.commit), sourcePath: b.yaml}
              - {group: taffrail.dev, version: v1alpha1, kind: ModelDeployment, namespace: \(namespace), name: model, commit: \(Self.commit), sourcePath: c.yaml}
            """
        )
        let uid = try await kubectl(
            kubeconfig,
            "-n",
            namespace,
            "get",
            "modeldeployment",
            "model",
            "-o",
            "jsonpath={.metadata.uid}"
        )
        try await apply(deployment("model-d9708bad", owner: uid.output, ready: false))
    }

    @Test func `a model is followed down to its pods`() async throws {
        try await prepare()
        var pod: JSONValue?
        try await eventually("the pod hangs on the tree") {
            let json = try await JSONValue(
                parsing: taffrail("tree", "production", "-n", namespace, "-o", "json").output
            )
            let model = json[0]?["children"]?.arrayValue?.first { $0["kind"] == "ModelDeployment" }
            let deployment = model?["children"]?[0]
            #expect(deployment?["kind"] == "Deployment" || deployment == nil)
            pod = deployment?["children"]?[0]?["children"]?[0]
            return pod != nil
        }
        #expect(pod?["kind"] == "Pod" && pod?["health"] == "InProgress")

        let table = try await taffrail("tree", "production", "-n", namespace)
        #expect(table.status == 0, "\(table.errors)")
        let lines = table.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 8, "\(table.output)")
        #expect(lines[0].hasPrefix("OBJECT ") && lines[1].hasPrefix("Environment/\(namespace)/production "))
        #expect(
            lines[2].contains("├─ ConfigMap/gone") && lines[2].contains("NotFound") && lines[2].contains("2fde662c")
        )
        #expect(lines[3].contains("├─ ConfigMap/settings") && lines[3].contains("main@sha1:2fde662c "))
        #expect(lines[4].contains("└─ ModelDeployment/model") && lines[4].contains("InProgress"))
        #expect(lines[5].contains("   └─ Deployment/model-d9708bad") && lines[5].contains("d9708bad "))
        #expect(lines[6].contains("      └─ ReplicaSet/model-d9708bad-"))
        #expect(lines[7].contains("         └─ Pod/model-d9708bad-"))
        #expect(try await taffrail("tree", "-n", namespace, "-o", "yaml").output.contains("kind: ReplicaSet"))
    }

    @Test func `all Environments are shown where none is named`() async throws {
        try await prepare()
        let all = try await taffrail("tree", "-A", "-o", "json")
        let names = try JSONValue(parsing: all.output).arrayValue?.compactMap { $0["namespace"]?.stringValue }
        #expect(names?.contains(namespace) == true, "\(all.errors)")
        let missing = try await taffrail("tree", "staging", "-n", namespace)
        #expect(missing.status == 1 && missing.errors.contains("there is no Environment 'staging'"))
        let empty = try await taffrail("tree", "-n", "default", "-o", "json")
        #expect(empty.output == "[]\n" && empty.errors.contains("no Environments in namespace default"))
        let both = try await taffrail("tree", "production", "-A")
        #expect(both.status == 1 && both.errors.contains("leave out the name"))
    }
}
