// SPDX-License-Identifier: Apache-2.0

import Audit
import Foundation
import JSON
import TestSupport
import Testing

/// What the controller deletes since its file went, and what the server or a missing word keep.
@Suite(.serialized) struct PruningTests {
    private static func configMap(_ name: String, in namespace: String? = nil) -> String {
        let place = namespace.map { ", namespace: \($0)" } ?? ""
        return "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: \(name)\(place)}\\n' > \(name).yaml"
    }

    private static let confirmed = "taffrail.dev/prune: confirmed"

    private func readiness(_ site: ControllerSite, of commit: String) async throws {
        try await eventually("\(commit) is applied") { try await site.condition("environment", "e").status == "True" }
    }

    @Test
    func `what the server refuses to delete stays in the Inventory, is on record as failed, and goes when it may`()
        async throws
    {
        let site = try await ControllerSite()
        try await site.push("\(Self.configMap("kept"))\n\(Self.configMap("held"))")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await readiness(site, of: "the first commit")
        let uid = try await site.get("configmap", "held", "-o", "jsonpath={.metadata.uid}")
        // Everything but to delete.
        try await site.call("delete", "rolebinding", "deployer")
        let verbs = "--verb=get,list,watch,create,update,patch"
        try await site.call("create", "role", "timid", verbs, "--resource=configmaps")
        try await site.call(
            "create",
            "rolebinding",
            "timid",
            "--role=timid",
            "--serviceaccount=\(site.namespace):deployer"
        )
        try await site.push("git rm -q held.yaml")
        try await eventually("the status says so") {
            let ready = try await site.condition("environment", "e")
            return ready.reason == "ReconciliationFailed" && ready.message.contains("ConfigMap/\(site.namespace)/held")
                && ready.message.contains("forbidden")
        }
        #expect(try site.changes(in: .outcome).last == "prune ConfigMap/held failed")
        #expect(try site.changes(in: .pruned).isEmpty)
        #expect(try await site.inventory() == ["held", "kept"])
        #expect(try await site.get("configmap", "held", "-o", "jsonpath={.metadata.uid}") == uid)

        try await site.call(
            "create",
            "rolebinding",
            "again",
            "--clusterrole=admin",
            "--serviceaccount=\(site.namespace):deployer"
        )
        try await eventually("it goes") { try await site.get("configmap", "held", "-o", "name").isEmpty }
        try await eventually("it leaves the Inventory") { try await site.inventory() == ["kept"] }
        try await readiness(site, of: "the second commit")
        #expect(try site.changes(in: .pruned) == ["prune ConfigMap/held succeeded"])
        let verified = try await site.verify()
        #expect(verified.status == 0, "\(verified.errors)")
    }

    @Test func `what others need goes last: objects before their definition, content before its namespace`()
        async throws
    {
        let site = try await ControllerSite()
        try await site.makeAccountMighty()
        try await site.patch("environment", "e", #"{"spec":{"targetNamespace":null}}"#)
        let group = "\(site.namespace).example.com"
        let inner = "\(site.namespace)-inner"
        try await site.push(
            """
            \(Self.configMap("kept", in: site.namespace))
            cat > definition.yaml <<'YAML'
            \(definition("Feature", group: group, scope: "Namespaced", annotations: Self.confirmed))
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: \(inner), annotations: {\(Self.confirmed)}}
            YAML
            cat > objects.yaml <<'YAML'
            apiVersion: \(group)/v1
            kind: Feature
            metadata: {name: one, namespace: \(inner)}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: \(site.namespace)}
            spec:
              selector: {matchLabels: {app: web}}
              template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: "c:1"}]}}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings, namespace: \(inner)}
            YAML
            """
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await readiness(site, of: "the first commit")
        try await eventually("the Deployment has its ReplicaSet") {
            try await !site.get("replicasets", "-o", "name").isEmpty
        }
        try await site.push("git rm -q definition.yaml objects.yaml")
        try await eventually("all is on record as deleted") { try site.changes(in: .pruned).count == 5 }
        let pruned = try site.changes(in: .pruned)
        #expect(
            pruned.map { String($0.split(separator: " ")[1]) } == [
                "Feature/one", "Deployment/web", "ConfigMap/settings", "Namespace/\(inner)",
                "CustomResourceDefinition/features.\(group)",
            ]
        )
        // In the foreground it would still be there, and as an orphan its ReplicaSet would.
        #expect(pruned.contains("prune Deployment/web succeeded"), "\(pruned)")
        try await eventually("its ReplicaSet goes") { try await site.get("replicasets", "-o", "name").isEmpty }
        try await eventually("all is gone") {
            let namespace = try await kubectl(site.kubeconfig, "get", "namespace", inner)
            let crd = try await kubectl(site.kubeconfig, "get", "crd", "features.\(group)")
            return namespace.status != 0 && crd.status != 0
        }
        try await eventually("the Inventory has what is left") { try await site.inventory() == ["kept"] }
    }

    @Test func `a namespace, a claim and a definition stay until their files confirm that they may go`() async throws {
        let site = try await ControllerSite()
        try await site.makeAccountMighty()
        // A claim that nothing binds does not become healthy.
        try await site.patch("environment", "e", #"{"spec":{"targetNamespace":null,"timeout":"0s"}}"#)
        let group = "\(site.namespace).example.com"
        let inner = "\(site.namespace)-inner"
        func write(_ annotations: String) -> String {
            """
            \(Self.configMap("kept", in: site.namespace))
            cat > protected.yaml <<'YAML'
            \(definition("Feature", group: group, scope: "Namespaced", annotations: annotations))
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: \(inner), annotations: {\(annotations)}}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data, namespace: \(site.namespace), annotations: {\(annotations)}}
            spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Gi}}}
            YAML
            """
        }
        try await site.push(write(""))
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await readiness(site, of: "the first commit")
        try await site.push("git rm -q protected.yaml")
        try await eventually("they are told") {
            let ready = try await site.condition("environment", "e")
            return ready.reason == "PartiallyRefused" && ready.message.contains("3 findings")
                && ready.message.contains("taffrail.dev/prune: confirmed")
        }
        let objects = [
            "CustomResourceDefinition/features.\(group)", "Namespace/\(inner)",
            "PersistentVolumeClaim/\(site.namespace)/data",
        ]
        #expect(try site.findings("not-pruned").compactMap { $0["object"]?.stringValue }.sorted() == objects)
        #expect(try site.changes(in: .pruned).isEmpty)
        #expect(try await site.inventory().count == 4)
        let names = ["crd/features.\(group)", "namespace/\(inner)", "persistentvolumeclaim/data"]
        let stamps = try await site.get(names + ["-o", "jsonpath={.items[*].metadata.deletionTimestamp}"])
        #expect(try await site.get(names + ["-o", "name"]).split(separator: "\n").count == 3 && stamps.isEmpty)

        try await site.push(write(Self.confirmed))
        try await readiness(site, of: "the word that they may go")
        try await site.push("git rm -q protected.yaml")
        try await eventually("they go") {
            try await site.get(names + ["-o", "name", "--ignore-not-found"]).isEmpty
        }
        #expect(try site.changes(in: .pruned).count == 3)
        try await eventually("the Inventory has what is left") { try await site.inventory() == ["kept"] }
    }
}
