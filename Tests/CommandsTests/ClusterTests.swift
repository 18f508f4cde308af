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
            namespace = try makeNamespace(kubeconfig)
            folder = try TemporaryDirectory()
            try git("init", "-q", "-b", "main", ".")
            try git("config", "user.name", "Ada Lovelace")
            try git("config", "user.email", "ada@example.com")
            _ = try taffrail("keys", "generate", "--name", "example.com/test", "--out", path("log.key"))
        }

        func path(_ name: String) -> String { folder.path + "/" + name }

        func git(_ arguments: String...) throws {
            try FileManager.default.createDirectory(atPath: path("repo/app"), withIntermediateDirectories: true)
            let result = try run("git", arguments, directory: URL(filePath: path("repo")))
            guard result.status == 0 else { throw MissingPart.git(result.errors) }
        }

        func write(_ name: String, _ text: String) throws {
            try FileManager.default.createDirectory(atPath: path("repo/app"), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path("repo/app/" + name)))
        }

        func commit(_ message: String) throws {
            try git("add", "-A")
            try git("commit", "-qm", message)
        }

        func taffrail(_ arguments: String...) throws -> ProgramResult {
            try run(
                Parts.product("taffrail"),
                arguments,
                environment: ["KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": path("cache"), "NO_COLOR": "1"]
            )
        }

        func apply(_ extra: String...) throws -> ProgramResult {
            try run(
                Parts.product("taffrail"),
                [
                    "apply", "--repo", path("repo"), "--path", "app", "-n", namespace, "--log", path("log"), "--key",
                    path("log.key"), "--prune",
                ]
                    + extra,
                environment: ["KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": path("cache"), "NO_COLOR": "1"]
            )
        }

        func plan() throws -> ProgramResult {
            try taffrail(
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

        func verify() throws -> ProgramResult {
            try taffrail("audit", "verify", path("log"), "--key", path("log.key.vkey"))
        }
        func live(_ object: String, _ path: String) throws -> String {
            try kubectl(kubeconfig, "-n", namespace, "get", object, "-o", "jsonpath={\(path)}").output
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
        try site.commit("First")
        let first = try site.apply()
        #expect(first.status == 0, "\(first.output)\(first.errors)")
        #expect(try site.live("configmap/settings", ".data.threshold") == "0.8")

        let quiet = try site.plan()
        #expect(quiet.status == 0 && quiet.output.contains("no changes"), "\(quiet.output)\(quiet.errors)")

        _ = try kubectl(
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
        #expect(try site.plan().status == 2)
        let healed = try site.apply()
        #expect(healed.output.contains("heal"), "\(healed.output)\(healed.errors)")
        #expect(try site.live("configmap/settings", ".data.threshold") == "0.8")

        try site.git("rm", "-q", "app/settings.yaml")
        try site.commit("Remove the settings")
        let pruned = try site.apply()
        #expect(pruned.status == 0 && pruned.output.contains("prune"), "\(pruned.output)\(pruned.errors)")
        #expect(try kubectl(site.kubeconfig, "-n", site.namespace, "get", "configmap", "settings").status != 0)

        let verified = try site.verify()
        #expect(
            verified.status == 0 && verified.output.contains("1 healed") && verified.output.contains("1 pruned"),
            "\(verified.output)\(verified.errors)"
        )
        let found = try run("grep", ["-r", "planted-secret-value", site.path("log")])
        #expect(found.status == 1, "the log holds a Secret's value")
    }

    @Test func `a diff shows fields for people and for programs, and says by its status what it found`() async throws {
        let site = try await Site()
        func diff(_ extra: String...) throws -> ProgramResult {
            let words = ["diff", "--repo", site.path("repo"), "--path", "app", "-n", site.namespace] + extra
            let variables = ["KUBECONFIG": site.kubeconfig, "XDG_CACHE_HOME": site.path("cache")]
            return try run(Parts.product("taffrail"), words, environment: variables)
        }
        try site.write("settings.yaml", Self.settings)
        try site.write(
            "secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: planted-one}\n"
        )
        try site.commit("First")
        #expect(try site.apply().status == 0)
        let log = ["--log", site.path("log"), "--key", site.path("log.key")]
        #expect(try diff(log[0], log[1], log[2], log[3]).status == 0)

        try site.write("settings.yaml", Self.settings.replacing("0.8", with: "0.9"))
        try site.write(
            "secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: planted-two}\n"
        )
        try site.commit("Second")
        let text = try diff()
        #expect(text.status == 1, "\(text.errors)")
        #expect(
            text.output.contains("@@ /data/threshold @@\n- '0.8'\n+ '0.9'")
                || text.output.contains("- \"0.8\"\n+ \"0.9\"")
        )
        #expect(!text.output.contains("planted") && !text.output.contains("cGxhbnRlZC"), "\(text.output)")
        let json = try JSONValue(parsing: diff("-o", "json").output)
        let change = json["changes"]?.arrayValue?.first { $0["kind"] == "ConfigMap" }
        #expect(change?["fields"] == [["path": "/data/threshold", "before": "0.8", "after": "0.9"]])
        #expect(try diff("-o", "yaml").output.contains("path: /data/threshold"))

        try site.write("bad.yaml", "kind: [")
        try site.commit("Third")
        #expect(try diff().status == 2)
    }

    @Test func `a bad file, an unknown kind and a field of the wrong type stop themselves alone`() async throws {
        let site = try await Site()
        try site.write("good.yaml", Self.settings)
        try site.write("tab.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n")
        try site.write("kind.yaml", "apiVersion: v1\nkind: Konfig\nmetadata: {name: x}\n")
        try site.write("type.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: many}\n")
        try site.commit("Some good, some bad")
        let result = try site.apply()
        #expect(result.status != 0)
        #expect(result.output.contains("app/tab.yaml:4:1"), "\(result.output)")
        #expect(
            result.output.contains("app/kind.yaml:2:7") || result.output.contains("app/kind.yaml:1:1"),
            "\(result.output)"
        )
        #expect(result.output.contains("serves no kind Konfig"), "\(result.output)")
        #expect(result.output.contains("failed      create      Service"), "\(result.output)")
        #expect(try site.live("configmap/settings", ".data.threshold") == "0.8")
        let log = try site.taffrail("audit", "log", site.path("log"), "--kind", "denied")
        #expect(log.output.contains("app/tab.yaml"), "\(log.output)")
    }

    @Test func `nothing is applied when the log cannot be written`() async throws {
        let site = try await Site()
        try site.write("settings.yaml", Self.settings)
        try site.commit("First")
        try Data().write(to: URL(filePath: site.path("log")))
        let result = try site.apply()
        #expect(result.status == 1 && result.errors.contains(site.path("log")), "\(result.errors)")
        #expect(try kubectl(site.kubeconfig, "-n", site.namespace, "get", "configmap", "settings").status != 0)
    }

    @Test func `nothing is applied when the disk of the log is full`() async throws {
        let site = try await Site()
        let mount = site.path("small")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        let mounted = try run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", mount])
        try Parts.require("the right to mount a small file system", mounted.status == 0)
        defer { _ = try? run("umount", [mount]) }
        try site.write("settings.yaml", Self.settings)
        try site.commit("First")
        let result = try site.taffrail(
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
            site.path("log.key")
        )
        #expect(result.status == 1 && result.errors.contains("full"), "\(result.errors)")
        #expect(try kubectl(site.kubeconfig, "-n", site.namespace, "get", "configmap", "settings").status != 0)
    }

    @Test func `a commit that would empty everything is refused`() async throws {
        let site = try await Site()
        try site.write("settings.yaml", Self.settings)
        try site.commit("First")
        #expect(try site.apply().status == 0)
        try site.git("rm", "-q", "app/settings.yaml")
        try site.write("README.md", "nothing")
        try site.commit("Empty")
        let refused = try site.apply()
        #expect(refused.status == 1 && refused.errors.contains("would prune all"), "\(refused.errors)")
        #expect(try site.live("configmap/settings", ".data.threshold") == "0.8")
        #expect(try site.apply("--allow-empty").status == 0)
    }

    @Test func `an object of somebody else is adopted on the record`() async throws {
        let site = try await Site()
        _ = try kubectl(
            site.kubeconfig,
            "-n",
            site.namespace,
            "create",
            "configmap",
            "settings",
            "--from-literal=threshold=0.5"
        )
        try site.write("settings.yaml", Self.settings)
        try site.commit("First")
        let result = try site.apply()
        #expect(result.status == 0 && result.output.contains("adopt"), "\(result.output)\(result.errors)")
        #expect(try site.live("configmap/settings", ".data.threshold") == "0.8")
    }

    @Test func `a log that was rolled back or cut is refused`() async throws {
        let site = try await Site()
        try site.write("settings.yaml", Self.settings)
        try site.commit("First")
        #expect(try site.apply().status == 0)
        let published = try FileManager.default.contentsOfDirectory(atPath: site.path("log/checkpoints")).compactMap {
            Int($0)
        }.sorted()
        let older = try #require(published.first)
        try Data(contentsOf: URL(filePath: site.path("log/checkpoints/\(older)"))).write(
            to: URL(filePath: site.path("log/checkpoint"))
        )
        let rolledBack = try site.apply()
        #expect(rolledBack.status == 1 && !rolledBack.errors.isEmpty)
        #expect(try site.verify().status == 1)
    }

    @Test(arguments: [
        ("an unreachable server", "https://127.0.0.1:1/x.git", "connect"),
        ("a plain URL", "http://127.0.0.1:1/x.git", "only https:// repositories are fetched"),
        ("no folder", "/nowhere/at/all", "there is no folder"),
    ])
    func `a repository that cannot be read is said so`(what: String, url: String, message: String) async throws {
        let site = try await Site()
        let result = try site.taffrail("plan", "--repo", url, "-n", site.namespace)
        #expect(result.status == 1 && result.errors.lowercased().contains(message), "\(what): \(result.errors)")
    }
}

extension MissingPart {
    fileprivate static func git(_ errors: String) -> any Error { GitFailed(description: errors) }
}

private struct GitFailed: Error, CustomStringConvertible {
    let description: String
}
