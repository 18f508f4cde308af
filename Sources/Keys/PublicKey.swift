// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A key that verifies signatures.
package struct PublicKey: Sendable, Hashable {
    package enum Algorithm: String, Sendable {
        /// Pure Ed25519 (RFC 8032).
        case ed25519
        /// ECDSA on NIST P-256 with SHA-256.
        case ecdsaP256 = "ecdsa-p256"
    }

    package let algorithm: Algorithm
    /// Ed25519: 32 bytes; P-256: the uncompressed point, 65 bytes.
    package let bytes: [UInt8]
    /// OpenSSL's form of the bytes, imported once.
    private let key: EVPKey

    private init(_ algorithm: Algorithm, _ bytes: [UInt8]) throws(KeysError) {
        self.algorithm = algorithm
        self.bytes = bytes
        let prefix = algorithm == .ed25519 ? Self.ed25519Prefix : Self.p256Prefix
        key = try EVPKey(subjectPublicKeyInfo: prefix + bytes, algorithm.rawValue)
    }

    /// - Throws: `malformedKey` unless there are 32 bytes.
    package init(ed25519 bytes: [UInt8]) throws(KeysError) {
        guard bytes.count == 32 else {
            throw KeysError(.malformedKey, "an Ed25519 public key has 32 bytes, and this has \(bytes.count)")
        }
        try self.init(.ed25519, bytes)
    }

    /// - Parameter point: uncompressed (SEC 1, section 2.3.3), 65 bytes beginning with 4; it must lie on the curve.
    package init(p256 point: [UInt8]) throws(KeysError) {
        guard point.count == 65, point[0] == 4 else {
            throw KeysError(.malformedKey, "a P-256 public key is an uncompressed point of 65 bytes")
        }
        try self.init(.ecdsaP256, point)
    }

    /// A key in the SubjectPublicKeyInfo of X.509, DER.
    package init(subjectPublicKeyInfo der: [UInt8]) throws(KeysError) {
        if der.count == 44, der.starts(with: Self.ed25519Prefix) {
            try self.init(ed25519: Array(der.dropFirst(12)))
        } else if der.count == 91, der.starts(with: Self.p256Prefix) {
            try self.init(p256: Array(der.dropFirst(26)))
        } else {
            throw KeysError(.malformedKey, "only Ed25519 and P-256 public keys are supported")
        }
    }

    /// Reads a `PUBLIC KEY` in PEM (RFC 7468): one, with nothing but white space around it.
    package init(pem: [UInt8]) throws(KeysError) {
        let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let header = ["-----BEGIN", "PUBLIC", "KEY-----"].map { Substring($0) }
        let footer = ["-----END", "PUBLIC", "KEY-----"].map { Substring($0) }
        guard lines.count > 6, Array(lines.prefix(3)) == header, Array(lines.suffix(3)) == footer,
            let der = Base64.decode(lines.dropFirst(3).dropLast(3).joined())
        else { throw KeysError(.malformedKey, "the text is no public key in PEM: it must be one PUBLIC KEY block") }
        try self.init(subjectPublicKeyInfo: der)
    }

    /// The key as X.509's SubjectPublicKeyInfo, DER.
    package var subjectPublicKeyInfo: [UInt8] {
        (algorithm == .ed25519 ? Self.ed25519Prefix : Self.p256Prefix) + bytes
    }

    /// The key as a `PUBLIC KEY` in PEM, as OpenSSL writes it.
    package var pem: String {
        var rest = Base64.encode(subjectPublicKeyInfo)[...]
        var lines: [Substring] = ["-----BEGIN PUBLIC KEY-----"]
        while !rest.isEmpty {
            lines.append(rest.prefix(64))
            rest = rest.dropFirst(64)
        }
        return (lines + ["-----END PUBLIC KEY-----", ""]).joined(separator: "\n")
    }

    package static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.algorithm == right.algorithm && left.bytes == right.bytes
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(algorithm)
        hasher.combine(bytes)
    }

    /// Whether the signature was made over the message by this key's private half. ECDSA signatures are DER; anything malformed is `false`.
    package func verify(signature: [UInt8], message: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        defer { ERR_clear_error() }
        let digest = algorithm == .ed25519 ? nil : EVP_sha256()
        guard EVP_DigestVerifyInit(context, nil, digest, nil, key.pointer) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// Verifies an ECDSA signature in the fixed form of IEEE P1363: r and s, 32 bytes each.
    package func verify(p1363 signature: [UInt8], message: [UInt8]) -> Bool {
        guard algorithm == .ecdsaP256, signature.count == 64 else { return false }
        let der = [DER.integer(signature.prefix(32)), DER.integer(signature.suffix(32))].flatMap(\.self)
        return verify(signature: [0x30, UInt8(der.count)] + der, message: message)
    }

    private static let ed25519Prefix: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]
    private static let p256Prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
        0xCE,
        0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]
}

/// The one DER type that a signature needs.
private enum DER {
    static func integer(_ magnitude: ArraySlice<UInt8>) -> [UInt8] {
        var digits = Array(magnitude.drop { $0 == 0 })
        if digits.isEmpty || digits[0] & 0x80 != 0 { digits.insert(0, at: 0) }
        return [0x02, UInt8(digits.count)] + digits
    }
}

/// OpenSSL's form of a key. It is not changed after it was made, and OpenSSL lets threads share a key that is only read.
final class EVPKey: Sendable {
    // Set once, read-only from then on, and freed when the last reference goes.
    nonisolated(unsafe) let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    /// - Throws: `malformedKey` unless the bytes are one public key and nothing more; a point off its curve is none.
    convenience init(subjectPublicKeyInfo der: [UInt8], _ name: String) throws(KeysError) {
        ERR_clear_error()
        let (pointer, length) = der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            let pointer = d2i_PUBKEY(nil, &cursor, buffer.count)
            return (pointer, cursor.flatMap { end in buffer.baseAddress.map { end - $0 } })
        }
        guard let pointer else {
            let cause = KeysError.openSSL("importing it")
            throw KeysError(.malformedKey, "the bytes are no \(name) public key: \(cause.message)")
        }
        self.init(owning: pointer)
        guard length == der.count else {
            throw KeysError(.malformedKey, "the bytes are no \(name) public key: something follows it")
        }
    }

    deinit {
        EVP_PKEY_free(pointer)
    }
}
