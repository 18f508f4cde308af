// SPDX-License-Identifier: Apache-2.0

import Change
import Delivery
import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing
import YAML

@testable import Commands

/// What commands say while they work, and how they print what they found.
@Suite(.serialized) struct ProgressTests {
    private let kubeconfig: String
    private let namespace: String
    private let folder: TemporaryDirectory

    init() async throws {
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
        folder = try TemporaryDirectory()
        let script = """
            mkdir -p repo/app && cd repo && git init -q -b main . && git config user.name Ada && git config user.email a@example.com
            cat > app/stuck.yaml <<'YAML'
            apiVersion: v1
            kind: Pod
            metadata: {name: stuck, annotations: {taffrail.dev/test-never-ready: "true"}}
            spec: {containers: [{name: stuck, image: "stuck:1"}]}
            YAML
            git add -A && git commit -qm First
            """
        #expect(try await run("bash", ["-c", script], directory: folder.url).status == 0)
        #expect(
            try await taffrail("keys", "generate", "--name", "example.com/t", "--out", folder.path + "/k").status == 0
        )
    }

    private var environment: [String: String] {
        [
            "KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": folder.path + "/cache", "TERM": "xterm", "NO_COLOR": "",
        ]
    }

    private func taffrail(_ arguments: String...) async throws -> ProgramResult {
        try await run(Parts.product("taffrail"), arguments, environment: environment)
    }

    private var source: [String] { ["--repo", folder.path + "/repo", "--path", "app", "-n", namespace] }
    private var log: [String] { ["--log", folder.path + "/log", "--key", folder.path + "/k"] }

    private func apply(_ extra: String...) async throws -> ProgramResult {
        let words = ["apply"] + source + log + ["--begin-log"] + extra
        return try await run(Parts.product("taffrail"), words, environment: environment)
    }

    // MARK: - Progress

    @Test func `an apply says step by step what it does, and nothing if it is to be quiet`() async throws {
        let told = try await apply("--timeout", "1")
        let lines = told.errors.split(separator: "\n").map(String.init)
        #expect(lines.first == "fetching branch main" && lines.contains { $0.hasPrefix("read ") })
        for line in ["planning 1 object", "applying 0 of 1", "applying 1 of 1"] {
            #expect(lines.contains(line), "\(told.errors)")
        }
        #expect(lines.contains { $0.hasPrefix("waiting for health of 1: Pod/\(namespace)/stuck (") }, "\(told.errors)")
        #expect(!told.errors.contains("\u{1B}") && !told.errors.contains("\r"))
        #expect(!told.output.contains("applying"), "results alone are on standard output")
        #expect(try await apply("--quiet").errors.isEmpty)
        let plan = try await run(
            Parts.product("taffrail"),
            ["plan", "-q"] + source,
            environment: environment
        )
        #expect(plan.errors.hasPrefix("not checked: "), "warnings are still told: \(plan.errors)")
    }

    /// The same on a terminal, which `script` of util-linux lends.
    private func onTerminal(_ words: [String], _ variables: [String: String] = [:]) async throws -> String {
        try Parts.require("script (util-linux)", Parts.has("script"))
        let line = ([Parts.product("taffrail")] + words).joined(separator: " ")
        return try await run(
            "script",
            ["-qec", line, "/dev/null"],
            environment: environment.merging(variables) { $1 }
        ).output
    }

    @Test func `a terminal has one line that is written over, and colours`() async throws {
        let diff = ["diff"] + source
        let coloured = try await onTerminal(diff)
        #expect(coloured.contains("\r\u{1B}[Kplanning 1 object\r\u{1B}[K"), "\(coloured.debugDescription)")
        #expect(coloured.contains("\u{1B}[32m+ "))
        let plain = try await onTerminal(diff, ["NO_COLOR": "1"])
        #expect(!plain.contains("\u{1B}[32m") && plain.contains("\n+ "), "\(plain.debugDescription)")
        let dumb = try await onTerminal(diff, ["TERM": "dumb"])
        #expect(!dumb.contains("\u{1B}"), "\(dumb.debugDescription)")
    }

    @Test func `the same step is told again after a while, and its end at once`() {
        let now = ContinuousClock.now
        var pace = ProgressPace(pause: .seconds(10))
        let steps: [(RoadStep, Duration)] = [
            (.planning(objects: 3), .zero), (.applying(done: 0, of: 3), .zero),
            (.applying(done: 1, of: 3), .seconds(9)), (.applying(done: 2, of: 3), .seconds(10)),
            (.applying(done: 3, of: 3), .seconds(11)), (.waiting(for: []), .seconds(11)),
        ]
        let due = steps.map { pace.isDue($0, now: now + $1) }
        #expect(due == [true, true, false, true, true, true])
    }

    @Test func `the slowest are named`() {
        let open = ["a", "b", "c", "d"].map { name in
            ObjectHealth(
                key: ObjectKey(group: "", kind: "Pod", namespace: "n", name: name),
                health: .inProgress,
                message: "pending"
            )
        }
        #expect(
            ProgressText.of(.waiting(for: open))
                == "waiting for health of 4: Pod/n/a (pending), Pod/n/b (pending), Pod/n/c (pending) and 1 more"
        )
    }

    // MARK: - Output

    @Test func `every command prints as a table, as JSON and as YAML`() async throws {
        #expect(try await apply().status == 0)
        let all: [[String]] = [
            ["version"], ["validate"] + source, ["plan"] + source, ["diff"] + source + log,
            ["apply"] + source + log, ["tree", "-n", namespace], ["doctor", "-n", namespace],
            ["audit", "verify", log[1], "--key", log[3] + ".vkey"], ["audit", "log", log[1]],
            ["audit", "show", log[1], "1"],
        ]
        for words in all {
            let json = try await run(Parts.product("taffrail"), words + ["-o", "json"], environment: environment)
            let value = try JSONValue(parsing: json.output)
            let yaml = try await run(Parts.product("taffrail"), words + ["-o", "yaml"], environment: environment)
            let document = try #require(YAML.parse(Array(yaml.output.utf8), file: "out").documents.first?.value)
            #expect(document.typeName == value.typeName, "\(words)")
            if let members = value.objectValue { #expect(document.objectValue?.keys == members.keys, "\(words)") }
            let table = try await run(Parts.product("taffrail"), words + ["-o", "table"], environment: environment)
            #expect(
                (try? JSONValue(parsing: table.output)) == nil && table.status == json.status,
                "\(words): \(json.errors)\(table.errors)"
            )
        }
        // What was rendered is for programs alone.
        let render = ["render", "app", "--root", folder.path + "/repo", "-o"]
        let json = try await run(Parts.product("taffrail"), render + ["json"])
        let yaml = try await run(Parts.product("taffrail"), render + ["yaml"])
        let documents = YAML.parse(Array(yaml.output.utf8), file: "out").documents.map(\.value)
        #expect(try JSONValue(parsing: json.output) == .array(documents) && !documents.isEmpty, "\(json.errors)")
        let table = try await run(Parts.product("taffrail"), render + ["table"])
        #expect(table.status == 1 && table.output.isEmpty && table.errors.contains("json or yaml"), "\(table.errors)")
        for (index, format) in ["table", "json", "yaml"].enumerated() {
            let path = folder.path + "/key\(index)"
            let made = try await taffrail("keys", "generate", "--name", "example.com/t", "--out", path, "-o", format)
            #expect(made.status == 0 && made.output.contains("example.com/t+"), "\(made.errors)")
        }
    }

    @Test func `a record is shown to people, too`() async throws {
        #expect(try await apply().status == 0)
        let shown = try await taffrail("audit", "show", log[1], "2", "-o", "table")
        let lines = shown.output.split(separator: "\n").map(String.init)
        #expect(lines.contains("kind:         outcome") && lines.contains { $0.hasPrefix("author:       Ada <") })
        #expect(lines.contains { $0.hasPrefix("create      Pod    ") && $0.contains("succeeded") }, "\(shown.output)")
    }
}
