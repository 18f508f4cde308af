// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// What others do to our objects: told apart, and healed as the Environment says.
@Suite struct DriftTests {
    @Test func `who scales is neither healed nor reported, also under strict`() async throws {
        let site = try await ClusterSite()
        let flags = try environment(site, "heal: strict")
        try await site.commit("web.yaml", Manifests.web("paused: true"))
        try check(await site.taffrail(["apply"] + site.delivery + site.log + ["--begin-log"] + flags))
        try check(await site.kubectl("scale", "deployment", "web", "--replicas=5"))
        let again = try await site.taffrail(["apply"] + site.delivery + site.log + flags)
        #expect(again.status == 0 && again.output.contains("0 applied, 1 unchanged"), "\(again.output)\(again.errors)")
        #expect(try await site.live("deployment/web", ".spec.replicas") == "5")
        #expect(try await site.records("drift").isEmpty)
    }

    @Test func `replicas that the manifest sets are healed when somebody scales`() async throws {
        let site = try await ClusterSite()
        try await site.commit("web.yaml", Manifests.web("replicas: 2"))
        try check(await site.apply())
        try check(await site.kubectl("scale", "deployment", "web", "--replicas=5"))
        try check(await site.apply())
        #expect(try await site.live("deployment/web", ".spec.replicas") == "2")
        #expect(try await site.records("drift").count == 1)
    }

    private func environment(_ site: ClusterSite, _ spec: String) throws -> [String] {
        let file = site.path("environment.yaml")
        let text =
            "apiVersion: taffrail.dev/v1alpha1\nkind: Environment\nmetadata: {name: e}\nspec: {repositoryRef: {name: r}, \(spec)}\n"
        try Data(text.utf8).write(to: URL(filePath: file))
        return ["--environment-file", file]
    }

    private static let edit = #"{"data":{"a":"x","b":null,"c":"new"}}"#

