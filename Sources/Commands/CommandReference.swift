// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import JSON

/// The reference of the command line in Markdown, from the commands themselves: it says what `taffrail help` says.
package enum CommandReference {
    /// - Throws: never, unless the parser stopped describing itself in the way that it documents.
    package static func page() throws -> String {
        let root = try Self.description()
        let commands = Self.leaves(TaffrailCommand.self, root, path: [root.name])
        var lines = [
            "# Commands", "",
            "What `taffrail help` says, on one page. Generated from the commands in `Sources/Commands` by `make generate`.",
            "",
            "| command | what it does |", "|---|---|",
        ]
        lines += commands.map { "| [`\($0.title)`](#\($0.anchor)) | \($0.description.abstract) |" }
        lines += [""] + commands.flatMap(\.lines)
        return lines.joined(separator: "\n")
    }

    /// The whole command line, as the parser tells it to programs.
    private static func description() throws -> CommandDescription {
        do {
            _ = try TaffrailCommand.parseAsRoot(["--experimental-dump-help"])
        } catch {
            let dump = try JSONValue(parsing: TaffrailCommand.fullMessage(for: error))
            if let command = dump["command"] { return CommandDescription(command) }
        }
        throw CommandError(
            "the parser does not describe its commands: the version of swift-argument-parser has changed"
        )
    }

    private static func leaves(
        _ type: any ParsableCommand.Type,
        _ description: CommandDescription,
        path: [String]
    ) -> [ReferenceSection] {
        let children = type.configuration.subcommands
        guard !children.isEmpty else { return [ReferenceSection(type: type, description: description, path: path)] }
        return children.flatMap { child -> [ReferenceSection] in
            let name = child.configuration.commandName ?? ""
            guard let found = description.subcommands.first(where: { $0.name == name }) else { return [] }
            return leaves(child, found, path: path + [name])
        }
    }
}

/// A command in the parser's own words.
private struct CommandDescription {
    let name: String
    let abstract: String
    let discussion: String
    let arguments: [JSONValue]
    let subcommands: [CommandDescription]

    init(_ json: JSONValue) {
        name = json["commandName"]?.stringValue ?? ""
        abstract = json["abstract"]?.stringValue ?? ""
        discussion = json["discussion"]?.stringValue ?? ""
        arguments = json["arguments"]?.arrayValue ?? []
        subcommands = (json["subcommands"]?.arrayValue ?? []).map(CommandDescription.init)
    }
}

/// One command's part of the page.
private struct ReferenceSection {
    let type: any ParsableCommand.Type
    let description: CommandDescription
    let path: [String]

    var title: String { path.joined(separator: " ") }
    var anchor: String { path.joined(separator: "-") }

    var lines: [String] {
        let usage = TaffrailCommand.usageString(for: type)
        let lines = usage.split(whereSeparator: \.isNewline).map(String.init)
        return ["## \(title)", "", description.abstract, "", "```text"] + lines + ["```", ""] + discussion + options
    }

    /// Paragraphs, and indented lines as examples for a shell.
    private var discussion: [String] {
        var lines: [String] = []
        var isCode = false
        for line in description.discussion.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("  ") != isCode, !line.isEmpty || isCode {
                if !isCode, lines.last?.isEmpty == false { lines.append("") }
                lines.append(isCode ? "```" : "```sh")
                isCode.toggle()
            }
            lines.append(String(isCode ? line.dropFirst(2) : line))
        }
        if isCode { lines.append("```") }
        return lines.isEmpty ? [] : lines + [""]
    }

    private var options: [String] {
        // These two are the same everywhere.
        let shown = description.arguments.filter { argument in
            argument["shouldDisplay"] != false
                && !["help", "version"].contains(argument["preferredName"]?["name"]?.stringValue ?? "")
        }
        guard !shown.isEmpty else { return [] }
        let rows = shown.map { "| `\(name(of: $0))` | \($0["isOptional"] == true ? "" : "yes") | \(meaning(of: $0)) |" }
        return ["| argument | required | meaning |", "|---|---|---|"] + rows + [""]
    }

    private func name(of argument: JSONValue) -> String {
        let value = "<\(argument["valueName"]?.stringValue ?? "value")>"
        guard argument["kind"] != "positional" else { return value }
        let names = (argument["names"]?.arrayValue ?? []).map { name in
            (name["kind"] == "short" ? "-" : "--") + (name["name"]?.stringValue ?? "")
        }
        // The short one first, as in the help.
        let sorted = names.filter { !$0.hasPrefix("--") } + names.filter { $0.hasPrefix("--") }
        return sorted.joined(separator: ", ") + (argument["kind"] == "flag" ? "" : " \(value)")
    }

    private func meaning(of argument: JSONValue) -> String {
        var text = argument["abstract"]?.stringValue ?? ""
        if let values = argument["allValues"]?.arrayValue?.compactMap(\.stringValue), !values.isEmpty {
            text += " One of " + values.map { "`\($0)`" }.joined(separator: ", ") + "."
        }
        if argument["isRepeating"] == true { text += " May be given several times." }
        if let value = argument["defaultValue"]?.stringValue { text += " Default: `\(value)`." }
        return text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
