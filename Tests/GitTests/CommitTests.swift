// SPDX-License-Identifier: Apache-2.0

import Foundation
import Git
import TestSupport
import Testing

@Suite struct CommitTests {
    private static let plain = """
        tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
        parent 0123456789abcdef0123456789abcdef01234567
        author Ada <ada@example.com> 1700000000 +0100
        committer Bob <bob@example.com> 1700000001 +0000

        Subject

        Body
        """

    @Test func `a commit is split into its parts`() throws {
        let commit = try CommitObject(parsing: Array(Self.plain.utf8))
        #expect(commit.tree.description == "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
        #expect(commit.parents.count == 1)
        #expect(
            commit.author.name == "Ada" && commit.author.email == "ada@example.com" && commit.author.zone == "+0100"
        )
        #expect(commit.subject == "Subject")
        #expect(commit.signature == nil)
        #expect(commit.signedPayload == Array(Self.plain.utf8))
    }

    @Test(arguments: [
        (
            "a second tree", "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent",
            "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent"
        ),
        ("a second author", "committer Bob", "author Eve <e@example.com> 1 +0000\ncommitter Bob"),
        ("no author", "author Ada <ada@example.com> 1700000000 +0100\n", ""),
        ("a NUL", "Subject", "Sub\u{0}ject"),
        ("a continuation of nothing", "tree 4b", " tree 4b"),
        ("two signatures", "\n\nSubject", "\ngpgsig a\n b\ngpgsig c\n d\n\nSubject"),
        ("a short tree", "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904", "tree 4b825dc6"),
    ])
    func `a malformed commit is refused`(what: String, part: String, replacement: String) {
        let text = Self.plain.replacingOccurrences(of: part, with: replacement)
        #expect(text != Self.plain)
        #expect(throws: GitError.self, "\(what)") { try CommitObject(parsing: Array(text.utf8)) }
    }

    @Test func `a signature in the message is none`() throws {
        let text = Self.plain + "\n\ngpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\n"
        #expect(try CommitObject(parsing: Array(text.utf8)).signature == nil)
    }

    @Test func `signatures and payloads of real commits are found`() throws {
        try Parts.require("the external test vectors", Parts.hasFixtures)
        var signed = 0
        for folder in ["ssh_signatures", "gpg_signatures"] {
            let root = Parts.fixtures.appending(path: "git-signatures/\(folder)")
            for name in try FileManager.default.contentsOfDirectory(atPath: root.path) where name.hasPrefix("commit_") {
                let raw = Array(try Data(contentsOf: root.appending(path: name)))
                let commit = try CommitObject(parsing: raw)
                guard name != "commit_unsigned.txt" else {
                    #expect(commit.signature == nil)
                    continue
                }
                signed += 1
                let signature = try #require(commit.signature, "\(name)")
                #expect(signature.kind == (folder == "ssh_signatures" ? .ssh : .openPGP))
                #expect(!String(decoding: commit.signedPayload, as: UTF8.self).contains("gpgsig"))
                #expect(commit.signedPayload.count < raw.count)
            }
        }
        #expect(signed == 14)
    }

    @Test func `no mutation of a commit traps`() {
        var seed: UInt64 = 7
        for _ in 0..<5_000 {
            var bytes = Array(Self.plain.utf8)
            for _ in 0..<3 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            _ = try? CommitObject(parsing: Array(bytes.prefix(Int(seed >> 40) % bytes.count + 1)))
        }
    }
}
