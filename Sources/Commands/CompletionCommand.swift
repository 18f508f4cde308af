// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `taffrail completion`
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a script that completes commands and flags in a shell.",
        discussion: """
            Examples:
              source <(taffrail completion bash)    # for this shell
              taffrail completion bash > ~/.local/share/bash-completion/completions/taffrail
              taffrail completion zsh > "${fpath[1]}/_taffrail"
              taffrail completion fish > ~/.config/fish/completions/taffrail.fish
            """
    )

    /// A shell for which the parser writes a script.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash
        case zsh
        case fish
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        let known: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Terminal.writeData(TaffrailCommand.completionScript(for: known))
    }
}
