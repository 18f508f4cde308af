// SPDX-License-Identifier: Apache-2.0

import Audit
import Change
import Concurrency
import Delivery
import JSON
import Kubernetes
import RecordedCluster
import TestSupport
import Testing

/// What happens between the plan and its execution, on a real API server.
@Suite struct MeanwhileTests {
    private let cluster: RecordedCluster
    private let environment: EnvironmentReference

    init() async throws {
        cluster = try await RecordedCluster(origin: "example.com/meanwhile")
        environment = EnvironmentReference(namespace: cluster.namespace, name: "e")
    }

    /// An inventory during whose first save, which comes after the intent and before the first write, somebody does something.
    private final class Interruption: InventoryStore {
        typealias Work = @Sendable ([ObjectKey: InventoryEntry]) async throws -> Void

        private let state: Locked<(entries: [ObjectKey: InventoryEntry], isOver: Bool)>
        private let work: Work

        init(_ entries: [ObjectKey: InventoryEntry], _ work: @escaping Work) {
            state = Locked((entries, false))
            self.work = work
        }

        var entries: [ObjectKey: InventoryEntry] { state.withLock { $0.entries } }

        func load(deadline: Deadline) async throws -> [ObjectKey: InventoryEntry] { entries }

        func save(_ entries: [ObjectKey: InventoryEntry], deadline: Deadline) async throws {
            let isFirst = state.withLock { state in
                defer { state = (entries, true) }
                return !state.isOver
            }
            if isFirst { try await work(entries) }
        }
    }

    private func kubectl(_ words: String..., input: String = "") async throws -> String {
        let words = ["--kubeconfig", cluster.kubeconfig, "-n", cluster.namespace] + words
        let result = try await run("kubectl", words, input: input)
        #expect(result.status == 0, "\(words): \(result.errors)")
        return result.output
    }

    /// Walks the road with a commit that holds these objects alone.
    private func deliver(_ objects: [DesiredObject], _ inventory: Interruption) async throws -> Outcome {
        let target = Target(
            environment: environment,
            owner: Ownership.environment(namespace: environment.namespace, name: environment.name),
            prunes: true,
            healing: .on,
            healthTimeout: .zero,
            allowsEmpty: true
        )
        let context = RunContext(
            runID: try RunContext.newRunID(),
            loop: .delivery,
            environment: environment,
            revision: nil,
            commitBytes: nil
        )
        return try await Road(client: cluster.client, secrets: cluster.recorder.secrets, target: target).deliver(
            Submission(verdict: Verdict(allowed: objects, findings: []), revision: nil, revisionText: nil),
            recorder: cluster.recorder,
            inventory: inventory,
            context: context,
            deadline: .after(.seconds(600))
        ).outcome
    }

