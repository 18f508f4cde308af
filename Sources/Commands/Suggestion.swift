// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import TaffrailAPI

/// What somebody meant who typed a command that is not there. The parser knows the like for flags alone.
enum Suggestion {
    /// What other tools call what a command of ours does.
    private static let habits = [
        "log": "audit log", "logs": "audit log", "history": "audit log", "show": "audit show", "verify": "audit verify",
        "status": "tree", "get": "tree", "describe": "tree", "ls": "tree", "sync": "apply", "reconcile": "apply",
        "deploy": "apply", "template": "render", "build": "render", "lint": "validate", "check": "doctor",
        "keygen": "keys generate", "run": "controller",
    ]

    /// The first lines of an error of the parser.
    ///
    /// - Parameter error: the one that it has: of a command that is not there, it complains of the arguments.
    static func lines(after arguments: [String], error: String) -> [String] {
        if let unknown = unknown(in: arguments) { return unknown }
        if arguments.first == ApplyCommand.configuration.commandName,
            arguments.contains(where: { $0 == "--dry-run" || $0.hasPrefix("--dry-run=") })
        {
            return [
                error,
                "'taffrail plan' is the dry run: it shows what 'taffrail apply' would change, and changes nothing.",
            ]
        }
        return [error]
    }

    private static func unknown(in arguments: [String]) -> [String]? {
        var command: any ParsableCommand.Type = TaffrailCommand.self
        var path: [String] = []
        for word in arguments {
            let subcommands = command.configuration.subcommands
            // The parser has 'help' by itself.
            guard !subcommands.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            if let next = subcommands.first(where: { $0.configuration.commandName == word }) {
                command = next
                path.append(word)
                continue
            }
            let meant =
                path.isEmpty ? habits[word] ?? closest(to: word, of: subcommands) : closest(to: word, of: subcommands)
            let hint = meant.map { "Did you mean '\((["taffrail"] + path + [$0]).joined(separator: " "))'?" }
            return ["Error: there is no command '\((["taffrail"] + path + [word]).joined(separator: " "))'"]
                + [hint].compactMap(\.self)
        }
        return nil
    }

    private static func closest(to word: String, of commands: [any ParsableCommand.Type]) -> String? {
        let names = commands.compactMap { $0.configuration.commandName }
        if let near = EditDistance.closest(to: word, among: names) { return near }
        return word.count > 1 ? names.first { $0.hasPrefix(word) } : nil
    }
}
