// SPDX-License-Identifier: Apache-2.0

import Audit
import Concurrency
import Delivery
import Foundation
import JSON
import Kubernetes
import RecordedCluster
import Rollouts
import TestSupport
import Testing

/// A ModelDeployment `scorer` in a namespace of its own on a real API server, and a log.
struct ModelSite {
    static let type = GroupVersionKind.modelDeployment
    private static let budgets = GroupVersionKind(group: "policy", version: "v1", kind: "PodDisruptionBudget")

    private let cluster: RecordedCluster
    /// Long, since a busy machine is no failure.
    var soon: Deadline { .after(.seconds(600)) }
    var kubeconfig: String { cluster.kubeconfig }
    var namespace: String { cluster.namespace }
    var client: KubernetesClient { cluster.client }
    var recorder: Recorder { cluster.recorder }
    var log: AuditLog { cluster.log }

    init() async throws {
        cluster = try await RecordedCluster(origin: "example.com/rollouts")
    }

    /// - Parameters:
    ///   - applier: whom children are applied as; the test itself if left out.
    ///   - lateness: how far its clock is ahead.
    func reconciler(applier: KubernetesClient? = nil, lateness: Int64 = 0) -> ModelDeploymentReconciler {
        ModelDeploymentReconciler(
            client: client,
            applier: applier ?? client,
            recorder: recorder,
            clock: WallClock { Timestamp(seconds: WallClock.system.now.seconds + lateness) },
            claims: CreationClaims()
        )
    }

    /// Servers before 1.21 have none.
    var servesBudgets: Bool {
        get async throws { try await client.resource(for: Self.budgets, deadline: soon) != nil }
    }

    func manifest(image: String, memory: String = "64Mi", ports: String? = nil) -> String {
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

    func apply(_ manifest: String) async throws {
        let result = try await kubectl(kubeconfig, "apply", "--validate=false", "-f", "-", input: manifest)
        #expect(result.status == 0, "\(result.errors)")
    }

    func call(_ words: String...) async throws {
        let result = try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace] + words)
        #expect(result.status == 0, "\(words): \(result.errors)")
    }

    func model() async throws -> JSONValue {
        try await client.get(Self.type, namespace: namespace, name: "scorer", deadline: soon)
    }

    func read(_ arguments: String...) async throws -> String {
        try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace, "get"] + arguments).output
    }

    /// Takes a step with the ModelDeployment as it is now; `nil` once it is gone.
    func step(_ reconciler: ModelDeploymentReconciler) async throws -> Attempt? {
        let model = try await client.find(Self.type, namespace: namespace, name: "scorer", deadline: soon)
        guard let model else { return nil }
        return try await reconciler.reconcile(model, deadline: soon)
    }

    /// Steps until the status says so.
    @discardableResult
    func reconcile(until phase: String, observe: () async throws -> Void = {}) async throws -> JSONValue {
        let reconciler = reconciler()
        var status: JSONValue = [:]
        try await eventually("the phase \(phase)") {
            _ = try await step(reconciler)
            try await observe()
            let object = try await model()
            status = object["status"] ?? [:]
            return status["phase"]?.stringValue == phase
                && status["observedGeneration"] == object["metadata"]?["generation"]
        }
        return status
    }

    static func condition(_ type: String, of status: JSONValue?) -> JSONValue? {
        status?["conditions"]?.arrayValue?.first { $0["type"]?.stringValue == type }
    }

    // MARK: - The record

    /// What was announced by this loop, intent by intent, each as a list of `operation Kind/name`. What is not followed by an outcome that says
    /// of each that it succeeded is an error.
    func rollouts() throws -> [[String]] {
        let records = try log.records()
        func changes(_ record: DecodedRecord) throws -> [String] {
            try log.list("changes", of: record).map { change in
                let words = [change["operation"], change["kind"], change["name"]].map { $0?.stringValue ?? "" }
                return "\(words[0]) \(words[1])/\(words[2])"
            }
        }
        return try records.filter { $0.kind == .intent }.map { intent in
            let outcome = try #require(
                records.first { $0.kind == .outcome && $0.intentIndex == intent.index },
                "record \(intent.index) has no outcome"
            )
            for record in [intent, outcome] { #expect(record.predicate["loop"] == "rollouts", "\(record.index)") }
            let results = try log.list("changes", of: outcome)
            #expect(results.allSatisfy { $0["status"] == "succeeded" }, "\(results)")
            #expect(try changes(outcome) == changes(intent))
            return try changes(intent)
        }
    }
}
