// SPDX-License-Identifier: Apache-2.0

import Concurrency
import JSON
import Kubernetes
import TestSupport
import Testing

@testable import Web

/// The API server as the one who knows.
struct ClusterReviewerTests {
    @Test func `a token is its account's, which may what its roles say and no more`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let (here, there) = (try await makeNamespace(kubeconfig), try await makeNamespace(kubeconfig))
        let manifests = """
            {"apiVersion": "v1", "kind": "List", "items": [
              {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader"}},
              {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "stranger"}},
              {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "reader"},
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
               "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "\(here)"}]}
            ]}
            """
        try check(await kubectl(kubeconfig, "-n", here, "apply", "-f", "-", input: manifests))
        let configuration = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        let reviewer = ClusterReviewer(KubernetesClient(configuration: configuration, userAgent: "web-tests"))
        let deadline = Deadline.after(.seconds(60))
        let get = { ResourceAccess("get", "configmaps", namespace: $0) }
        for (account, mayRead) in [("reader", true), ("stranger", false)] {
            let path = "/api/v1/namespaces/\(here)/serviceaccounts/\(account)/token"
            let request = #"{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}"#
            let made = try await kubectl(kubeconfig, "create", "--raw", path, "-f", "-", input: request)
            let token = try #require(try JSONValue(parsing: Array(made.output.utf8))["status"]?["token"]?.stringValue)
            let subject = try #require(try await reviewer.subject(ofToken: token, deadline: deadline))
            #expect(subject.user == "system:serviceaccount:\(here):\(account)")
            #expect(subject.groups.contains("system:serviceaccounts:\(here)") && subject.uid?.isEmpty == false)
            let isAllowed = try await reviewer.isAllowed(.resource(get(here)), to: subject, deadline: deadline)
            #expect(isAllowed == mayRead)
            #expect(try await !reviewer.isAllowed(.resource(get(there)), to: subject, deadline: deadline))
            let metrics = Permission.path(verb: "get", "/metrics")
            #expect(try await !reviewer.isAllowed(metrics, to: subject, deadline: deadline))
            #expect(try await reviewer.subject(ofToken: token + "x", deadline: deadline) == nil)
        }
        for namespace in [here, there] {
            try check(await kubectl(kubeconfig, "delete", "namespace", namespace, "--wait=false"))
        }
    }
}
