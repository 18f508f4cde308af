// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// What waits for what, and how much may go at once, on a real API server.
@Suite struct DependencyTests {
    private func settings(_ name: String, _ annotations: String = "") -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name), annotations: {\(annotations)}}\ndata: {a: b}\n"
    }

    /// The order in which the server made objects, by its own count.
    private func isOlder(_ first: String, _ second: String, at site: ClusterSite) async throws -> Bool {
        func version(_ object: String) async throws -> Int {
            Int(try await site.live(object, ".metadata.resourceVersion")) ?? 0
        }
        let (old, new) = (try await version(first), try await version(second))
        return old > 0 && old < new
    }

    @Test func `an object is applied after what it depends on, against the order of the kinds`() async throws {
        let site = try await ClusterSite()
        try site.write("a.yaml", settings("late", "'taffrail.dev/depends-on': Deployment/web"))
        try site.write("b.yaml", Manifests.workload("web"))
        try await site.commit("First")
        let applied = try await site.apply("--timeout", "60")
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
        // The ConfigMap came when the Deployment was healthy, and that was written last by its controller before.
        #expect(try await isOlder("deployment/web", "configmap/late", at: site))
    }

    @Test func `what depends on something unhealthy is skipped, and told; everything else is applied`() async throws {
        let site = try await ClusterSite()
        try site.write("a.yaml", Manifests.workload("stuck", template: Manifests.neverReady))
        try site.write("b.yaml", settings("waiting", "'taffrail.dev/depends-on': Deployment/stuck"))
        try site.write("c.yaml", settings("free"))
        try await site.commit("First")
        let applied = try await site.apply("--timeout", "3")
        #expect(applied.status == 1, "\(applied.output)\(applied.errors)")
        let line = applied.output.split(separator: "\n").first { $0.contains("waiting") }
        #expect(
            line?.contains("it depends on Deployment/\(site.namespace)/stuck, which is InProgress") == true,
            "\(applied.output)"
        )
        #expect(try await site.live("configmap/free", ".data.a") == "b")
        #expect(try await site.live("configmap/waiting", ".data.a").isEmpty)
        #expect(try await site.verify().status == 0)
    }

    @Test func `what depends on something that the server refuses is skipped`() async throws {
        let site = try await ClusterSite()
        try site.write("a.yaml", Manifests.workload("bad").replacing("image: \"web:1\"", with: "image: 7"))
        try site.write("b.yaml", settings("waiting", "'taffrail.dev/depends-on': Deployment/bad"))
        try site.write("c.yaml", settings("free"))
        try await site.commit("First")
        let applied = try await site.apply()
        #expect(applied.status == 1, "\(applied.output)\(applied.errors)")
        #expect(applied.output.contains("it depends on Deployment/\(site.namespace)/bad, which failed"))
        #expect(try await site.live("configmap/free", ".data.a") == "b")
        #expect(try await site.live("configmap/waiting", ".data.a").isEmpty)
    }

    @Test func `what somebody makes while others are waited for is not overwritten`() async throws {
        let site = try await ClusterSite()
        try site.write("a.yaml", settings("late", "'taffrail.dev/depends-on': Deployment/web"))
        try site.write("b.yaml", Manifests.workload("web", template: Manifests.neverReady))
        try await site.commit("First")
        async let run = site.apply("--timeout", "120")
        var pod = ""
        try await eventually("the workload is waited for") {
            pod = try await site.kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.name}").output
            return !pod.isEmpty
        }
        #expect(try await site.kubectl("create", "configmap", "late", "--from-literal=a=theirs").status == 0)
        #expect(try await site.kubectl("annotate", "pod", pod, "taffrail.dev/test-never-ready-").status == 0)
        let applied = try await run
        #expect(applied.output.contains("somebody else made it meanwhile"), "\(applied.output)\(applied.errors)")
        #expect(try await site.live("configmap/late", ".data.a") == "theirs")
    }

    @Test func `a refused object of the cluster is not deleted`() async throws {
        let site = try await ClusterSite()
        let name = "role-\(site.namespace)"
        func role(_ annotations: String) -> String {
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: \(name), annotations: {\(annotations)}}\nrules: []\n"
        }
        try site.write("c.yaml", settings("other"))
        try await site.commit("role.yaml", role(""))
        #expect(try await site.apply().status == 0)
        for text in [role("taffrail.dev/prune: disable"), role("").replacing("k8s.io/v1", with: "k8s.io/v7")] {
            try await site.commit("role.yaml", text)
            let refused = try await site.apply()
            #expect(
                refused.status == 3 && refused.output.contains("0 applied, 1 unchanged, 1 refused"),
                "\(refused.output)\(refused.errors)"
            )
            #expect(try await site.kubectl("get", "clusterrole", name).status == 0)
        }
        _ = try await site.kubectl("delete", "clusterrole", name)
    }

    @Test func `a commit that takes away a large part is held back until it is allowed`() async throws {
        let site = try await ClusterSite()
        for index in 0..<15 { try site.write("c\(index).yaml", settings("c\(index)")) }
        try await site.commit("First")
        let first = try await site.apply()
        #expect(first.status == 0, "\(first.output)\(first.errors)")
        for index in 1..<12 { try await site.git("rm", "-q", "app/c\(index).yaml") }
        try await site.commit("Second")
        let refused = try await site.apply()
        #expect(
            refused.status == 3 && refused.output.contains("11 of 15 objects would be deleted"),
            "\(refused.output)"
        )
        #expect(refused.output.contains("run it with --max-prune 100") && !refused.output.contains("annotate"))
        #expect(try await site.live("configmap/c1", ".data.a") == "b")
        let plan = try await site.plan("--max-prune", "80")
        #expect(plan.output.contains("was in app/c1.yaml"), "\(plan.output)")
        let allowed = try await site.apply("--max-prune", "80")
        #expect(allowed.status == 0, "\(allowed.output)\(allowed.errors)")
        #expect(allowed.output.contains("was in app/c1.yaml"), "\(allowed.output)")
        #expect(try await site.live("configmap/c1", ".data.a").isEmpty)
    }
}
