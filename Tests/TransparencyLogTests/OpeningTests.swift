// SPDX-License-Identifier: Apache-2.0

import Foundation
import Keys
import Testing

@testable import TransparencyLog

@Suite struct OpeningTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: TransparencyLogError.Code
        let says: String
        let damage: @Sendable (TestLog) throws -> Void
    }

    @Test(arguments: [
        Case(testDescription: "a bundle is missing", code: .inconsistent, says: "tile/entries/001.p/44 is missing") {
            try $0.remove("tile/entries/001.p/44")
        },
        Case(
            testDescription: "the last full bundle is missing",
            code: .inconsistent,
            says: "tile/entries/000 is missing"
        ) {
            try $0.remove("tile/entries/000")
        },
        Case(testDescription: "a tile is missing", code: .inconsistent, says: "tile/0/001.p/44 is missing") {
            try $0.remove("tile/0/001.p/44")
        },
        Case(testDescription: "a tile is shorter", code: .inconsistent, says: "tile/1/000.p/1 is damaged") {
            try $0.overwrite("tile/1/000.p/1", with: [1, 2, 3])
        },
        Case(testDescription: "a tile was changed", code: .inconsistent, says: "damaged") {
            try $0.overwrite("tile/0/000", with: [UInt8](repeating: 1, count: 8_192))
        },
        Case(
            testDescription: "a bundle was changed",
            code: .inconsistent,
            says: "tile/entries/000 does not give its hashes"
        ) {
            try $0.overwrite("tile/entries/000", with: [UInt8](repeating: 0, count: 512))
        },
        Case(testDescription: "the signature was changed", code: .inconsistent, says: "checkpoint cannot be believed") {
            test in
            var bytes = try test.bytes("checkpoint")
            bytes[bytes.count - 10] ^= 1
            try test.overwrite("checkpoint", with: bytes)
        },
        Case(
            testDescription: "the checkpoint was rolled back",
            code: .rolledBack,
            says: "one of size 300 was published"
        ) {
            try $0.overwrite("checkpoint", with: $0.bytes("checkpoints/100"))
        },
        Case(testDescription: "so were the private files", code: .rolledBack, says: "one of size 300 was published") {
            try $0.overwrite("checkpoint", with: $0.bytes("checkpoints/200"))
            try $0.remove(".state")
        },
        Case(testDescription: "the checkpoint is missing", code: .rolledBack, says: "missing, but the log is not empty")
        {
            try $0.remove("checkpoint")
        },
        Case(testDescription: "only tiles are left", code: .rolledBack, says: "missing, but the log is not empty") {
            for path in ["checkpoint", "checkpoints", ".state"] { try $0.remove(path) }
        },
        Case(
            testDescription: "all but the private files is gone",
            code: .rolledBack,
            says: ".state/announced says that it was to have 300 entries"
        ) { test in
            for name in ["checkpoint", "checkpoints", "tile"] { try test.remove(name) }
        },
        Case(testDescription: "the copy says otherwise", code: .inconsistent, says: "checkpoints/300 contradicts") {
            try $0.overwrite("checkpoints/300", with: $0.bytes("checkpoints/200"))
        },
    ])
    func `a log is refused when`(damage: Case) async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<100), entries(100..<200), entries(200..<300)])
        try damage.damage(test)
        let before = test.files(below: "tile")
        let error = await #expect(throws: TransparencyLogError.self) { try await test.open() }
        #expect(error?.code == damage.code)
        #expect(error?.description.contains(damage.says) == true, "\(error?.description ?? "")")
        #expect(test.files(below: "tile") == before)
    }

    @Test func `a log of another origin or key is refused`() async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<3)])
        let byOrigin = await #expect(throws: TransparencyLogError.self) {
            try await test.open(origin: "example.com/other")
        }
        #expect(byOrigin?.code == .foreign)
        let other = try Ed25519PrivateKey.generate()
        let byKey = await #expect(throws: TransparencyLogError.self) { try await test.open(signer: other) }
        #expect(byKey?.code == .foreign)
    }

    @Test func `a new key goes on with a log when the former one is named`() async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<3)])
        let next = try Ed25519PrivateKey.generate()
        let nextKey = try VerifierKey(name: TestLog.origin, publicKey: next.publicKey)
        let log = try await TransparencyLog.open(
            directory: test.directory,
            origin: TestLog.origin,
            signer: next,
            formerKeys: [test.key],
            create: false
        )
        _ = try await log.append(entries(3..<5))
        await log.close()
        let report = try LogVerifier.verify(
            directory: test.directory,
            keys: [test.key, nextKey],
            origin: TestLog.origin
        )
        #expect(report.checkpoint.size == 5)
    }

    @Test func `a second writer is refused until the first one is done`() async throws {
        let test = try TestLog()
        let first = try await test.open()
        let error = await #expect(throws: TransparencyLogError.self) { try await test.open() }
        #expect(error?.code == .locked)
        #expect(error?.isRetryable == true)
        await first.close()
        await (try test.open()).close()
    }

    @Test func `a folder that cannot be made is named`() async throws {
        let test = try TestLog()
        try Data().write(to: URL(fileURLWithPath: test.directory))
        let error = await #expect(throws: TransparencyLogError.self) { try await test.open() }
        #expect(error?.code == .unwritable)
        #expect(error?.description.contains("the log cannot be written, so nothing will be applied") == true)
    }

    @Test func `the private folder can be thrown away`() async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<10)])
        try test.remove(".state")
        let log = try await test.open()
        _ = try await log.append(entries(10..<12))
        await log.close()
        #expect(try test.verifiedEntries() == entries(0..<12))
    }

    @Test func `tiles beyond the checkpoint are no obstacle, and do not stay`() async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<300)])
        var edge = LogEdge()
        let growth = edge.append(entries(0..<300) + entries(5_000..<5_600))
        let newer = (growth.bundles + growth.tiles.flatMap(\.self)).filter { !test.files().contains($0.path) }
        for file in newer {
            let folder = test.path(LogFiles.folder(of: file.path))
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try test.overwrite(file.path, with: file.bytes)
        }
        #expect(newer.count > 5)
        #expect(try test.examine().isValid)
        let log = try await test.open()
        #expect(!newer.contains { test.files().contains($0.path) })
        for index in 300..<340 { _ = try await log.append(entries(index..<index + 1)) }
        await log.close()
        #expect(try test.verifiedEntries() == entries(0..<340))
    }

    @Test func `a crash between announcing and publishing is carried through`() async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<10), entries(10..<20)])
        // As if the last rename had not happened.
        try test.overwrite("checkpoint", with: test.bytes("checkpoints/10"))
        let log = try await test.open()
        #expect(log.size == 20)
        await log.close()
        #expect(try test.verifiedEntries() == entries(0..<20))
    }
}