    @Test(arguments: [
        ("heal: 'on'", #"{"a":"1","b":"2","c":"new"}"#), ("heal: strict", #"{"a":"1","b":"2"}"#),
        ("heal: strict, allowedManagers: [intruder]", #"{"a":"1","b":"2","c":"new"}"#),
        ("heal: report", #"{"a":"x","c":"new"}"#),
    ])
    func `changed, removed and added fields are told apart, and healed as the Environment says`(
        spec: String,
        expected: String
    ) async throws {
        let site = try await ClusterSite()
        let flags = try environment(site, spec)
        try await site.commit("settings.yaml", Manifests.settings("a: '1', b: '2'"))
        try check(await site.taffrail(["apply"] + site.delivery + site.log + ["--begin-log"] + flags))
        let patch = ["patch", "configmap", "settings", "--type=merge", "--field-manager=intruder", "-p", Self.edit]
        try check(await site.kubectl(patch))
        try check(await site.taffrail(["apply"] + site.delivery + site.log + flags))
        let data = try JSONValue(parsing: await site.live("configmap/settings", ".data"))
        #expect(try data == JSONValue(parsing: expected), "\(spec): \(data)")
        let change = try #require(try await site.records("drift").first)["predicate"]?["changes"]?[0]
        let isAllowed = spec.contains("allowedManagers")
        #expect(
            change?["drift"] == (isAllowed ? ["changed", "removed"] : ["addition", "changed", "removed"]),
            "\(spec)"
        )
        #expect(change?["foreignManagers"] == ["intruder"], "\(spec): \(String(describing: change))")
        #expect(try await site.verify().status == 0)
    }

    @Test func `an addition that a heal left is still seen`() async throws {
        let site = try await ClusterSite()
        try await site.commit("settings.yaml", Manifests.settings("a: '1'"))
        try check(await site.apply())
        let edit = #"{"data":{"a":"x","c":"new"}}"#
        try check(await site.kubectl("patch", "configmap", "settings", "--type=merge", "-p", edit))
        try check(await site.apply())
        #expect(try await site.live("configmap/settings", ".data") == #"{"a":"1","c":"new"}"#)
        let healed = try #require(try await site.records("outcome").last)["predicate"]?["changes"]?[0]
        #expect(healed?["additions"] == ["/data/c"])
        try check(await site.taffrail(["apply"] + site.delivery + site.log + (try environment(site, "heal: strict"))))
        #expect(try await site.live("configmap/settings", ".data") == #"{"a":"1"}"#)
        #expect(try await site.plan().status == 0)
    }

    @Test func `a container that somebody adds is an addition, and under strict it goes`() async throws {
        let site = try await ClusterSite()
        try await site.commit("web.yaml", Manifests.web("replicas: 0"))
        try check(await site.apply())
        let patch =
            #"{"spec":{"template":{"spec":{"containers":[{"name":"miner","image":"miner:1"}]}}}}"#
        try check(await site.kubectl("patch", "deployment", "web", "-p", patch))
        let names = ".spec.template.spec.containers[*].name"
        try check(await site.apply())
        #expect(try await site.live("deployment/web", names).split(separator: " ").sorted() == ["miner", "web"])
        let change = try #require(try await site.records("drift").first)["predicate"]?["changes"]?[0]
        #expect(change?["drift"] == ["addition"])
        try check(await site.taffrail(["apply"] + site.delivery + site.log + (try environment(site, "heal: strict"))))
        #expect(try await site.live("deployment/web", names) == "web")
        #expect(try await site.plan().status == 0)
    }

    @Test func `a deleted object is drift of its own class, and comes back`() async throws {
        let site = try await ClusterSite()
        try await site.commitSettings()
        try check(await site.apply())
        try check(await site.kubectl("delete", "configmap", "settings"))
        try check(await site.apply())
        #expect(try await site.liveThreshold == "0.8")
        let change = try #require(try await site.records("drift").first)["predicate"]?["changes"]?[0]
        #expect(change?["drift"] == ["removed"])
    }

    // MARK: - On screen

    /// The last record of a kind, as a table.
    private func showLast(_ kind: String, of site: ClusterSite) async throws -> String {
        let list = try await site.taffrail("audit", "log", site.path("log"), "--kind", kind, "-o", "json").output
        let index = try #require(try JSONValue(parsing: list).arrayValue?.last?["index"]?.intValue)
        return try await site.taffrail("audit", "show", site.path("log"), "\(index)", "-o", "table").output
    }

    @Test func `what others put beside ours is said by a plan, a diff and an apply, to people and programs`()
        async throws
    {
        let site = try await ClusterSite()
        try await site.commit("settings.yaml", Manifests.settings("a: '1'"))
        try check(await site.apply())
        let patch = ["patch", "configmap", "settings", "--type=merge", "--field-manager=intruder", "-p"]
        try check(await site.kubectl(patch + [#"{"data":{"extra":"x"}}"#]))
        let line =
            "left: ConfigMap/\(site.namespace)/settings has /data/extra, set by intruder (heal: strict takes it away)\n"
        let results = [
            try await site.bare("plan"), try await site.bare("diff"), try await site.plan(), try await site.apply(),
        ]
        for result in results { #expect(result.output.contains(line), "\(result.output)\(result.errors)") }
        for json in [try await site.plan("-o", "json"), try await site.apply("-o", "json")] {
            let left = try JSONValue(parsing: json.output)["left"]?[0]
            #expect(left?["reason"] == "addition" && left?["fields"] == ["/data/extra"], "\(json.output)")
            #expect(left?["foreignManagers"] == ["intruder"], "\(json.output)")
        }
        let strict = try environment(site, "heal: strict")
        let heal = try await site.taffrail(["apply"] + site.delivery + site.log + strict)
        #expect(heal.status == 0 && !heal.output.contains("left: "), "\(heal.output)\(heal.errors)")
    }

    @Test func `a record of drift says in which way, by whom, and of which fields`() async throws {
        let site = try await ClusterSite()
        try await site.commit("settings.yaml", Manifests.settings("a: '1'"))
        try check(await site.apply())
        let patch = ["patch", "configmap", "settings", "--type=merge", "--field-manager=intruder", "-p"]
        func show() async throws -> String {
            try await showLast("drift", of: site)
        }
        try check(await site.kubectl(patch + [#"{"data":{"extra":"x"}}"#]))
        try check(await site.apply())
        let added = try await show()
        #expect(added.contains("DRIFT\n") && added.contains("settings   addition by intruder\n"), "\(added)")
        #expect(!added.contains("none "), "\(added)")
        #expect(added.contains("  /data/extra: \"x\" -> (none)\n"), "\(added)")

        let many = (0..<30).map { "\"k\($0)\":\"\($0)\"" }.joined(separator: ",")
        try check(await site.kubectl(patch + ["{\"data\":{\"a\":\"2\",\(many)}}"]))
        try check(await site.apply())
        let changed = try await show()
        #expect(changed.contains("addition, changed by intruder"), "\(changed)")
        #expect(changed.contains("  /data/a: \"2\" -> \"1\"\n"), "\(changed)")
        #expect(changed.contains("  and 12 fields more, in the blob sha256:"), "\(changed)")
        let list = try await site.taffrail("audit", "log", site.path("log"), "--kind", "drift").output
        #expect(list.contains("addition ConfigMap/settings by intruder\n"), "\(list)")

        try FileManager.default.removeItem(atPath: site.path("log/blobs"))
        let bare = try await show()
        #expect(
            bare.contains("addition, changed by intruder") && bare.contains("the fields are not shown: "),
            "\(bare)"
        )
    }

    @Test func `a record of an outcome says which objects are not well`() async throws {
        let site = try await ClusterSite()
        try await site.commit("web.yaml", Manifests.web("paused: true"))
        let applied = try await site.apply("--timeout", "1")
        #expect(applied.status == 1, "\(applied.output)\(applied.errors)")
        let shown = try await showLast("outcome", of: site)
        #expect(shown.contains("Deployment/\(site.namespace)/web is "), "\(shown)")
    }
}
