// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// What a controller tells in the cluster's own events.
@Suite(.serialized) struct EventTests {
    private struct Event {
        let subject: String
        let type: String
        let reason: String
        let note: String
    }

    private func events(_ site: ControllerSite) async throws -> [Event] {
        let list = try JSONValue(parsing: await site.get("events.events.k8s.io", "-o", "json"))
        return (list["items"]?.arrayValue ?? []).filter { $0["reportingController"] == "taffrail.dev/controller" }.map {
            func text(_ value: JSONValue?) -> String { value?.stringValue ?? "" }
            let regarding = $0["regarding"]
            return Event(
                subject: "\(text(regarding?["kind"]))/\(text(regarding?["name"]))",
                type: text($0["type"]),
                reason: text($0["reason"]),
                note: text($0["note"])
            )
        }
    }

    @Test func `what happened to our resources is told once, and who had to be healed after`() async throws {
        let site = try await ControllerSite()
        try await site.push(
            "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\ndata: {a: one}\\n' > a.yaml"
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        func wait(for subject: String, _ reason: String, _ words: String) async throws {
            try await eventually("\(subject) has the event \(reason)") {
                try await events(site).contains {
                    $0.subject == subject && $0.reason == reason && $0.note.contains(words)
                }
            }
        }
        try await wait(for: "ConfigRepository/m", "Succeeded", "fetched main@sha1:")
        try await wait(for: "Environment/e", "ReconciliationSucceeded", "applied main@sha1:")
        let edit = #"{"data":{"a":"edited"}}"#
        try await site.call("patch", "configmap", "a", "--type=merge", "--field-manager=intruder", "-p", edit)
        try await wait(for: "Environment/e", "DriftHealed", "ConfigMap/\(site.namespace)/a (changed by intruder)")
        try await site.push("printf 'kind: ConfigMap\\n' > b.yaml")
        try await wait(for: "Environment/e", "PartiallyRefused", "b.yaml")
        let told = try await events(site)
        #expect(told.allSatisfy { ($0.type == "Warning") == ["DriftHealed", "PartiallyRefused"].contains($0.reason) })
        #expect(told.count { $0.reason == "ReconciliationSucceeded" } == 1, "\(told)")
        let shown = try await run(
            "kubectl",
            ["--kubeconfig", site.kubeconfig, "-n", site.namespace, "describe", "environment", "e"]
        )
        #expect(shown.output.contains("DriftHealed"), "\(shown.output)")
    }
}
