// SPDX-License-Identifier: Apache-2.0

import Audit
import Foundation
import JSON
import TestSupport
import Testing

/// Environments that depend on each other, kept by a real controller.
@Suite(.serialized) struct DependsOnTests {
    /// The site's own Environment reads the folder `base`, and others stand beside it.
    private func site() async throws -> ControllerSite {
        let site = try await ControllerSite()
        try await site.patch("environment", "e", #"{"spec":{"path":"base"}}"#)
        return site
    }

    private func environment(_ site: ControllerSite, _ name: String, path: String, dependsOn: String) -> String {
        """
        apiVersion: taffrail.dev/v1alpha1
        kind: Environment
        metadata: {name: \(name)}
        spec:
          repositoryRef: {name: m}
          path: \(path)
          targetNamespace: \(site.namespace)
          serviceAccountName: deployer
          dependsOn: [\(dependsOn)]
          interval: 1s
          timeout: 1s
        """
    }

    private func configMap(_ name: String, _ value: String) -> String {
        "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: \(name)}\\ndata: {v: \"\(value)\"}\\n'"
    }

    private func waits(_ site: ControllerSite, _ name: String, for words: String) async throws {
        try await eventually("\(name) waits for \(words)") {
            let ready = try await site.condition("environment", name)
            return ready.status == "False" && ready.reason == "DependencyNotReady" && ready.message.contains(words)
        }
    }

    private func isReady(_ site: ControllerSite, _ name: String) async throws {
        do {
            try await eventually("\(name) is ready") { try await site.condition("environment", name).status == "True" }
        } catch {
            Issue.record("\(try await site.get("environments", "-o", "yaml"))")
            throw error
        }
    }

    @Test func `one is applied when the other is ready, and commit by commit in that order`() async throws {
        let site = try await site()
        let stuck = """
            apiVersion: v1
            kind: Pod
            metadata: {name: database, annotations: {taffrail.dev/test-never-ready: "true"}}
            spec: {containers: [{name: c, image: "c:1"}]}
            """
        try await site.push(
            """
            mkdir base app
            cat > base/pod.yaml <<'YAML'
            \(stuck)
            YAML
            \(configMap("app", "1")) > app/app.yaml
            """
        )
        try await site.apply(environment(site, "app", path: "app", dependsOn: "{name: e}"))
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await waits(site, "app", for: "Environment 'e', which is not ready: HealthCheckFailed")
        #expect(try await site.get("configmap", "app", "-o", "name").isEmpty)
        try await site.push("sed -i 's/, annotations.*true\\\"}//' base/pod.yaml")
        try await isReady(site, "app")
        #expect(try await site.get("configmap", "app", "-o", "jsonpath={.data.v}") == "1")
        try await site.push("\(configMap("base", "2")) > base/base.yaml; \(configMap("app", "2")) > app/app.yaml")
        try await eventually("the next commit is applied") {
            try await site.get("configmap", "app", "-o", "jsonpath={.data.v}") == "2"
        }
        try await isReady(site, "app")
        try checkOrder(AuditLog(directory: site.log), first: "e", then: "app")
    }

    /// By the record: the last intent of `second` comes after the outcome of `first` for the same commit.
    private func checkOrder(_ log: AuditLog, first: String, then second: String) throws {
        let records = try log.records()
        let intent = try #require(records.last { $0.kind == .intent && $0.environment?.name == second })
        let outcome = try #require(
            records.last {
                $0.kind == .outcome && $0.environment?.name == first && $0.commit == intent.commit
            }
        )
        #expect(outcome.index < intent.index)
    }

    @Test func `a dependency that is missing is named, and applied for when it comes and is no longer suspended`()
        async throws
    {
        let site = try await site()
        try await site.push(
            "mkdir base app; \(configMap("base", "1")) > base/a.yaml; \(configMap("app", "1")) > app/a.yaml"
        )
        try await site.apply(environment(site, "app", path: "app", dependsOn: "{name: late}, {name: e}"))
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await waits(site, "app", for: "Environment 'late', which is not in this namespace")
        try await site.push("mkdir late; \(configMap("late", "1")) > late/a.yaml")
        try await site.apply(
            environment(site, "late", path: "late", dependsOn: "").replacing(
                "interval",
                with: "suspend: true\n  interval"
            )
        )
        try await waits(site, "app", for: "Environment 'late', which is not ready: Suspended")
        #expect(try await site.get("configmap", "app", "-o", "name").isEmpty)
        try await site.patch("environment", "late", #"{"spec":{"suspend":false}}"#)
        try await isReady(site, "app")
        #expect(try await !site.get("configmap", "app", "-o", "name").isEmpty)
        // It was ready before this change, and is looked at anew.
        let spoiled = "printf 'kind: [' > late/broken.yaml"
        try await site.push("\(spoiled); \(configMap("app", "2")) > app/a.yaml")
        try await waits(site, "app", for: "Environment 'late', which is not ready: PartiallyRefused")
        #expect(try await site.get("configmap", "app", "-o", "jsonpath={.data.v}") == "1")
    }

    @Test func `a ring is named in full, and is mended by whoever breaks it`() async throws {
        let site = try await site()
        try await site.push(
            "mkdir base app; \(configMap("base", "1")) > base/a.yaml; \(configMap("app", "1")) > app/a.yaml"
        )
        try await site.apply(environment(site, "one", path: "app", dependsOn: "{name: two}"))
        try await site.apply(environment(site, "two", path: "app", dependsOn: "{name: three}"))
        try await site.apply(environment(site, "three", path: "app", dependsOn: "{name: one}"))
        try await site.apply(environment(site, "self", path: "app", dependsOn: "{name: self}"))
        try await site.apply(environment(site, "outside", path: "app", dependsOn: "{name: one}"))
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        for (name, road) in [
            ("one", "one → two → three → one"), ("two", "two → three → one → two"), ("self", "self → self"),
        ] {
            try await eventually("\(name) is told its ring") {
                let stalled = try await site.condition("environment", name, "Stalled")
                return stalled.reason == "DependencyCycle" && stalled.message.contains(road)
            }
        }
        try await waits(site, "outside", for: "Environment 'one', which is not ready: DependencyCycle")
        #expect(try await site.get("configmap", "app", "-o", "name").isEmpty)
        try await site.patch("environment", "three", #"{"spec":{"dependsOn":[]}}"#)
        try await isReady(site, "three")
        try await eventually("nothing is stalled any more") {
            try await site.condition("environment", "one", "Stalled").reason.isEmpty
        }
    }
}
