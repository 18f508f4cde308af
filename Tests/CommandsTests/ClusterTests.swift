// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

/// The binary against a real API server: a workstation's apply, from commit to record.
@Suite(.serialized) struct ClusterTests {
    @Test func `a commit is applied once, recorded, healed, pruned, and planned without changes`() async throws {
        let site = try await ClusterSite()
        try site.write("settings.yaml", ClusterSite.settings)
        try site.write(
            "web.yaml",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: token}
            stringData: {password: planted-secret-value}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 0
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: web, image: web:1, resources: {limits: {cpu: 1000m}}, ports: [{containerPort: 80}]}]}
            """
        )
        try await site.commit("First")
        let first = try await site.apply()
        #expect(first.status == 0, "\(first.output)\(first.errors)")
        #expect(try await site.liveThreshold == "0.8")

        let quiet = try await site.plan()
        #expect(quiet.status == 0 && quiet.output.contains("no changes"), "\(quiet.output)\(quiet.errors)")

        _ = try await site.kubectl(
            "patch",
            "configmap",
            "settings",
            "--type=merge",
            "-p",
            #"{"data":{"threshold":"0.1"}}"#
        )
        #expect(try await site.plan().status == 2)
        let healed = try await site.apply()
        #expect(healed.output.contains("heal"), "\(healed.output)\(healed.errors)")
        #expect(try await site.liveThreshold == "0.8")

        try await site.git("rm", "-q", "app/settings.yaml")
        try await site.commit("Remove the settings")
        let pruned = try await site.apply()
        #expect(pruned.status == 0 && pruned.output.contains("prune"), "\(pruned.output)\(pruned.errors)")
        #expect(try await !site.hasSettings)

        let verified = try await site.verify()
        #expect(
            verified.status == 0 && verified.output.contains("1 healed") && verified.output.contains("1 pruned"),
            "\(verified.output)\(verified.errors)"
        )
        let found = try await run("grep", ["-r", "planted-secret-value", site.path("log")])
        #expect(found.status == 1, "the log holds a Secret's value")
    }

    @Test func `a diff shows fields for people and for programs, and says by its status what it found`() async throws {
        let site = try await ClusterSite()
        func diff(_ extra: [String] = []) async throws -> ProgramResult {
            try await site.taffrail(["diff"] + site.delivery + extra)
        }
        try site.write("settings.yaml", ClusterSite.settings)
        try site.write(
            "secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: planted-one}\n"
        )
        try await site.commit("First")
        #expect(try await site.apply().status == 0)
        #expect(try await diff(site.log).status == 0)

        try site.write("settings.yaml", ClusterSite.settings.replacing("0.8", with: "0.9"))
        try site.write(
            "secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: planted-two}\n"
        )
        try await site.commit("Second")
        let text = try await diff()
        #expect(text.status == 1, "\(text.errors)")
        #expect(
            text.output.contains("@@ /data/threshold @@\n- '0.8'\n+ '0.9'")
                || text.output.contains("- \"0.8\"\n+ \"0.9\"")
        )
        #expect(!text.output.contains("planted") && !text.output.contains("cGxhbnRlZC"), "\(text.output)")
        let json = try JSONValue(parsing: await diff(["-o", "json"]).output)
        let change = json["changes"]?.arrayValue?.first { $0["kind"] == "ConfigMap" }
        #expect(change?["fields"] == [["path": "/data/threshold", "before": "0.8", "after": "0.9"]])
        #expect(try await diff(["-o", "yaml"]).output.contains("path: /data/threshold"))

        try site.write("bad.yaml", "kind: [")
        try await site.commit("Third")
        #expect(try await diff().status == 2)
    }

    @Test func `records are found by their objects as people write them, and what is not there is said`() async throws {
        let site = try await ClusterSite()
        try await site.commitSettings()
        let new = try await site.bare("diff")
        #expect(new.output.hasPrefix("--- ConfigMap/\(site.namespace)/settings (not there)\n"), "\(new.output)")
        #expect(try await site.apply().status == 0)
        func find(_ object: String) async throws -> ProgramResult {
            try await site.taffrail("audit", "log", site.path("log"), "--object", object)
        }
        for object in [
            "ConfigMap/settings", "configmap/settings", "CONFIGMAP/\(site.namespace)/settings",
            "\(site.namespace)/sett",
        ] {
            let found = try await find(object)
            #expect(found.output.contains("create ConfigMap/settings") && found.errors.isEmpty, "\(object)")
        }
        for object in ["secret/settings", "configmap/sett", "configmap/other/settings"] {
            let found = try await find(object)
            #expect(found.status == 0 && found.errors == "no record matches\n", "\(object): \(found.output)")
        }
        let beyond = try await site.taffrail("audit", "show", site.path("log"), "99")
        #expect(beyond.status == 1 && beyond.errors.contains("the log has records 0 to 2:"), "\(beyond.errors)")
    }

    @Test(arguments: ["1", "0m1s"]) func `an apply waits for health as long as it is told`(time: String) async throws {
        let site = try await ClusterSite()
        try site.write(
            "stuck.yaml",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: stuck, annotations: {taffrail.dev/test-never-ready: "true"}}
            spec: {containers: [{name: stuck, image: "stuck:1"}]}
            """
        )
        try await site.commit("First")
        // Also when there is nothing more to write.
        for round in 1...3 {
            let result = try await site.apply("--timeout", time)
            #expect(
                result.status == 1 && result.output.contains("is InProgress"),
                "\(round): \(result.output)\(result.errors)"
            )
        }
    }

    @Test func `an object of somebody else is adopted on the record`() async throws {
        let site = try await ClusterSite()
        _ = try await site.kubectl("create", "configmap", "settings", "--from-literal=threshold=0.5")
        try await site.commitSettings()
        let result = try await site.apply()
        #expect(result.status == 0 && result.output.contains("adopt"), "\(result.output)\(result.errors)")
        #expect(try await site.liveThreshold == "0.8")
    }

    @Test func `what another log applied under the same name is not taken from it`() async throws {
        let site = try await ClusterSite()
        try await site.commitSettings()
        try check(await site.apply())
        try check(
            await site.taffrail("keys", "generate", "--name", "example.com/second", "--out", site.path("second.key"))
        )
        let second = ["--log", site.path("second"), "--key", site.path("second.key")]
        let applied = try await site.taffrail(["apply"] + site.delivery + second + ["--begin-log"])
        #expect(applied.status == 3, "\(applied.output)\(applied.errors)")
        #expect(applied.output.contains("applied from here by the log example.com/test"), "\(applied.output)")
        let planned = try await site.taffrail(["plan"] + site.delivery + ["--log", site.path("second")])
        #expect(planned.status == 3, "\(planned.output)\(planned.errors)")
        // Under another name it is another owner's, as before; and the first log goes on.
        let named = try await site.taffrail(["apply"] + site.delivery + second + ["--name", "second"])
        #expect(named.status == 3 && named.output.contains("another owner"), "\(named.output)\(named.errors)")
        #expect(try await site.plan().status == 0)
        // A log that is lost holds nothing for ever.
        try check(await site.kubectl("annotate", "configmap", "settings", "taffrail.dev/audit-index-"))
        try check(await site.taffrail(["apply"] + site.delivery + second))
    }
}
