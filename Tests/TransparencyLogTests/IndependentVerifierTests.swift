// SPDX-License-Identifier: Apache-2.0

import Foundation
import Keys
import TestSupport
import Testing
import TransparencyLog

/// What we write, read by a program that shares nothing with us.
@Suite struct IndependentVerifierTests {
    private let folder: TemporaryDirectory
    private let key: Ed25519PrivateKey
    private let verifier: VerifierKey
    private var directory: String { folder.path + "/log" }

    init() throws {
        folder = try TemporaryDirectory()
        key = try Ed25519PrivateKey.generate()
        verifier = try VerifierKey(name: "example.com/oracle", publicKey: key.publicKey)
    }

    private func write(_ groups: [Int]) async throws {
        let log = try await TransparencyLog.open(
            directory: directory,
            origin: "example.com/oracle",
            signer: key,
            create: true
        )
        var next = 0
        for count in groups {
            _ = try await log.append((next..<next + count).map { Array("entry number \($0)".utf8) })
            next += count
        }
        await log.close()
    }

    private func program() async throws -> String {
        try Parts.require(
            "Go with golang.org/x/mod",
            Parts.has("go") && FileManager.default.fileExists(atPath: "/usr/share/gocode/src/golang.org/x/mod")
        )
        let built = try await run(Parts.root.appending(path: "scripts/build-logverifier").path, [])
        #expect(built.status == 0, "\(built.errors)")
        return built.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The files that a verifier must read: entries, tiles, the checkpoint.
    private func files() throws -> [String] {
        try #require(FileManager.default.enumerator(atPath: directory)).compactMap { $0 as? String }.sorted().filter {
            name in
            (name.hasPrefix("tile/") || name == "checkpoint")
                && FileManager.default.fileExists(atPath: "\(directory)/\(name)") && !isFolder("\(directory)/\(name)")
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    @Test(arguments: [[1], [3, 1], [256], [200, 100, 400]])
    func `Go's checksum database accepts our logs`(groups: [Int]) async throws {
        let program = try await program()
        try await write(groups)
        let result = try await run(program, [directory, verifier.description])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("\(groups.reduce(0, +))"))
    }

    @Test func `two hundred seeded flips are refused by Go's checksum database and by us`() async throws {
        let program = try await program()
        try await write([5, 4])
        let files = try files()
        var seed: UInt64 = 42
        for _ in 0..<200 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let path = "\(directory)/\(files[Int(seed >> 33) % files.count])"
            let original = try #require(FileManager.default.contents(atPath: path))
            var changed = original
            changed[Int(seed >> 17) % changed.count] ^= UInt8(1 << (seed >> 60 & 7))
            try changed.write(to: URL(filePath: path))
            #expect(try await run(program, [directory, verifier.description]).status == 1, "\(path)")
            #expect(throws: (any Error).self, "\(path)") {
                try LogVerifier.verify(directory: directory, keys: [verifier])
            }
            try original.write(to: URL(filePath: path))
        }
        #expect(try LogVerifier.verify(directory: directory, keys: [verifier]).checkpoint.size == 9)
    }

    @Test func `every flipped byte of the bundles, the tiles and the checkpoint is refused`() async throws {
        try await write([3, 2])
        for name in try files() {
            let path = "\(directory)/\(name)"
            let original = try #require(FileManager.default.contents(atPath: path))
            for offset in original.indices {
                var changed = original
                changed[offset] ^= 0x20
                try changed.write(to: URL(filePath: path))
                #expect(throws: (any Error).self, "\(name) at \(offset)") {
                    try LogVerifier.verify(directory: directory, keys: [verifier])
                }
            }
            try original.write(to: URL(filePath: path))
        }
    }
}
