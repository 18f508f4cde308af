// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import JSON
internal import Keys

/// `taffrail keys`
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make the keys that sign a log.",
        discussion: """
            Example:
              taffrail keys generate --name example.com/models --out log.key
            """,
        subcommands: [Generate.self]
    )

    /// `taffrail keys generate`
    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "generate",
            abstract: "Make a new Ed25519 key for a log.",
            discussion: """
                Writes three files: OUT (the private key, PEM, readable by you alone), OUT.secret (the key for digests of Secrets, as private), and \
                OUT.vkey (the public key, to hand to everybody who is to check the log). None is ever overwritten. Keep the first two out of every repository.

                Example:
                  taffrail keys generate --name example.com/staging --out staging.key
                """
        )

        @Option(help: "The log's name: like a URL without a scheme, without spaces or '+'. It never changes.")
        var name: String

        @Option(name: .customLong("out"), help: "Where to write the private key.", completion: .file())
        var path: String

        @Option(name: .shortAndLong, help: "How to print.")
        var output = OutputFormat.table

        func run() throws {
            let verifier = try LogKey.create(path, name: name)
            output.write(["name": .string(name), "vkey": .string(verifier.description), "privateKey": .string(path)]) {
                [verifier.description]
            }
            if let tree = WorkTree(around: path.parentFolder) {
                Terminal.note(
                    "note: \(path) and \(path).secret lie in the Git working tree \(tree.root) and must never be committed: "
                        + "name them in its .gitignore, or move all three files elsewhere"
                )
            }
        }
    }
}
