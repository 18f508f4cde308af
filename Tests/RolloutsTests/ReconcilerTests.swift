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
        namespace = try makeNamespace(kubeconfig)
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

    private func manifest(image: String, memory: String = "64Mi") -> String {
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
            ports: [{name: http, containerPort: 8080}]
            resources: {requests: {memory: \(memory)}, limits: {memory: \(memory)}}
        """
    }

    private func apply(_ manifest: String) throws {
        let result = try kubectl(kubeconfig, "apply", "--validate=false", "-f", "-", input: manifest)
        #expect(result.status == 0, "\(result.errors)")
    }

    private func model() async throws -> JSONValue {
        try await client.get(Self.type, namespace: namespace, name: "scorer", deadline: soon)
    }

    private func read(_ arguments: String...) throws -> String {
        try run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace, "get"] + arguments).output
    }

    private func trafficGoesTo() throws -> String {
        try read("service", "scorer", "-o", "jsonpath={.spec.selector.taffrail\\.dev/model-revision}")
    }

    /// Steps until the status says so; after each step, whoever has the traffic must be able to serve.
    private func reconcile(until phase: String, observe: () throws -> Void = {}) async throws -> JSONValue {
        var status: JSONValue = [:]
        try await eventually("the phase \(phase)") {
            try await reconciler.reconcile(try await model(), deadline: soon)
            try observe()
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
        try apply(manifest(image: "registry/scorer:1"))
        let first = try await reconcile(until: "Complete")
        let firstRevision = try #require(first["revision"]?.stringValue)
        #expect(try trafficGoesTo() == firstRevision)
        #expect(condition("Ready", of: first)?["status"] == "True", "\(first)")
        let servesBudgets = try await client.resource(for: Self.budgets, deadline: soon) != nil
        if servesBudgets {
            #expect(try read("poddisruptionbudget", "scorer", "-o", "jsonpath={.spec.maxUnavailable}") == "1")
        } else {
            #expect(condition("Ready", of: first)?["message"]?.stringValue?.contains("policy/v1") == true)
        }

        try apply(manifest(image: "registry/scorer:2"))
        let second = try await reconcile(until: "Complete") {
            let available = try read(
                "deployment",
                "scorer-\(try trafficGoesTo())",
                "-o",
                "jsonpath={.status.availableReplicas}"
            )
            #expect(available == "2", "traffic goes only to what is ready")
        }
        let secondRevision = try #require(second["revision"]?.stringValue)
        #expect(secondRevision != firstRevision)
        #expect(try trafficGoesTo() == secondRevision)
        #expect(try read("deployments", "-o", "name") == "deployment.apps/scorer-\(secondRevision)\n")

        let limits = """
            apiVersion: v1
            kind: LimitRange
            metadata: {name: limits, namespace: \(namespace)}
            spec: {limits: [{type: Container, max: {memory: 1Gi}}]}
            """
        try apply(limits)
        try apply(manifest(image: "registry/scorer:3", memory: "2Gi"))
        let third = try await reconcile(until: "Failed")
        #expect(condition("Stalled", of: third)?["reason"] == "RolloutFailed")
        #expect(try trafficGoesTo() == secondRevision)
        #expect(try read("deployments", "-o", "name").split(separator: "\n").count == 2)

        _ = try kubectl(kubeconfig, "-n", namespace, "delete", "modeldeployment", "scorer", "--wait=false")
        try await reconciler.reconcile(try await model(), deadline: soon)
        try await eventually("the ModelDeployment is gone") {
            try read("modeldeployments,deployments,services", "-o", "name") == ""
        }
        _ = try kubectl(kubeconfig, "delete", "namespace", namespace, "--wait=false")
    }
}