    /// A ConfigMap that was applied earlier.
    private func made(_ name: String) async throws -> InventoryEntry {
        let owner = Ownership.environment(namespace: environment.namespace, name: environment.name)
        let label = "{\(owner.labelKey): \"\(owner.labelValue)\"}"
        let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name), labels: \(label)}\ndata: {a: b}\n"
        _ = try await kubectl("create", "-f", "-", input: manifest)
        return InventoryEntry(
            type: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"),
            key: ObjectKey(group: "", kind: "ConfigMap", namespace: cluster.namespace, name: name),
            commit: "",
            manifestDigest: nil,
            sourcePath: "\(name).yaml"
        )
    }

    @Test func `before the first write, the Inventory has what was there and what is to come`() async throws {
        let old = try await made("old")
        let file = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new, namespace: \(cluster.namespace)}\n"
        let resource = try #require(try await cluster.client.resource(for: old.type, deadline: .after(.seconds(600))))
        let verdict = try Judge(targetNamespace: nil, secrets: cluster.recorder.secrets).judge(
            MemoryTree(["new.yaml": file]).rendered(under: ""),
            resources: [old.type: resource],
            unreadable: [:],
            likely: [:]
        )
        let (seen, written) = (Locked<[String]>([]), Locked<[String]>([]))
        let inventory = Interruption([old.key: old]) { entries in
            seen.withLock { $0 = entries.keys.map(\.name).sorted() }
            let there = try await kubectl("get", "configmaps", "-l", Ownership.environmentLabel, "-o", "name")
            written.withLock { $0 = there.split(separator: "\n").map(String.init) }
        }
        let outcome = try await deliver(verdict.allowed, inventory)
        #expect(outcome.failed.isEmpty)
        #expect(seen.withLock { $0 } == ["new", "old"])
        #expect(written.withLock { $0 } == ["configmap/old"], "nothing was written by then")
        #expect(inventory.entries.keys.map(\.name) == ["new"])
    }

    @Test func `an object that somebody edits before it is deleted is kept, on record, and deleted as it is then`()
        async throws
    {
        let entry = try await made("edited")
        let inventory = Interruption([entry.key: entry]) { _ in
            _ = try await kubectl("patch", "configmap", "edited", "--type=merge", "-p", #"{"data":{"a":"edited"}}"#)
        }
        let first = try await deliver([], inventory)
        #expect(first.results.map(\.status) == [.failed] && first.results.first?.httpStatus == 409, "\(first.results)")
        #expect(try await kubectl("get", "configmap", "edited", "-o", "jsonpath={.data.a}") == "edited")
        #expect(inventory.entries.keys.map(\.name) == ["edited"])
        let outcome = try #require(try cluster.log.records().last { $0.kind == .outcome })
        let change = try #require(try cluster.log.list("changes", of: outcome).first)
        #expect(change["status"] == "failed" && change["httpStatus"] == 409, "\(change)")
        #expect(try cluster.log.records().allSatisfy { $0.kind != .pruned })

        // What was planned for the new version may go.
        let second = try await deliver([], inventory)
        #expect(second.results.map(\.status) == [.succeeded], "\(second.results)")
        #expect(try await kubectl("get", "configmaps", "--ignore-not-found", "-o", "name", "edited").isEmpty)
        #expect(inventory.entries.isEmpty)
        #expect(try await cluster.recorder.openIntents().isEmpty)
    }

    @Test func `what somebody made just before is no success, is taken up on record, and is not deleted before that`()
        async throws
    {
        let key = ObjectKey(group: "", kind: "ConfigMap", namespace: cluster.namespace, name: "theirs")
        let manifest: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": "theirs", "namespace": .string(cluster.namespace)], "data": ["ours": "x"],
        ]
        let desired = DesiredObject(
            type: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"),
            key: key,
            manifest: manifest,
            location: SourceLocation(path: "a.yaml"),
            digest: try cluster.recorder.secrets.digest(of: manifest, isSecret: false)
        )
        let (kubeconfig, namespace) = (cluster.kubeconfig, cluster.namespace)
        let inventory = Interruption([:]) { _ in
            let words = [
                "--kubeconfig", kubeconfig, "-n", namespace, "create", "configmap", "theirs", "--from-literal=old=y",
            ]
            let made = try await run("kubectl", words)
            #expect(made.status == 0)
        }
        let first = try await deliver([desired], inventory)
        #expect(first.results.map(\.status) == [.failed] && first.results.map(\.httpStatus) == [200])
        #expect(first.failed.first?.message?.contains("somebody else made it just before") == true)
        // Its file goes before the next look: it never was ours.
        let without = try await deliver([], inventory)
        #expect(without.results.isEmpty && inventory.entries.isEmpty)
        #expect(try await kubectl("get", "configmap", "theirs", "-o", "jsonpath={.data.old}") == "y")
        let second = try await deliver([desired], inventory)
        #expect(second.results.map(\.change.operation) == [.adopt] && second.results.map(\.status) == [.succeeded])
        let adopted = try cluster.log.records().filter { $0.kind == .adopted }
        #expect(adopted.count == 1)
        let data = try await kubectl("get", "configmap", "theirs", "-o", "jsonpath={.data}")
        #expect(data == #"{"ours":"x"}"#, "what kubectl had made of it goes, as with any adoption")
    }
}
