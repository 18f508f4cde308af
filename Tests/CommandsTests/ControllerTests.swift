// SPDX-License-Identifier: Apache-2.0

import Audit
import Foundation
import JSON
import TestSupport
import Testing

@Suite(.serialized) struct ControllerTests {
    @Test func `a workload that does not become healthy keeps its Environment unready`() async throws {
        let site = try await ControllerSite()
        let manifest = Manifests.workload("stuck", template: Manifests.neverReady)
        try await site.push("cat > stuck.yaml <<'YAML'\n\(manifest)\nYAML")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let reason = "jsonpath={.status.conditions[?(@.type=='Ready')].reason}"
        try await eventually("the health check fails") {
            try await site.get("environment", "e", "-o", reason) == "HealthCheckFailed"
        }
        // Another look, which finds nothing to write, must not forget it.
        for token in ["first", "second"] {
            let request = "taffrail.dev/requestedAt=\(token)"
            _ = try await kubectl(
                site.kubeconfig,
                "-n",
                site.namespace,
                "annotate",
                "--overwrite",
                "environment",
                "e",
                request
            )
            try await eventually("the request is handled") {
                try await site.get("environment", "e", "-o", "jsonpath={.status.lastHandledReconcileAt}") == token
            }
            #expect(try await site.get("environment", "e", "-o", reason) == "HealthCheckFailed")
        }
    }

