// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Errors as a person at a shell reads them: what happened, where, and what to do next.
@Suite struct ErrorTests {
    private let folder: TemporaryDirectory

    init() async throws {
        folder = try TemporaryDirectory()
        let script = """
            git init -q -b main repo && cd repo && git config user.name Ada && git config user.email a@example.com
            mkdir app && printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\n' > app/a.yaml
            git add -A && git commit -qm First && mkdir ../empty
            """
        #expect(try await run("bash", ["-c", script], directory: folder.url).status == 0)
        let made = try await taffrail("keys generate --name example.com/log --out k")
        #expect(made.status == 0, "\(made.errors)")
    }

    private func taffrail(_ line: String, kubeconfig: String = "/nowhere") async throws -> ProgramResult {
        try await run(
            Parts.product("taffrail"),
            line.split(separator: " ").map(String.init),
            environment: ["KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": folder.path + "/cache"],
            directory: folder.url
        )
    }

    /// A command line, a part of what it says happened, and a part of what it says to do; the second may be in the first line, too.
    static let lines: [(String, String, String)] = [
        ("validate --repo repo --branch dev", "has no branch 'dev': it has main", "push the branch"),
        ("validate --repo repo --path nope", "no folder 'nope' in commit", "uncommitted files are not seen"),
        ("validate --repo repo --path ../x", "the path '../x' is refused: a part of it", "below the repository's root"),
        ("validate --repo repo --commit 12", "--commit needs the full id", "40 hexadecimal digits"),
        ("validate --repo nope", "there is no folder 'nope'", "name one that is there"),
        ("validate --repo empty", "cannot read the repository", "as 'git clone' takes it"),
        ("validate --repo repo --branch a..b", "it contains '..'", "mend --branch"),
        ("validate --repo ssh://git@x:22/y.git", "only https:// repositories are fetched", "write https://x/y.git"),
        ("validate --repo git@x:a/b.git", "'x:a/b.git' is refused", "write https://x/a/b.git"),
        ("validate --repo https://127.0.0.1:1/x", "127.0.0.1", "network from here"),
        ("validate --repo repo --repo-ca nope", "cannot read nope", "check the path"),
        ("plan --repo repo", "/nowhere", "$KUBECONFIG"),
        ("plan --repo repo --kubeconfig k", "k is a key or a certificate (PEM)", "name another file (--kubeconfig)"),
        (
            "plan --repo repo --kubeconfig repo/app/a.yaml", "app/a.yaml:2:1: kind must be Config, and is ConfigMap",
            "no kubeconfig"
        ),
        ("plan --repo repo --log empty", "there is no log in empty", "leave out --log before the first apply"),
        ("diff --repo repo --log empty", "there is no log in empty", "leave out --log before the first apply"),
        ("audit verify empty --key k.vkey", "there is no log in empty", "holds the file 'checkpoint'"),
        ("audit verify empty --key k", "k is a private key", "name its public half, k.vkey"),
        ("audit verify empty --key k.secret", "k.secret:1: the text is no vkey", "FILE.vkey checks"),
        ("audit verify empty --key nope", "cannot read nope: No such file", "check the path"),
        ("audit log empty --kind foo", "'foo' is invalid", "outcome"),
        ("keys generate --name example.com/log --out k", "k is there already", "choose another name"),
        ("keys generate --name a+b --out k2", "'a+b' cannot name a key", "must not be empty nor hold"),
        ("keys generate --name a+b --out k2", "'a+b' cannot name a key", "use a name like example.com/my-log"),
        ("validate --repo repo/app", "'repo/app' is a folder of the repository /", "repo --path app"),
        ("plann --repo repo", "there is no command 'taffrail plann'", "Did you mean 'taffrail plan'?"),
        ("aply", "there is no command 'taffrail aply'", "Did you mean 'taffrail apply'?"),
        ("log l", "there is no command 'taffrail log'", "Did you mean 'taffrail audit log'?"),
        ("status", "there is no command 'taffrail status'", "Did you mean 'taffrail tree'?"),
        ("audit shwo l 1", "there is no command 'taffrail audit shwo'", "Did you mean 'taffrail audit show'?"),
        ("apply --dry-run --repo repo --log l --key k", "Unknown option '--dry-run'", "'taffrail plan' is the dry run"),
        ("apply --repo repo --log l --key k --timeout 5x", "'5x' is invalid for '--timeout", "5m or 1h30m"),
        ("keys generate --name a --out /nowhere/k", "cannot create the key file /nowhere/k", "folder that exists"),
        ("version -o xml", "'xml' is invalid", "'table', 'json' or 'yaml'"),
    ]

