// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

/// What a workstation refuses to deliver, and what goes on beside it.
@Suite(.serialized) struct RefusalTests {
    @Test func `a bad file, an unknown kind and a field of the wrong type stop themselves alone`() async throws {
        let site = try await ClusterSite()
        try site.write("good.yaml", ClusterSite.settings)
        try site.write("tab.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n")
        try site.write("kind.yaml", "apiVersion: v1\nkind: Konfig\nmetadata: {name: x}\n")
        try site.write("type.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: many}\n")
        try await site.commit("Some good, some bad")
        let result = try await site.apply()
        #expect(result.status != 0)
        #expect(result.output.contains("app/tab.yaml:4:1"), "\(result.output)")
        #expect(
            result.output.contains("app/kind.yaml:2:7") || result.output.contains("app/kind.yaml:1:1"),
            "\(result.output)"
        )
        #expect(result.output.contains("serves no kind Konfig"), "\(result.output)")
        #expect(result.output.contains("failed      create      Service"), "\(result.output)")
        #expect(result.output.contains("ports"), "the server's words name the field: \(result.output)")
        #expect(try await site.liveThreshold == "0.8")
        let log = try await site.taffrail("audit", "log", site.path("log"), "--kind", "denied")
        #expect(log.output.contains("app/tab.yaml"), "\(log.output)")
    }

    @Test func `what is refused is told by the status of plan and apply`() async throws {
        let site = try await ClusterSite()
        try site.write("settings.yaml", ClusterSite.settings)
        try site.write("version.yaml", "apiVersion: a/b/c\nkind: ConfigMap\nmetadata: {name: x}\n")
        try await site.commit("First")
        let json = try await site.taffrail(["plan"] + site.delivery + ["-o", "json"])
        let report = try JSONValue(parsing: json.output)
        #expect(json.status == 3 && report["findings"]?[0]?["rule"] == "wrong-type", "\(json.output)\(json.errors)")
        #expect(report["changes"]?[0]?["operation"] == "create")
        let apply = try await site.apply("-o", "json")
        #expect(apply.status == 3)
        let plan = try await site.plan()
        #expect(plan.status == 3 && plan.output.contains("app/version.yaml:1:1"), "\(plan.output)\(plan.errors)")
        #expect(try JSONValue(parsing: apply.output)["results"]?[0]?["status"] == "succeeded")
        let shown = try await site.taffrail("audit", "show", site.path("log"), "2")
        #expect(try JSONValue(parsing: shown.output)["predicate"]?["kind"] == "intent", "\(shown.output)")
        let yaml = try await site.taffrail("audit", "log", site.path("log"), "-o", "yaml", "--object", "ConfigMap")
        #expect(yaml.output.contains("kind: outcome"), "\(yaml.output)")
        let other = try await site.taffrail("audit", "log", site.path("log"), "-o", "json", "--environment", "no/where")
        #expect(other.output == "[]\n", "\(other.output)")
    }

    @Test func `validation asks the cluster for its kinds where it is told to`() async throws {
        let site = try await ClusterSite()
        try site.write("kind.yaml", "apiVersion: v1\nkind: Konfig\nmetadata: {name: x}\n")
        try await site.commit("First")
        func validate(_ extra: String...) async throws -> ProgramResult {
            try await site.taffrail(["validate"] + site.source + extra)
        }
        let offline = try await validate()
        #expect(offline.status == 0, "\(offline.output)\(offline.errors)")
        let asked = try await validate("--ask-cluster")
        #expect(asked.status == 3 && asked.output.contains("serves no kind Konfig"), "\(asked.output)")
        let pointless = try await validate("--as", "somebody")
        #expect(pointless.status == 1 && pointless.errors.contains("need --ask-cluster"), "\(pointless.errors)")
        let refused = try await validate("--ask-cluster", "--as", "somebody")
        #expect(refused.status != 0)
    }

    @Test func `a commit that would empty everything is refused`() async throws {
        let site = try await ClusterSite()
        try await site.commitSettings()
        #expect(try await site.apply().status == 0)
        try await site.git("rm", "-q", "app/settings.yaml")
        try site.write("README.md", "nothing")
        try await site.commit("Empty")
        let refused = try await site.apply()
        #expect(refused.status == 1 && refused.errors.contains("would prune 1 object:"), "\(refused.errors)")
        // Here is no Environment that could be annotated.
        #expect(refused.errors.contains("run it with --allow-empty\n") && !refused.errors.contains("annotate"))
        #expect(try await site.liveThreshold == "0.8")

        // What is wrong beside it is told, too, and opens no door.
        try site.write("kind.yaml", "{apiVersion: v1, kind: Konfig, metadata: {name: x}}")
        try await site.commit("An unknown kind")
        let unknown = try await site.apply()
        #expect(unknown.status == 3, "\(unknown.output)\(unknown.errors)")
        #expect(unknown.output.contains("[unknown-kind]") && unknown.output.contains("[empty-revision]"))
        #expect(try await site.liveThreshold == "0.8")
        try await site.git("rm", "-q", "app/kind.yaml")
        // And nothing goes on the word of a file that cannot be read.
        try site.write("broken.yaml", "kind: [")
        try await site.commit("Break")
        let broken = try await site.apply()
        #expect(broken.status == 3, "\(broken.output)\(broken.errors)")
        #expect(broken.output.contains("app/broken.yaml:2:1") && broken.output.contains("[prunes-held-back]"))
        #expect(try await site.liveThreshold == "0.8")
        try await site.git("rm", "-q", "app/broken.yaml")
        try await site.commit("Mend")
        #expect(try await site.apply("--allow-empty").status == 0)
    }

    @Test(arguments: [
        ("an unreachable server", "https://127.0.0.1:1/x.git", "connect"),
        ("a plain URL", "http://127.0.0.1:1/x.git", "only https:// repositories are fetched"),
        ("no folder", "/nowhere/at/all", "there is no folder"),
    ])
    func `a repository that cannot be read is said so`(what: String, url: String, message: String) async throws {
        let site = try await ClusterSite()
        let result = try await site.taffrail("plan", "--repo", url, "-n", site.namespace)
        #expect(result.status == 1 && result.errors.lowercased().contains(message), "\(what): \(result.errors)")
    }
}
