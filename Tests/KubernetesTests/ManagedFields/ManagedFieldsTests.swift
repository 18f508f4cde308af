// SPDX-License-Identifier: Apache-2.0

import JSON
import Kubernetes
import Testing

/// What is decided about `managedFields`, without a server; that servers take it so is tested in `OwnershipTests`.
@Suite struct ManagedFieldsTests {
    private func object(_ entries: JSONValue...) -> JSONValue {
        ["metadata": ["resourceVersion": "7", "managedFields": .array(entries)]]
    }

    private func entry(
        _ manager: String,
        _ operation: String,
        at version: String = "v1",
        time: Int = 0,
        subresource: String? = nil,
        _ fields: JSONValue
    ) -> JSONValue {
        var entry: JSONValue = [
            "manager": .string(manager), "operation": .string(operation), "apiVersion": .string(version),
            "time": .string("2026-01-01T00:00:0\(time)Z"), "fieldsType": "FieldsV1", "fieldsV1": fields,
        ]
        entry["subresource"] = subresource.map { .string($0) }
        return entry
    }

    private func managed(after patch: JSONPatch?, of object: JSONValue) throws -> ManagedFields {
        ManagedFields(of: try #require(patch).applied(to: object))
    }

    private func takeover(
        _ object: JSONValue,
        at version: String = "v1",
        _ old: Set<String> = ["old", "older"]
    )
        -> JSONPatch?
    {
        ManagedFields.takeover(by: "us", apiVersion: version, object: object) { old.contains($0.manager) }
    }

    @Test func `the list is read, and written as it was`() throws {
        let odd: JSONValue = ["manager": "odd", "operation": "Apply", "fieldsV1": ["x:": [:], "bad": [:]], "more": 1]
        let list: [JSONValue] = [
            entry("us", "Apply", ["f:data": ["f:a": [:]]]), odd, ["operation": "Update"], "text",
            entry("kubelet", "Update", subresource: "status", ["f:status": [:]]),
        ]
        let managed = ManagedFields(of: ["metadata": ["managedFields": .array(list)]])
        #expect(managed.json == .array(list))
        #expect(managed.entries.map(\.manager) == ["us", "odd", "kubelet"])
        #expect(managed.entries.map(\.subresource) == [nil, nil, "status"])
        #expect(managed.entries[1].fields.isEmpty && managed.applied(by: "odd") != nil)
        #expect(managed.applied(by: "us")?.fields.leaves == [[.field("data"), .field("a")]])
        #expect(managed.applied(by: "kubelet") == nil)
        #expect(ManagedFields(of: "text").entries.isEmpty)
    }

    // MARK: - Takeover

    @Test func `old entries are united with ours, and others stay as they are`() throws {
        let other = entry("other", "Update", ["f:data": ["f:x": [:]], "y:": [:]])
        let status = entry("old", "Update", subresource: "status", ["f:status": [:]])
        let object = object(
            entry("us", "Apply", time: 1, ["f:data": ["f:a": [:]]]),
            other,
            entry("old", "Update", time: 3, ["f:data": [".": [:], "f:b": [:]]]),
            status,
            entry("older", "Apply", time: 2, ["f:data": ["f:c": [:]]])
        )
        let patch = try #require(takeover(object))
        #expect(patch.operations.first == .test(JSONPointer(tokens: ["metadata", "resourceVersion"]), "7"))
        let result = try managed(after: patch, of: object)
        #expect(
            result.json == [
                other, status,
                entry("us", "Apply", time: 1, ["f:data": [".": [:], "f:a": [:], "f:b": [:], "f:c": [:]]]),
            ]
        )
        #expect(takeover(try patch.applied(to: object)) == nil)
        #expect(throws: JSONError.self) {
            var changed = object
            changed["metadata"]?["resourceVersion"] = "8"
            _ = try patch.applied(to: changed)
        }
    }

    @Test func `an entry of ours is made where there is none`() throws {
        let object = object(
            entry("older", "Update", time: 1, ["f:data": ["f:a": [:]]]),
            entry("old", "Update", time: 2, ["f:data": ["f:b": [:]]])
        )
        #expect(
            try managed(after: takeover(object), of: object).json
                == [entry("us", "Apply", time: 2, ["f:data": ["f:a": [:], "f:b": [:]]])]
        )
    }

    @Test func `nothing is taken that was not chosen, is not there, or cannot be guarded`() throws {
        let chosen = entry("old", "Update", ["f:data": [:]])
        #expect(takeover(object(chosen), ["other"]) == nil && takeover(object()) == nil && takeover([:]) == nil)
        #expect(takeover(object(entry("old", "Update", subresource: "scale", ["f:spec": ["f:replicas": [:]]]))) == nil)
        // What we apply ourselves is not old, and what cannot be read is left to whoever can.
        #expect(takeover(object(entry("us", "Apply", ["f:data": [:]])), ["us"]) == nil)
        #expect(takeover(object(entry("old", "Update", ["k:bad": [:]]))) == nil)
        var unguarded = object(chosen)
        unguarded["metadata"]?["resourceVersion"] = nil
        #expect(takeover(unguarded) == nil)
        // Our own Update is another entry than our Apply.
        #expect(takeover(object(entry("us", "Update", ["f:data": [:]])), ["us"]) != nil)
    }

    @Test func `fields of another version are taken at that version`() throws {
        let object = object(entry("old", "Update", at: "v1beta1", ["f:a": [:]]))
        let patch = takeover(object, at: "v1")
        #expect(try managed(after: patch, of: object).json == [entry("us", "Apply", at: "v1beta1", ["f:a": [:]])])
    }

    @Test func `entries of several versions are taken one version a round`() throws {
        var object = object(
            entry("us", "Apply", at: "v1", ["f:a": [:]]),
            entry("old", "Update", at: "v1", time: 1, ["f:b": [:]]),
            entry("old", "Update", at: "v1beta1", time: 2, ["f:c": [:]]),
            entry("older", "Update", at: "v1alpha1", time: 3, ["f:d": [:]])
        )
        var rounds: [[String]] = []
        while let patch = takeover(object) {
            object = try patch.applied(to: object)
            let entries = ManagedFields(of: object).entries
            rounds.append(entries.map { "\($0.manager) \($0.operation) \($0.apiVersion) \($0.fields.leaves.count)" })
            // Before our own apply there is either more of the version of our entry, or nothing.
            #expect(entries.first { $0.operation == .apply }?.apiVersion == "v1" || takeover(object) == nil)
            object = applied(object)
        }
        #expect(
            rounds == [
                ["old update v1beta1 1", "older update v1alpha1 1", "us apply v1 2"],
                ["old update v1beta1 1", "us apply v1alpha1 1", "us-set-aside update v1 1"],
                ["old update v1beta1 1", "us apply v1 1"],
                ["us apply v1beta1 1", "us-set-aside update v1 1"],
                ["us apply v1 1"],
            ]
        )
    }

    /// What a server makes of our apply of one field at v1.
    private func applied(_ object: JSONValue) -> JSONValue {
        var object = object
        let others = ManagedFields(of: object).json.arrayValue?.filter { $0["operation"] != "Apply" } ?? []
        object["metadata"]?["managedFields"] = .array(others + [entry("us", "Apply", at: "v1", ["f:a": [:]])])
        return object
    }

    // MARK: - Release

    private func release(_ object: JSONValue, _ fields: JSONValue, to heir: String? = nil) throws -> JSONPatch? {
        ManagedFields.release(try #require(FieldSet(fields)), by: "us", to: heir, object: object)
    }

    @Test func `released fields are ours no more`() throws {
        let other = entry("other", "Update", ["f:data": ["f:a": [:]]])
        let ours: JSONValue = ["f:data": [".": [:], "f:a": [:], "f:b": [:]]]
        let object = object(other, entry("us", "Apply", ours))
        let released = try managed(after: release(object, ["f:data": ["f:a": [:], "f:z": [:]]]), of: object)
        #expect(released.json == [other, entry("us", "Apply", ["f:data": [".": [:], "f:b": [:]]])])
        #expect(try managed(after: release(object, ours), of: object).json == [other])
        #expect(try release(object, ["f:data": ["f:z": [:]]]) == nil)
        #expect(try release(self.object(other), ours) == nil)
    }

    @Test func `an heir gets what is released, beside what it has`() throws {
        let object = object(
            entry("us", "Apply", ["f:a": [:], "f:b": [:]]),
            entry("heir", "Update", at: "v2", ["f:y": [:]])
        )
        var patch = try release(object, ["f:b": [:]], to: "heir")
        let after = try #require(patch).applied(to: object)
        #expect(
            ManagedFields(of: after).json == [
                entry("heir", "Update", at: "v2", ["f:y": [:]]), entry("us", "Apply", ["f:a": [:]]),
                entry("heir", "Update", ["f:b": [:]]),
            ]
        )
        patch = try release(after, ["f:a": [:]], to: "heir")
        #expect(
            try managed(after: patch, of: after).json == [
                entry("heir", "Update", at: "v2", ["f:y": [:]]), entry("heir", "Update", ["f:a": [:], "f:b": [:]]),
            ]
        )
    }

    // MARK: - Questions

    @Test func `owners are named, the last one first`() throws {
        let managed = ManagedFields(
            of: object(
                entry("us", "Apply", time: 9, ["f:spec": ["f:a": ["f:b": [:]]]]),
                entry("map", "Update", time: 1, ["f:spec": ["f:a": [:]]]),
                entry("exact", "Update", time: 2, ["f:spec": ["f:a": ["f:b": [:]]]]),
                entry("exact", "Apply", time: 4, ["f:spec": ["f:a": ["f:b": [:]]]]),
                entry("inside", "Update", time: 3, subresource: "scale", ["f:spec": ["f:a": ["f:b": ["f:c": [:]]]]]),
                entry("beside", "Update", time: 5, ["f:spec": [".": [:], "f:a": [".": [:], "f:z": [:]]]])
            )
        )
        let fields = try #require(FieldSet(["f:spec": [".": [:], "f:a": [".": [:], "f:b": [:]]]]))
        #expect(managed.owners(of: fields, except: "us") == ["exact", "inside", "map"])
        #expect(managed.owners(of: FieldSet(), except: "us").isEmpty)
    }

    @Test func `additions are what others own and we do not`() throws {
        let web = #"k:{"name":"web"}"#
        let side = #"k:{"name":"side"}"#
        let managed = ManagedFields(
            of: object(
                entry(
                    "us",
                    "Apply",
                    ["f:spec": ["f:replicas": [:], "f:containers": [web: [".": [:], "f:image": [:]]]]]
                ),
                entry("us", "Update", ["f:spec": ["f:mine": [:]]]),
                entry(
                    "kubectl-edit",
                    "Update",
                    [
                        "f:metadata": ["f:labels": ["f:x": [:]]], "f:data": [".": [:], "f:k": [:]],
                        "f:spec": [
                            ".": [:], "f:replicas": [:], "f:allowed": [:],
                            "f:containers": [
                                ".": [:], web: [".": [:], "f:args": [:]],
                                side: [".": [:], "f:name": [:]],
                            ],
                        ],
                    ]
                ),
                entry("scaler", "Update", subresource: "scale", ["f:spec": ["f:allowed": [:]]]),
                entry("other", "Update", subresource: "scale", ["f:spec": ["f:scaled": [:]]]),
                entry("debug", "Update", subresource: "ephemeralcontainers", ["f:spec": ["f:debuggers": [:]]]),
                entry("kubectl", "Update", at: "v2", ["f:spec": ["f:renamed": [:]]])
            )
        )
        let ours = try #require(managed.applied(by: "us"))
        let containers: JSONValue = [web: ["f:args": [:]], side: [".": [:], "f:name": [:]]]
        #expect(
            managed.additions(beyond: ours, except: ["scaler"], within: ["spec"]).json
                == ["f:spec": ["f:containers": containers, "f:debuggers": [:]]]
        )
        #expect(
            managed.additions(beyond: ours, except: ["scaler"], within: ["spec", "data"]).json
                == ["f:data": [".": [:], "f:k": [:]], "f:spec": ["f:containers": containers, "f:debuggers": [:]]]
        )
        #expect(
            managed.additions(beyond: ours, except: ["kubectl-edit", "debug"], within: ["spec"]).isEmpty,
            "what somebody may own is no addition of somebody else's"
        )
    }
}