    @Test(arguments: lines)
    func `an error says what happened, where, and what to do`(line: String, what: String, step: String) async throws {
        let result = try await taffrail(line)
        #expect(result.status == (line.hasPrefix("diff ") ? 2 : 1) && result.output.isEmpty, "\(result.output)")
        #expect(result.errors.contains(what) && result.errors.contains(step), "\(result.errors)")
    }

    @Test func `a command that nothing comes close to is said not to be there`() async throws {
        let result = try await taffrail("xyzzy")
        #expect(result.status == 1 && result.errors.hasPrefix("Error: there is no command 'taffrail xyzzy'\nUsage: "))
    }

    @Test func `a key in a working tree comes with a warning, and one elsewhere with none`() async throws {
        let inside = try await taffrail("keys generate --name example.com/log --out repo/app/k")
        #expect(inside.status == 0 && inside.errors.contains("must never be committed"), "\(inside.errors)")
        #expect(inside.errors.contains("repo/app/k.secret lie in the Git working tree /"), "\(inside.errors)")
        let outside = try await taffrail("keys generate --name example.com/log --out k3")
        #expect(outside.status == 0 && outside.errors.isEmpty, "\(outside.errors)")
    }

    @Test func `a log and its key that are not where they must be are told with what is missing`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        func apply(_ words: String) async throws -> String {
            let result = try await taffrail("apply --repo repo " + words, kubeconfig: kubeconfig)
            #expect(result.status == 1)
            return result.errors
        }
        let deep = try await apply("--log nope/deep/log --key k --begin-log")
        #expect(deep.contains("the folder nope/deep does not exist: create it, or name another"), "\(deep)")
        for suffix in [".secret", ".vkey"] {
            let file = folder.path + "/k" + suffix
            try FileManager.default.moveItem(atPath: file, toPath: file + ".away")
            let errors = try await apply("--log l --key k --begin-log")
            #expect(errors.contains("there is no k\(suffix): it was made beside k: restore it from where k came from"))
            try FileManager.default.moveItem(atPath: file + ".away", toPath: file)
        }
    }

    @Test func `a secret that is named by mistake is not printed`() async throws {
        for file in ["k", "k.secret"] {
            let secret = try String(contentsOfFile: folder.path + "/" + file, encoding: .utf8)
            let errors = try await taffrail("audit verify empty --key \(file)").errors
            for line in secret.split(separator: "\n") { #expect(!errors.contains(line), "\(file)") }
        }
    }

    @Test func `what the server refuses comes with a next step`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let namespace = try await makeNamespace(kubeconfig)
        func fails(_ line: String, _ what: String, _ step: String) async throws {
            let result = try await taffrail(line + " -n \(namespace)", kubeconfig: kubeconfig)
            #expect(result.status == 1 && result.errors.contains(what), "\(result.errors)")
            #expect(result.errors.contains("what to do: ") && result.errors.contains(step), "\(result.errors)")
        }
        let publicKey = try await taffrail("apply --repo repo --log l --key k.vkey -n x", kubeconfig: kubeconfig)
        #expect(publicKey.status == 1 && publicKey.errors.contains("k.vkey is a public key"), "\(publicKey.errors)")
        #expect(publicKey.errors.contains("name the private one, k"), "\(publicKey.errors)")
        try await fails("tree --as nobody", "nobody", "'taffrail doctor' prints the rules")
        try await fails("apply --repo repo --log l --key k --as nobody", "nobody", "'taffrail doctor' prints the rules")
        let text = try String(contentsOfFile: kubeconfig, encoding: .utf8)
        let config = folder.path + "/config"
        for (change, what, step) in [
            ("client-certificate", "Unauthorized", "log in again"),
            ("127.0.0.1:", "127.0.0.1:1", "no firewall is in between"),
            ("certificate-authority:", "https://127.0.0.1", "certificate authority that is trusted"),
        ] {
            let lines = text.split(separator: "\n").compactMap { line -> String? in
                if change == "127.0.0.1:", line.contains("server:") { return "    server: https://127.0.0.1:1" }
                return change != "127.0.0.1:" && line.contains(change)
                    || change.hasPrefix("client") && line.contains("client-key")
                    ? nil : String(line)
            }
            // Without what proves who we are, a token that the server does not know.
            let body = lines.joined(separator: "\n")
                .replacing("  user:\n", with: change.hasPrefix("client") ? "  user:\n    token: nobody\n" : "  user:\n")
            try Data(body.utf8).write(to: URL(filePath: config))
            try await fails("tree --kubeconfig \(config)", what, step)
        }
    }
}
