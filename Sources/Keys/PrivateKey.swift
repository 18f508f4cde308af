// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Whoever can sign bytes: a file, a token, a service.
package protocol Signer: Sendable {
    var publicKey: PublicKey { get }
    func sign(_ message: [UInt8]) async throws -> [UInt8]
}

/// An Ed25519 key (RFC 8032) in memory.
package struct Ed25519PrivateKey: Signer {
    private let key: EVPKey
    package let publicKey: PublicKey

    /// - Parameter seed: 32 bytes.
    package init(seed: [UInt8]) throws(KeysError) {
        guard seed.count == 32 else {
            throw KeysError(.malformedKey, "an Ed25519 private key has 32 bytes, and this has \(seed.count)")
        }
        ERR_clear_error()
        guard let pointer = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
            throw KeysError.openSSL("importing a private key")
        }
        try self.init(EVPKey(owning: pointer))
    }

    private init(_ key: EVPKey) throws(KeysError) {
        self.key = key
        var bytes = [UInt8](repeating: 0, count: 32)
        var length = 32
        guard EVP_PKEY_get_raw_public_key(key.pointer, &bytes, &length) == 1 else {
            throw KeysError.openSSL("deriving a public key")
        }
        publicKey = try PublicKey(ed25519: bytes)
    }

    package static func generate() throws(KeysError) -> Ed25519PrivateKey {
        var seed = try randomBytes(32)
        defer { OPENSSL_cleanse(&seed, seed.count) }
        return try Ed25519PrivateKey(seed: seed)
    }

    /// Reads a PKCS#8 key in PEM, encrypted or not.
    /// - Parameter passphrase: for an encrypted key; without one, an encrypted key is refused, and nobody is asked on the terminal.
    package init(pem: [UInt8], passphrase: String? = nil) throws(KeysError) {
        let pointer = try Self.read(pem, passphrase: passphrase ?? "")
        guard let pointer else {
            let cause = KeysError.openSSL("reading it")
            let remedy = passphrase == nil ? "it may need a passphrase" : "the passphrase may be wrong"
            throw KeysError(
                .malformedKey,
                "no private key in PEM (PKCS#8) that can be read, \(remedy): \(cause.message)"
            )
        }
        let key = EVPKey(owning: pointer)
        guard taffrail_key_type(key.pointer) == EVP_PKEY_ED25519 else {
            throw KeysError(.malformedKey, "the private key is not an Ed25519 key")
        }
        try self.init(key)
    }

    private static func read(_ pem: [UInt8], passphrase: String) throws(KeysError) -> OpaquePointer? {
        guard let length = Int32(exactly: pem.count) else {
            throw KeysError(.malformedKey, "a private key of \(pem.count) bytes is none")
        }
        ERR_clear_error()
        var secret = Array(passphrase.utf8CString)
        defer { OPENSSL_cleanse(&secret, secret.count) }
        // OpenSSL keeps the pointer to the text until it has read the key.
        return pem.withUnsafeBufferPointer { text in
            guard let bio = BIO_new_mem_buf(text.baseAddress, length) else { return nil }
            defer { BIO_free(bio) }
            // A callback is always given: without one OpenSSL would ask on the terminal.
            return secret.withUnsafeMutableBufferPointer { buffer in
                PEM_read_bio_PrivateKey(bio, nil, copyPassphrase, buffer.baseAddress)
            }
        }
    }

    /// The key as an unencrypted PKCS#8 PEM.
    package func pem() throws(KeysError) -> [UInt8] {
        ERR_clear_error()
        guard let bio = BIO_new(BIO_s_secmem()) else { throw KeysError.openSSL("writing a private key") }
        defer { BIO_free(bio) }
        guard PEM_write_bio_PrivateKey(bio, key.pointer, nil, nil, 0, nil, nil) == 1 else {
            throw KeysError.openSSL("writing a private key")
        }
        var data: UnsafeMutablePointer<CChar>?
        let length = taffrail_bio_memory(bio, &data)
        return UnsafeRawBufferPointer(start: data, count: max(0, length)).map(\.self)
    }

    package func sign(_ message: [UInt8]) throws -> [UInt8] {
        ERR_clear_error()
        guard let context = EVP_MD_CTX_new() else { throw KeysError.openSSL("signing") }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 64)
        var length = 64
        guard EVP_DigestSignInit(context, nil, nil, nil, key.pointer) == 1,
            EVP_DigestSign(context, &signature, &length, message, message.count) == 1, length == 64
        else { throw KeysError.openSSL("signing") }
        return signature
    }
}

/// Hands OpenSSL the passphrase that the caller gave, which is empty where there is none.
private func copyPassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int32,
    _ isWriting: Int32,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let buffer, let passphrase = context?.assumingMemoryBound(to: CChar.self) else { return -1 }
    var length = 0
    while passphrase[length] != 0 {
        guard length < Int(size) else { return -1 }
        buffer[length] = passphrase[length]
        length += 1
    }
    return length == 0 ? -1 : Int32(length)
}
