// SPDX-License-Identifier: Apache-2.0

import Change
import JSON
import Kubernetes
import Testing

@testable import Delivery

/// Annotations in Git, and what depends on what.
@Suite struct RuleTests {
    private func manifest(_ name: String, _ annotations: String = "", kind: String = "ConfigMap") -> String {
        "apiVersion: v1\nkind: \(kind)\nmetadata: {name: \(name), annotations: {\(annotations)}}\ndata: {a: b}\nlist: [{x: y}, {name: z}]\n"
    }

    private func verdict(_ manifests: [String]) throws -> Verdict {
        let rendering = MemoryTree(["app/a.yaml": manifests.joined(separator: "---\n")]).rendered(under: "app")
        let judge = Judge(targetNamespace: "models", secrets: SecretKeeper(key: [1]))
        return try judge.judge(rendering, resources: nil)
    }

    @Test(arguments: [
        ("taffrail.dev/apply: always", "must be 'merge', 'ifNotPresent' or 'ignore'"),
        ("taffrail.dev/apply: overwrite", "must be 'merge', 'ifNotPresent' or 'ignore'"),
        ("taffrail.dev/prune: never", "must be 'disabled' or 'confirmed'"),
        ("taffrail.dev/reconcile: enabled", "can only be 'disabled'"),
        ("taffrail.dev/ignore: spec.replicas", "no JSON pointer"),
        ("taffrail.dev/ignore: /metadata/name", "cannot be left to others"),
        ("taffrail.dev/ignore: /spec/containers/0", "an item of a list"),
        ("taffrail.dev/ignore: /metadata/labels", "cannot be left to others"),
        ("taffrail.dev/ignore: /metadata/annotations", "cannot be left to others"),
        ("taffrail.dev/ignore: /metadata/labels/taffrail.dev~1environment", "a mark of ours"),
        ("items: '', taffrail.dev/ignore: /list/0/x", "in an item of a list that has no name"),
        ("items: '', taffrail.dev/ignore: /list/1/name", "by which the item is known"),
        ("taffrail.dev/depends-on: web", "write Kind/name"),
        ("taffrail.dev/depends-on: Deployment/", "write Kind/name"),
        ("taffrail.dev/depends-on: a/b/c/d", "write Kind/name"),
    ])
    func `an annotation that cannot be understood stops its object`(annotation: String, message: String) throws {
        let verdict = try verdict([manifest("bad", annotation), manifest("good")])
        #expect(verdict.allowed.map(\.key.name) == ["good"])
        let finding = try #require(verdict.findings.first)
        #expect(finding.rule == "bad-annotation" && finding.message.contains(message), "\(finding)")
        #expect(finding.object?.name == "bad")
    }

    @Test func `what is to be left alone is kept, and not applied`() throws {
        let verdict = try verdict([manifest("left", "taffrail.dev/apply: ignore"), manifest("good")])
        #expect(verdict.allowed.map(\.key.name) == ["good"])
        #expect(verdict.left.keys.map(\.name) == ["left"])
        #expect(verdict.findings.isEmpty)
    }

