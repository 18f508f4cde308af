// SPDX-License-Identifier: Apache-2.0

import Audit
import Change
import Concurrency
import JSON
import Kubernetes
import TestSupport
import Testing

@testable import Delivery

/// The live view against a real server: what it tells apart from events alone, for many kinds and many objects.
@Suite(.serialized) struct LiveOracleTests {
    /// The ways in which somebody else writes.
    enum Writer: String, CaseIterable {
        case update
        case mergePatch
        case jsonPatch
        case serverSideApply
    }

    private let site: EnvironmentSite
    private let objects: GeneratedObjects

    init() async throws {
        site = try await EnvironmentSite(isFollowing: true)
        objects = GeneratedObjects(namespace: site.namespace, seed: 11)
        try await site.environment(spec)
    }

    private var spec: String { "targetNamespace: \(site.namespace), interval: 1h, deletionPolicy: orphan" }

    @Test func `what was applied is in sync, and of what somebody changed exactly that is drift`() async throws {
        try await site.deliver(objects.all.map(\.text).joined(separator: "\n---\n"))
        try await site.settle()
        for (number, object) in objects.all.enumerated() {
            let writer = Writer.allCases[number / objects.kinds % Writer.allCases.count]
            let before = try await live(object)
            try await write(object, by: writer, over: before)
            try await site.heed(live(object), object.key)
            let after = try await live(object)
            #expect(after[object.changed.field] == before[object.changed.field], "\(object.key), \(writer)")
        }
        try await site.settle()
        let found = try site.drift()
        let expected = objects.all.map {
            Drift(key: $0.key, classes: ["changed"], fields: [$0.changed.field.description])
        }
        for (one, other) in zip(found, expected) { #expect(one == other) }
        #expect(found.count == expected.count)
        #expect(try site.log.records().count { $0.kind == .healed } == objects.all.count)
    }

    @Test func `a field that somebody takes away shows, and so does one that somebody adds`() async throws {
        let maps = objects.all.filter { $0.key.kind == "ConfigMap" }.prefix(10)
        try await site.deliver(maps.map(\.text).joined(separator: "\n---\n"))
        try await site.settle()
        var expected: [Drift] = []
        for object in maps {
            try await site.heed(patch(object, [.remove(object.changed.field)]), object.key)
            expected.append(
                Drift(key: object.key, classes: ["removed"], fields: [object.changed.field.description], managers: [])
            )
        }
        for object in maps {
            let addition = JSONPointer(tokens: ["data", "theirs"])
            try await site.heed(patch(object, [.add(addition, "x")]), object.key)
            expected.append(Drift(key: object.key, classes: ["addition"], fields: [addition.description]))
        }
        let found = try site.drift()
        for (one, other) in zip(found, expected) { #expect(one == other) }
        #expect(found.count == expected.count)
    }

    @Test func `what an allowed manager adds, and a note of anybody, are nothing`() async throws {
        try await site.environment("\(spec), allowedManagers: [intruder]")
        let some = objects.all.filter { ["ConfigMap", "Deployment", "Secret"].contains($0.key.kind) }.prefix(20)
        try await site.deliver(some.map(\.text).joined(separator: "\n---\n"))
        try await site.settle()
        for object in some {
            let note = JSONPointer(tokens: ["metadata", "annotations", "example.com/note"])
            var additions: [JSONPatch.Operation] = [.add(note, "x")]
            if object.key.kind == "ConfigMap" { additions.append(.add(JSONPointer(tokens: ["data", "theirs"]), "x")) }
            try await site.heed(patch(object, additions), object.key)
        }
        #expect(try site.drift().isEmpty)
        #expect(try site.log.records().allSatisfy { $0.kind != .healed })
    }

    // MARK: - The other one

    private func live(_ object: GeneratedObjects.Item) async throws -> JSONValue {
        try await site.client.get(
            object.type,
            namespace: object.key.namespace,
            name: object.key.name,
            deadline: site.soon
        )
    }

    private func patch(_ object: GeneratedObjects.Item, _ operations: [JSONPatch.Operation]) async throws -> JSONValue {
        try await site.client.jsonPatch(
            object.type,
            namespace: object.key.namespace,
            name: object.key.name,
            patch: JSONPatch(operations),
            fieldManager: "intruder",
            deadline: site.soon
        )
    }

    private func write(_ object: GeneratedObjects.Item, by writer: Writer, over live: JSONValue) async throws {
        let change = object.changed
        switch writer {
        case .jsonPatch: _ = try await patch(object, [.replace(change.field, change.value)])
        case .mergePatch:
            _ = try await site.client.mergePatch(
                object.type,
                namespace: object.key.namespace,
                name: object.key.name,
                patch: Self.nested(change.field.tokens[...], change.value),
                fieldManager: "intruder",
                deadline: site.soon
            )
        case .serverSideApply:
            var manifest = Self.nested(change.field.tokens[...], change.value)
            manifest["apiVersion"] = .string(object.type.apiVersion)
            manifest["kind"] = .string(object.type.kind)
            manifest["metadata"] = ["name": .string(object.key.name), "namespace": .string(site.namespace)]
            // Without force the server defends our field.
            let polite = ApplyOptions(fieldManager: "intruder", force: false, dryRun: false)
            await #expect(throws: KubernetesError.self, "\(object.key)") {
                try await site.client.apply(manifest, options: polite, deadline: site.soon)
            }
            let options = ApplyOptions(fieldManager: "intruder", force: true, dryRun: false)
            _ = try await site.client.apply(manifest, options: options, deadline: site.soon)
        case .update:
            let whole = try JSONPatch([.replace(change.field, change.value)]).applied(to: live)
            let text = String(decoding: whole.serialized(), as: UTF8.self)
            try await site.call("replace", "--field-manager=intruder", "-f", "-", input: text)
        }
    }

    private static func nested(_ tokens: ArraySlice<String>, _ value: JSONValue) -> JSONValue {
        guard let first = tokens.first else { return value }
        return .object(JSONObject([(first, nested(tokens.dropFirst(), value))]))
    }
}

/// What a drift record says of one object.
struct Drift: Equatable {
    let key: ObjectKey
    let classes: [String]
    let fields: [String]
    var managers = ["intruder"]
}

extension EnvironmentSite {
    /// All drift on record, in order.
    func drift() throws -> [Drift] {
        try log.records().filter { $0.kind == .drift }.flatMap { try drift(of: $0) }
    }

    private func drift(of record: DecodedRecord) throws -> [Drift] {
        let diffs = try log.list("diffs", of: record)
        return try log.list("changes", of: record).map { change in
            func words(_ name: String) -> [String] { (change[name]?.arrayValue ?? []).compactMap(\.stringValue) }
            let key = ObjectKey(
                group: change["group"]?.stringValue ?? "",
                kind: change["kind"]?.stringValue ?? "",
                namespace: change["namespace"]?.stringValue,
                name: change["name"]?.stringValue ?? ""
            )
            let fields = diffs.filter { $0["object"]?.stringValue == key.description }.flatMap { diff in
                (diff["fields"]?.arrayValue ?? []).compactMap { $0["path"]?.stringValue ?? $0["field"]?.stringValue }
            }
            return Drift(key: key, classes: words("drift"), fields: fields, managers: words("foreignManagers"))
        }
    }
}
