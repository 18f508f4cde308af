// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// The binary against a real API server: a workstation's apply, from commit to record.
@Suite(.serialized) struct ClusterTests {
    /// A config repository, a namespace, and a log for one test.
    private struct Site {
        let kubeconfig: String
        let namespace: String
        let folder: TemporaryDirectory

        init() async throws {
            kubeconfig = try await ControlPlane.kubeconfig()
            namespace = try await makeNamespace(kubeconfig)
            folder = try TemporaryDirectory()
            try await git("init", "-q", "-b", "main", ".")
            try await git("config", "user.name", "Ada Lovelace")
            try await git("config", "user.email", "ada@example.com")
            _ = try await taffrail("keys", "generate", "--name", "example.com/test", "--out", path("log.key"))
        }

        func path(_ name: String) -> String { folder.path + "/" + name }

        func git(_ arguments: String...) async throws {
            try FileManager.default.createDirectory(atPath: path("repo/app"), withIntermediateDirectories: true)
            let result = try await run("git", arguments, directory: URL(filePath: path("repo")))
            guard result.status == 0 else { throw MissingPart.git(result.errors) }
        }

        func write(_ name: String, _ text: String) throws {
            try FileManager.default.createDirectory(atPath: path("repo/app"), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path("repo/app/" + name)))
        }

        func commit(_ message: String) async throws {
            try await git("add", "-A")
            try await git("commit", "-qm", message)
        }

        func taffrail(_ arguments: String...) async throws -> ProgramResult {
            try await run(
                Parts.product("taffrail"),
                arguments,
                environment: ["KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": path("cache"), "NO_COLOR": "1"]
            )
        }

        func apply(_ extra: String...) async throws -> ProgramResult {
            try await run(
                Parts.product("taffrail"),
                [
                    "apply", "--repo", path("repo"), "--path", "app", "-n", namespace, "--log", path("log"), "--key",
                    path("log.key"), "--prune", "--begin-log",
                ]
                    + extra,
                environment: ["KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": path("cache"), "NO_COLOR": "1"]
            )
        }

        func plan() async throws -> ProgramResult {
            try await taffrail(
                "plan",
                "--repo",
                path("repo"),
                "--path",
                "app",
                "-n",
                namespace,
                "--log",
                path("log"),
                "--key",
                path("log.key"),
                "--prune",
                "--detailed-exitcode"
            )
        }

