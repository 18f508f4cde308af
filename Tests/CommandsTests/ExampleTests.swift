// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import TestSupport
import Testing

@testable import Commands

/// The examples of the documentation, tried as a reader would try them.
@Suite(.serialized) struct ExampleTests {
    @Test(arguments: ExamplePage.all)
    func `every example runs, and every manifest is one that the server takes`(page: ExamplePage) async throws {
        let examples = try page.blocks().filter { $0.kind == .sh || $0.kind == .yaml }
        guard !examples.isEmpty else { return }
        let reader = try await ExampleReader()
        try await reader.prepare(for: page)
        for example in examples {
            switch example.kind {
            case .yaml: try await reader.take(example)
            case .sh where page.isReference:
                // One after the other is not one program: each stands for itself.
                for line in example.lines { try await reader.runCommand(line, of: example) }
            case .sh where example.lines.allSatisfy({ $0.hasPrefix("make ") }):
                // What runs everything, this test among it, is only looked up.
                for line in example.lines { try await reader.lookUp(line, of: example) }
            case .sh where example.text.hasPrefix("taffrail controller "): try await reader.startController(example)
            default: try await reader.runScript(example)
            }
        }
    }

    @Test(arguments: ExamplePage.all)
    func `nothing is shown that is not tried`(page: ExamplePage) throws {
        for block in try page.blocks() {
            let place = "\(block.place) "
            switch block.kind {
            case nil:
                Issue.record(
                    "\(place)is fenced as '\(block.language)': as sh, yaml, json or text it is tried, or said to be a picture"
                )
            case .json: #expect(throws: Never.self, "\(place)") { _ = try JSONValue(parsing: block.text) }
            case .text:
                let commands = ["taffrail ", "kubectl ", "git ", "make ", "helm ", "flux ", "argocd "]
                for line in block.lines where commands.contains(where: line.hasPrefix) {
                    // A usage says what may be written.
                    #expect(
                        line.contains("<") || line.contains("["),
                        "\(place)shows '\(line)', and is not fenced as sh"
                    )
                }
            case .sh, .yaml: #expect(!block.lines.isEmpty, "\(place)is empty")
            }
        }
    }

    @Test func `there is something of each kind to try`() throws {
        let blocks = try ExamplePage.all.flatMap { try $0.blocks() }
        for kind in [ExampleBlock.Kind.sh, .yaml, .text] { #expect(blocks.contains { $0.kind == kind }, "\(kind)") }
        #expect(ExamplePage.all.contains(where: \.isReference) && ExamplePage.all.count > 10)
    }

    @Test func `the examples of the help are commands with flags that there are`() throws {
        let page = try CommandReference.page()
        let examples = page.split(separator: "\n").filter { line in
            line.hasPrefix("taffrail ") && !line.contains("<") && !line.contains("[")
        }
        #expect(examples.count > 15)
        for example in examples {
            // What belongs to the shell is not the command's.
            let words = example.prefix { $0 != ">" && $0 != "#" }.split(separator: " ").dropFirst().map(String.init)
            #expect(throws: Never.self, "\(example)") { _ = try TaffrailCommand.parseAsRoot(words) }
        }
    }
}
