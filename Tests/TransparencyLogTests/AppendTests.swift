// SPDX-License-Identifier: Apache-2.0

import Foundation
import Keys
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct AppendTests {
    @Test func `a new log has the checkpoint of the empty tree`() async throws {
        let test = try TestLog()
        let log = try await test.open()
        #expect(log.size == 0)
        await log.close()
        let checkpoint = try test.reader.checkpoint(verifiedBy: [test.key], origin: TestLog.origin)
        #expect(checkpoint == Checkpoint(origin: TestLog.origin, size: 0, root: MerkleTree.emptyRoot))
        #expect(try test.verifiedEntries().isEmpty)
    }

    @Test func `a log that is not there is not made without being asked`() async throws {
        let test = try TestLog()
        let error = await #expect(throws: TransparencyLogError.self) { try await test.open(create: false) }
        #expect(error?.code == .notFound)
        #expect(!FileManager.default.fileExists(atPath: test.directory))
    }

    @Test(arguments: [[1], [1, 1, 1], [255, 1], [256], [257], [3, 600], [256, 256, 256], [700, 1, 67_000]])
    func `what was appended is read back, proved and verified`(groups: [Int]) async throws {
        let test = try TestLog()
        let all = entries(0..<groups.reduce(0, +))
        let log = try await test.open()
        var first = 0
        for count in groups {
            let result = try await log.append(Array(all[first..<first + count]))
            #expect(result.firstIndex == UInt64(first))
            first += count
            #expect(result.checkpoint.size == UInt64(first))
            #expect(result.checkpoint.root == MerkleTree.root(of: all[..<first].map(MerkleTree.leafHash)))
            #expect(log.size == UInt64(first))
        }
        await log.close()
        #expect(try test.verifiedEntries() == all)
        #expect(try test.reader.publishedSizes().count == groups.count + 1)
        #expect(try test.examine().publishedCheckpoints == groups.count + 1)
    }

    @Test func `seeded groups with reopenings give the tree of all entries`() async throws {
        var random = SeededGenerator(seed: 42)
        let test = try TestLog()
        var size = 0
        for _ in 0..<12 {
            let log = try await test.open()
            #expect(log.size == UInt64(size))
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let count = Int.random(in: 0...300, using: &random)
                _ = try await log.append(entries(size..<size + count))
                size += count
            }
            await log.close()
        }
        #expect(try test.verifiedEntries() == entries(0..<size))
    }

    @Test func `appends at the same time each get their own entries`() async throws {
        let test = try TestLog()
        let log = try await test.open()
        let found = try await withThrowingTaskGroup(of: (Int, UInt64, UInt64).self) { group in
            for task in 0..<50 {
                group.addTask {
                    let result = try await log.append([Array("a\(task)".utf8), Array("b\(task)".utf8)])
                    return (task, result.firstIndex, result.checkpoint.size)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        await log.close()
        let all = try test.verifiedEntries()
        #expect(all.count == 100)
        for (task, index, size) in found {
            #expect(all[Int(index)] == Array("a\(task)".utf8))
            #expect(all[Int(index) + 1] == Array("b\(task)".utf8))
            #expect(index + 2 <= size)
        }
    }

    @Test func `partial tiles and bundles go when the full one is there, and old checkpoints still verify`()
        async throws
    {
        let test = try TestLog()
        try await test.fill((0..<260).map { entries($0..<$0 + 1) })
        #expect(test.files(below: "tile").filter { $0.contains("000.p/") } == ["tile/1/000.p/1"])
        #expect(test.files(below: "tile/entries") == ["tile/entries/000"] + (1...4).map { "tile/entries/001.p/\($0)" })
        #expect(try test.examine().publishedCheckpoints == 261)
        #expect(try test.examine().isValid)
    }

    @Test func `files are the owner's alone`() async throws {
        let test = try TestLog()
        let log = try await test.open()
        _ = try await log.append(entries(0..<300))
        _ = try await log.storeBlob([1, 2, 3])
        try await log.reserve(bytes: 1_000)
        await log.close()
        for name in test.files() + ["", "tile", "tile/0", "blobs/sha256", ".state", "checkpoints"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: test.path(name))
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(attributes[.posixPermissions] as? Int == (isFolder ? 0o700 : 0o600), "\(name)")
        }
    }

    @Test func `an entry of 65,535 bytes fits and a larger one is refused`() async throws {
        let test = try TestLog()
        let log = try await test.open()
        let largest = [UInt8](repeating: 1, count: 65_535)
        _ = try await log.append([largest, []])
        let error = await #expect(throws: TransparencyLogError.self) { try await log.append([largest + [1]]) }
        #expect(error?.code == .tooLarge)
        await log.close()
        #expect(try test.verifiedEntries() == [largest, []])
    }

    @Test func `a closed log refuses`() async throws {
        let test = try TestLog()
        let log = try await test.open()
        await log.close()
        await log.close()
        let error = await #expect(throws: TransparencyLogError.self) { try await log.append([[1]]) }
        #expect(error?.code == .closed)
    }

    @Test func `blobs are stored once by digest, and a changed one is not believed`() async throws {
        let test = try TestLog()
        let log = try await test.open()
        let digests = try await log.storeBlobs([[1], [2], [1]])
        #expect(digests == [[1], [2], [1]].map(SHA256Digest.of))
        #expect(test.files(below: "blobs").count == 2)
        #expect(try test.reader.blob(digests[1]) == [2])
        #expect(try test.reader.blob(SHA256Digest.of([9])) == nil)
        let path = TilePath.blob(hex: digests[1].description)
        try test.overwrite(path, with: [3])
        #expect(throws: TransparencyLogError.self) { try test.reader.blob(digests[1]) }
        #expect(try await log.storeBlob([2]) == digests[1])
        #expect(try test.bytes(path) == [2])
        await log.close()
    }

    @Test func `the reserve takes space until an append that may use it`() async throws {
        let test = try TestLog()
        let log = try await test.open()
        try await log.reserve(bytes: 100_000)
        #expect(try test.bytes(".state/reserve").count > 200_000)
        _ = try await log.append([[1]])
        #expect(try test.bytes(".state/reserve").count > 200_000)
        _ = try await log.append([[2]], usesReserve: true)
        #expect(try test.bytes(".state/reserve").isEmpty)
        await log.close()
    }
}
