// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import JSON
internal import YAML

/// How a command prints what it found.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case yaml

    /// Prints the table's lines, or the value in the format asked for.
    func write(_ value: @autoclosure () -> JSONValue, table: () -> [String]) {
        switch self {
        case .table: Terminal.write(table().joined(separator: "\n"))
        case .json: Terminal.writeData(String(decoding: value().serialized(pretty: true), as: UTF8.self))
        case .yaml: Terminal.writeData(YAML.emit(value()).trimmingNewlines)
        }
    }

    /// Says beside a table what nobody looked at; programs find it in the value.
    func note(notChecked: [String]) {
        guard self == .table else { return }
        for note in notChecked { Terminal.note("not checked: \(note)") }
    }
}

extension String {
    fileprivate var trimmingNewlines: Substring {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
