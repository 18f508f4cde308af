// SPDX-License-Identifier: Apache-2.0

import Audit
import Concurrency
import Foundation
import JSON
import Keys
import Kubernetes
import Rollouts
import TestSupport
import Testing

/// Whole hand-overs on a real API server with its controllers.
@Suite struct ReconcilerTests {
    private static let type = GroupVersionKind(group: "taffrail.dev", version: "v1alpha1", kind: "ModelDeployment")
    private static let budgets = GroupVersionKind(group: "policy", version: "v1", kind: "PodDisruptionBudget")

    private let folder: TemporaryDirectory
    private let kubeconfig: String
    private let namespace: String
    private let client: KubernetesClient
    private let recorder: Recorder
    private let reconciler: ModelDeploymentReconciler
    private var soon: Deadline { .after(.seconds(30)) }

    init() async throws {
        folder = try TemporaryDirectory()
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
        let configuration = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        client = KubernetesClient(configuration: configuration, userAgent: "test")
        let clock = WallClock { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
        recorder = try await Recorder.open(
            RecorderConfiguration(
                directory: folder.path + "/log",
                origin: "example.com/rollouts",
                signer: try Ed25519PrivateKey.generate(),
                secretKey: [UInt8](repeating: 7, count: 32),
                controllerID: "taffrail",
                version: "test",
                clock: clock,
                create: true
            ),
            cluster: ClusterIdentity(uid: "cluster", apiServerVersion: "test")
        )
        reconciler = ModelDeploymentReconciler(client: client, applier: client, recorder: recorder, clock: clock)
    }

    private func manifest(image: String, memory: String = "64Mi", ports: String? = nil) -> String {
        """
        apiVersion: taffrail.dev/v1alpha1
        kind: ModelDeployment
        metadata: {name: scorer, namespace: \(namespace)}
        spec:
          owner: risk
          model: {uri: 'models:/scorer/1'}
          serving:
            image: \(image)
            replicas: 2
            progressDeadlineSeconds: 1
            ports: \(ports ?? "[{name: http, containerPort: 8080}]")
            resources: {requests: {memory: \(memory)}, limits: {memory: \(memory)}}
        """
    }

    private func apply(_ manifest: String) async throws {
        let result = try await kubectl(kubeconfig, "apply", "--validate=false", "-f", "-", input: manifest)
        #expect(result.status == 0, "\(result.errors)")
    }

    private func model() async throws -> JSONValue {
        try await client.get(Self.type, namespace: namespace, name: "scorer", deadline: soon)
    }

    private func read(_ arguments: String...) async throws -> String {
        try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace, "get"] + arguments).output
    }

    private func trafficGoesTo() async throws -> String {
        try await read("service", "scorer", "-o", "jsonpath={.spec.selector.taffrail\\.dev/model-revision}")
    }

    /// Steps until the status says so; after each step, whoever has the traffic must be able to serve.
    private func reconcile(until phase: String, observe: () async throws -> Void = {}) async throws -> JSONValue {
        var status: JSONValue = [:]
        try await eventually("the phase \(phase)") {
            _ = try await reconciler.reconcile(try await model(), deadline: soon)
            try await observe()
            let object = try await model()
            status = object["status"] ?? [:]
            return status["phase"]?.stringValue == phase
                && status["observedGeneration"] == object["metadata"]?["generation"]
        }
        return status
    }

    private func condition(_ type: String, of status: JSONValue) -> JSONValue? {
        status["conditions"]?.arrayValue?.first { $0["type"]?.stringValue == type }
    }

    @Test func `a model is served, handed over, kept where the next one fails, and removed`() async throws {
        try await apply(manifest(image: "registry/scorer:1"))
        let first = try await reconcile(until: "Complete")
        let firstRevision = try #require(first["revision"]?.stringValue)
        #expect(try await trafficGoesTo() == firstRevision)
        #expect(condition("Ready", of: first)?["status"] == "True", "\(first)")
        let servesBudgets = try await client.resource(for: Self.budgets, deadline: soon) != nil
        if servesBudgets {
            #expect(try await read("poddisruptionbudget", "scorer", "-o", "jsonpath={.spec.maxUnavailable}") == "1")
        } else {
            #expect(condition("Ready", of: first)?["message"]?.stringValue?.contains("policy/v1") == true)
        }

        try await apply(manifest(image: "registry/scorer:2"))
        let second = try await reconcile(until: "Complete") {
            let available = try await read(
                "deployment",
                "scorer-\(try await trafficGoesTo())",
                "-o",
                "jsonpath={.status.availableReplicas}"
            )
            #expect(available == "2", "traffic goes only to what is ready")
        }
        let secondRevision = try #require(second["revision"]?.stringValue)
        #expect(secondRevision != firstRevision)
        #expect(try await trafficGoesTo() == secondRevision)
        #expect(try await read("deployments", "-o", "name") == "deployment.apps/scorer-\(secondRevision)\n")

        let limits = """
            apiVersion: v1
            kind: LimitRange
            metadata: {name: limits, namespace: \(namespace)}
            spec: {limits: [{type: Container, max: {memory: 1Gi}}]}
            """
        try await apply(limits)
        try await apply(manifest(image: "registry/scorer:3", memory: "2Gi"))
        let third = try await reconcile(until: "Failed")
        #expect(condition("Stalled", of: third)?["reason"] == "RolloutFailed")
        #expect(try await trafficGoesTo() == secondRevision)
        #expect(try await read("deployments", "-o", "name").split(separator: "\n").count == 2)

        _ = try await kubectl(kubeconfig, "-n", namespace, "delete", "modeldeployment", "scorer", "--wait=false")
        #expect(try await reconciler.reconcile(try await model(), deadline: soon) == .done)
        try await eventually("the ModelDeployment is gone") {
            try await read("modeldeployments,deployments,services", "-o", "name") == ""
        }
        _ = try await kubectl(kubeconfig, "delete", "namespace", namespace, "--wait=false")
    }

    @Test func `a Service that somebody deletes comes back where it was, also in the middle`() async throws {
        try await apply(manifest(image: "registry/scorer:1"))
        let first = try #require(try await reconcile(until: "Complete")["revision"]?.stringValue)
        let limits = """
            apiVersion: v1
            kind: LimitRange
            metadata: {name: limits, namespace: \(namespace)}
            spec: {limits: [{type: Container, max: {memory: 1Gi}}]}
            """
        try await apply(limits)
        try await apply(manifest(image: "registry/scorer:2", memory: "2Gi"))
        _ = try await reconcile(until: "Failed")
        _ = try await kubectl(kubeconfig, "-n", namespace, "delete", "service", "scorer")
        _ = try await reconciler.reconcile(try await model(), deadline: soon)
        #expect(try await trafficGoesTo() == first)
        #expect(try await read("deployment", "scorer-\(first)", "-o", "jsonpath={.status.availableReplicas}") == "2")
        _ = try await kubectl(kubeconfig, "-n", namespace, "delete", "modeldeployment", "scorer", "--wait=false")
        #expect(try await reconciler.reconcile(try await model(), deadline: soon) == .done)
    }

    @Test func `a model without ports is complete when it is ready, and its old revision stays until then`()
        async throws
    {
        try await apply(manifest(image: "registry/scorer:1", ports: "[]"))
        let first = try #require(try await reconcile(until: "Complete")["revision"]?.stringValue)
        try await apply(manifest(image: "registry/scorer:2", ports: "[]"))
        let second = try await reconcile(until: "Complete") {
            let ready = try await read("deployments", "-o", "jsonpath={.items[*].status.availableReplicas}")
            #expect(ready.contains("2"), "one revision is ready at any time")
        }
        #expect(second["revision"]?.stringValue != first)
        #expect(try await read("deployments", "-o", "name").split(separator: "\n").count == 1)
        #expect(try await read("services", "-o", "name").isEmpty)
        // Also one that cannot be read any more must be able to go.
        _ = try await kubectl(
            kubeconfig,
            "-n",
            namespace,
            "delete",
            "modeldeployment",
            "scorer",
            "--wait=false"
        )
        var object = try await model()
        object["spec"] = ["serving": "nonsense"]
        #expect(try await reconciler.reconcile(object, deadline: soon) == .done)
        try await eventually("the ModelDeployment is gone") {
            try await read("modeldeployments,deployments", "-o", "name").isEmpty
        }
    }
}
