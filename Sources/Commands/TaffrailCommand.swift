// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser

/// `taffrail`: the root of the command line.
package struct TaffrailCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "taffrail",
        abstract: "GitOps for machine-learning models, on the record.",
        discussion: """
            Watches a Git repository of declarative model deployments, compares it with the live cluster, applies it, and writes what it did \
            into a signed log that anybody can verify.

            First steps:
              taffrail keys generate --name example.com/my-log --out log.key
              taffrail plan  --repo https://git.example.com/models.git --path production -n models
              taffrail apply --repo https://git.example.com/models.git --path production -n models --log ./log --key log.key --begin-log
              taffrail audit verify ./log --key log.key.vkey
            """,
        version: Version.text,
        subcommands: [
            ValidateCommand.self, RenderCommand.self, PlanCommand.self, DiffCommand.self, ApplyCommand.self,
            ControllerCommand.self, ReconcileCommand.self, SuspendCommand.self, ResumeCommand.self,
            TreeCommand.self, AuditCommand.self, KeysCommand.self, DoctorCommand.self,
            CompletionCommand.self, VersionCommand.self,
        ]
    )

    package init() {}

    /// Runs the command line and returns the exit status. An error is a line on standard error and one with what to do, never a stack trace.
    package static func execute(_ arguments: [String]) async -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch let status as CommandStatus {
            return status.code
        } catch {
            // As with diff and kubectl diff, 1 would say that there are differences.
            return report(error, arguments, failure: arguments.first == DiffCommand.configuration.commandName ? 2 : 1)
        }
    }

    /// Says what happened, and what can be done about it.
    static func tell(_ error: any Error) {
        Terminal.note("error: \(error)")
        if let step = NextStep.after(error) { Terminal.note("what to do: \(step)") }
    }

    private static func report(_ error: any Error, _ arguments: [String], failure: Int32) -> Int32 {
        let code = exitCode(for: error)
        // The parser knows its own errors: usage for a bad flag, the help text for --help.
        if code == .success {
            Terminal.write(fullMessage(for: error))
            return 0
        }
        if code == .validationFailure {
            let message = fullMessage(for: error)
            let lines = message.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let first = Suggestion.lines(after: arguments, error: lines.first ?? message)
            Terminal.note((first + lines.dropFirst()).joined(separator: "\n"))
            return failure
        }
        tell(error)
        return failure
    }
}

/// The end of a command with another status than 0 or an error's 1.
struct CommandStatus: Error {
    let code: Int32

    /// There are differences, and the caller asked to be told by the status.
    static let differences = CommandStatus(code: 2)
    /// A diff found differences (as `diff` and `kubectl diff` say it).
    static let diffFound = CommandStatus(code: 1)
    /// Something was refused.
    static let denied = CommandStatus(code: 3)
    /// The command failed, and has said why.
    static let failed = CommandStatus(code: 1)
}
