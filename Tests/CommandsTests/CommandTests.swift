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

    private func taffrail(_ arguments: String...) async throws -> ProgramResult {
        try await run(
            Parts.product("taffrail"),
            arguments,
            environment: ["KUBECONFIG": "/nowhere", "XDG_CACHE_HOME": folder.path + "/cache"]
        )
    }

    private func commit(_ files: [String: String], author: String = "Ada") async throws {
        let repository = folder.path + "/repo"
        try FileManager.default.createDirectory(atPath: repository + "/app", withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: repository + "/app/" + name)) }
        let script = """
            git init -q -b main . && git config user.name "$AUTHOR" && git config user.email a@example.com
            git add -A && git commit -qm Change
            """
        let variables = ["AUTHOR": author]
        #expect(
            try await run("bash", ["-c", script], environment: variables, directory: URL(filePath: repository)).status
                == 0
        )
    }

    @Test(arguments: [
        [], ["audit"], ["keys"], ["validate"], ["render"], ["plan"], ["diff"], ["apply"], ["controller"],
        ["audit", "verify"], ["audit", "log"], ["audit", "show"], ["keys", "generate"], ["doctor"], ["tree"],
        ["completion"], ["version"],
    ])
    func `every command explains itself with an example`(command: [String]) async throws {
        let help = try await run(Parts.product("taffrail"), command + ["--help"])
        #expect(help.status == 0 && help.errors.isEmpty)
        #expect(["First steps:", "Example:", "Examples:"].contains { help.output.contains($0) }, "\(help.output)")
        #expect(help.output.contains((["taffrail"] + command).joined(separator: " ")))
    }

    @Test func `which cluster is chosen, and what is wrong with the choice, is said on standard error`() async throws {
        try await commit(["one.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"])
        let plugin = "#!/bin/sh\necho 'please log in' >&2\nexit 7\n"
        try Data(plugin.utf8).write(to: URL(filePath: folder.path + "/plugin"))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path + "/plugin")
        let text = """
            clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
            contexts: [{name: a, context: {cluster: c, user: u}}]
            users: [{name: u, user: {exec: {command: ./plugin, apiVersion: client.authentication.k8s.io/v1beta1, installHint: ask Ada}}}]
            """
        try Data(text.utf8).write(to: URL(filePath: folder.path + "/config"))
        let named = ["--kubeconfig", folder.path + "/config"]
        for (words, messages) in [
            ([], ["none of the files in $KUBECONFIG is there: /nowhere"]),
            (["--kubeconfig", "/nowhere"], ["--kubeconfig must name a file that is there"]),
            (named, ["no context is chosen: there is only 'a': choose it with --context a"]),
            (named + ["--context", "a", "--user", "x"], ["there is no user 'x'"]),
            (named + ["--cluster", "c", "--as-group", "g", "--as-group", "h"], ["name one with --as"]),
            (named + ["--cluster", "c", "--as-uid", "7"], ["name one with --as"]),
            (named + ["--context", "a", "--as", "ada"], ["please log in\n", "exit status 7", "ask Ada"]),
        ] {
            let result = try await run(
                Parts.product("taffrail"),
                ["plan", "--repo", folder.path + "/repo", "--path", "app"] + words,
                environment: ["KUBECONFIG": "/nowhere", "XDG_CACHE_HOME": folder.path + "/cache"]
            )
            #expect(result.status == 1 && result.output.isEmpty, "\(words)")
            for message in messages { #expect(result.errors.contains(message), "\(words): \(result.errors)") }
        }
    }

    @Test func `a slip of the pen is answered with usage and no trace`() async throws {
        for words in [
            ["plann"], ["plan", "--ouput", "json"], ["keys", "generate"], ["controller", "--allow-local-cluster"],
        ] {
            let result = try await run(Parts.product("taffrail"), words)
            #expect(result.status == 1 && result.output.isEmpty)
            #expect(result.errors.hasPrefix("Error: ") && result.errors.contains("Usage:"), "\(result.errors)")
        }
    }

    @Test(arguments: ["plan", "diff", "apply --log l --key k", "validate"])
    func `a value that cannot be is answered with the usage of its own command`(command: String) async throws {
        let words = command.split(separator: " ").map(String.init)
        let result = try await run(Parts.product("taffrail"), words + ["--repo", ".", "--commit", "12"])
        #expect(result.errors.contains("Usage: taffrail \(words[0]) "), "\(result.errors)")
    }

    @Test func `a damaged copy of a repository is fetched anew, and that is said`() async throws {
        try await commit(["good.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"])
        let words = ["validate", "--repo", folder.path + "/repo"]
        #expect(try await taffrail(words[0], words[1], words[2]).status == 0)
        let cut = "chmod -R u+w cache && truncate -s 100 cache/taffrail/repositories/*.git/objects/pack/*.pack"
        #expect(try await run("bash", ["-c", cut], directory: folder.url).status == 0)
        let again = try await taffrail(words[0], words[1], words[2])
        #expect(again.status == 0 && again.errors.contains("was damaged"), "\(again.output)\(again.errors)")
        let quiet = try await taffrail(words[0], words[1], words[2])
        #expect(quiet.status == 0 && !quiet.errors.contains("damaged"), "\(quiet.errors)")
    }

    @Test func `files that are not committed are told of, as far as they would be delivered`() async throws {
        try await commit(["good.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"])
        let repository = folder.path + "/repo"
        func notes(_ path: String...) async throws -> [Substring] {
            let words = ["validate", "--repo", repository] + path.flatMap { ["--path", $0] }
            let result = try await run(
                Parts.product("taffrail"),
                words,
                environment: ["XDG_CACHE_HOME": folder.path + "/cache"]
            )
            #expect(result.status == 0, "\(result.errors)")
            return result.errors.split(separator: "\n").filter { $0.contains("not committed") }
        }
        #expect(try await notes("app").isEmpty)
        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: repository + "/" + name))
        }
        try write("elsewhere.yaml", "new")
        #expect(try await notes("app").isEmpty)
        try write("app/new.yaml", "new")
        let head = try await run("git", ["rev-parse", "HEAD"], directory: URL(filePath: repository)).output.prefix(8)
        #expect(try await notes("app") == ["note: 1 file below app is not committed: commit \(head) is read, as it is"])
        try write("app/good.yaml", "changed")
        try write(".gitignore", "elsewhere.yaml\n.gitignore\n")
        let all = try await notes()
        #expect(all == ["note: 2 files in \(repository) are not committed: commit \(head) is read, as it is"])
    }

    @Test func `what was not looked at is said to people and programs`() async throws {
        try await commit(["good.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"])
        let words = ["validate", "--repo", folder.path + "/repo"]
        let table = try await taffrail(words[0], words[1], words[2])
        #expect(table.errors.contains("not checked: the kinds that the cluster serves"), "\(table.errors)")
        let json = try await JSONValue(parsing: taffrail(words[0], words[1], words[2], "-o", "json").output)
        #expect(json["notChecked"]?[0]?.stringValue?.contains("the kinds that the cluster serves") == true)
    }

    @Test func `the version is said to people and programs`() async throws {
        let version = try #require(
            try await JSONValue(parsing: taffrail("version", "-o", "json").output)["version"]?.stringValue
        )
        #expect(try await taffrail("version").output == "taffrail \(version)\n")
        #expect(try await taffrail("--version").output == "\(version)\n")
    }

    @Test func `a key is made once, readable by its owner alone`() async throws {
        let path = folder.path + "/k"
        let made = try await taffrail("keys", "generate", "--name", "example.com/log", "--out", path)
        #expect(made.status == 0, "\(made.errors)")
        #expect(try String(contentsOfFile: path + ".vkey", encoding: .utf8) == made.output)
        for file in [path, path + ".secret"] {
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
        let again = try await taffrail("keys", "generate", "--name", "example.com/log", "--out", path)
        #expect(again.status == 1 && again.errors.contains(path), "\(again.errors)")
        let spaced = try await taffrail("keys", "generate", "--name", "a log", "--out", path + "2")
        #expect(spaced.status == 1 && !FileManager.default.fileExists(atPath: path + "2"))
    }

    @Test func `validation reports everything at once, without a cluster`() async throws {
        try await commit(["good.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"])
        let fine = try await taffrail("validate", "--repo", folder.path + "/repo", "--path", "app")
        #expect(
            fine.status == 0 && fine.output.contains("1 object without fault, 0 findings"),
            "\(fine.output)\(fine.errors)"
        )

        try await commit([
            "tab.yaml": "a:\n\tb: 1\n",
            "twice.yaml": "apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: {name: b}\n",
            "nameless.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n",
        ])
        let bad = try await taffrail("validate", "--repo", folder.path + "/repo", "--path", "app", "-o", "json")
        #expect(bad.status == 3)
        let json = try JSONValue(parsing: bad.output)
        #expect(json["objects"] == 1)
        let places = json["findings"]?.arrayValue?.map {
            "\($0["file"]?.stringValue ?? ""):\($0["line"]?.intValue ?? 0)"
        }
        #expect(places?.sorted() == ["app/nameless.yaml:1", "app/tab.yaml:2", "app/twice.yaml:3"], "\(places ?? [])")
    }

    @Test func `an author's name cannot steer the terminal`() async throws {
        let evil = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {\"\\e[31mx\\u202e\": 1}}\n"
        try await commit(["evil.yaml": evil], author: "A\u{1B}]0;da\u{202E}")
        let result = try await taffrail("validate", "--repo", folder.path + "/repo", "--path", "app")
        let printed = result.output + result.errors
        #expect(result.status == 3)
        #expect(!printed.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
        // Both the finding and the author were printed, with a mark in place of what would steer.
        #expect(result.output.contains("[31mx") && result.errors.contains("]0;da"), "\(printed)")
    }

    @Test(arguments: ["/nowhere/at/all", "."])
    func `a folder that holds no log is said so`(path: String) async throws {
        let key = folder.path + "/k"
        #expect(try await taffrail("keys", "generate", "--name", "example.com/log", "--out", key).status == 0)
        for words in [
            ["audit", "verify", path, "--key", key + ".vkey"], ["audit", "log", path], ["audit", "show", path, "0"],
        ] {
            let result = try await run(Parts.product("taffrail"), words, directory: folder.url)
            #expect(result.status == 1 && result.errors.contains("there is no log in \(path)"), "\(result.errors)")
        }
    }

    @Test func `a diff that cannot be made is no difference`() async throws {
        for words in [["diff"], ["diff", "--bogus"], ["diff", "--repo", "/nowhere"]] {
            #expect(try await run(Parts.product("taffrail"), words).status == 2)
        }
        #expect(try await run(Parts.product("taffrail"), ["diff", "--help"]).status == 0)
    }

    @Test func `a kustomization is built from a folder, and what is wrong with it is told with its place`() async throws
    {
        let base = folder.path + "/k/base"
        let overlay = folder.path + "/k/production"
        for path in [base, overlay] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        func write(_ path: String, _ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
        try write(base + "/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
        try write(base + "/kustomization.yaml", "resources: [a.yaml]\n")
        try write(overlay + "/kustomization.yaml", "resources: [../base]\nnamePrefix: live-\n")
        let root = ["--root", folder.path + "/k"]
        let built = try await run(Parts.product("taffrail"), ["render", "production"] + root)
        #expect(built.status == 0 && built.output.contains("name: live-a"), "\(built.output)\(built.errors)")
        try write(overlay + "/kustomization.yaml", "resources: [../../elsewhere]\nhelmCharts: []\nnamePrefx: x\n")
        let bad = try await run(Parts.product("taffrail"), ["render", "production"] + root)
        #expect(bad.status == 3 && bad.output.isEmpty, "\(bad.output)")
        #expect(bad.errors.contains("production/kustomization.yaml:"), "\(bad.errors)")
    }

    @Test(arguments: [("staging", 1, "0.5"), ("production", 3, "0.8")])
    func `one set of manifests serves Environments that differ`(
        name: String,
        replicas: Int64,
        threshold: String
    ) async throws {
        let root = Parts.root.appending(path: "examples/two-environments").path
        let words = ["render", "models", "--root", root, "--environment-file", "\(root)/\(name).yaml"]
        let rendered = try await run(Parts.product("taffrail"), words + ["-o", "json"])
        #expect(rendered.status == 0, "\(rendered.errors)")
        let objects = try JSONValue(parsing: rendered.output).arrayValue ?? []
        let serving = objects.first { $0["kind"] == "ModelDeployment" }?["spec"]?["serving"]
        #expect(serving?["replicas"] == .int(replicas))
        #expect((serving?["resources"] != nil) == (name == "production"))
        #expect(objects.first { $0["kind"] == "ConfigMap" }?["data"]?["threshold"] == .string(threshold))
        let kubeconfig = try await ControlPlane.kubeconfig()
        let namespace = try await makeNamespace(kubeconfig)
        let manifests = try await run(Parts.product("taffrail"), words).output
        let arguments = ["-n", namespace, "apply", "--server-side", "-f", "-"]
        let applied = try await run("kubectl", ["--kubeconfig", kubeconfig] + arguments, input: manifests)
        #expect(applied.status == 0, "\(applied.errors)")
    }

    @Test(arguments: [
        ("kind: List\n", "holds 0 Environments"), ("a: [", "e.yaml:2:1"),
        (
            "apiVersion: taffrail.dev/v1alpha1\nkind: Environment\nmetadata: {name: e}\nspec: {repositoryRef: {name: r}, variables: {a-b: 1}}\n",
            "the name 'a-b' must begin with a letter"
        ),
    ])
    func `a file without a usable Environment is refused`(text: String, message: String) async throws {
        let file = folder.path + "/e.yaml"
        try Data(text.utf8).write(to: URL(filePath: file))
        let result = try await taffrail("render", ".", "--root", folder.path, "--environment-file", file)
        #expect(result.status == 1 && result.errors.contains(message), "\(result.errors)")
    }

    @Test(arguments: ["..", "../..", "a/../.."])
    func `nothing outside of the root is rendered`(folder name: String) async throws {
        let root = folder.path + "/inner"
        try FileManager.default.createDirectory(atPath: root + "/a", withIntermediateDirectories: true)
        let result = try await taffrail("render", name, "--root", root)
        #expect(result.status == 1 && result.errors.contains("there is no folder"), "\(result.output)\(result.errors)")
    }

    @Test func `no link leads out of the root`() async throws {
        let script = """
            mkdir -p outside root/app root/built
            printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: hunter2}\n' > outside/secret.yaml
            printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' | tee root/app/a.yaml > root/built/a.yaml
            ln -s ../../outside/secret.yaml root/app/file.yaml
            ln -s "$PWD/outside" root/app/absolute
            ln -s ../outside root/out
            ln -s ../../outside/secret.yaml root/built/file.yaml
            printf 'resources: [a.yaml, file.yaml]\n' > root/built/kustomization.yaml
            """
        try check(await run("bash", ["-euc", script], directory: folder.url))
        for (name, status, words) in [
            ("out", 1, ["links are not followed"]), ("app", 3, ["app/file.yaml", "app/absolute", "link-not-followed"]),
            ("built", 3, ["built/kustomization.yaml:1:", "file.yaml"]), ("out/.", 1, ["links are not followed"]),
        ] {
            let result = try await taffrail("render", name, "--root", folder.path + "/root")
            #expect(Int(result.status) == status && result.output.isEmpty, "\(name): \(result.output)")
            #expect(words.allSatisfy { result.errors.contains($0) }, "\(name): \(result.errors)")
            #expect(!(result.output + result.errors).contains("hunter2"), "\(name): \(result.errors)")
        }
    }

    @Test func `an object that two files hold is refused in both, each with the other's place`() async throws {
        let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same}\n"
        try await commit(["one.yaml": "# first\n" + object, "two.yaml": object, "other.yaml": object + "---\n"])
        let result = try await taffrail("validate", "--repo", folder.path + "/repo", "--path", "app")
        #expect(result.status == 3)
        let places = ["app/one.yaml:2:1", "app/other.yaml:1:1", "app/two.yaml:1:1"]
        let lines = result.output.split(separator: "\n").filter { $0.contains("duplicate-object") }
        #expect(lines.count == 3, "\(result.output)")
        for place in places {
            let line = try #require(lines.first { $0.hasPrefix("error: \(place): ") }, "\(result.output)")
            #expect(places.allSatisfy { line.contains($0) }, "\(line)")
        }
    }

    @Test func `an option without what it belongs to is refused`() async throws {
        let plan = try await taffrail("plan", "--repo", ".", "--key", "k")
        #expect(plan.status == 1 && plan.errors.contains("--key needs --log"), "\(plan.errors)")
    }

    @Test func `a key that lacks its other half is not half made`() async throws {
        let path = folder.path + "/k"
        try Data().write(to: URL(filePath: path + ".vkey"))
        let result = try await taffrail("keys", "generate", "--name", "example.com/log", "--out", path)
        #expect(result.status == 1 && result.errors.contains(path + ".vkey"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
