// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import JSON

/// The version of this binary.
package enum Version {
    package static let text = "0.1.0"
}

/// `taffrail version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version.",
        discussion: """
            Example:
              taffrail version -o json
            """
    )

    @Option(name: .shortAndLong, help: "How to print.")
    var output = OutputFormat.table

    func run() {
        output.write(["version": .string(Version.text)]) { ["taffrail \(Version.text)"] }
    }
}
