// SPDX-License-Identifier: Apache-2.0

/// The public key of a note's signer, in the text form of C2SP signed-note: `name+hash+base64(type ‖ key)`.
package struct VerifierKey: Sendable, Hashable, CustomStringConvertible {
    /// The signature types of C2SP signed-note that are understood.
    package enum SignatureType: UInt8, Sendable {
        case ed25519 = 0x01
    }

    package let name: String
    package let keyID: UInt32
    package let type: SignatureType
    package let publicKey: PublicKey

    /// - Throws: `malformedKey` for a name that is empty or holds white space or `+`.
    package init(name: String, publicKey: PublicKey) throws(KeysError) {
        guard SignedNote.isName(name) else {
            throw KeysError(
                .malformedKey,
                "'\(name)' cannot name a key: it must not be empty nor hold white space or '+'"
            )
        }
        guard publicKey.algorithm == .ed25519 else {
            throw KeysError(.malformedKey, "notes are signed with Ed25519 keys")
        }
        self.name = name
        self.publicKey = publicKey
        type = .ed25519
        keyID = Self.keyID(name: name, type: .ed25519, key: publicKey.bytes)
    }

    package init(_ text: String) throws(KeysError) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].utf8.count == 8, let id = UInt32(parts[1], radix: 16),
            let bytes = Base64.decode(parts[2]), let first = bytes.first
        else { throw KeysError(.malformedKey, "the text is no vkey: it must read name+hash+key") }
        guard SignatureType(rawValue: first) != nil else {
            throw KeysError(.malformedKey, "the vkey of \(parts[0]) is of the unsupported type \(first)")
        }
        try self.init(name: String(parts[0]), publicKey: PublicKey(ed25519: Array(bytes.dropFirst())))
        guard keyID == id else {
            throw KeysError(.malformedKey, "the vkey of \(name) is damaged: its hash does not belong to its key")
        }
    }

    package var description: String {
        "\(name)+\(Hex.encode(keyID.bigEndianBytes))+\(Base64.encode([type.rawValue] + publicKey.bytes))"
    }

    /// Whether a signature claims to be this key's. Names are compared byte by byte: Swift takes differently composed ones for equal.
    func made(_ signature: SignedNote.Signature) -> Bool {
        keyID == signature.keyID && name.utf8.elementsEqual(signature.name.utf8)
    }

    /// The first four bytes of SHA-256(name ‖ LF ‖ type ‖ key).
    private static func keyID(name: String, type: SignatureType, key: [UInt8]) -> UInt32 {
        let digest = SHA256Digest.of(Array(name.utf8) + [0x0A, type.rawValue] + key)
        return digest.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// A text with signatures (C2SP signed-note v1.0.0).
package struct SignedNote: Sendable, Hashable {
    package struct Signature: Sendable, Hashable {
        package let name: String
        package let keyID: UInt32
        package let bytes: [UInt8]
    }

    private static let sizeLimit = 1 << 20
    private static let signatureLimit = 100
    private static let signaturePrefix = "\u{2014} "

    /// Ends with a line feed.
    package let text: String
    package let signatures: [Signature]

    package init(parsing bytes: [UInt8]) throws(KeysError) {
        guard bytes.count <= Self.sizeLimit else { throw Self.malformed("it is longer than \(Self.sizeLimit) bytes") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Self.malformed("it is not UTF-8") }
        guard !bytes.contains(where: { $0 < 0x20 && $0 != 0x0A }) else {
            throw Self.malformed("it holds control characters")
        }
        guard let separator = bytes.lastRange(of: [0x0A, 0x0A]) else { throw Self.malformed("it has no empty line") }
        guard bytes.last == 0x0A, separator.upperBound < bytes.count else {
            throw Self.malformed("it has no signature")
        }
        text = String(decoding: bytes[...separator.lowerBound], as: UTF8.self)
        let lines = String(decoding: bytes[separator.upperBound..<bytes.count - 1], as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count <= Self.signatureLimit else { throw Self.malformed("it has too many signatures") }
        var signatures: [Signature] = []
        for line in lines { signatures.append(try Self.signature(line)) }
        self.signatures = signatures
    }

    private init(text: String, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    /// Signs a text, which must end with a line feed.
    package static func sign(_ text: String, as name: String, with signer: any Signer) async throws -> SignedNote {
        guard text.last == "\n", !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x0A }) else {
            throw KeysError(.malformedNote, "the text cannot be signed as a note: it must be lines, each with its end")
        }
        let key = try VerifierKey(name: name, publicKey: signer.publicKey)
        let bytes = try await signer.sign(Array(text.utf8))
        return SignedNote(text: text, signatures: [Signature(name: name, keyID: key.keyID, bytes: bytes)])
    }

    package var bytes: [UInt8] {
        let lines = signatures.map {
            "\(Self.signaturePrefix)\($0.name) \(Base64.encode($0.keyID.bigEndianBytes + $0.bytes))\n"
        }
        return Array((text + "\n" + lines.joined()).utf8)
    }

    /// The keys that signed. Signatures of unknown keys are passed over; a known key whose signature is wrong makes the whole note bad.
    /// - Throws: `badSignature`, or `noKnownKey` if none of the keys signed.
    @discardableResult
    package func verified(by keys: [VerifierKey]) throws(KeysError) -> [VerifierKey] {
        var verified: [VerifierKey] = []
        for signature in signatures {
            guard let key = keys.first(where: { $0.made(signature) }),
                !verified.contains(key)
            else { continue }
            guard key.publicKey.verify(signature: signature.bytes, message: Array(text.utf8)) else {
                throw KeysError(.badSignature, "the signature of \(signature.name) on the note is wrong")
            }
            verified.append(key)
        }
        guard !verified.isEmpty else {
            let names = signatures.map(\.name).joined(separator: ", ")
            throw KeysError(.noKnownKey, "the note is signed by \(names), and by none of the keys that are trusted")
        }
        return verified
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && !text.unicodeScalars.contains { $0.properties.isWhitespace || $0 == "+" || $0.value < 0x20 }
    }

    private static func signature(_ line: Substring) throws(KeysError) -> Signature {
        guard line.hasPrefix(signaturePrefix) else { throw malformed("a signature line does not begin with a dash") }
        let parts = line.dropFirst(signaturePrefix.count).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, isName(parts[0]), let blob = Base64.decode(parts[1]), blob.count > 4 else {
            throw malformed("a signature line is not 'name base64'")
        }
        let id = blob.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Signature(name: String(parts[0]), keyID: id, bytes: Array(blob.dropFirst(4)))
    }

    private static func malformed(_ reason: String) -> KeysError {
        KeysError(.malformedNote, "the bytes are no signed note: \(reason)")
    }
}

extension UInt32 {
    fileprivate var bigEndianBytes: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) }
    }
}

extension [UInt8] {
    fileprivate func lastRange(of pattern: [UInt8]) -> Range<Int>? {
        guard count >= pattern.count else { return nil }
        return (0...count - pattern.count).last { self[$0..<$0 + pattern.count].elementsEqual(pattern) }
            .map { $0..<$0 + pattern.count }
    }
}
