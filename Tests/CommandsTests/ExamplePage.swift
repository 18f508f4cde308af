// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A fenced block of Markdown.
struct ExampleBlock {
    enum Kind: String {
        case sh
        case yaml
        case json
        /// A picture, output, or how a command may be written.
        case text
    }

    let language: String
    let place: String
    var lines: [String] = []

    var kind: Kind? { Kind(rawValue: language) }
    var text: String { lines.joined(separator: "\n") }
}

/// A page of the documentation.
struct ExamplePage: CustomTestStringConvertible {
    let path: String

    static let all: [ExamplePage] = {
        let folder = Parts.root.appending(path: "docs").path
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let pages = files.filter { $0.hasSuffix(".md") }.sorted().map { ExamplePage(path: "docs/" + $0) }
        return [ExamplePage(path: "README.md")] + pages
    }()

    var testDescription: String { path }
    /// The page that is made from the commands.
    var isReference: Bool { path == "docs/reference/commands.md" }

    func blocks() throws -> [ExampleBlock] {
        let text = try String(contentsOf: Parts.root.appending(path: path), encoding: .utf8)
        var blocks: [ExampleBlock] = []
        var isInside = false
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if !isInside {
                    blocks.append(ExampleBlock(language: String(line.dropFirst(3)), place: "\(path):\(number + 1)"))
                }
                isInside.toggle()
            } else if isInside {
                blocks[blocks.count - 1].lines.append(String(line))
            }
        }
        return blocks
    }
}
