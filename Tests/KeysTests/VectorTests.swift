// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Keys
import TestSupport
import Testing

@Suite struct VectorTests {
    private func groups(_ file: String) throws -> [JSONValue] {
        try Parts.require("the external test vectors", Parts.hasFixtures)
        let bytes = Array(try Data(contentsOf: Parts.fixtures.appending(path: "wycheproof/\(file)")))
        return try JSONValue(parsing: bytes)["testGroups"]?.arrayValue ?? []
    }

    /// - Returns: how many vectors were looked at.
    private func check(
        _ file: String,
        _ verify: (PublicKey, _ signature: [UInt8], _ message: [UInt8]) -> Bool
    ) throws -> Int {
        var count = 0
        for group in try groups(file) {
            let der = try #require(group["publicKeyDer"]?.stringValue.flatMap { Hex.decode($0) })
            let key = try PublicKey(subjectPublicKeyInfo: der)
            for test in group["tests"]?.arrayValue ?? [] {
                let message = try #require(test["msg"]?.stringValue.flatMap { Hex.decode($0) })
                let signature = try #require(test["sig"]?.stringValue.flatMap { Hex.decode($0) })
                #expect(
                    verify(key, signature, message) == (test["result"] == "valid"),
                    "\(file) \(test["tcId"] ?? .null): \(test["comment"] ?? .null)"
                )
                count += 1
            }
        }
        return count
    }

    @Test func `Ed25519 signatures are judged as Project Wycheproof says`() throws {
        #expect(try check("ed25519_test.json") { $0.verify(signature: $1, message: $2) } == 151)
    }

    @Test func `ECDSA signatures in DER are judged as Project Wycheproof says`() throws {
        #expect(try check("ecdsa_secp256r1_sha256_test.json") { $0.verify(signature: $1, message: $2) } == 484)
    }

    @Test func `ECDSA signatures in fixed form are judged as Project Wycheproof says`() throws {
        #expect(try check("ecdsa_secp256r1_sha256_p1363_test.json") { $0.verify(p1363: $1, message: $2) } == 262)
    }

    @Test func `the specification's note is verified, and a changed one is not`() throws {
        let key = try VerifierKey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
        let note = """
            This is an example message.

            \u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

            """
        let signed = try SignedNote(parsing: Array(note.utf8))
        #expect(try signed.verified(by: [key]) == [key])
        #expect(signed.bytes == Array(note.utf8))
        let changed = try SignedNote(parsing: Array(note.replacing("an example", with: "no example").utf8))
        #expect(throws: KeysError.self) { try changed.verified(by: [key]) }
    }

    @Test func `the pre-authentication encoding is DSSE's`() {
        let encoding = DSSEEnvelope.preAuthenticationEncoding(
            payloadType: "http://example.com/HelloWorld",
            payload: Array("hello world".utf8)
        )
        #expect(String(decoding: encoding, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
    }

    @Test func `a key in a file is private, never overwritten, and refused when others can read it`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/key"
        let key = try Ed25519PrivateKey.generate()
        try KeyFile.create(at: path, key: key)
        #expect(try KeyFile.load(path).publicKey == key.publicKey)
        #expect(throws: KeysError.self) { try KeyFile.create(at: path, key: key) }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: KeysError.self) { try KeyFile.load(path) }
    }
}
