// SPDX-License-Identifier: Apache-2.0

import Foundation
import Keys
import Testing

@testable import TransparencyLog

/// A log in a folder of its own, which goes when the last reference does.
final class TestLog: Sendable {
    static let origin = "example.com/taffrail/test"

    let directory: String
    let signer: Ed25519PrivateKey
    let key: VerifierKey

    init() throws {
        directory = NSTemporaryDirectory() + "taffrail-log-\(UUID().uuidString)"
        signer = try Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32))
        key = try VerifierKey(name: Self.origin, publicKey: signer.publicKey)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    var reader: TransparencyLogReader { TransparencyLogReader(directory: directory) }

    func open(
        fileSystem: any FileSystem = PosixFileSystem(),
        origin: String = TestLog.origin,
        signer: (any Signer)? = nil,
        create: Bool = true
    ) async throws -> TransparencyLog {
        let files = LogFiles(root: directory, fileSystem: fileSystem)
        return try await TransparencyLog.open(files, origin: origin, signer: signer ?? self.signer, create: create)
    }

    /// Writes entries in groups, each of which gets a checkpoint.
    func fill(_ groups: [[[UInt8]]]) async throws {
        let log = try await open()
        for group in groups { _ = try await log.append(group) }
        await log.close()
    }

    func examine() throws -> VerificationReport {
        try LogVerifier.examine(directory: directory, keys: [key], origin: Self.origin)
    }

    /// Verifies, and returns the entries.
    func verifiedEntries() throws -> [[UInt8]] {
        var entries: [[UInt8]] = []
        _ = try LogVerifier.verify(directory: directory, keys: [key], origin: Self.origin) { entries.append($1) }
        return entries
    }

    func path(_ relative: String) -> String { "\(directory)/\(relative)" }

    func bytes(_ relative: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(relative))))
    }

    /// In place, as an attacker or a bad disk would.
    func overwrite(_ relative: String, with bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path(relative)))
    }

    func remove(_ relative: String) throws {
        try FileManager.default.removeItem(atPath: path(relative))
    }

    /// The regular files below a folder of the log, sorted.
    func files(below folder: String = "") -> [String] {
        let enumerator = FileManager.default.enumerator(atPath: folder.isEmpty ? directory : path(folder))
        var files: [String] = []
        while let name = enumerator?.nextObject() as? String {
            let relative = folder.isEmpty ? name : "\(folder)/\(name)"
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path(relative), isDirectory: &isFolder)
            if !isFolder.boolValue { files.append(relative) }
        }
        return files.sorted()
    }
}

/// Entries that differ in content and length, the same ones in each run.
func entries(_ range: Range<Int>) -> [[UInt8]] {
    range.map { index in
        let digest = SHA256Digest.of(Array("entry \(index)".utf8)).bytes
        return (0..<index % 90).map { digest[$0 % 32] } + Array("#\(index)".utf8)
    }
}
