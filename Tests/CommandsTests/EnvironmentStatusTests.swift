// SPDX-License-Identifier: Apache-2.0

import Audit
import Foundation
import JSON
import TestSupport
import Testing

/// What an Environment says of objects that others changed or deliver.
@Suite(.serialized) struct EnvironmentStatusTests {
    private let push = "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: one}\\ndata: {a: b}\\n' > one.yaml"

    @Test func `drift that is only reported is told with the names of those who made it, and left`() async throws {
        let site = try await ControllerSite()
        try await site.patch("environment", "e", #"{"spec":{"heal":"report"}}"#)
        try await site.push(push)
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("it is ready") { try await site.condition("environment", "e").status == "True" }
        let edit = ["patch", "configmap", "one", "--type=merge", "-p", #"{"data":{"a":"edited"}}"#]
        try await site.call(edit[0], edit[1], edit[2], edit[3], edit[4], edit[5], "--field-manager=intruder")
        try await eventually("it says so") {
            let ready = try await site.condition("environment", "e")
            return ready.status == "False" && ready.reason == "Drifted"
                && ready.message.contains("1 object is only reported, first ConfigMap/\(site.namespace)/one")
                && ready.message.hasSuffix(", changed by intruder")
        }
        #expect(try await site.get("configmap", "one", "-o", "jsonpath={.data.a}") == "edited")
        #expect(try site.changes(in: .drift).count == 1 && site.changes(in: .healed).isEmpty)
        #expect(try site.changes(in: .intent) == ["create ConfigMap/one"])

        try await site.patch("environment", "e", #"{"spec":{"heal":"on"}}"#)
        try await eventually("it is healed when it may be") {
            try await site.condition("environment", "e").status == "True"
        }
        #expect(try await site.get("configmap", "one", "-o", "jsonpath={.data.a}") == "b")
    }

    @Test func `what one Environment delivers, another one does not touch`() async throws {
        let site = try await ControllerSite()
        try await site.patch("environment", "e", #"{"spec":{"path":"app"}}"#)
        try await site.push("mkdir app && cd app && \(push) && cd ..")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("the first is ready") { try await site.condition("environment", "e").status == "True" }
        let object = ["configmap", "one", "-o", "json"]
        let before = try JSONValue(parsing: await site.get(object))
        try await site.push(
            """
            mkdir other && sed 's/a: b/a: c/' app/one.yaml > other/one.yaml
            sed 's/name: one/name: two/' app/one.yaml > other/two.yaml
            """
        )
        try await site.apply(
            """
            apiVersion: taffrail.dev/v1alpha1
            kind: Environment
            metadata: {name: f}
            spec:
              repositoryRef: {name: m}
              path: other
              targetNamespace: \(site.namespace)
              serviceAccountName: deployer
              interval: 1s
              timeout: 1s
            """
        )
        let place = "ConfigMap/\(site.namespace)/one"
        try await eventually("the second is refused") {
            let ready = try await site.condition("environment", "f")
            return ready.reason == "PartiallyRefused" && ready.message.contains("owned-by-another")
                && ready.message.contains(place)
        }
        #expect(try await site.get("configmap", "two", "-o", "jsonpath={.data.a}") == "b")
        #expect(try JSONValue(parsing: await site.get(object)) == before)
        #expect(try site.findings("owned-by-another").first?["object"]?.stringValue == place)
        #expect(try await site.get("inventory", "f", "-o", "jsonpath={.spec.entries[*].name}") == "two")
    }
}
