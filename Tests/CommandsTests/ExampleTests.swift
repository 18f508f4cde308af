// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import Commands

/// The shell examples of the documentation, run as a reader would run them.
@Suite(.serialized) struct ExampleTests {
    /// A fenced block of Markdown.
    private struct Block {
        let language: String
        let line: Int
        var lines: [String] = []

        var text: String { lines.joined(separator: "\n") }
    }

    private static let pages: [String] = {
        let docs = (try? FileManager.default.contentsOfDirectory(atPath: Parts.root.path + "/docs")) ?? []
        return ["README.md"] + docs.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
    }()

    private func blocks(of page: String) throws -> [Block] {
        let text = try String(contentsOf: Parts.root.appending(path: page), encoding: .utf8)
        var blocks: [Block] = []
        var isInside = false
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if !isInside { blocks.append(Block(language: String(line.dropFirst(3)), line: number + 1)) }
                isInside.toggle()
            } else if isInside {
                blocks[blocks.count - 1].lines.append(String(line))
            }
        }
        return blocks
    }

    /// What a reader is told to have: a repository with a folder `production`.
    private func prepare() async throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        let script = """
            git init -q -b main . && git config user.name Ada && git config user.email a@example.com
            cp -r "$EXAMPLE" production && git add -A && git commit -qm "Serve a model"
            """
        let example = ["EXAMPLE": Parts.root.appending(path: "examples/ml-model-service").path]
        #expect(try await run("bash", ["-c", script], environment: example, directory: folder.url).status == 0)
        return folder
    }

    @Test(arguments: pages)
    func `every shell example runs`(page: String) async throws {
        let examples = try blocks(of: page).filter { $0.language == "sh" }
        guard !examples.isEmpty else { return }
        let kubeconfig = try await ControlPlane.kubeconfig()
        // The reader's namespace `models`; suites share a cluster, so that each page gets one of its own.
        let namespace = try await makeNamespace(kubeconfig)
        let folder = try await prepare()
        let programs = URL(filePath: Parts.product("taffrail")).deletingLastPathComponent().path
        let variables = [
            "PATH": "\(programs):\(ProcessInfo.processInfo.environment["PATH"] ?? "")",
            "KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": folder.path + "/cache", "HOME": folder.path,
        ]
        for example in examples {
            let script = example.text.replacing("-n models", with: "-n \(namespace)")
                .replacing(" models/", with: " \(namespace)/")
            let result = try await run(
                "bash",
                ["-euo", "pipefail", "-c", script],
                environment: variables,
                directory: folder.url
            )
            #expect(result.status == 0, "\(page):\(example.line): \(result.output)\(result.errors)")
        }
    }

    @Test(arguments: pages)
    func `no command is shown that is not run`(page: String) throws {
        for block in try blocks(of: page) where block.language != "sh" {
            #expect(!block.lines.contains { $0.hasPrefix("taffrail ") }, "\(page):\(block.line) is not fenced as sh")
        }
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