        func verify() async throws -> ProgramResult {
            try await taffrail("audit", "verify", path("log"), "--key", path("log.key.vkey"))
        }
        func live(_ object: String, _ path: String) async throws -> String {
            try await kubectl(kubeconfig, "-n", namespace, "get", object, "-o", "jsonpath={\(path)}").output
        }
    }

    private static let settings =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {threshold: '0.8'}\n"

    @Test func `a commit is applied once, recorded, healed, pruned, and planned without changes`() async throws {
        let site = try await Site()
        try site.write("settings.yaml", Self.settings)
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
        #expect(try await site.live("configmap/settings", ".data.threshold") == "0.8")

        let quiet = try await site.plan()
        #expect(quiet.status == 0 && quiet.output.contains("no changes"), "\(quiet.output)\(quiet.errors)")

        _ = try await kubectl(
            site.kubeconfig,
            "-n",
            site.namespace,
            "patch",
            "configmap",
            "settings",
            "--type",
            "merge",
            "-p",
            #"{"data":{"threshold":"0.1"}}"#
        )
        #expect(try await site.plan().status == 2)
        let healed = try await site.apply()
        #expect(healed.output.contains("heal"), "\(healed.output)\(healed.errors)")
        #expect(try await site.live("configmap/settings", ".data.threshold") == "0.8")

        try await site.git("rm", "-q", "app/settings.yaml")
        try await site.commit("Remove the settings")
        let pruned = try await site.apply()
        #expect(pruned.status == 0 && pruned.output.contains("prune"), "\(pruned.output)\(pruned.errors)")
        #expect(try await kubectl(site.kubeconfig, "-n", site.namespace, "get", "configmap", "settings").status != 0)

        let verified = try await site.verify()
        #expect(
            verified.status == 0 && verified.output.contains("1 healed") && verified.output.contains("1 pruned"),
            "\(verified.output)\(verified.errors)"
        )
        let found = try await run("grep", ["-r", "planted-secret-value", site.path("log")])
        #expect(found.status == 1, "the log holds a Secret's value")
    }

    @Test func `a diff shows fields for people and for programs, and says by its status what it found`() async throws {
        let site = try await Site()
        func diff(_ extra: String...) async throws -> ProgramResult {
            let words = ["diff", "--repo", site.path("repo"), "--path", "app", "-n", site.namespace] + extra
            let variables = ["KUBECONFIG": site.kubeconfig, "XDG_CACHE_HOME": site.path("cache")]
            return try await run(Parts.product("taffrail"), words, environment: variables)
        }
        try site.write("settings.yaml", Self.settings)
        try site.write(
            "secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: planted-one}\n"
        )
        try await site.commit("First")
        #expect(try await site.apply().status == 0)
        let log = ["--log", site.path("log"), "--key", site.path("log.key")]
        #expect(try await diff(log[0], log[1], log[2], log[3]).status == 0)

        try site.write("settings.yaml", Self.settings.replacing("0.8", with: "0.9"))
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
        let json = try JSONValue(parsing: await diff("-o", "json").output)
        let change = json["changes"]?.arrayValue?.first { $0["kind"] == "ConfigMap" }
        #expect(change?["fields"] == [["path": "/data/threshold", "before": "0.8", "after": "0.9"]])
        #expect(try await diff("-o", "yaml").output.contains("path: /data/threshold"))

        try site.write("bad.yaml", "kind: [")
        try await site.commit("Third")
        #expect(try await diff().status == 2)
    }

    @Test func `a bad file, an unknown kind and a field of the wrong type stop themselves alone`() async throws {
        let site = try await Site()
        try site.write("good.yaml", Self.settings)
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
        #expect(try await site.live("configmap/settings", ".data.threshold") == "0.8")
        let log = try await site.taffrail("audit", "log", site.path("log"), "--kind", "denied")
        #expect(log.output.contains("app/tab.yaml"), "\(log.output)")
    }

    @Test func `what is refused is told by the status of plan and apply`() async throws {
        let site = try await Site()
        try site.write("settings.yaml", Self.settings)
        try site.write("version.yaml", "apiVersion: a/b/c\nkind: ConfigMap\nmetadata: {name: x}\n")
        try await site.commit("First")
        let json = try await site.taffrail(
            "plan",
            "--repo",
            site.path("repo"),
            "--path",
            "app",
            "-n",
            site.namespace,
            "-o",
            "json"
        )
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

    @Test func `an apply waits for health as long as it is told`() async throws {
        let site = try await Site()
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
        let result = try await site.apply("--timeout", "1")
        #expect(result.status == 1 && result.output.contains("is InProgress"), "\(result.output)\(result.errors)")
    }

    @Test func `a log is begun only by who says so`() async throws {
        let site = try await Site()
        try site.write("settings.yaml", Self.settings)
        try await site.commit("First")
        let result = try await site.taffrail(
            "apply",
            "--repo",
            site.path("repo"),
            "--path",
            "app",
            "-n",
            site.namespace,
            "--log",
            site.path("lgo"),
            "--key",
            site.path("log.key")
        )
        #expect(
            result.status == 1 && result.errors.contains("there is no log in \(site.path("lgo"))"),
            "\(result.errors)"
        )
        #expect(!FileManager.default.fileExists(atPath: site.path("lgo")))
        #expect(try await kubectl(site.kubeconfig, "-n", site.namespace, "get", "configmap", "settings").status != 0)
    }

    @Test func `validation asks the cluster for its kinds where it is told to`() async throws {
        let site = try await Site()
        try site.write("kind.yaml", "apiVersion: v1\nkind: Konfig\nmetadata: {name: x}\n")
        try await site.commit("First")
        let words = ["validate", "--repo", site.path("repo"), "--path", "app"]
        let offline = try await site.taffrail(words[0], words[1], words[2], words[3], words[4])
        #expect(offline.status == 0, "\(offline.output)\(offline.errors)")
        let asked = try await site.taffrail(words[0], words[1], words[2], words[3], words[4], "--ask-cluster")
        #expect(asked.status == 3 && asked.output.contains("serves no kind Konfig"), "\(asked.output)")
        let pointless = try await site.taffrail(words[0], words[1], words[2], words[3], words[4], "--as", "somebody")
        #expect(pointless.status == 1 && pointless.errors.contains("need --ask-cluster"), "\(pointless.errors)")
        let refused = try await site.taffrail(
            words[0],
            words[1],
            words[2],
            words[3],
            words[4],
            "--ask-cluster",
            "--as",
            "somebody"
        )
        #expect(refused.status != 0)
    }

    @Test func `nothing is applied when the log cannot be written`() async throws {
        let site = try await Site()
        try site.write("settings.yaml", Self.settings)
        try await site.commit("First")
        try Data().write(to: URL(filePath: site.path("log")))
        let result = try await site.apply()
        #expect(result.status == 1 && result.errors.contains(site.path("log")), "\(result.errors)")
        #expect(try await kubectl(site.kubeconfig, "-n", site.namespace, "get", "configmap", "settings").status != 0)
    }

    @Test func `nothing is applied when the disk of the log is full`() async throws {
        let site = try await Site()
        let mount = site.path("small")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        let asRoot = getuid() == 0 ? [] : ["sudo", "-n"]
        let owner = "size=64k,uid=\(getuid()),gid=\(getgid())"
        let mounted = try await run("env", asRoot + ["mount", "-t", "tmpfs", "-o", owner, "tmpfs", mount])
        try Parts.require("the right to mount a small file system", mounted.status == 0)
        defer { _ = try? runBlocking("env", asRoot + ["umount", mount]) }
        try site.write("settings.yaml", Self.settings)
        try await site.commit("First")
        let result = try await site.taffrail(
            "apply",
            "--repo",
            site.path("repo"),
            "--path",
            "app",
            "-n",
            site.namespace,
            "--log",
            mount + "/log",
            "--key",
            site.path("log.key"),
            "--begin-log"
        )
        #expect(result.status == 1 && result.errors.contains("full"), "\(result.errors)")
        #expect(try await kubectl(site.kubeconfig, "-n", site.namespace, "get", "configmap", "settings").status != 0)
    }

    @Test func `a commit that would empty everything is refused`() async throws {
        let site = try await Site()
        try site.write("settings.yaml", Self.settings)
        try await site.commit("First")
        #expect(try await site.apply().status == 0)
        try await site.git("rm", "-q", "app/settings.yaml")
        try site.write("README.md", "nothing")
        try await site.commit("Empty")
        let refused = try await site.apply()
        #expect(refused.status == 1 && refused.errors.contains("would prune 1 object:"), "\(refused.errors)")
        #expect(try await site.live("configmap/settings", ".data.threshold") == "0.8")

        // What is wrong beside it is told, too, and opens no door.
        try site.write("kind.yaml", "{apiVersion: v1, kind: Konfig, metadata: {name: x}}")
        try await site.commit("An unknown kind")
        let unknown = try await site.apply()
        #expect(unknown.status == 3, "\(unknown.output)\(unknown.errors)")
        #expect(unknown.output.contains("[unknown-kind]") && unknown.output.contains("[empty-revision]"))
        #expect(try await site.live("configmap/settings", ".data.threshold") == "0.8")
        try await site.git("rm", "-q", "app/kind.yaml")
        // And nothing goes on the word of a file that cannot be read.
        try site.write("broken.yaml", "kind: [")
        try await site.commit("Break")
        let broken = try await site.apply()
        #expect(broken.status == 3, "\(broken.output)\(broken.errors)")
        #expect(broken.output.contains("app/broken.yaml:2:1") && broken.output.contains("[prunes-held-back]"))
        #expect(try await site.live("configmap/settings", ".data.threshold") == "0.8")
        try await site.git("rm", "-q", "app/broken.yaml")
        try await site.commit("Mend")
        #expect(try await site.apply("--allow-empty").status == 0)
    }

    @Test func `an object of somebody else is adopted on the record`() async throws {
        let site = try await Site()
        _ = try await kubectl(
            site.kubeconfig,
            "-n",
            site.namespace,
            "create",
            "configmap",
            "settings",
            "--from-literal=threshold=0.5"
        )
        try site.write("settings.yaml", Self.settings)
        try await site.commit("First")
        let result = try await site.apply()
        #expect(result.status == 0 && result.output.contains("adopt"), "\(result.output)\(result.errors)")
        #expect(try await site.live("configmap/settings", ".data.threshold") == "0.8")
    }

    @Test func `a log that was rolled back or cut is refused`() async throws {
        let site = try await Site()
        try site.write("settings.yaml", Self.settings)
        try await site.commit("First")
        let applied = try await site.apply()
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
        let published = try FileManager.default.contentsOfDirectory(atPath: site.path("log/checkpoints")).compactMap {
            Int($0)
        }.sorted()
        let older = try #require(published.first)
        try Data(contentsOf: URL(filePath: site.path("log/checkpoints/\(older)"))).write(
            to: URL(filePath: site.path("log/checkpoint"))
        )
        let rolledBack = try await site.apply()
        #expect(
            rolledBack.status == 1 && rolledBack.errors.contains("was rolled back: its checkpoint has size"),
            "\(rolledBack.errors)"
        )
        let verified = try await site.verify()
        #expect(verified.status == 1 && verified.errors.contains("checkpoint"), "\(verified.errors)")
    }

    @Test(arguments: [
        ("an unreachable server", "https://127.0.0.1:1/x.git", "connect"),
        ("a plain URL", "http://127.0.0.1:1/x.git", "only https:// repositories are fetched"),
        ("no folder", "/nowhere/at/all", "there is no folder"),
    ])
    func `a repository that cannot be read is said so`(what: String, url: String, message: String) async throws {
        let site = try await Site()
        let result = try await site.taffrail("plan", "--repo", url, "-n", site.namespace)
        #expect(result.status == 1 && result.errors.lowercased().contains(message), "\(what): \(result.errors)")
    }
}

extension MissingPart {
    fileprivate static func git(_ errors: String) -> any Error { GitFailed(description: errors) }
}

private struct GitFailed: Error, CustomStringConvertible {
    let description: String
}
