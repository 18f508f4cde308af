// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport

/// The tables of `docs/bad-input.md`: what a person is told about each kind of bad input. The tests take from there what they expect.
struct BadInputPage {
    struct Row {
        /// Each line that is said, in order. `…` stands for what is not the same everywhere.
        let lines: [String]

        /// Whether exactly this is said.
        func matches(_ said: [String]) -> Bool {
            said.count == lines.count && zip(lines, said).allSatisfy(Self.matches)
        }

        private static func matches(_ pattern: String, _ line: String) -> Bool {
            let parts = pattern.components(separatedBy: "…")
            guard line.hasPrefix(parts[0]), line.hasSuffix(parts[parts.count - 1]) else { return false }
            var rest = line[...]
            return parts.allSatisfy { part in
                guard !part.isEmpty else { return true }
                guard let found = rest.range(of: part) else { return false }
                rest = rest[found.upperBound...]
                return true
            }
        }
    }

    /// By what is wrong.
    let rows: [String: Row]

    init() throws {
        let page = try String(contentsOf: Parts.root.appending(path: "docs/bad-input.md"), encoding: .utf8)
        let cells = page.split(separator: "\n").filter { $0.hasPrefix("| ") }
            .map { $0.dropFirst(2).dropLast(2).components(separatedBy: " | ") }
            .filter { $0.count == 3 && !$0[0].isEmpty && $0[0] != "what is wrong" }
        rows = Dictionary(cells.map { ($0[0], Row(lines: Self.codeSpans(in: $0[2]))) }) { first, _ in first }
    }

    subscript(title: String) -> Row { rows[title] ?? Row(lines: ["there is no row '\(title)' in docs/bad-input.md"]) }

    private static func codeSpans(in cell: String) -> [String] {
        // Every other part stands within marks.
        cell.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    }
}

/// Rows whose tests need more than one file.
enum BadScene: String, CaseIterable {
    case webhookRefuses = "an object that a webhook refuses"
    case webhookIsDown = "a webhook that is down"
    case conversionFails = "a conversion webhook that fails"
    case kindWentAndIsAskedFor = "a kind that is served no more, and is asked for"
    case kindWent = "a kind that is served no more, and is not asked for"
    case versionWent = "a version that is served no more, of an object that was applied"
    case objectIsRefused = "an object that the server refuses"
    case pathLeadsUpwards = "'..' in an Environment's path"
    case pathIsNotThere = "a path of an Environment that is not there"
    case treeLeadsUpwards = "'..' in a tree that an Environment delivers"
}

extension ProgramResult {
    /// What a person is told to be wrong, and to do.
    var complaints: [String] {
        (output + "\n" + errors).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("error: ") || $0.hasPrefix("what to do: ") || $0.hasPrefix("failed ") }
    }
}
