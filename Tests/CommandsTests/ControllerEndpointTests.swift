// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Who may see what the controller shows, and when it calls itself ready.
@Suite(.serialized) struct ControllerEndpointTests {
    @Test func `it is ready when it knows what it looks after, and not while the log cannot be written`() async throws {
        try Parts.require("curl", Parts.has("curl"))
        let site = try await ControllerSite()
        let disk = try await SmallDisk(at: site.log, size: "8m")
        // An account that may see which cluster it is, and nothing else at first.
        try await site.apply(
            """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: controller}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: "\(site.namespace):cluster"}
            rules: [{apiGroups: [""], resources: [namespaces], verbs: [get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: "\(site.namespace):cluster"}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "\(site.namespace):cluster"}
            subjects: [{kind: ServiceAccount, name: controller, namespace: \(site.namespace)}]
            """
        )
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: one}\\n' > one.yaml")
        let account = "system:serviceaccount:\(site.namespace):controller"
        let (controller, _) = try await site.launch("--listen", "127.0.0.1:0", "--as", account)
        defer { controller.end(SIGTERM) }
        let place = try await ControllerPlace(of: site)
        try await eventually("it says what it does not know, and why") {
            let (status, answer) = try await place.get("/readyz")
            return status == 503 && answer.contains("not ready: the Environments are not read yet: ")
                && answer.contains("forbidden")
        }
        #expect(try await place.get("/healthz").status == 200)
        try await site.apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: "\(site.namespace):all"}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
            subjects: [{kind: ServiceAccount, name: controller, namespace: \(site.namespace)}]
            """
        )
        try await eventually("it is ready") { try await place.get("/readyz").status == 200 }
        try await eventually("it applies") { try await site.condition("environment", "e").status == "True" }

        try disk.fill()
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: two}\\n' > two.yaml")
        try await eventually("it says that nothing can be recorded, and why") {
            let (status, answer) = try await place.get("/readyz")
            return status == 503 && answer.contains("the log cannot be written") && answer.contains("No space left")
        }
        let scrape = try await place.scrape()
        #expect(scrape.values["taffrail_log_unwritable"] == 1 && scrape.sum("taffrail_log_failures_total") > 0)
        #expect(try await place.get("/healthz").status == 200)
        try disk.empty()
        try await eventually("it is ready again") { try await place.get("/readyz").status == 200 }
        try await eventually("it is applied") { try await !site.get("configmap", "two", "-o", "name").isEmpty }
        #expect(try await place.scrape().values["taffrail_log_unwritable"] == 0)
        for name in ["cluster", "all"] {
            try await site.call("delete", "clusterrolebinding", "\(site.namespace):\(name)")
        }
        controller.end(SIGTERM)
        withExtendedLifetime(disk) {}
    }

    @Test func `metrics are shown to those alone whom the cluster lets see them`() async throws {
        try Parts.require("curl", Parts.has("curl"))
        let site = try await ControllerSite()
        try await site.apply(
            """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: scraper}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: stranger}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: "\(site.namespace):metrics"}
            rules: [{nonResourceURLs: [/metrics], verbs: [get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: "\(site.namespace):metrics"}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "\(site.namespace):metrics"}
            subjects: [{kind: ServiceAccount, name: scraper, namespace: \(site.namespace)}]
            """
        )
        let (controller, _) = try await site.launch("--listen", "127.0.0.1:0", "--metrics-auth")
        defer { controller.end(SIGTERM) }
        let place = try await ControllerPlace(of: site)
        let nobody = try await place.get("/metrics")
        #expect(nobody.status == 401 && nobody.answer.lowercased().contains("www-authenticate: bearer"))
        let madeUp = try await place.get("/metrics", token: "made.up.token")
        #expect(madeUp.status == 401 && !madeUp.answer.contains("made.up.token"))
        #expect(try await place.get("/metrics", token: token(of: "stranger", site)).status == 403)
        let scraper = try await token(of: "scraper", site)
        for _ in 0..<3 { #expect(try await place.scrape(token: scraper).sum("taffrail_build_info") == 1) }
        // Probes carry no token.
        #expect(try await place.get("/healthz").status == 200)
        try await eventually("it is ready") { try await place.get("/readyz").status == 200 }
        #expect(try !site.notes.contains(scraper))
        let requests = try ControlPlane.answeredRequests().filter {
            $0.contains("/tokenreviews") && $0.contains("taffrail/")
        }
        #expect(!requests.isEmpty)
        try await site.call("delete", "clusterrolebinding", "\(site.namespace):metrics")
    }

    private func token(of account: String, _ site: ControllerSite) async throws -> String {
        let path = "/api/v1/namespaces/\(site.namespace)/serviceaccounts/\(account)/token"
        let request = #"{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}"#
        let result = try await kubectl(site.kubeconfig, "create", "--raw", path, "-f", "-", input: request)
        try check(result)
        struct Answer: Decodable {
            struct Status: Decodable { let token: String }
            let status: Status
        }
        return try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8)).status.token
    }

    @Test func `an address that cannot be used is refused in a line, before anything is done`() async throws {
        let site = try await ControllerSite()
        let (controller, _) = try await site.launch("--listen", "127.0.0.1:0")
        let place = try await ControllerPlace(of: site)
        let taken = place.url.replacing("http://", with: "")
        let other = try await ControllerSite()
        let second = try other.start(["--listen", taken])
        try await eventually("the second one ends") { !second.isRunning }
        #expect(try other.notes.contains("error: cannot listen at \(taken)"))
        #expect(try other.notes.contains("what to do: name another address with --listen"))
        controller.end(SIGTERM)
        for (options, words) in [
            (["--listen", ":8080"], "write 0.0.0.0:8080"), (["--listen", "8080"], "write ADDRESS:PORT"),
            (["--metrics-auth"], "--metrics-auth needs --listen"),
        ] {
            let refused = try other.start(options)
            try await eventually("it ends") { !refused.isRunning }
            let notes = try other.notes
            #expect(notes.contains(words), "\(notes)")
        }
    }
}
