// SPDX-License-Identifier: Apache-2.0

import Foundation
import Keys
import Testing

@testable import TransparencyLog

@Suite struct TamperingTests {
    @Test func `every changed byte of a bundle, its tiles and the checkpoint is found, and its file and entry named`()
        async throws
    {
        let test = try TestLog()
        let all = entries(0..<20)
        try await test.fill([Array(all[..<5]), Array(all[5...])])
        for path in test.files() where path.hasPrefix("tile/entries") || path.hasPrefix("tile/0") {
            let original = try test.bytes(path)
            let isBundle = path.contains("entries")
            let owners = isBundle ? owners(of: original) : original.indices.map { $0 / 32 }
            for index in original.indices {
                var changed = original
                changed[index] ^= UInt8(1 << (index % 8))
                try test.overwrite(path, with: changed)
                let problem = try #require(try test.examine().problems.first, "\(path) byte \(index)")
                #expect(problem.file == path)
                // A changed length is only noticed where the entries no longer divide, which may be the next one.
                let owner = UInt64(owners[index])
                #expect(
                    problem.entry.map { $0 == owner || (isBundle && $0 == owner + 1) } ?? true,
                    "\(path) byte \(index): \(problem)"
                )
                #expect(!isBundle || problem.entry != nil)
            }
            try test.overwrite(path, with: original)
        }
        for path in test.files() where path.hasPrefix("checkpoint") {
            let original = try test.bytes(path)
            for index in original.indices {
                var changed = original
                changed[index] ^= UInt8(1 << (index % 8))
                try test.overwrite(path, with: changed)
                #expect(throws: TransparencyLogError.self, "\(path) byte \(index)") { try test.verifiedEntries() }
            }
            try test.overwrite(path, with: original)
        }
        #expect(try test.verifiedEntries() == all)
    }

    /// For each byte of a bundle, the entry that it belongs to, by its length or its content.
    private func owners(of bundle: [UInt8]) -> [Int] {
        EntryBundle.ranges(bundle).ranges.enumerated().flatMap { [Int](repeating: $0, count: $1.count + 2) }
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: String
        let entry: UInt64?
        let apply: @Sendable (TestLog) throws -> Void

        /// XORs one byte; a negative index counts from the end.
        static func flip(_ path: String, _ index: Int, blames file: String? = nil, entry: UInt64?) -> Damage {
            Damage(testDescription: "byte \(index) of \(path)", file: file ?? path, entry: entry) { test in
                var bytes = try test.bytes(path)
                bytes[index < 0 ? bytes.count + index : index] ^= 0x40
                try test.overwrite(path, with: bytes)
            }
        }

        static func cut(_ path: String, by count: Int, entry: UInt64?) -> Damage {
            Damage(testDescription: "\(path) cut by \(count)", file: path, entry: entry) { test in
                try test.overwrite(path, with: test.bytes(path).dropLast(count))
            }
        }

        static func extend(_ path: String, entry: UInt64?) -> Damage {
            Damage(testDescription: "\(path) extended", file: path, entry: entry) { test in
                try test.overwrite(path, with: test.bytes(path) + [0, 0])
            }
        }

        static func remove(_ path: String, entry: UInt64?) -> Damage {
            Damage(testDescription: "\(path) removed", file: path, entry: entry) { try $0.remove(path) }
        }
    }

    @Test(arguments: [
        Damage.flip("tile/entries/000", -1, entry: 255),
        .flip("tile/entries/001", 2, entry: 256),
        .flip("tile/entries/002.p/188", -1, entry: 699),
        .flip("tile/0/000", 64, entry: 2),
        .flip("tile/0/001", 0, entry: 256),
        .flip("tile/0/002.p/188", 32, entry: 513),
        .flip("tile/1/000.p/2", 32, entry: 256),
        .cut("tile/entries/001", by: 1, entry: 511),
        .extend("tile/entries/001", entry: 511),
        .extend("tile/entries/002.p/188", entry: 699),
        .cut("tile/0/001", by: 32, entry: 256),
        .extend("tile/0/002.p/188", entry: 512),
        .remove("tile/entries/000", entry: 0),
        .remove("tile/entries/002.p/188", entry: 512),
        .remove("tile/0/000", entry: 0),
        .remove("tile/1/000.p/2", entry: 0),
        .flip("checkpoints/300", 30, entry: nil),
    ])
    func `damage is found where it is`(damage: Damage) async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<300), entries(300..<700)])
        try damage.apply(test)
        let problems = try test.examine().problems
        #expect(problems.contains { $0.file == damage.file && $0.entry == damage.entry }, "\(problems)")
        #expect(Set(problems.map(\.file)) == [damage.file], "\(problems)")
    }

    @Test func `an entry that was changed together with its tile is found by the tile above`() async throws {
        let test = try TestLog()
        let all = entries(0..<300)
        try await test.fill([all])
        var forged = all
        forged[10] = Array("forged".utf8)
        var edge = LogEdge()
        let growth = edge.append(forged)
        for file in growth.bundles + growth.tiles[0] { try test.overwrite(file.path, with: file.bytes) }
        let problem = try #require(try test.examine().problems.first)
        #expect(problem.file == "tile/0/000")
        #expect(problem.entry == 0)
    }

    @Test func `a log that was rebuilt with other entries does not have the signed root`() async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<300)])
        var edge = LogEdge()
        let growth = edge.append(entries(1_000..<1_300))
        for file in growth.bundles + growth.tiles.flatMap(\.self) { try test.overwrite(file.path, with: file.bytes) }
        #expect(try test.examine().problems.map(\.file) == ["checkpoint", "checkpoints/300"])
    }

    @Test func `a key that is not trusted, or another origin, is refused`() async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<3)])
        let other = try VerifierKey(name: TestLog.origin, publicKey: Ed25519PrivateKey.generate().publicKey)
        let byKey = #expect(throws: TransparencyLogError.self) {
            try LogVerifier.verify(directory: test.directory, keys: [other], origin: TestLog.origin)
        }
        #expect(byKey?.code == .foreign)
        let byOrigin = #expect(throws: TransparencyLogError.self) {
            try LogVerifier.verify(directory: test.directory, keys: [test.key], origin: "example.com/other")
        }
        #expect(byOrigin?.code == .foreign)
    }
}
