// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Commands

/// The reference of the commands, which is generated from them.
@Suite struct ReferenceTests {
    @Test func `the committed reference is what the commands say`() throws {
        let file = Parts.root.appending(path: "docs/reference/commands.md")
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(try committed == CommandReference.page(), "docs/reference/commands.md is stale: run 'make generate'")
    }

    @Test func `every command that help lists is in it`() async throws {
        let page = try CommandReference.page()
        let help = try await run(Parts.product("taffrail"), ["help"]).output
        let list = try #require(help.components(separatedBy: "SUBCOMMANDS:").last)
        let names = list.split(separator: "\n").compactMap { line -> Substring? in
            guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
            return line.split(separator: " ").first
        }
        #expect(names.count > 8)
        for name in names where name != "See" {
            #expect(page.contains("\n## taffrail \(name)"), "\(name)")
        }
    }
}
