// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Audit
import Change
import Concurrency
import Foundation
import JSON
import TestSupport

@testable import Commands

/// A person's machine with a config repository, a namespace of a real cluster to deliver to, and a log.
struct ClusterSite {
    static let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {threshold: '0.8'}\n"

    let kubeconfig: String
    let namespace: String
    private let folder: TemporaryDirectory

    init() async throws {
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
        folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: path("repo"), withIntermediateDirectories: true)
        try await git("init", "-q", "-b", "main", ".")
        try await git("config", "user.name", "Ada Lovelace")
        try await git("config", "user.email", "ada@example.com")
        _ = try await taffrail("keys", "generate", "--name", "example.com/test", "--out", path("log.key"))
    }

    func path(_ name: String) -> String { folder.path + "/" + name }

    // MARK: - The repository

    func git(_ arguments: String...) async throws {
        let result = try await run("git", arguments, directory: URL(filePath: path("repo")))
        try check(result)
    }

    /// Writes a file into the folder that is delivered.
    func write(_ name: String, _ text: String) throws {
        // Git removes the folder with the last file in it.
        try FileManager.default.createDirectory(atPath: path("repo/app"), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path("repo/app/" + name)))
    }

    func commit(_ message: String) async throws {
        try await git("add", "-A")
        try await git("commit", "-qm", message)
    }

    /// Commits one file.
    func commit(_ name: String, _ text: String) async throws {
        try write(name, text)
        try await commit("Change " + name)
    }

    /// Changes the repository by a script, and commits.
    func change(_ script: String) async throws {
        let result = try await run(
            "bash",
            ["-c", "set -e\nmkdir -p app\n\(script)\ngit add -A && git commit -qm Change"],
            directory: URL(filePath: path("repo"))
        )
        try check(result)
    }

    /// Commits the settings alone.
    func commitSettings() async throws {
        try write("settings.yaml", Self.settings)
        try await commit("First")
    }

    // MARK: - Commands

    /// What is delivered.
    var source: [String] { ["--repo", path("repo"), "--path", "app"] }
    /// And where to.
    var delivery: [String] { source + ["-n", namespace] }
    var log: [String] { ["--log", path("log")] + key }
    var key: [String] { ["--key", path("log.key")] }

    func taffrail(_ arguments: [String]) async throws -> ProgramResult {
        try await run(
            Parts.product("taffrail"),
            arguments,
            environment: ["KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": path("cache"), "NO_COLOR": "1"]
        )
    }

    func taffrail(_ arguments: String...) async throws -> ProgramResult { try await taffrail(arguments) }

    func apply(_ extra: String...) async throws -> ProgramResult {
        try await taffrail(["apply"] + delivery + log + ["--prune", "--begin-log"] + extra)
    }

    func applyWithoutPruning() async throws -> ProgramResult {
        try await taffrail(["apply"] + delivery + log + ["--begin-log"])
    }

    /// A command that knows no log, unless it is told of one.
    func bare(_ command: String, _ extra: String...) async throws -> ProgramResult {
        try await taffrail([command] + delivery + extra)
    }

    func plan(_ extra: String...) async throws -> ProgramResult {
        try await taffrail(["plan"] + delivery + log + ["--prune", "--detailed-exitcode"] + extra)
    }

    func verify() async throws -> ProgramResult {
        try await taffrail("audit", "verify", path("log"), "--key", path("log.key.vkey"))
    }

    /// Leaves an intent open in the log, as a run that was killed before its first write.
    func announce(_ change: PlannedChange) async throws {
        let cluster = try await ClusterOptions.parse(["--kubeconfig", kubeconfig]).open(environment: [:])
        let recorder = try await LogOptions.parse(log).open(cluster: cluster.identity(deadline: .after(.seconds(60))))
        let run = try RunContext(
            runID: RunContext.newRunID(),
            loop: .command,
            environment: nil,
            revision: nil,
            commitBytes: nil
        )
        _ = try await recorder.intent([change], context: run)
        await recorder.close()
    }

    /// The lists of changes of all records of a kind, each change as `operation name status`; of a gap, what is known instead of the status.
    func changes(in kind: String) async throws -> [String] {
        let records = try JSONValue(
            parsing: await taffrail("audit", "log", path("log"), "--kind", kind, "-o", "json").output
        )
        let changes = (records.arrayValue ?? []).flatMap { $0["statement"]?["predicate"]?["changes"]?.arrayValue ?? [] }
        return changes.map { change in
            ["operation", "name", "status", "landed"].compactMap { change[$0]?.stringValue }.joined(separator: " ")
        }
    }

    /// All records of a kind, whole.
    func records(_ kind: String) async throws -> [JSONValue] {
        let list = try await taffrail("audit", "log", path("log"), "--kind", kind, "-o", "json")
        var found: [JSONValue] = []
        for record in try JSONValue(parsing: list.output).arrayValue ?? [] {
            let index = String(record["index"]?.intValue ?? 0)
            found.append(
                try JSONValue(parsing: await taffrail("audit", "show", path("log"), index, "-o", "json").output)
            )
        }
        return found
    }

    // MARK: - The cluster

    func kubectl(_ arguments: String..., input: String = "") async throws -> ProgramResult {
        try await kubectl(arguments, input: input)
    }

    /// - Parameter input: for `-f -`.
    func kubectl(_ arguments: [String], input: String = "") async throws -> ProgramResult {
        try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace] + arguments, input: input)
    }

    /// A field of an object as it is in the cluster; empty if it is not there.
    func live(_ object: String, _ path: String) async throws -> String {
        try await kubectl("get", object, "-o", "jsonpath={\(path)}").output
    }

    /// The setting as it is in the cluster.
    var liveThreshold: String { get async throws { try await live("configmap/settings", ".data.threshold") } }

    var hasSettings: Bool { get async throws { try await kubectl("get", "configmap", "settings").status == 0 } }
}
