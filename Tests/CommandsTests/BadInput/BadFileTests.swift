// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Bad input that shows without a cluster, through a real repository.
@Suite struct BadFileTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
    }

    @Test(arguments: BadFile.all)
    func `a bad file is refused in the words of the documentation, and a good one beside it is not`(
        _ file: BadFile
    ) async throws {
        let branch = try await commit(file)
        let result = try await run(
            Parts.product("taffrail"),
            ["validate", "--repo", "repo", "--branch", branch, "--path", file.path],
            environment: ["XDG_CACHE_HOME": folder.path + "/cache", "NO_COLOR": "1"],
            directory: folder.url
        )
        let row = try BadInputPage()[file.title]
        #expect(row.matches(result.complaints), "\(row.lines) \(result.complaints)")
        guard let fine = file.fine else {
            return #expect(result.status == 1 && result.output.isEmpty, "\(result.output)")
        }
        #expect(result.status == (row.lines.isEmpty ? 0 : 3))
        let summary = "\(fine) object\(fine == 1 ? "" : "s") without fault, "
        #expect(result.output.split(separator: "\n").last?.hasPrefix(summary) == true, "\(result.output)")
    }

    @Test func `every row of the documentation is tested`() throws {
        let titles = BadFile.all.map(\.title) + BadObject.all.map(\.title) + BadScene.allCases.map(\.rawValue)
        #expect(try Set(BadInputPage().rows.keys) == Set(titles))
    }

    /// - Returns: the branch that holds it.
    private func commit(_ file: BadFile) async throws -> String {
        let script = """
            set -e
            git init -q -b main repo && cd repo
            git config user.name Ada && git config user.email a@example.com && git config core.protectNTFS false
            mkdir app && printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: good}\\n' > app/good.yaml
            \(file.script)
            if git rev-parse -q --verify made; then exit; fi
            [ -n "$(git ls-files)" ] || git add -A
            git commit -qm Bad
            """
        let made = try await run("bash", ["-c", script], directory: folder.url)
        #expect(made.status == 0, "\(made.errors)")
        return made.output.isEmpty ? "main" : "made"
    }
}
