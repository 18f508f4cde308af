// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// What can only be applied one after the other, and comes in one commit: planned, and carried out by the controller.
@Suite(.serialized) struct TogetherTests {
    private struct Change: Hashable {
        let operation: String
        let object: String
        let isChecked: Bool
    }

    /// What `taffrail plan` says of the last commit.
    private func planned(_ site: ControllerSite, _ words: String...) async throws -> Set<Change> {
        let result = try await site.plan("-o", "json", words[0], words[1])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        let changes = try JSONValue(parsing: result.output)["changes"]?.arrayValue ?? []
        return Set(
            changes.map { change in
                let names = [change["kind"], change["namespace"], change["name"]].compactMap { $0?.stringValue }
                return Change(
                    operation: change["operation"]?.stringValue ?? "",
                    object: names.joined(separator: "/"),
                    isChecked: change["notChecked"] == nil
                )
            }
        )
    }

    private func readyAndUnchanged(_ site: ControllerSite) async throws {
        try await eventually("the Environment is ready") {
            try await site.condition("environment", "e").status == "True"
        }
        let verified = try await site.verify()
        #expect(verified.status == 0, "\(verified.errors)")
    }

    @Test func `a definition and an object of its kind`() async throws {
        let site = try await ControllerSite()
        try await site.makeAccountMighty()
        let group = "\(site.namespace).example.com"
        try await site.push(
            """
            cat > a-object.yaml <<'YAML'
            apiVersion: \(group)/v1
            kind: Feature
            metadata: {name: one}
            spec: {weight: 3}
            ---
            apiVersion: \(group)/v1
            kind: Catalogue
            metadata: {name: all-of-\(site.namespace)}
            YAML
            cat > definitions.yaml <<'YAML'
            \(definition("Feature", group: group, scope: "Namespaced"))
            ---
            \(definition("Catalogue", group: group, scope: "Cluster"))
            YAML
            """
        )
        let plan = try await planned(site, "-n", site.namespace)
        #expect(
            plan == [
                Change(operation: "create", object: "CustomResourceDefinition/features.\(group)", isChecked: true),
                Change(operation: "create", object: "CustomResourceDefinition/catalogues.\(group)", isChecked: true),
                Change(operation: "create", object: "Feature/\(site.namespace)/one", isChecked: false),
                Change(operation: "create", object: "Catalogue/all-of-\(site.namespace)", isChecked: false),
            ]
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await readyAndUnchanged(site)
        #expect(try await site.get("features.\(group)", "one", "-o", "jsonpath={.spec.weight}") == "3")
        #expect(try await !site.get("catalogues.\(group)", "-o", "name").isEmpty)
        // A field that the definition refuses is found before it is tried, now that the kind is there.
        try await site.push("sed -i 's/weight: 3/weight: heavy/' a-object.yaml")
        try await eventually("the field is refused") {
            let ready = try await site.condition("environment", "e")
            return ready.reason == "PartiallyRefused" && ready.message.contains("spec.weight")
        }
        for plural in ["features", "catalogues"] {
            _ = try await kubectl(site.kubeconfig, "delete", "crd", "\(plural).\(group)", "--wait=false")
        }
    }

    @Test func `a namespace and what is in it`() async throws {
        let site = try await ControllerSite()
        try await site.makeAccountMighty()
        try await site.patch("environment", "e", #"{"spec":{"targetNamespace":null}}"#)
        let inner = "\(site.namespace)-inner"
        try await site.push(
            """
            cat > a-content.yaml <<'YAML'
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings, namespace: \(inner)}
            data: {a: b}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: \(inner)}
            spec:
              selector: {matchLabels: {app: web}}
              template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: "c:1"}]}}
            YAML
            printf 'apiVersion: v1\\nkind: Namespace\\nmetadata: {name: \(inner)}\\n' > namespace.yaml
            """
        )
        let file = "cat > environment.yaml <<'YAML'\n\(environmentFile)\nYAML"
        try await site.bash(file)
        let plan = try await planned(site, "--environment-file", site.path("environment.yaml"))
        #expect(
            plan == [
                Change(operation: "create", object: "Namespace/\(inner)", isChecked: true),
                Change(operation: "create", object: "ConfigMap/\(inner)/settings", isChecked: false),
                Change(operation: "create", object: "Deployment/\(inner)/web", isChecked: false),
            ]
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await readyAndUnchanged(site)
        let found = try await kubectl(site.kubeconfig, "-n", inner, "get", "configmap/settings", "deployment/web")
        #expect(found.status == 0, "\(found.errors)")
        _ = try await kubectl(site.kubeconfig, "delete", "namespace", inner, "--wait=false")
    }

    private let environmentFile = """
        apiVersion: taffrail.dev/v1alpha1
        kind: Environment
        metadata: {name: e}
        spec: {repositoryRef: {name: m}}
        """

    @Test func `a job is waited for until it is complete`() async throws {
        let site = try await ControllerSite()
        try await site.patch("environment", "e", #"{"spec":{"timeout":"1m"}}"#)
        try await site.push("cat > job.yaml <<'YAML'\n\(job(ends: nil))\nYAML")
        let plan = try await planned(site, "-n", site.namespace)
        #expect(plan == [Change(operation: "create", object: "Job/\(site.namespace)/train", isChecked: true)])
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("it is waited for") {
            let ready = try await site.condition("environment", "e")
            return ready.reason == "Progressing" && ready.message.contains("waiting")
        }
        let pod = try await podOfJob(site)
        _ = try await kubectl(
            site.kubeconfig,
            "-n",
            site.namespace,
            "annotate",
            "pod",
            pod,
            "taffrail.dev/test-ends=Succeeded"
        )
        try await readyAndUnchanged(site)
        #expect(try await site.get("job", "train", "-o", "jsonpath={.status.succeeded}") == "1")
    }

    @Test func `a job that fails makes its Environment unready at once`() async throws {
        let site = try await ControllerSite()
        try await site.patch("environment", "e", #"{"spec":{"timeout":"10m"}}"#)
        try await site.push("cat > job.yaml <<'YAML'\n\(job(ends: "Failed"))\nYAML")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("the Environment says so") {
            let ready = try await site.condition("environment", "e")
            return ready.reason == "HealthCheckFailed"
                && ready.message.contains("Job/\(site.namespace)/train is Failed")
        }
    }

    private func podOfJob(_ site: ControllerSite) async throws -> String {
        var pod = ""
        try await eventually("the job has a pod") {
            pod = try await site.get("pods", "-l", "job-name=train", "-o", "jsonpath={.items[*].metadata.name}")
            return !pod.isEmpty
        }
        return pod
    }

    private func job(ends: String?) -> String {
        let annotations = ends.map { "taffrail.dev/test-ends: \($0)" } ?? ""
        return """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: train}
            spec:
              backoffLimit: 0
              template:
                metadata: {annotations: {\(annotations)}}
                spec: {restartPolicy: Never, containers: [{name: c, image: "c:1"}]}
            """
    }
}