    @Test func `a label lends nobody another team's account`() async throws {
        let site = try await ControllerSite()
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: ours}\\n' > ours.yaml")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let label = #"jsonpath={.metadata.labels.taffrail\.dev/environment}"#
        try await eventually("the Environment applies") {
            try await !site.get("configmap", "ours", "-o", label).isEmpty
        }
        let environment = try await site.get("configmap", "ours", "-o", label)
        try await site.apply(
            """
            apiVersion: taffrail.dev/v1alpha1
            kind: ModelDeployment
            metadata: {name: stranger, labels: {taffrail.dev/environment: "\(environment)"}}
            spec: {owner: nobody, model: {uri: "models:/x/1"}, serving: {image: "x:1"}}
            """
        )
        try await eventually("the ModelDeployment is refused") {
            try await site.get("modeldeployment", "stranger", "-o", "jsonpath={.status.conditions[*].message}")
                .contains("system:serviceaccount:\(site.namespace):default")
        }
        #expect(try await site.get("deployments", "-o", "name").isEmpty)
        _ = try await kubectl(
            site.kubeconfig,
            "-n",
            site.namespace,
            "patch",
            "modeldeployment",
            "stranger",
            "--type=merge",
            "-p",
            #"{"metadata":{"finalizers":null}}"#
        )
    }

    @Test func `an Inventory that somebody deletes is made again, and nothing of it is orphaned`() async throws {
        let site = try await ControllerSite()
        try await site.push(
            "for n in one two; do printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: '$n'}\\n' > $n.yaml; done"
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let names = "jsonpath={.spec.entries[*].name}"
        try await eventually("both are applied") { try await site.get("inventory", "e", "-o", names) == "one two" }
        _ = try await kubectl(site.kubeconfig, "-n", site.namespace, "delete", "inventory", "e")
        try await eventually("the Inventory is back") { try await site.get("inventory", "e", "-o", names) == "one two" }
        try await site.push("git rm -q two.yaml")
        try await eventually("what went from Git goes from the cluster") {
            try await site.get("configmap", "two", "-o", "name").isEmpty
        }
        try await eventually("it left the Inventory") { try await site.get("inventory", "e", "-o", names) == "one" }
    }

    @Test func `an object that moved into a file which then breaks stays`() async throws {
        let site = try await ControllerSite()
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: kept}\\n' > a.yaml")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let applied = "jsonpath={.status.lastAppliedRevision}"
        let attempted = "jsonpath={.status.lastAttemptedRevision}"
        try await eventually("it is applied") { try await !site.get("environment", "e", "-o", applied).isEmpty }
        let first = try await site.get("environment", "e", "-o", applied)
        try await site.push("git mv a.yaml b.yaml")
        try await eventually("the move is seen") { try await site.get("environment", "e", "-o", applied) != first }
        let second = try await site.get("environment", "e", "-o", applied)
        try await site.push("printf 'data:\\n\\tx: 1\\n' >> b.yaml")
        try await eventually("the broken file is seen") {
            try await site.get("environment", "e", "-o", attempted) != second
        }
        #expect(try await site.get("configmap", "kept", "-o", "name") == "configmap/kept\n")
        #expect(
            try await site.get("environment", "e", "-o", "jsonpath={.status.conditions[*].message}").contains("b.yaml")
        )
    }

    @Test func `kustomizations are applied with what the Environment makes different, and nothing where that is wrong`()
        async throws
    {
        let site = try await ControllerSite()
        try await site.push(
            """
            mkdir -p base app/one
            printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: one}\\ndata: {stage: "${var.stage}"}\\n' > base/one.yaml
            printf 'resources: [one.yaml]\\n' > base/kustomization.yaml
            printf 'resources: [../../base]\\nnamePrefix: my-\\n' > app/one/kustomization.yaml
            printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: two}\\ndata: {a: b}\\n' > app/two.yaml
            """
        )
        let stage = #"{"spec":{"path":"app","variables":{"stage":"live"}}}"#
        try await site.patch("environment", "e", stage)
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("both are applied") {
            let built = try await site.get("configmap", "my-one", "-o", "jsonpath={.data.stage}")
            let plain = try await site.get("configmap", "two", "-o", "name")
            return built == "live" && !plain.isEmpty
        }
        let source = #"jsonpath={.metadata.annotations.taffrail\.dev/source-path}"#
        #expect(try await site.get("configmap", "my-one", "-o", source) == "base/one.yaml")
        let patches =
            #"{"spec":{"patches":[{"target":{"kind":"ConfigMap"},"patch":"- {op: test, path: /data/a, value: b}"}]}}"#
        try await site.patch("environment", "e", patches)
        let message = "jsonpath={.status.conditions[?(@.type=='Ready')].message}"
        try await eventually("a patch that does not fit every object that it chooses is refused") {
            try await site.get("environment", "e", "-o", message).contains("spec.patches[0] of the Environment")
        }
        #expect(try await site.get("configmap", "two", "-o", "jsonpath={.data.a}") == "b")
        let better =
            #"{"spec":{"patches":[{"target":{"name":"two"},"patch":"- {op: replace, path: /data/a, value: c}"}]}}"#
        try await site.patch("environment", "e", better)
        try await eventually("the better patch is applied") {
            try await site.get("configmap", "two", "-o", "jsonpath={.data.a}") == "c"
        }
        #expect(try await site.get("configmap", "my-one", "-o", "name") == "configmap/my-one\n")
        // One commit, and two things that were made of it.
        let intents = try AuditLog(directory: site.log).records().filter { $0.kind == .intent }.map(\.predicate)
        let sources = try #require(
            intents.first.flatMap { first in intents.last.map { (first["source"], $0["source"]) } }
        )
        #expect(sources.0?["commit"] == sources.1?["commit"] && sources.0?["overlay"] != sources.1?["overlay"])
        #expect(sources.0?["overlay"]?.stringValue?.hasPrefix("hmac-sha256:") == true)
        let generations = intents.compactMap { $0["environment"]?["generation"]?.intValue }
        #expect(generations.count == intents.count && generations.first != generations.last, "\(generations)")
    }

    @Test func `a commit that empties an Environment waits for the word of a person`() async throws {
        let site = try await ControllerSite()
        try await site.push(
            "for i in $(seq 1 12); do printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: c'$i'}\\n' > c$i.yaml; done"
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let names = ["configmaps", "-l", Self.label, "-o", "name"]
        func count() async throws -> Int { try await site.get(names).split(separator: "\n").count }
        try await eventually("all are applied") { try await count() == 12 }
        try await site.push("git rm -q '*.yaml'; echo nothing > README")
        let message = "jsonpath={.status.conditions[?(@.type=='Ready')].message}"
        var said = ""
        try await eventually("the commit is refused, and says how it is allowed") {
            said = try await site.get("environment", "e", "-o", message)
            return said.contains("taffrail.dev/allow-prune: ")
        }
        #expect(try await count() == 12)
        let commit = try #require(said.split(separator: "allow-prune: ").last?.prefix(40))
        try await site.patch(
            "environment",
            "e",
            #"{"metadata":{"annotations":{"taffrail.dev/allow-prune":"\#(commit)"}}}"#
        )
        try await eventually("all are gone") { try await count() == 0 }
    }

    @Test func `a damaged store is fetched anew while the controller runs`() async throws {
        let site = try await ControllerSite()
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: one}\\n' > one.yaml")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("it is applied") { try await !site.get("configmap", "one", "-o", "name").isEmpty }
        try await site.bash("chmod -R u+w data && truncate -s 100 data/repositories/*.git/objects/pack/*.pack")
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: two}\\n' > two.yaml")
        try await eventually("the next commit is applied") {
            try await !site.get("configmap", "two", "-o", "name").isEmpty
        }
        try await eventually("it is ready") { try await site.get("environment", "e", "-o", Self.readiness) == "True" }
    }

    @Test func `a workload that falls ill after it was well makes its Environment unready`() async throws {
        let site = try await ControllerSite()
        let manifest = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 1
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: web, image: "web:1"}]}
            """
        try await site.push("cat > web.yaml <<'YAML'\n\(manifest)\nYAML")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("it is ready") { try await site.get("environment", "e", "-o", Self.readiness) == "True" }
        let pod = try await site.get("pods", "-o", "jsonpath={.items[0].metadata.name}")
        let annotation = "taffrail.dev/test-never-ready=true"
        _ = try await kubectl(site.kubeconfig, "-n", site.namespace, "annotate", "pod", pod, annotation)
        try await eventually("the Environment says so") {
            try await site.get("environment", "e", "-o", Self.readiness) == "False"
        }
    }

    private static let label = "taffrail.dev/environment"
    private static let readiness = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
}
