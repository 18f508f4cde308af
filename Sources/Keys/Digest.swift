// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A SHA-256 digest (FIPS 180-4), printed in lower-case hexadecimal. It is stored in place: trees hold millions.
package struct SHA256Digest: Sendable, BitwiseCopyable, Hashable, CustomStringConvertible {
    package static let byteCount = 32

    /// The 32 bytes in the order in which they lie in memory.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Filled by the caller.
    fileprivate init() {}

    /// - Parameter bytes: exactly 32; otherwise `nil`.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    }

    /// - Parameter hex: 64 digits; otherwise `nil`.
    package init?(hex: String) {
        guard hex.utf8.count == 2 * Self.byteCount, let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    package static func of(_ bytes: [UInt8]) -> SHA256Digest {
        var hasher = SHA256Hasher()
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// 32 of them.
    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    package var description: String { Hex.encode(bytes) }

    /// The 32 bytes without a copy.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    fileprivate mutating func withUnsafeMutableBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        Swift.withUnsafeMutableBytes(of: &words, body)
    }

    package static func == (left: SHA256Digest, right: SHA256Digest) -> Bool {
        left.words == right.words
    }

    package func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

/// Computes a SHA-256 piece by piece. A copy goes on from where the original was.
package struct SHA256Hasher: Sendable {
    private var context = taffrail_sha256()

    package init() {
        taffrail_sha256_init(&context)
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { update($0) }
    }

    package mutating func update(_ digest: SHA256Digest) {
        digest.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        taffrail_sha256_update(&context, bytes.baseAddress, bytes.count)
    }

    package consuming func finalize() -> SHA256Digest {
        var digest = SHA256Digest()
        digest.withUnsafeMutableBytes { taffrail_sha256_final(&context, $0.baseAddress) }
        return digest
    }
}

/// HMAC with SHA-256 (RFC 2104): 32 bytes.
package func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
    var length = UInt32(code.count)
    // Only running out of memory makes it fail.
    guard HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &length) != nil else {
        preconditionFailure("OpenSSL cannot provide HMAC-SHA-256")
    }
    return code
}

/// Whether two codes are equal, in a time that does not tell where they differ.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

/// Random bytes from OpenSSL's generator.
/// - Throws: `cryptography` when the system has no randomness to give.
package func randomBytes(_ count: Int) throws(KeysError) -> [UInt8] {
    ERR_clear_error()
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw KeysError.openSSL("reading random bytes") }
    return bytes
}
