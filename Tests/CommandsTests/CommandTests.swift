// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// The commands that need no cluster, as a person at a shell meets them.
@Suite struct CommandTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
    }

    private func taffrail(_ arguments: String...) throws -> ProgramResult {
        try run(Parts.product("taffrail"), arguments, environment: ["KUBECONFIG": "/nowhere"])
    }

    private func commit(_ files: [String: String]) throws {
        let repository = folder.path + "/repo"
        try FileManager.default.createDirectory(atPath: repository + "/app", withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: repository + "/app/" + name)) }
        let script = """
            git init -q -b main . && git config user.name Ada && git config user.email a@example.com
            git add -A && git commit -qm Change
            """
        #expect(try run("bash", ["-c", script], directory: URL(filePath: repository)).status == 0)
    }

    @Test(arguments: [
        [], ["validate"], ["plan"], ["diff"], ["apply"], ["controller"], ["audit", "verify"], ["audit", "log"],
        ["audit", "show"], ["keys", "generate"],
    ])
    func `every command explains itself with an example`(command: [String]) throws {
        let help = try run(Parts.product("taffrail"), command + ["--help"])
        #expect(help.status == 0 && help.errors.isEmpty)
        #expect(help.output.contains(command.isEmpty ? "First steps:" : "Example:"), "\(help.output)")
        #expect(help.output.contains((["taffrail"] + command).joined(separator: " ")))
    }

    @Test func `a slip of the pen is answered with usage and no trace`() throws {
        for words in [
            ["plann"], ["plan", "--ouput", "json"], ["keys", "generate"], ["controller", "--poll-interval", "1"],
        ] {
            let result = try run(Parts.product("taffrail"), words)
            #expect(result.status == 1 && result.output.isEmpty)
            #expect(result.errors.hasPrefix("Error: ") && result.errors.contains("Usage:"), "\(result.errors)")
        }
    }

    @Test func `the version is said to people and programs`() throws {
        let version = try #require(
            try JSONValue(parsing: taffrail("version", "-o", "json").output)["version"]?.stringValue
        )
        #expect(try taffrail("version").output == "taffrail \(version)\n")
        #expect(try taffrail("--version").output == "\(version)\n")
    }

    @Test func `a key is made once, readable by its owner alone`() throws {
        let path = folder.path + "/k"
        let made = try taffrail("keys", "generate", "--name", "example.com/log", "--out", path)
        #expect(made.status == 0, "\(made.errors)")
        #expect(try String(contentsOfFile: path + ".vkey", encoding: .utf8) == made.output)
        for file in [path, path + ".secret"] {
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
        let again = try taffrail("keys", "generate", "--name", "example.com/log", "--out", path)
        #expect(again.status == 1 && again.errors.contains(path), "\(again.errors)")
        let spaced = try taffrail("keys", "generate", "--name", "a log", "--out", path + "2")
        #expect(spaced.status == 1 && !FileManager.default.fileExists(atPath: path + "2"))
    }

    @Test func `validation reports everything at once, without a cluster`() throws {
        try commit(["good.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"])
        let fine = try taffrail("validate", "--repo", folder.path + "/repo", "--path", "app")
        #expect(
            fine.status == 0 && fine.output.contains("1 objects are fine, 0 findings"),
            "\(fine.output)\(fine.errors)"
        )

        try commit([
            "tab.yaml": "a:\n\tb: 1\n",
            "twice.yaml": "apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: {name: b}\n",
            "nameless.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n",
        ])
        let bad = try taffrail("validate", "--repo", folder.path + "/repo", "--path", "app", "-o", "json")
        #expect(bad.status == 3)
        let json = try JSONValue(parsing: bad.output)
        #expect(json["objects"] == 1)
        let places = json["findings"]?.arrayValue?.map {
            "\($0["file"]?.stringValue ?? ""):\($0["line"]?.intValue ?? 0)"
        }
        #expect(places?.sorted() == ["app/nameless.yaml:1", "app/tab.yaml:2", "app/twice.yaml:3"], "\(places ?? [])")
    }

    @Test func `an author's name cannot steer the terminal`() throws {
        try commit(["evil.yaml": "apiVersion: v1\nkind: \"\\e[31mx\\u202e\"\nmetadata: {name: a}\n"])
        let result = try taffrail("validate", "--repo", folder.path + "/repo", "--path", "app")
        #expect(!(result.output + result.errors).unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    }

    @Test(arguments: ["/nowhere/at/all", "."])
    func `a folder that holds no log is said so`(path: String) throws {
        let result = try taffrail("audit", "verify", path, "--key", "/nowhere/key")
        #expect(result.status == 1 && result.errors.hasPrefix("error: "), "\(result.errors)")
    }
}
