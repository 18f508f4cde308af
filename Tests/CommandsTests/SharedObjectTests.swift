// SPDX-License-Identifier: Apache-2.0

import Audit
import Foundation
import JSON
import TestSupport
import Testing

/// Several Environments that bring the same objects, and runs that find nothing new.
@Suite struct SharedObjectTests {
    @Test func `of two Environments that bring the same new objects at once, each object is made by one`() async throws
    {
        let site = try await ControllerSite()
        try await site.push(
            "for i in $(seq 40); do printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: c%s}\\n---\\n' $i; done > all.yaml"
        )
        try await site.apply(
            """
            apiVersion: taffrail.dev/v1alpha1
            kind: Environment
            metadata: {name: f}
            spec: {repositoryRef: {name: m}, targetNamespace: \(site.namespace), serviceAccountName: deployer, interval: 1s, timeout: 1s}
            """
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("each refuses what the other has made") {
            var refused = 0
            for name in ["e", "f"] {
                let message = try await site.condition("environment", name).message
                if message.contains("another owner") { refused += Int(message.prefix { $0.isNumber }) ?? 0 }
            }
            // One of the two may have made all of them.
            return refused == 40
        }
        let made = try site.changes(in: .outcome).filter { $0.hasPrefix("create") && $0.hasSuffix("succeeded") }
        #expect(made.count == 40 && Set(made).count == 40, "\(made)")
        #expect(try site.changes(in: .drift).isEmpty)
        #expect(try await site.verify().status == 0)
    }

    @Test func `what goes on waiting for something unhealthy is on record once`() async throws {
        let site = try await ControllerSite()
        try await site.push(
            """
            cat > all.yaml <<'END'
            \(Manifests.workload("stuck", template: Manifests.neverReady))
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: waiting, annotations: {taffrail.dev/depends-on: Deployment/stuck}}
            END
            """
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("it is told what is waited for") {
            try await site.condition("environment", "e").reason == "DependencyNotReady"
        }
        for token in ["first", "second", "third"] {
            let request = "taffrail.dev/requestedAt=\(token)"
            let words = ["--kubeconfig", site.kubeconfig, "-n", site.namespace]
            _ = try await run("kubectl", words + ["annotate", "--overwrite", "environment", "e", request])
            try await eventually("the request is handled") {
                try await site.get("environment", "e", "-o", "jsonpath={.status.lastHandledReconcileAt}") == token
            }
        }
        #expect(try await site.condition("environment", "e").reason == "DependencyNotReady")
        var expected = ["create Deployment/stuck succeeded", "create ConfigMap/waiting skipped"]
        #expect(try site.changes(in: .outcome) == expected)
        // What comes later and depends on what waits, waits too.
        let next = "{name: next, annotations: {taffrail.dev/depends-on: ConfigMap/waiting}}"
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: \(next)\\n' > next.yaml")
        expected += ["create ConfigMap/next skipped"]
        try await eventually("the next one is told") { try site.changes(in: .outcome) == expected }
        #expect(try await site.get("configmap", "next", "-o", "name").isEmpty)
        let pod = try await site.get("pods", "-o", "name").trimmingCharacters(in: .whitespacesAndNewlines)
        let words = ["--kubeconfig", site.kubeconfig, "-n", site.namespace]
        _ = try await run("kubectl", words + ["annotate", pod, "taffrail.dev/test-never-ready-"])
        try await eventually("it is applied when the other is well") {
            try await !site.get("configmap", "waiting", "next", "-o", "name").isEmpty
        }
    }
}
