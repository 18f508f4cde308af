// SPDX-License-Identifier: Apache-2.0

import Change
import Concurrency
import Foundation
import JSON
import Kubernetes
import RecordedCluster
import TestSupport
import Testing

@testable import Audit
@testable import Delivery

/// What is said after a crash of writes that were announced.
@Suite struct RecoveryTests {
    private static let intent = Intent(log: "example.com/recovery", index: 7)
    private static let type = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")

    // MARK: - By the object alone

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// As the intent has it, besides the object's name.
        let change: JSONValue
        let sight: ObjectSight
        let state: Landing.State
        let says: String
    }

    @Test(arguments: [
        Case(
            testDescription: "an object that carries the mark",
            change: ["operation": "update", "uid": "u1"],
            sight: .live(live("u1", mark: intent.mark)),
            state: .landed,
            says: "carries this intent's mark"
        ),
        Case(
            testDescription: "an object with an older mark",
            change: ["operation": "update", "uid": "u1"],
            sight: .live(live("u1", mark: "3@example.com/recovery")),
            state: .notLanded,
            says: "the mark of intent 3@example.com/recovery"
        ),
        Case(
            testDescription: "an object without a mark whose fields may have become ours",
            change: ["operation": "adopt", "uid": "u1", "ownership": ["takeover"]],
            sight: .live(live("u1", mark: nil, managers: ["kubectl", "taffrail"])),
            state: .unknown,
            says: "whether the ownership of its fields was moved, it does not show"
        ),
        Case(
            testDescription: "an object without a mark whose fields are all others'",
            change: ["operation": "adopt", "uid": "u1", "ownership": ["takeover"]],
            sight: .live(live("u1", mark: nil, managers: ["kubectl"])),
            state: .notLanded,
            says: "no intent's mark"
        ),
        Case(
            testDescription: "an object that was made anew",
            change: ["operation": "update", "uid": "u1"],
            sight: .live(live("u2", mark: nil)),
            state: .unknown,
            says: "made anew since"
        ),
        Case(
            testDescription: "an object that was to be made and is not there",
            change: ["operation": "create"],
            sight: .absent,
            state: .notLanded,
            says: "does not exist"
        ),
        Case(
            testDescription: "an object that was there and is gone",
            change: ["operation": "update", "uid": "u1"],
            sight: .absent,
            state: .unknown,
            says: "deleted since"
        ),
        Case(
            testDescription: "a prune whose object is gone",
            change: ["operation": "prune", "uid": "u1"],
            sight: .absent,
            state: .landed,
            says: "does not exist"
        ),
        Case(
            testDescription: "a prune whose object is another one",
            change: ["operation": "prune", "uid": "u1"],
            sight: .live(live("u2", mark: nil)),
            state: .landed,
            says: "another one of its name"
        ),
        Case(
            testDescription: "a prune whose object is still there",
            change: ["operation": "prune", "uid": "u1"],
            sight: .live(live("u1", mark: nil)),
            state: .notLanded,
            says: "still there"
        ),
        Case(
            testDescription: "a prune whose object waits for its finalizers",
            change: ["operation": "prune", "uid": "u1"],
            sight: .live(["metadata": ["uid": "u1", "deletionTimestamp": "2026-01-01T00:00:00Z"]]),
            state: .landed,
            says: "is being deleted"
        ),
        Case(
            testDescription: "a prune that had nothing to delete",
            change: ["operation": "prune"],
            sight: .absent,
            state: .notLanded,
            says: "nothing to delete"
        ),
        Case(
            testDescription: "an object that cannot be read",
            change: ["operation": "prune", "uid": "u1"],
            sight: .unknown(KubernetesError(.server, "conversion webhook failed")),
            state: .unknown,
            says: "conversion webhook failed"
        ),
    ])
    func `what landed is told by the object`(_ row: Case) throws {
        var json = row.change
        for (field, value) in ["group": "", "version": "v1", "kind": "ConfigMap", "namespace": "n", "name": "one"] {
            json[field] = .string(value)
        }
        let change = try #require(IntendedChange(json))
        let landing = Recovery.landing(of: change, seen: row.sight, intent: Self.intent)
        #expect(landing.state == row.state && landing.message.contains(row.says), "\(landing)")
    }

    private static func live(_ uid: String, mark: String?, managers: [String] = []) -> JSONValue {
        let entries = JSONValue.array(managers.map { ["manager": .string($0)] })
        var object: JSONValue = ["metadata": ["uid": .string(uid), "annotations": [:], "managedFields": entries]]
        if let mark { object["metadata"]?["annotations"] = [Ownership.auditIndexAnnotation: .string(mark)] }
        return object
    }

    // MARK: - On a real server

    @Test func `a server's word is not denied: patches without a mark, and deletions of what was made anew`()
        async throws
    {
        let site = try await RecordedCluster(origin: Self.intent.log)
        for name in ["moved", "plain", "anew", "kept"] { try await make(name, site) }
        let moved = try await planned("moved", .adopt, site)
        let changes = [
            moved, try await planned("plain", .update, site), try await planned("anew", .prune, site),
            try await planned("kept", .prune, site),
        ]
        let intent = try await site.recorder.intent(changes, context: context())
        // The run that announced it came so far.
        var requests = SentRequests(intent: intent, key: moved.key)
        let mover = OwnershipMover(
            client: site.client,
            target: target(site),
            change: moved,
            desired: try #require(moved.desired)
        )
        #expect(try await mover.move(letsGo: true, deadline: soon, &requests))
        for command in ["delete", "create"] {
            let result = try await kubectl(site.kubeconfig, "-n", site.namespace, command, "configmap", "anew")
            #expect(result.status == 0, "\(result.errors)")
        }

        let recorder = try await site.reopened()
        #expect(try await Recovery(client: site.client, recorder: recorder).closeOpenIntents() == 1)
        let gap = try #require(try site.log.records().last { $0.kind == .gap })
        let list = try site.log.list("changes", of: gap)
        #expect(list.map { $0["landed"] } == ["unknown", "not-landed", "landed", "not-landed"])
        #expect(list[0]["auditID"]?.stringValue == intent.auditID(of: moved.key))
        let others = Set((list[0]["otherAuditIDs"]?.arrayValue ?? []).compactMap(\.stringValue))
        #expect(!requests.others.isEmpty && others.isSuperset(of: requests.others))
        #expect(list[1]["otherAuditIDs"] == nil)
        let id = try #require(requests.others.first)
        try await eventually("the server's own log has the patch under that id") {
            try String(contentsOfFile: ControlPlane.auditLog, encoding: .utf8).contains("\"\(id)\"")
        }
        await recorder.close()
    }

    @Test func `what landed of an object that may not be read is unknown`() async throws {
        let site = try await RecordedCluster(origin: Self.intent.log)
        try await make("hidden", site)
        let changes = [try await planned("hidden", .update, site)]
        _ = try await site.recorder.intent(changes, context: context())
        let recorder = try await site.reopened()
        let nobody = site.client.impersonating(user: "nobody", groups: [])
        try await Recovery(client: nobody, recorder: recorder).closeOpenIntents()
        let gap = try #require(try site.log.records().last { $0.kind == .gap })
        let change = try #require(try site.log.list("changes", of: gap).first)
        #expect(change["landed"] == "unknown" && change["message"]?.stringValue?.contains("HTTP 403") == true)
        await recorder.close()
    }

    @Test func `a kind that the server does not answer for is not waited for again and again`() async throws {
        let site = try await RecordedCluster(origin: Self.intent.log)
        let changes = (0..<40).map { number in
            let key = ObjectKey(group: "", kind: "ConfigMap", namespace: site.namespace, name: "slow-\(number)")
            return PlannedChange(operation: .update, type: Self.type, key: key, uid: "u")
        }
        _ = try await site.recorder.intent(changes, context: context())
        let recorder = try await site.reopened()
        // No server is as fast as that.
        let recovery = Recovery(client: site.client, recorder: recorder, patience: .nanoseconds(1))
        try await recovery.closeOpenIntents()
        let gap = try #require(try site.log.records().last { $0.kind == .gap })
        let list = try site.log.list("changes", of: gap)
        #expect(list.count == 40 && list.allSatisfy { $0["landed"] == "unknown" })
        let asked = list.filter { $0["message"]?.stringValue?.contains("could not be asked") == true }
        #expect((1...8).contains(asked.count), "\(asked.count) were waited for")
        await recorder.close()
    }

    @Test func `while the server as a whole does not answer, an intent stays open`() async throws {
        let site = try await RecordedCluster(origin: Self.intent.log)
        try await make("one", site)
        let intent = try await site.recorder.intent([try await planned("one", .update, site)], context: context())
        let recorder = try await site.reopened()
        let kubeconfig = try String(contentsOfFile: site.kubeconfig, encoding: .utf8)
        let server = try #require(kubeconfig.firstMatch(of: #/https://[^\s"]+/#)).output
        let path = site.folder.path + "/nowhere"
        try Data(kubeconfig.replacing(server, with: "https://127.0.0.1:1").utf8).write(to: URL(filePath: path))
        let configuration = try ClusterConfiguration.resolve(kubeconfig: path, context: nil, environment: [:])
        let nowhere = KubernetesClient(configuration: configuration, userAgent: "test")
        let recovery = Recovery(client: nowhere, recorder: recorder)
        let error = await #expect(throws: KubernetesError.self) { try await recovery.closeOpenIntents() }
        #expect(error?.code == .unreachable)
        #expect(try await recorder.openIntents().map(\.index) == [intent.index])
        #expect(await recorder.hasLostOutcome)
        await recorder.close()
    }

    @Test(arguments: ["forbidden", "refuse-500", "drop"])
    func `an apply that was never sent has failed, and no id on record`(fault: String) async throws {
        let site = try await RecordedCluster(origin: Self.intent.log)
        try await make("moved", site)
        let change = try await planned("moved", .adopt, site)
        let front = try await FaultyServer(before: site.kubeconfig)
        try front.lose([("GET", "/api/v1/namespaces/\(site.namespace)/configmaps/moved", fault)])
        let configuration = try ClusterConfiguration.resolve(
            kubeconfig: front.kubeconfig,
            context: nil,
            environment: [:]
        )
        let client = KubernetesClient(configuration: configuration, userAgent: "test")
        let results = await Applier(
            client: fault == "forbidden" ? site.client.impersonating(user: "nobody", groups: []) : client,
            secrets: site.recorder.secrets,
            target: target(site),
            claims: CreationClaims()
        ).run(
            [change],
            intent: Self.intent,
            revision: nil,
            waits: Applier.Waits(establish: { _ in }, settle: { _ in [] }),
            deadline: soon
        )
        #expect(results.map(\.status) == [.failed] && results.map(\.auditID) == [nil])
        await site.recorder.close()
    }

    // MARK: - Small parts

    private var soon: Deadline { .after(.seconds(600)) }

    private func make(_ name: String, _ site: RecordedCluster) async throws {
        let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: {a: b}\n"
        let result = try await kubectl(site.kubeconfig, "-n", site.namespace, "apply", "-f", "-", input: manifest)
        #expect(result.status == 0, "\(result.errors)")
    }

    /// A change of an object as it is now. What is adopted is taken over from who had it.
    private func planned(
        _ name: String,
        _ operation: Change.Operation,
        _ site: RecordedCluster
    ) async throws -> PlannedChange {
        let key = ObjectKey(group: "", kind: "ConfigMap", namespace: site.namespace, name: name)
        let live = try await site.client.get(Self.type, namespace: site.namespace, name: name, deadline: soon)
        let manifest: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": .string(name), "namespace": .string(site.namespace)], "data": ["a": "b"],
        ]
        let desired = DesiredObject(
            type: Self.type,
            key: key,
            manifest: manifest,
            location: SourceLocation(path: "a.yaml"),
            digest: try site.recorder.secrets.digest(of: manifest, isSecret: false)
        )
        return PlannedChange(
            operation: operation,
            type: Self.type,
            key: key,
            desired: operation == .prune ? nil : desired,
            uid: live["metadata"]?["uid"]?.stringValue,
            ownership: OwnershipChange(takesOver: operation == .adopt)
        )
    }

    private func target(_ site: RecordedCluster) -> Target {
        Target(
            environment: EnvironmentReference(namespace: site.namespace, name: "e"),
            owner: Ownership.environment(namespace: site.namespace, name: "e"),
            prunes: true,
            healing: .on,
            healthTimeout: .zero
        )
    }

    private func context() throws -> RunContext {
        try RunContext(
            runID: RunContext.newRunID(),
            loop: .command,
            environment: nil,
            revision: nil,
            commitBytes: nil
        )
    }
}
