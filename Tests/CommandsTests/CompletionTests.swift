// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// `taffrail completion`, in the shells themselves.
@Suite struct CompletionTests {
    /// What bash offers for a line that ends where the cursor is.
    private func complete(_ words: String...) async throws -> Set<String> {
        let folder = URL(filePath: Parts.product("taffrail")).deletingLastPathComponent().path
        let line = words.joined(separator: " ")
        let script = """
            source <(taffrail completion bash)
            COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " "))) COMP_CWORD=\(words.count - 1)
            COMP_LINE='\(line)' COMP_POINT=\(line.count)
            $(complete -p taffrail | sed -E 's/.*-F ([^ ]+).*/\\1/') taffrail '\(words.last ?? "")' '\(words[words.count - 2])'
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let result = try await run("bash", ["-c", script], environment: ["PATH": "\(folder):\(path)"])
        #expect(result.errors.isEmpty, "\(result.errors)")
        return Set(result.output.split(separator: "\n").map { String($0.drop { $0 == " " }.prefix { $0 != " " }) })
    }

    @Test func `bash completes commands, flags and words`() async throws {
        #expect(try await complete("taffrail", "a").isSuperset(of: ["apply", "audit"]))
        #expect(try await complete("taffrail", "audit", "").isSuperset(of: ["verify", "log", "show"]))
        #expect(try await complete("taffrail", "plan", "--detailed").contains("--detailed-exitcode"))
        #expect(try await complete("taffrail", "plan", "-o", "").isSuperset(of: ["table", "json", "yaml"]))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `each shell takes its script`(shell: String) async throws {
        let script = try await run(Parts.product("taffrail"), ["completion", shell])
        #expect(script.status == 0 && script.output.contains("taffrail"), "\(script.errors)")
        try Parts.require(shell, Parts.has(shell))
        let read = try await run(shell, ["-n"], input: script.output)
        #expect(read.status == 0, "\(read.errors)")
    }

    @Test func `another shell is refused with the list`() async throws {
        let result = try await run(Parts.product("taffrail"), ["completion", "tcsh"])
        #expect(result.status == 1 && result.errors.contains("bash") && result.errors.contains("fish"))
    }
}
