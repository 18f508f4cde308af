// SPDX-License-Identifier: Apache-2.0

import Audit
import JSON
import Kubernetes
import Rollouts
import TestSupport
import Testing

/// Whole hand-overs on a real API server with its controllers.
@Suite struct ReconcilerTests {
    private let site: ModelSite

    init() async throws {
        site = try await ModelSite()
    }

    private func trafficGoesTo() async throws -> String {
        try await site.read("service", "scorer", "-o", "jsonpath={.spec.selector.taffrail\\.dev/model-revision}")
    }

    @Test func `each step of a hand-over is announced and its outcome is on record`() async throws {
        try await site.apply(site.manifest(image: "registry/scorer:1"))
        let first = try #require(try await site.reconcile(until: "Complete")["revision"]?.stringValue)
        try await site.apply(site.manifest(image: "registry/scorer:2"))
        let second = try #require(try await site.reconcile(until: "Complete")["revision"]?.stringValue)
        // Beside a budget, which not all servers have.
        let steps = try site.rollouts().map { $0.filter { !$0.contains("PodDisruptionBudget") } }
        #expect(
            steps == [
                ["create ServiceAccount/scorer", "create Service/scorer", "create Deployment/scorer-\(first)"],
                ["create Deployment/scorer-\(second)"], ["update Service/scorer"],
                ["prune Deployment/scorer-\(first)"],
            ],
            "\(steps)"
        )
        #expect(try await site.recorder.openIntents().isEmpty)
    }

    @Test func `a model has a disruption budget, which goes with it on record`() async throws {
        try await Parts.onlyForServers("serve policy/v1 PodDisruptionBudget", site.servesBudgets)
        try await site.apply(site.manifest(image: "registry/scorer:1"))
        let status = try await site.reconcile(until: "Complete")
        #expect(try await site.read("poddisruptionbudget", "scorer", "-o", "jsonpath={.spec.maxUnavailable}") == "1")
        #expect(ModelSite.condition("Ready", of: status)?["message"]?.stringValue?.contains("policy/v1") == false)
        try await site.call("delete", "modeldeployment", "scorer", "--wait=false")
        #expect(try await site.step(site.reconciler()) == .done)
        #expect(try site.rollouts().contains { $0.contains("prune PodDisruptionBudget/scorer") })
    }

    @Test func `a server without budgets serves the model without one, and the status says so`() async throws {
        let servesBudgets = try await site.servesBudgets
        try Parts.onlyForServers("do not serve policy/v1 PodDisruptionBudget", !servesBudgets)
        try await site.apply(site.manifest(image: "registry/scorer:1"))
        let ready = try await ModelSite.condition("Ready", of: site.reconcile(until: "Complete"))
        #expect(ready?["status"] == "True")
        #expect(
            ready?["message"]?.stringValue?.contains("no PodDisruptionBudget") == true,
            "\(String(describing: ready))"
        )
    }

    @Test func `a model is served, handed over, kept where the next one fails, and removed`() async throws {
        try await site.apply(site.manifest(image: "registry/scorer:1"))
        let first = try await site.reconcile(until: "Complete")
        let firstRevision = try #require(first["revision"]?.stringValue)
        #expect(try await trafficGoesTo() == firstRevision)
        #expect(ModelSite.condition("Ready", of: first)?["status"] == "True", "\(first)")

        try await site.apply(site.manifest(image: "registry/scorer:2"))
        let second = try await site.reconcile(until: "Complete") {
            let available = try await site.read(
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
        #expect(try await site.read("deployments", "-o", "name") == "deployment.apps/scorer-\(secondRevision)\n")

        let limits = """
            apiVersion: v1
            kind: LimitRange
            metadata: {name: limits, namespace: \(site.namespace)}
            spec: {limits: [{type: Container, max: {memory: 1Gi}}]}
            """
        try await site.apply(limits)
        try await site.apply(site.manifest(image: "registry/scorer:3", memory: "2Gi"))
        let third = try await site.reconcile(until: "Failed")
        #expect(ModelSite.condition("Stalled", of: third)?["reason"] == "RolloutFailed")
        #expect(try await trafficGoesTo() == secondRevision)
        #expect(try await site.read("deployments", "-o", "name").split(separator: "\n").count == 2)

        try await site.call("delete", "modeldeployment", "scorer", "--wait=false")
        #expect(try await site.step(site.reconciler()) == .done)
        try await eventually("the ModelDeployment is gone") {
            try await site.read("modeldeployments,deployments,services", "-o", "name") == ""
        }
        _ = try await kubectl(site.kubeconfig, "delete", "namespace", site.namespace, "--wait=false")
    }

    @Test func `a Service that somebody deletes comes back where it was, also in the middle`() async throws {
        try await site.apply(site.manifest(image: "registry/scorer:1"))
        let first = try #require(try await site.reconcile(until: "Complete")["revision"]?.stringValue)
        let limits = """
            apiVersion: v1
            kind: LimitRange
            metadata: {name: limits, namespace: \(site.namespace)}
            spec: {limits: [{type: Container, max: {memory: 1Gi}}]}
            """
        try await site.apply(limits)
        try await site.apply(site.manifest(image: "registry/scorer:2", memory: "2Gi"))
        _ = try await site.reconcile(until: "Failed")
        _ = try await kubectl(site.kubeconfig, "-n", site.namespace, "delete", "service", "scorer")
        _ = try await site.step(site.reconciler())
        #expect(try await trafficGoesTo() == first)
        #expect(
            try await site.read("deployment", "scorer-\(first)", "-o", "jsonpath={.status.availableReplicas}") == "2"
        )
        try await site.call("delete", "modeldeployment", "scorer", "--wait=false")
        #expect(try await site.step(site.reconciler()) == .done)
    }

    @Test func `a model without ports is complete when it is ready, and its old revision stays until then`()
        async throws
    {
        try await site.apply(site.manifest(image: "registry/scorer:1", ports: "[]"))
        let first = try #require(try await site.reconcile(until: "Complete")["revision"]?.stringValue)
        try await site.apply(site.manifest(image: "registry/scorer:2", ports: "[]"))
        let second = try await site.reconcile(until: "Complete") {
            let ready = try await site.read("deployments", "-o", "jsonpath={.items[*].status.availableReplicas}")
            #expect(ready.contains("2"), "one revision is ready at any time")
        }
        #expect(second["revision"]?.stringValue != first)
        #expect(try await site.read("deployments", "-o", "name").split(separator: "\n").count == 1)
        #expect(try await site.read("services", "-o", "name").isEmpty)
        // Also one that cannot be read any more must be able to go.
        try await site.call("delete", "modeldeployment", "scorer", "--wait=false")
        var object = try await site.model()
        object["spec"] = ["serving": "nonsense"]
        #expect(try await site.reconciler().reconcile(object, deadline: site.soon) == .done)
        try await eventually("the ModelDeployment is gone") {
            try await site.read("modeldeployments,deployments", "-o", "name").isEmpty
        }
    }
}
