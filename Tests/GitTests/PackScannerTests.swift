// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Git

/// Packs that git makes, measured before anybody unpacks them.
@Suite struct PackScannerTests {
    private let folder: TemporaryDirectory

    init() async throws {
        folder = try TemporaryDirectory()
        // Files that grow, so that deltas are made; a tag, an empty file, and one that does not deflate.
        try await bash(
            """
            git init -q -b main r && cd r && git config user.name Ada && git config user.email a@example.com
            for i in 1 2 3 4 5 6; do seq 1 $((i * 400)) > numbers; : > empty; head -c 70000 /dev/urandom > noise
            git add -A; git commit -qm "Change $i"; done
            git tag -am Tag tag
            """
        )
    }

    @discardableResult
    private func bash(_ script: String) async throws -> String {
        let result = try await run("bash", ["-c", "set -e\n" + script], directory: folder.url)
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    private func pack(_ options: String) async throws -> [UInt8] {
        try await bash("cd r && git rev-list --objects --all | git pack-objects -q --stdout \(options) > ../pack")
        return Array(try Data(contentsOf: folder.url.appending(path: "pack")))
    }

    /// Hands the bytes over in parts of random lengths.
    private func scan(_ bytes: [UInt8], limit: Int, seed: UInt64 = 1) throws {
        var generator = SeededGenerator(seed: seed)
        let scanner = try PackScanner(limit: limit)
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...generator.pick(from: [3, 100, 70_000]), using: &generator))
            try part.withUnsafeBytes { try scanner.scan($0) }
            rest.removeFirst(part.count)
        }
    }

    @Test(arguments: ["", "--delta-base-offset", "--window=0", "--no-reuse-object --compression=0"])
    func `the largest object decides, whatever is made of deltas`(options: String) async throws {
        let pack = try await pack(options)
        let sizes = try await bash("cd r && git cat-file --batch-all-objects --batch-check='%(objectsize)'")
        let largest = try #require(sizes.split(separator: "\n").compactMap { Int($0) }.max())
        for seed in 1...20 { try scan(pack, limit: largest, seed: UInt64(seed)) }
        let error = #expect(throws: GitError.self) { try scan(pack, limit: largest - 1) }
        #expect(error?.code == .limitExceeded && error?.message.contains("\(largest)") == true)
    }

    @Test func `what a delta makes is measured, not what it takes`() async throws {
        let script = """
            import sys, zlib
            base, times = bytes(0xffff), 1000
            def number(n):
                out = bytearray()
                while True:
                    out.append(n & 0x7f | (0x80 if n > 0x7f else 0)); n >>= 7
                    if not n: return bytes(out)
            def head(kind, n):
                first = kind << 4 | n & 15
                return bytes([first | 0x80]) + number(n >> 4) if n > 15 else bytes([first])
            delta = number(len(base)) + number(len(base) * times) + b"\\xb0\\xff\\xff" * times
            entries = head(3, len(base)) + zlib.compress(base) + head(7, len(delta)) + bytes(20) + zlib.compress(delta)
            sys.stdout.buffer.write(b"PACK" + bytes([0, 0, 0, 2, 0, 0, 0, 2]) + entries + bytes(20))
            """
        try Data(script.utf8).write(to: folder.url.appending(path: "bomb.py"))
        try await bash("python3 bomb.py > pack")
        let pack = Array(try Data(contentsOf: folder.url.appending(path: "pack")))
        #expect(pack.count < 1_000)
        try scan(pack, limit: 65_535_000)
        #expect(throws: GitError.self) { try scan(pack, limit: 65_534_999) }
    }

    @Test func `no mutation of a pack traps`() async throws {
        let pack = try await pack("")
        var generator = SeededGenerator(seed: 7)
        for seed in 0..<300 {
            var mutant = pack
            for _ in 0..<3 {
                mutant[Int.random(in: mutant.indices, using: &generator)] ^= UInt8.random(
                    in: 1...255,
                    using: &generator
                )
            }
            do {
                try scan(
                    Array(mutant.prefix(Int.random(in: 0...mutant.count, using: &generator))),
                    limit: 1 << 20,
                    seed: UInt64(seed)
                )
            } catch let error as GitError {
                #expect(error.code == .badResponse || error.code == .limitExceeded)
            }
        }
    }
}
