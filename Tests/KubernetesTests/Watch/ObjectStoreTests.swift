// SPDX-License-Identifier: Apache-2.0

import JSON
import Kubernetes
import Testing

@Suite struct ObjectStoreTests {
    private let store = ObjectStore()

    private func object(_ name: String, _ version: String, _ more: JSONValue = .null) -> JSONValue {
        ["metadata": ["namespace": "n", "name": .string(name), "resourceVersion": .string(version)], "spec": more]
    }

    /// Changes in short: `+a`, `~a`, `-a`.
    private func tell(_ outputs: Watcher.Output...) -> [String] {
        outputs.flatMap { store.receive($0) }.map { change in
            let name = (change.after ?? change.before)?["metadata"]?["name"]?.stringValue ?? ""
            return (change.after == nil ? "-" : change.before == nil ? "+" : "~") + name
        }.sorted()
    }

    @Test func `what a second list does not have any more is gone, and what it has anew is told`() {
        #expect(!store.isSynced)
        let first = tell(
            .began,
            .applied(object("a", "1")),
            .applied(object("b", "2")),
            .synced(resourceVersion: "3")
        )
        #expect(first == ["+a", "+b"] && store.isSynced && store.isCurrent)
        let second = tell(.began, .applied(object("b", "2")), .applied(object("c", "9")), .synced(resourceVersion: "9"))
        #expect(second == ["+c", "-a"])
    }

    @Test func `while a list is under way, what was known stays known`() {
        _ = tell(.began, .applied(object("a", "1")), .synced(resourceVersion: "1"))
        #expect(tell(.began).isEmpty)
        #expect(store.object(namespace: "n", name: "a") != nil && store.isSynced)
    }

    @Test func `our own write is known at once, and its event is no news`() {
        _ = tell(.began, .applied(object("a", "5", "old")), .synced(resourceVersion: "5"))
        _ = store.write(object("a", "7", "ours"))
        #expect(store.object(namespace: "n", name: "a")?["spec"] == "ours")
        #expect(tell(.applied(object("a", "6", "between"))).isEmpty, "an event from before it")
        #expect(tell(.applied(object("a", "7", "ours"))).isEmpty)
        #expect(tell(.applied(object("a", "8", "theirs"))) == ["~a"])
    }

    @Test func `what we wrote after a list was made is not forgotten for not being in it`() {
        _ = tell(.began)
        _ = store.write(object("new", "12"))
        #expect(tell(.began, .applied(object("a", "4")), .synced(resourceVersion: "10")) == ["+a"])
        #expect(store.object(namespace: "n", name: "new") != nil)
        #expect(tell(.removed(object("new", "13"))) == ["-new"])
    }

    @Test func `a deletion from before our last write does not count`() {
        _ = tell(.began, .applied(object("a", "5")), .synced(resourceVersion: "5"))
        _ = store.write(object("a", "9"))
        #expect(tell(.removed(object("a", "7"))).isEmpty)
        #expect(store.object(namespace: "n", name: "a") != nil)
    }

    @Test func `a server that cannot be followed leaves what is known, and says so until it can`() {
        _ = tell(.began, .applied(object("a", "1")), .synced(resourceVersion: "1"))
        _ = tell(.failed(KubernetesError(.unreachable, "gone")))
        #expect(!store.isCurrent && store.isSynced && store.failure?.code == .unreachable && store.objects.count == 1)
        _ = tell(.following)
        #expect(store.isCurrent && store.failure == nil)
    }
}
