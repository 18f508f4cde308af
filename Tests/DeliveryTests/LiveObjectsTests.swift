// SPDX-License-Identifier: Apache-2.0

import Change
import JSON
import Kubernetes
import Testing

@testable import Delivery

/// What a watch tells of our objects, without a server: the events are as one sends them.
@Suite struct LiveObjectsTests {
    private static let type = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
    private static let label = Ownership.environmentLabel
    private static let scope = ObjectScope(type, labelSelector: label)

    private var live = LiveObjects(scope, labelKey: label, fieldManager: Ownership.fieldManager)

    /// Who set which of its data.
    private func object(
        _ version: Int,
        name: String = "a",
        uid: String = "u",
        data: [String: String] = ["ours": "1"],
        managers: [(name: String, fields: [String])] = [(Ownership.fieldManager, ["ours"])]
    ) -> JSONValue {
        let entries = managers.map { manager -> JSONValue in
            let fields = JSONObject(manager.fields.map { ("f:\($0)", [:] as JSONValue) })
            let isOurs = manager.name == Ownership.fieldManager
            return [
                "manager": .string(manager.name), "operation": isOurs ? "Apply" : "Update", "apiVersion": "v1",
                "fieldsType": "FieldsV1", "fieldsV1": ["f:data": .object(fields)],
            ]
        }
        return [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "namespace": "n", "name": .string(name), "uid": .string(uid), "resourceVersion": .string("\(version)"),
                "labels": [Self.label: "owner"], "managedFields": .array(entries),
            ],
            "data": .object(JSONObject(data.map { ($0, .string($1)) })),
        ]
    }

    private func key(_ name: String = "a") -> ObjectKey {
        ObjectKey(group: "", kind: "ConfigMap", namespace: "n", name: name)
    }

    private mutating func tell(_ outputs: Watcher.Output...) -> [LiveObjects.Notice.Reason] {
        outputs.flatMap { live.receive($0) }.map(\.reason)
    }

    private mutating func begin(_ object: JSONValue) {
        _ = tell(.began, .applied(object), .synced(resourceVersion: "10"))
        _ = live.settle(object)
    }

    // MARK: - What is drift

    private static let foreign: [(what: String, change: @Sendable (LiveObjectsTests) -> JSONValue, isTold: Bool)] = [
        ("a field of ours", { $0.object(11, data: ["ours": "2"]) }, true),
        ("a field of ours that went", { $0.object(11, data: [:]) }, true),
        (
            "ownership alone that went",
            { $0.object(11, managers: [("kubectl-edit", ["ours"])]) }, true
        ),
        (
            "an addition",
            {
                $0.object(
                    11,
                    data: ["ours": "1", "theirs": "1"],
                    managers: [(Ownership.fieldManager, ["ours"]), ("kubectl-edit", ["theirs"])]
                )
            }, true
        ),
        (
            "what the cluster's own controllers set",
            {
                $0.object(
                    11,
                    data: ["ours": "1", "theirs": "1"],
                    managers: [(Ownership.fieldManager, ["ours"]), ("kube-controller-manager", ["theirs"])]
                )
            }, false
        ),
        ("a default that nobody owns", { $0.object(11, data: ["ours": "1", "default": "1"]) }, false),
    ]

    @Test(arguments: foreign.indices)
    mutating func `what somebody has to look at is told, and nothing else`(index: Int) {
        let (what, change, isTold) = Self.foreign[index]
        begin(object(9))
        #expect(tell(.applied(change(self))) == (isTold ? [.touched] : []), "\(what)")
        #expect(live.entries[key()]?.isInSync == !isTold, "\(what)")
    }

    @Test mutating func `a status is no drift`() {
        begin(object(9))
        var next = object(11)
        next["status"] = ["phase": "Busy"]
        #expect(tell(.applied(next)).isEmpty)
        #expect(live.entries[key()]?.summary.resourceVersion == "11")
    }

    @Test mutating func `what goes back to what it was is in sync again`() {
        begin(object(9))
        #expect(tell(.applied(object(11, data: ["ours": "2"]))) == [.touched])
        _ = tell(.applied(object(12)))
        #expect(live.entries[key()]?.isInSync == true)
    }

    @Test mutating func `one that was made anew is another, however alike`() {
        begin(object(9))
        #expect(tell(.applied(object(11, uid: "v"))) == [.touched])
    }

    // MARK: - Order

    @Test mutating func `an event from before our own write is no news, and its own neither`() {
        begin(object(9))
        #expect(live.settle(object(12, data: ["ours": "new"])) == nil)
        #expect(
            tell(.applied(object(11, data: ["ours": "theirs"])), .applied(object(12, data: ["ours": "new"]))).isEmpty
        )
        #expect(live.entries[key()]?.isInSync == true)
    }

    @Test mutating func `somebody who was faster than our answer is told of when it comes`() {
        begin(object(9))
        _ = tell(.applied(object(13, data: ["ours": "theirs"])))
        #expect(live.settle(object(12, data: ["ours": "new"]))?.reason == .touched)
        #expect(live.entries[key()]?.isInSync == false)
        #expect(live.entries[key()]?.summary.resourceVersion == "13")
    }

    @Test mutating func `a deletion is told once, and one from before our write not at all`() {
        begin(object(9))
        _ = live.settle(object(12, uid: "v"))
        #expect(tell(.removed(object(11))).isEmpty)
        #expect(tell(.removed(object(14, uid: "v"))) == [.gone])
        #expect(tell(.removed(object(14, uid: "v"))).isEmpty)
    }

    @Test mutating func `what a new list does not have is gone, but for what was written after it`() {
        begin(object(9))
        _ = tell(.applied(object(10, name: "b")))
        _ = live.settle(object(30, name: "late"))
        #expect(tell(.began, .applied(object(10, name: "b")), .synced(resourceVersion: "20")) == [.gone])
        #expect(Set(live.entries.keys) == [key("b"), key("late")])
    }

    @Test mutating func `until the list is whole, and while the server is lost, nobody can say what is not there`() {
        #expect(!live.isCurrent)
        _ = tell(.began, .applied(object(9)))
        #expect(!live.isCurrent)
        _ = tell(.synced(resourceVersion: "10"))
        #expect(live.isCurrent)
        _ = tell(.failed(KubernetesError(.unreachable, "gone")))
        #expect(!live.isCurrent && live.failure != nil)
        _ = tell(.following)
        #expect(live.isCurrent && live.failure == nil)
    }

    @Test mutating func `the record alone confirms only the version that it knows`() {
        _ = tell(.began, .applied(object(9)), .synced(resourceVersion: "10"))
        live.confirm(key(), uid: "u", resourceVersion: "8")
        #expect(live.entries[key()]?.isInSync == false)
        live.confirm(key(), uid: "u", resourceVersion: "9")
        #expect(live.entries[key()]?.isInSync == true)
        #expect(tell(.applied(object(11))).isEmpty)
    }

    // MARK: - Health

    @Test mutating func `health that changes is told, and is no drift`() {
        let type = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
        live = LiveObjects(
            ObjectScope(type, labelSelector: Self.label),
            labelKey: Self.label,
            fieldManager: Ownership.fieldManager
        )
        func deployment(_ version: Int, ready: Int) -> JSONValue {
            var object = object(version, name: "d")
            object["apiVersion"] = "apps/v1"
            object["kind"] = "Deployment"
            object["spec"] = ["replicas": 1]
            let count = JSONValue.int(Int64(ready))
            object["status"] = [
                "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": count,
                "availableReplicas": count,
                "conditions": [["type": "Available", "status": .string(ready == 1 ? "True" : "False")]],
            ]
            object["metadata"]?["generation"] = 1
            return object
        }
        begin(deployment(9, ready: 1))
        #expect(tell(.applied(deployment(11, ready: 0))) == [.health])
        #expect(tell(.applied(deployment(12, ready: 0))).isEmpty)
        #expect(tell(.applied(deployment(13, ready: 1))) == [.health])
        let key = ObjectKey(group: "apps", kind: "Deployment", namespace: "n", name: "d")
        #expect(live.entries[key]?.isInSync == true)
    }

    // MARK: - What it costs

    @Test mutating func `nothing of an object's content is kept`() {
        let planted = String(repeating: "planted", count: 10_000)
        begin(object(9, data: ["ours": planted]))
        var text = ""
        dump(live, to: &text)
        #expect(!text.contains("planted") && text.utf8.count < 40_000)
    }
}