    @Test func `fields that are left to others are not in the manifest`() throws {
        let object = try #require(
            try verdict([manifest("a", "'taffrail.dev/ignore': '/data/a, /data/none'")]).allowed.first
        )
        #expect(object.manifest["data"] == [:])
        #expect(object.rules.ignored.map(\.description) == ["/data/a", "/data/none"])
    }

    // MARK: - Dependencies

    private func on(_ names: String...) -> String {
        "'taffrail.dev/depends-on': '\(names.map { "ConfigMap/" + $0 }.joined(separator: ", "))'"
    }

    private func faults(_ manifests: [String]) throws -> [String] {
        let verdict = try verdict(manifests)
        return verdict.findings.map { "\($0.object?.name ?? "?") \($0.rule)" }.sorted()
    }

    @Test func `a dependency may be named by kind, group and namespace`() throws {
        for name in ["ConfigMap/a", "ConfigMap/models/a"] {
            #expect(
                try faults([manifest("a"), manifest("b", "'taffrail.dev/depends-on': '\(name)'")]) == [],
                "\(name)"
            )
        }
        for name in ["ConfigMap.apps/a", "ConfigMap/other/a", "Secret/a", "ConfigMap/c"] {
            let faults = try faults([manifest("a"), manifest("b", "'taffrail.dev/depends-on': '\(name)'")])
            #expect(faults == ["b missing-dependency"], "\(name)")
        }
    }

    @Test func `what depends on what is refused is refused, and nothing else is`() throws {
        let faults = try faults([
            manifest("bad", "taffrail.dev/apply: never"), manifest("b", on("bad")), manifest("c", on("b", "good")),
            manifest("good"), manifest("d", on("good")),
        ])
        #expect(faults == ["b dependency-refused", "bad bad-annotation", "c dependency-refused"])
    }

    @Test func `objects that wait for each other are refused, with the way round`() throws {
        let verdict = try verdict([
            manifest("a", on("b")), manifest("b", on("c")), manifest("c", on("a")), manifest("d", on("a")),
            manifest("e", on("e")), manifest("good"),
        ])
        #expect(verdict.allowed.map(\.key.name) == ["good"])
        let rules = verdict.findings.map { "\($0.object?.name ?? "?") \($0.rule)" }.sorted()
        #expect(
            rules == [
                "a dependency-cycle", "b dependency-cycle", "c dependency-cycle", "d dependency-refused",
                "e dependency-cycle",
            ]
        )
        let message = try #require(verdict.findings.first { $0.object?.name == "a" }).message
        #expect(message.hasSuffix("ConfigMap/models/a → ConfigMap/models/b → ConfigMap/models/c → ConfigMap/models/a"))
    }

    @Test func `a long chain is no work without end`() throws {
        let chain = (0..<5_000).map { $0 == 0 ? manifest("c0") : manifest("c\($0)", on("c\($0 - 1)")) }
        #expect(try verdict(chain).allowed.count == 5_000)
        let ring = (0..<5_000).map { manifest("c\($0)", on("c\(($0 + 1) % 5_000)")) }
        #expect(try verdict(ring).allowed.isEmpty)
    }

    @Test func `of two that are the same object, neither is applied, also if one of them is wrong`() throws {
        let verdict = try verdict([manifest("a", "taffrail.dev/apply: always"), manifest("a"), manifest("b")])
        #expect(verdict.allowed.map(\.key.name) == ["b"])
        #expect(verdict.findings.map(\.rule).sorted() == ["bad-annotation", "duplicate-object", "duplicate-object"])
    }

    // MARK: - Who makes what

    private static let key = ObjectKey(group: "", kind: "ConfigMap", namespace: "models", name: "a")

    @Test func `whoever was there first makes an object, until all know that it is there`() async {
        let claims = CreationClaims()
        let (first, second) = (await claims.begin(), await claims.begin())
        #expect(await claims.mayCreate(Self.key, by: "one"))
        #expect(await !claims.mayCreate(Self.key, by: "two"))
        // It looks before the server has answered.
        let third = await claims.begin()
        await claims.made(Self.key)
        await claims.end(first)
        #expect(await claims.mayCreate(Self.key, by: "one"), "it may come back to it")
        for run in [second, third] {
            #expect(await !claims.mayCreate(Self.key, by: "two"), "it looked before the object was there")
            await claims.end(run)
        }
        #expect(await claims.mayCreate(Self.key, by: "two"), "whoever looked later has seen it, or it is gone again")
    }

    @Test func `an object that was not made after all, or is gone again, is free for others`() async {
        let claims = CreationClaims()
        let runs = [await claims.begin(), await claims.begin()]
        #expect(await claims.mayCreate(Self.key, by: "one"))
        await claims.release(Self.key)
        #expect(await claims.mayCreate(Self.key, by: "two"))
        for run in runs { await claims.end(run) }
        await claims.made(Self.key)
        #expect(await claims.mayCreate(Self.key, by: "three"), "nobody is left who has not seen it")
    }
}
