// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Keys
import TestSupport
import Testing

@testable import TransparencyLog

/// Breaks every single operation of a run on the disk in turn, and looks at what is left.
@Suite struct CrashTests {
    /// Remembers everything that it signed, which is what the world may have seen.
    private final class Witness: Signer {
        private let key: Ed25519PrivateKey
        private let texts = Locked<[String]>([])

        init(_ key: Ed25519PrivateKey) {
            self.key = key
        }

        var publicKey: PublicKey { key.publicKey }
        var signed: [String] { texts.withLock(\.self) }

        func sign(_ message: [UInt8]) async throws -> [UInt8] {
            texts.withLock { $0.append(String(decoding: message, as: UTF8.self)) }
            return try key.sign(message)
        }
    }

    private struct Run {
        let disk = SimulatedDisk()
        let files: LogFiles
        let witness: Witness
        let key: VerifierKey
        /// Entries by index, of appends that returned.
        var acknowledged: [UInt64: [UInt8]] = [:]
        private var next = 0

        init() throws {
            files = LogFiles(root: "disk/log", fileSystem: disk)
            witness = Witness(try Ed25519PrivateKey(seed: [UInt8](repeating: 3, count: 32)))
            key = try VerifierKey(name: TestLog.origin, publicKey: witness.publicKey)
        }

        func open() async throws -> TransparencyLog {
            let files = LogFiles(root: "disk/log", fileSystem: disk)
            return try await TransparencyLog.open(files, origin: TestLog.origin, signer: witness, create: true)
        }

        /// No two calls write the same entries.
        mutating func append(_ count: Int, to log: TransparencyLog) async throws {
            let group = entries(next..<next + count)
            next += count
            let first = try await log.append(group).firstIndex
            for (offset, entry) in group.enumerated() { acknowledged[first + UInt64(offset)] = entry }
        }

        /// Opens, appends across the end of a tile and a bundle, and closes; errors end nothing but the append.
        mutating func work() async {
            guard let log = try? await open() else { return }
            for count in [2, 251, 4, 1] { try? await append(count, to: log) }
            await log.close()
        }

        /// The log verifies as the crash left it: its readers do not wait until somebody opens it.
        func checkUnopened(_ comment: Comment) throws {
            guard try files.read("checkpoint") != nil else { return }
            let report = try LogVerifier.examine(files, keys: [key], origin: TestLog.origin)
            #expect(report.isValid, "\(comment): \(report.problems)")
        }

        /// The log verifies, has what was acknowledged, and agrees with everything that was ever signed.
        func check(_ comment: Comment) throws {
            var found: [[UInt8]] = []
            let report = try LogVerifier.examine(files, keys: [key], origin: TestLog.origin) { found.append($1) }
            #expect(report.isValid, "\(comment): \(report.problems)")
            #expect(acknowledged.allSatisfy { $0.key < found.count && found[Int($0.key)] == $0.value }, comment)
            let leaves = found.map(MerkleTree.leafHash)
            for text in Set(witness.signed) {
                let checkpoint = try Checkpoint(noteText: text)
                try #require(checkpoint.size <= leaves.count, comment)
                #expect(MerkleTree.root(of: leaves[..<Int(checkpoint.size)]) == checkpoint.root, comment)
            }
        }
    }

    @Test(arguments: SimulatedDisk.Fault.allCases)
    func `whatever operation breaks, the log verifies after reopening, and has what was acknowledged`(
        fault: SimulatedDisk.Fault
    ) async throws {
        for number in 1...(try await operations()) {
            var run = try Run()
            run.disk.fail(at: number, fault)
            await run.work()
            run.disk.restart()
            try run.checkUnopened("operation \(number), unopened")
            let log = try await run.open()
            try run.check("operation \(number)")
            try await run.append(3, to: log)
            await log.close()
            try run.check("operation \(number), and on")
        }
    }

    @Test(arguments: 1...4)
    func `whenever the power fails, the log verifies after reopening, and has what was acknowledged`(
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        for number in 1...(try await operations()) {
            var run = try Run()
            run.disk.fail(at: number, .death)
            await run.work()
            run.disk.losePower(&random)
            try run.checkUnopened("operation \(number), unopened")
            // It may fail again while the log is being brought to order.
            run.disk.fail(at: Int.random(in: 1...40, using: &random), .death)
            if let log = try? await run.open() {
                try? await run.append(5, to: log)
                await log.close()
            }
            run.disk.losePower(&random)
            try run.checkUnopened("operation \(number), unopened again")
            let log = try await run.open()
            try run.check("operation \(number)")
            try await run.append(3, to: log)
            await log.close()
            try run.check("operation \(number), and on")
        }
    }

    @Test func `when the signer fails, the log goes on later with the tree that it announced`() async throws {
        struct NoToken: Error {}
        struct Absent: Signer {
            let publicKey: PublicKey
            func sign(_ message: [UInt8]) async throws -> [UInt8] { throw NoToken() }
        }
        let test = try TestLog()
        try await test.fill([entries(0..<3)])
        let log = try await test.open(signer: Absent(publicKey: test.signer.publicKey))
        await #expect(throws: NoToken.self) { try await log.append(entries(3..<5)) }
        await #expect(throws: NoToken.self) { try await log.append(entries(5..<6)) }
        #expect(log.size == 3)
        await log.close()
        #expect(try test.verifiedEntries() == entries(0..<3))
        let again = try await test.open()
        #expect(again.size == 5)
        await again.close()
        #expect(try test.verifiedEntries() == entries(0..<5))
    }

    /// How many operations an undisturbed run takes.
    private func operations() async throws -> Int {
        var run = try Run()
        await run.work()
        #expect(run.acknowledged.count == 258)
        try run.check("undisturbed")
        return run.disk.operations
    }
}
