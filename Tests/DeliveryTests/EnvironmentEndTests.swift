// SPDX-License-Identifier: Apache-2.0

import Audit
import Delivery
import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing

/// Every way in which an Environment can be deleted, on a real API server.
@Suite(.serialized) struct EnvironmentEndTests {
    private let site: EnvironmentSite

    init() async throws {
        site = try await EnvironmentSite()
    }

    private func configMap(_ name: String, _ annotations: String = "", namespace: String? = nil) -> String {
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: \(name), namespace: \(namespace ?? site.namespace), annotations: {\(annotations)}}
        ---

        """
    }

    private func finalizers() async throws -> JSONValue? { try await site.object()?["metadata"]?["finalizers"] }

    @Test func `its objects stay unless it says otherwise, and it says so in time`() async throws {
        try await site.environment("deletionPolicy: orphan")
        try await site.deliver(configMap("a"))
        #expect(try await finalizers() == nil)
        try await site.environment("deletionPolicy: prune")
        try await site.deliver(configMap("a"))
        #expect(try await finalizers() == [.string(EnvironmentReconciler.finalizer)])
        // Also while it is suspended, and without a repository at hand.
        try await site.environment("deletionPolicy: orphan, suspend: true")
        try await site.look()
        #expect(try await finalizers() == nil)
        try await site.delete()
        #expect(try await site.letGo() == nil)
        #expect(try await !site.read("configmap", "a", "-o", "name").isEmpty)
        #expect(try site.pruned().isEmpty)
    }

    @Test func `the finalizer is there before the first object`() async throws {
        try await site.environment("deletionPolicy: prune")
        try await site.deliver(configMap("a"))
        #expect(try await finalizers() == [.string(EnvironmentReconciler.finalizer)])
        let mark = try #require(site.writes(to: "/environments/e?").first)
        let first = try #require(site.writes(to: "/configmaps/a").first)
        #expect(mark < first)
    }

    @Test func `the Inventory has an object before the object is written, and lets go of it after it is gone`()
        async throws
    {
        try await site.environment("prune: true")
        try await site.deliver(configMap("a") + configMap("b"))
        try await site.deliver(configMap("b") + configMap("c"))
        let saves = try site.writes(to: "/inventories/e?")
        let (made, gone) = (try site.writes(to: "/configmaps/"), try site.deletions(of: "/configmaps/a"))
        // Twice for each commit: what is about to be, and what came of it.
        try #require(saves.count == 4 && made.count == 3 && gone.count == 1, "\(saves) \(made) \(gone)")
        #expect(saves[0] < made[0] && made[1] < saves[1])
        #expect(saves[2] < made[2] && saves[2] < gone[0] && made[2] < saves[3] && gone[0] < saves[3])
    }

    @Test func `what was applied is pruned on record, but for what is to stay`() async throws {
        try await site.environment("deletionPolicy: prune")
        func claim(_ name: String, _ annotations: String = "") -> String {
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: \(name), namespace: \(site.namespace), annotations: {\(annotations)}}
            spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Gi}}}
            ---

            """
        }
        // A claim that nothing binds does not become healthy, and is applied all the same.
        try await site.environment("deletionPolicy: prune, timeout: 0s")
        try await site.deliver(
            configMap("a") + configMap("kept", "taffrail.dev/prune: disabled") + claim("data")
                + claim("scratch", "taffrail.dev/prune: confirmed")
        )
        try await site.environment("deletionPolicy: prune")
        // Controllers put a finalizer on claims, which those of pods take off.
        try await site.delete()
        let words = try #require(try await site.letGo())
        #expect(words.contains("PersistentVolumeClaim/\(site.namespace)/data"), "\(words)")
        #expect(try site.findings("left-behind") == ["PersistentVolumeClaim/\(site.namespace)/data"])
        #expect(try Set(site.pruned()) == ["ConfigMap/a", "PersistentVolumeClaim/scratch"])
        let left = try await site.read(
            "configmaps,persistentvolumeclaims",
            "-l",
            "taffrail.dev/environment",
            "-o",
            "name"
        )
        #expect(left == "configmap/kept\npersistentvolumeclaim/data\n")
        #expect(try await site.recorder.openIntents().isEmpty)
        try await eventually("the Inventory goes with it") { try await site.read("inventories", "-o", "name").isEmpty }
    }

    @Test func `what others need goes last`() async throws {
        try await site.environment("deletionPolicy: prune")
        let account =
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: worker, namespace: \(site.namespace)}\n---\n"
        try await site.deliver(account + configMap("a") + configMap("b"))
        try await site.hold("configmap/a")
        try await site.delete()
        try await eventually("b is gone, and a is waited for") {
            try await site.look()
            let told = try await site.ready()
            return told.reason == "Deleting" && told.message.contains("waits for its finalizers: example.com/held")
        }
        #expect(try await site.read("configmaps", "b", "-o", "name").isEmpty)
        #expect(try await !site.read("serviceaccounts", "worker", "-o", "name").isEmpty)
        try await site.release("configmap/a")
        #expect(try await site.letGo() == nil)
        #expect(try site.pruned().last == "ServiceAccount/worker")
    }

    @Test func `what somebody holds is named when the time is up`() async throws {
        try await site.environment("deletionPolicy: prune")
        try await site.deliver(configMap("a"))
        try await site.hold("configmap/a")
        try await site.delete()
        try await eventually("it says that it waits") {
            try await site.look()
            return try await site.ready().reason == "Deleting"
        }
        site.wait(61)
        let words = try #require(try await site.letGo())
        #expect(words.contains("waits for its finalizers: example.com/held"), "\(words)")
        #expect(try site.findings("left-behind") == ["ConfigMap/\(site.namespace)/a"])
        try await site.release("configmap/a")
    }

    @Test func `an account without rights is waited for until the time is up`() async throws {
        try await site.environment("deletionPolicy: prune")
        try await site.deliver(configMap("a"))
        try await site.call("delete", "rolebinding", "deployer")
        try await site.delete()
        try await site.look()
        let told = try await site.ready()
        #expect(told.reason == "DeletionFailed" && told.message.contains("forbidden"), "\(told)")
        #expect(try site.findings("left-behind").isEmpty)
        site.wait(61)
        let words = try #require(try await site.letGo())
        #expect(words.contains("forbidden"), "\(words)")
        #expect(try site.findings("left-behind") == ["ConfigMap/\(site.namespace)/a"])
        #expect(try await !site.read("configmap", "a", "-o", "name").isEmpty)
    }

    @Test func `a kind that went first took its objects along, and what else was applied is pruned`() async throws {
        let group = "\(site.namespace).example.com"
        try await site.apply(definition("Feature", group: group, scope: "Namespaced"))
        try await site.call("wait", "--for", "condition=established", "--timeout=60s", "crd/features.\(group)")
        try await site.environment("deletionPolicy: prune")
        let feature = "apiVersion: \(group)/v1\nkind: Feature\nmetadata: {name: f, namespace: \(site.namespace)}\n---\n"
        try await site.deliver(feature + configMap("a"))
        try await site.call("delete", "crd", "features.\(group)")
        try await site.delete()
        // It had served the kind before, and finds out by itself that it is served no more.
        #expect(try await site.letGo() == nil)
        #expect(try await site.read("configmap", "a", "-o", "name").isEmpty)
        #expect(try site.pruned() == ["ConfigMap/a"] && site.findings("left-behind").isEmpty)
    }

    @Test func `a namespace that went first took its objects along`() async throws {
        let away = try await makeNamespace(site.kubeconfig)
        try await site.grant(in: away)
        try await site.environment("deletionPolicy: prune")
        try await site.deliver(configMap("a") + configMap("b", namespace: away))
        try await site.call("delete", "namespace", away)
        try await site.delete()
        let words = try #require(try await site.letGo())
        #expect(words.contains("namespace \(away)") && words.contains("takes along 1 objects"), "\(words)")
        #expect(try site.pruned() == ["ConfigMap/a"])
    }

    @Test func `one that is suspended leaves everything, and says so`() async throws {
        try await site.environment("deletionPolicy: prune")
        try await site.deliver(configMap("a"))
        try await site.environment("deletionPolicy: prune, suspend: true")
        try await site.delete()
        #expect(try #require(try await site.letGo()).contains("suspended"))
        #expect(try site.findings("left-behind") == ["ConfigMap/\(site.namespace)/a"])
        #expect(try await !site.read("configmap", "a", "-o", "name").isEmpty)
    }

    @Test func `without its Inventory it is pruned by the record`() async throws {
        try await site.environment("deletionPolicy: prune")
        try await site.deliver(configMap("a"))
        try await site.call("delete", "inventory", "e")
        try await site.delete()
        #expect(try await site.letGo() == nil)
        #expect(try site.pruned() == ["ConfigMap/a"])
    }

    @Test func `without a log nothing is deleted, however late it is`() async throws {
        try await site.environment("deletionPolicy: prune")
        try await site.deliver(configMap("a"))
        try await site.delete()
        await site.recorder.close()
        await #expect(throws: (any Error).self) { try await site.look() }
        #expect(try await site.ready().reason == "DeletionFailed")
        site.wait(61)
        // By then it is its turn again.
        try await eventually("it is tried again, and fails") {
            do { return try await site.look() == "never" } catch { return true }
        }
        #expect(try await finalizers() == [.string(EnvironmentReconciler.finalizer)])
        #expect(try await !site.read("configmap", "a", "-o", "name").isEmpty)
        try await site.release("environment/e")
    }
}
