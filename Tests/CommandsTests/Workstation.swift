// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport

/// A person's machine: a config repository, a log's key, and a namespace of a real cluster to deliver to.
struct Workstation {
    let kubeconfig: String
    let namespace: String
    private let folder: TemporaryDirectory

    init() async throws {
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
        folder = try TemporaryDirectory()
        try await bash(
            "git init -q -b main repo && cd repo && git config user.name Ada && git config user.email a@example.com && mkdir app"
        )
        _ = try await taffrail("keys", "generate", "--name", "example.com/test", "--out", path("log.key"))
    }

    func path(_ name: String) -> String { folder.path + "/" + name }

    /// Changes the repository by a script, and commits.
    func commit(_ script: String) async throws {
        try await bash("cd repo && mkdir -p app\n\(script)\ngit add -A && git commit -qm Change")
    }

    func taffrail(_ arguments: String...) async throws -> ProgramResult { try await taffrail(arguments) }

    func plan(_ extra: String...) async throws -> ProgramResult { try await taffrail(["plan"] + delivery + extra) }
    func diff(_ extra: String...) async throws -> ProgramResult { try await taffrail(["diff"] + delivery + extra) }
    func apply(_ extra: String...) async throws -> ProgramResult {
        try await taffrail(["apply"] + delivery + log + ["--key", path("log.key"), "--begin-log"] + extra)
    }

    var log: [String] { ["--log", path("log")] }

    /// The lists of changes of all records of a kind, each change as `operation name status`.
    func changes(in kind: String) async throws -> [String] {
        let records = try JSONValue(
            parsing: await taffrail("audit", "log", path("log"), "--kind", kind, "-o", "json").output
        )
        let changes = (records.arrayValue ?? []).flatMap { $0["statement"]?["predicate"]?["changes"]?.arrayValue ?? [] }
        return changes.map { change in
            ["operation", "name", "status"].compactMap { change[$0]?.stringValue }.joined(separator: " ")
        }
    }

    func kubectl(_ arguments: String..., input: String = "") async throws -> ProgramResult {
        try await kubectl(arguments, input: input)
    }

    func kubectl(_ arguments: [String], input: String = "") async throws -> ProgramResult {
        try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace] + arguments, input: input)
    }

    private var delivery: [String] { ["--repo", path("repo"), "--path", "app", "-n", namespace] }

    private func taffrail(_ arguments: [String]) async throws -> ProgramResult {
        let variables = ["KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": path("cache"), "NO_COLOR": "1"]
        return try await run(Parts.product("taffrail"), arguments, environment: variables, directory: folder.url)
    }

    private func bash(_ script: String) async throws {
        let result = try await run("bash", ["-c", "set -e\n" + script], directory: folder.url)
        guard result.status == 0 else { throw MissingPart(part: "a script that succeeds: \(result.errors)") }
    }
}
