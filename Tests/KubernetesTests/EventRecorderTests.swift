// SPDX-License-Identifier: Apache-2.0

import Concurrency
import JSON
import Kubernetes
import TestSupport
import Testing

@Suite struct EventRecorderTests {
    private let clock = Locked<Int64>(1_800_000_000)

    private func cluster() async throws -> (client: KubernetesClient, namespace: String) {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let configuration = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        return (KubernetesClient(configuration: configuration, userAgent: "test"), try await makeNamespace(kubeconfig))
    }

    @Test
    func `what happens again makes a series, what is new an event of its own, and a note is cut at the server's limit`()
        async throws
    {
        let site = try await cluster()
        let clock = clock
        let recorder = EventRecorder(
            client: site.client,
            controller: "example.com/controller",
            instance: "one",
            clock: WallClock { Timestamp(seconds: clock.withLock { $0 }) }
        )
        let task = Task { await recorder.run() }
        defer { task.cancel() }
        let object: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": "a", "namespace": .string(site.namespace), "uid": "u", "resourceVersion": "1"],
        ]
        func tell(_ note: String) {
            recorder.tell(object, .warning, reason: "Failed", action: "Try", note: note)
            clock.withLock { $0 += 11 }
        }
        for _ in 0..<3 { tell("the same") }
        tell(String(repeating: "ü", count: 2_000))
        let type = GroupVersionKind(group: "events.k8s.io", version: "v1", kind: "Event")
        var events: [JSONValue] = []
        try await eventually("both are there") {
            events = try await site.client.list(type, namespace: site.namespace, deadline: .after(.seconds(60)))
            return events.count == 2 && events.contains { $0["series"]?["count"] == 3 }
        }
        let first = try #require(events.first { $0["note"] == "the same" })
        #expect(first["series"]?["count"] == 3 && first["regarding"]?["uid"] == "u" && first["type"] == "Warning")
        let long = try #require(events.first { $0["note"] != "the same" })
        #expect((long["note"]?.stringValue ?? "").utf8.count <= 1_024 && long["note"]?.stringValue?.last == "…")
    }

    @Test func `what the server does not take stops nothing`() async throws {
        let site = try await cluster()
        let recorder = EventRecorder(client: site.client, controller: "example.com/c", instance: "one", clock: .system)
        let task = Task { await recorder.run() }
        defer { task.cancel() }
        func object(_ namespace: String) -> JSONValue {
            [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": ["name": "a", "namespace": .string(namespace), "uid": "u"],
            ]
        }
        recorder.tell(object("nowhere"), .normal, reason: "Lost", action: "Try", note: "x")
        recorder.tell(object(site.namespace), .normal, reason: "Found", action: "Try", note: "x")
        let type = GroupVersionKind(group: "events.k8s.io", version: "v1", kind: "Event")
        try await eventually("the second is there") {
            try await site.client.list(type, namespace: site.namespace, deadline: .after(.seconds(60))).count == 1
        }
    }
}
