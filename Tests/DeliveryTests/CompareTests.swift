// SPDX-License-Identifier: Apache-2.0

import Audit
import Change
import Delivery
import JSON
import Keys
import Kubernetes
import Testing

@Suite struct CompareTests {
    private let secrets = SecretKeeper(key: [7])

    private static let live: JSONValue = [
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": [
            "name": "c", "uid": "u", "resourceVersion": "5",
            "managedFields": [
                [
                    "manager": "taffrail", "operation": "Apply",
                    "fieldsV1": [
                        "f:data": ["f:a": [:]],
                        "f:metadata": ["f:annotations": ["f:taffrail.dev/audit-index": [:]], "f:labels": ["f:x": [:]]],
                    ],
                ],
                ["manager": "kubectl-edit", "operation": "Update", "fieldsV1": ["f:data": ["f:b": [:]]]],
            ],
            "labels": ["x": "1"], "annotations": ["taffrail.dev/audit-index": "3"],
        ],
        "data": ["a": "1", "b": "2"],
    ]
    private static let request: JSONValue = ["apiVersion": "v1", "kind": "ConfigMap", "data": ["a": "1"]]

    private func digest(_ change: (inout JSONValue) -> Void = { _ in }) throws -> ContentDigest {
        var object = Self.live
        change(&object)
        return try SettledDigest.of(object, request: Self.request, fieldManager: "taffrail", secrets: secrets)
    }

    @Test func `what others own, and our own bookkeeping, does not count`() throws {
        let settled = try digest()
        #expect(try digest { $0["data"]?["b"] = "other" } == settled)
        #expect(try digest { $0["status"] = ["x": 1] } == settled)
        #expect(try digest { $0["metadata"]?["resourceVersion"] = "9" } == settled)
        #expect(try digest { $0["metadata"]?["annotations"]?["taffrail.dev/audit-index"] = "4" } == settled)
        #expect(try digest { $0["metadata"]?["annotations"]?["other"] = "4" } == settled)
    }

    @Test func `an owned field, lost ownership and another object count`() throws {
        let settled = try digest()
        #expect(try digest { $0["data"]?["a"] = "changed" } != settled)
        #expect(try digest { $0["data"]?["a"] = nil } != settled)
        #expect(try digest { $0["metadata"]?["labels"]?["x"] = "2" } != settled)
        #expect(try digest { $0["metadata"]?["uid"] = "v" } != settled)
        #expect(try digest { $0["metadata"]?["managedFields"] = [] } != settled)
    }

    @Test func `list items are found by their keys, and their order counts`() throws {
        func object(_ items: JSONValue) -> JSONValue {
            [
                "kind": "Pod",
                "metadata": [
                    "managedFields": [
                        [
                            "manager": "taffrail", "operation": "Apply",
                            "fieldsV1": [
                                "f:spec": [
                                    "f:containers": [
                                        "k:{\"name\":\"a\"}": ["f:image": [:]], "k:{\"name\":\"b\"}": ["f:image": [:]],
                                    ]
                                ]
                            ],
                        ]
                    ]
                ],
                "spec": ["containers": items],
            ]
        }
        let request: JSONValue = ["apiVersion": "v1"]
        func digest(_ items: JSONValue) throws -> ContentDigest {
            try SettledDigest.of(object(items), request: request, fieldManager: "taffrail", secrets: secrets)
        }
        let (a, b, sidecar): (JSONValue, JSONValue, JSONValue) = (
            ["name": "a", "image": "1"], ["name": "b", "image": "2"], ["name": "s"]
        )
        let settled = try digest([a, b])
        #expect(try digest([sidecar, a, b]) == settled)
        #expect(try digest([b, a]) != settled)
        #expect(try digest([a]) != settled)
    }

    @Test func `a map that we sent empty is present, whatever is below it`() throws {
        func digest(_ emptyDir: JSONValue?) throws -> ContentDigest {
            var object: JSONValue = [
                "metadata": [
                    "managedFields": [["manager": "taffrail", "operation": "Apply", "fieldsV1": ["f:emptyDir": [:]]]]
                ]
            ]
            object["emptyDir"] = emptyDir
            return try SettledDigest.of(object, request: ["emptyDir": [:]], fieldManager: "taffrail", secrets: secrets)
        }
        #expect(try digest([:]) == digest(["medium": "Memory"]))
        #expect(try digest([:]) != digest(nil))
    }

    @Test func `a diff names fields and masks Secrets`() {
        let before: JSONValue = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "data": ["a": "b2xk", "c": "Yw=="],
        ]
        let after: JSONValue = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "data": ["a": "bmV3", "c": "Yw=="],
        ]
        let diffs = ObjectDiff.between(before, after, secrets: secrets)
        #expect(diffs.map(\.field.description) == ["/data/a"])
        #expect(diffs.first?.before != diffs.first?.after)
        #expect(!"\(diffs)".contains("b2xk") && !"\(diffs)".contains("bmV3"))
    }

    @Test func `list items of a name are compared by it`() {
        let before: JSONValue = ["l": [["name": "a", "v": 1], ["name": "b", "v": 2]]]
        let after: JSONValue = ["l": [["name": "b", "v": 3], ["name": "a", "v": 1]]]
        let diffs = ObjectDiff.between(before, after, secrets: secrets)
        #expect(diffs == [FieldDiff(field: JSONPointer(tokens: ["l", "0", "v"]), before: 2, after: 3)])
    }
}
