// SPDX-License-Identifier: Apache-2.0

import Audit
import Foundation
import JSON
import TestSupport
import Testing

/// The end of Environments and ModelDeployments, with both loops of a real controller at work.
@Suite(.serialized) struct EndOfLifeTests {
    private let model = """
        apiVersion: taffrail.dev/v1alpha1
        kind: ModelDeployment
        metadata: {name: scorer}
        spec:
          owner: risk
          model: {uri: 'models:/scorer/1'}
          serving: {image: 'scorer:1', ports: [{name: http, containerPort: 8080}]}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        """

    /// A site whose Environment prunes at its end; all rights of its account lie in its own namespace.
    private func site(timeout: String = "1m") async throws -> ControllerSite {
        let site = try await ControllerSite()
        let account = "--serviceaccount=\(site.namespace):deployer"
        try await site.call("create", "rolebinding", "all", "--clusterrole=cluster-admin", account)
        try await site.patch("environment", "e", #"{"spec":{"deletionPolicy":"prune","timeout":"\#(timeout)"}}"#)
        return site
    }

    private func deliver(_ site: ControllerSite) async throws {
        try await site.push("cat > model.yaml <<'YAML'\n\(model)\nYAML")
        try await eventually("the model serves") {
            try await site.condition("environment", "e").status == "True"
        }
        #expect(try await site.condition("modeldeployment", "scorer").reason == "Serving")
    }

    @Test func `a namespace that is deleted as a whole takes both along, with their rights`() async throws {
        let site = try await site()
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await deliver(site)
        try await site.call("delete", "--wait=false", "namespace", site.namespace)
        try await eventually("the namespace is gone") {
            try await kubectl(site.kubeconfig, "get", "namespace", site.namespace).status != 0
        }
        #expect(controller.isRunning)
        let verified = try await site.verify()
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
        // What was not deleted before the namespace was seen to go went with it; nothing was left.
        #expect(try site.findings("left-behind").isEmpty)
        #expect(try !site.findings("goes-with-namespace").isEmpty)
        #expect(try site.notes.contains("takes along"))
    }

    /// In the foreground, the garbage collector deletes the Inventory first.
    @Test(arguments: ["background", "foreground"])
    func `an Environment takes its models and their children along, each on record`(cascade: String) async throws {
        let site = try await site()
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await deliver(site)
        try await site.call("delete", "--wait=false", "environment", "e", "--cascade=\(cascade)")
        try await eventually("the Environment is gone") { try await site.get("environment", "e", "-o", "name").isEmpty }
        #expect(try await site.get("modeldeployments,deployments,services", "-o", "name").isEmpty)
        let kinds = Set(try site.changes(in: .pruned).map { $0.split { " /".contains($0) }[1] })
        #expect(kinds.isSuperset(of: ["ConfigMap", "ModelDeployment", "Deployment", "Service", "ServiceAccount"]))
        #expect(try site.findings("left-behind").isEmpty)
        let verified = try await site.verify()
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }

    @Test func `a deletion does not wait for health, and a controller that starts anew goes on with it`() async throws {
        let site = try await site(timeout: "30m")
        let stuck = """
            apiVersion: v1
            kind: Pod
            metadata: {name: stuck, annotations: {taffrail.dev/test-never-ready: "true"}, finalizers: [example.com/held]}
            spec: {containers: [{name: c, image: "c:1"}]}
            """
        try await site.push("cat > pod.yaml <<'YAML'\n\(stuck)\nYAML")
        let (first, _) = try await site.launch()
        try await eventually("its health is waited for") {
            try await site.condition("environment", "e").message.contains("waiting for")
        }
        try await site.call("delete", "--wait=false", "environment", "e")
        try await eventually("its pod is being deleted") {
            try await site.condition("environment", "e").reason == "Deleting"
        }
        first.end(SIGKILL)
        let (second, _) = try await site.launch()
        defer { second.end(SIGTERM) }
        try await site.patch("pod", "stuck", #"{"metadata":{"finalizers":null}}"#)
        try await eventually("the Environment is gone") { try await site.get("environment", "e", "-o", "name").isEmpty }
        let verified = try await site.verify()
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }

    @Test func `one that is orphaned leaves its objects, and takes them up again when it is made anew`() async throws {
        let site = try await site()
        try await site.patch("environment", "e", #"{"spec":{"deletionPolicy":"orphan"}}"#)
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await deliver(site)
        let old = try await site.get("configmap", "settings", "-o", "jsonpath={.metadata.uid}")
        let manifest = try await site.get("environment", "e", "-o", "json")
        try await site.call("delete", "--wait=false", "environment", "e")
        try await eventually("the Environment is gone") { try await site.get("environment", "e", "-o", "name").isEmpty }
        // Nobody lends the model an account any more, which is no reason to end it.
        try await eventually("the model falls back on the account of its namespace") {
            try await site.condition("modeldeployment", "scorer").message.contains("\(site.namespace):default")
        }
        #expect(try await !site.get("deployments", "-o", "name").isEmpty)
        var again = try JSONValue(parsing: manifest)
        again["metadata"] = ["name": "e"]
        again["status"] = nil
        try await site.apply(String(decoding: again.serialized(), as: UTF8.self))
        try await eventually("it is ready") { try await site.condition("environment", "e").status == "True" }
        #expect(try await site.get("configmap", "settings", "-o", "jsonpath={.metadata.uid}") == old)
        try await eventually("the model is kept again") {
            try await site.condition("modeldeployment", "scorer").reason == "Serving"
        }
    }
}
