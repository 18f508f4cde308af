// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A private key, or another secret, in a file that only its owner may read.
package enum KeyFile {
    private static let limit = 64 << 10

    /// Writes a new file, mode 0600, durable when it returns; one that is there is never overwritten.
    package static func create(at path: String, key: Ed25519PrivateKey) throws(KeysError) {
        var pem = try key.pem()
        defer { OPENSSL_cleanse(&pem, pem.count) }
        try create(at: path, secret: pem)
    }

    /// Writes a secret of another kind in the same way.
    package static func create(at path: String, secret: [UInt8]) throws(KeysError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            guard errno == EEXIST else { throw failure(.unwritableFile, "create", path) }
            throw KeysError(
                .fileExists,
                "the key file \(path) exists already, and is never overwritten: move it away first"
            )
        }
        do throws(KeysError) {
            defer { close(descriptor) }
            // The mode asked for above is cut by the umask, which may take even the owner's rights.
            guard fchmod(descriptor, 0o600) == 0 else { throw failure(.unwritableFile, "write", path) }
            try write(secret, to: descriptor, path)
            try syncFolder(of: path)
        } catch {
            // Half a key would be in the way of the next attempt.
            unlink(path)
            throw error
        }
    }

    /// - Throws: `unsafeFile` if others could read the file, `malformedKey` if it holds no key.
    package static func load(_ path: String, passphrase: String? = nil) throws(KeysError) -> Ed25519PrivateKey {
        var bytes = try secret(path)
        defer { OPENSSL_cleanse(&bytes, bytes.count) }
        do {
            return try Ed25519PrivateKey(pem: bytes, passphrase: passphrase)
        } catch {
            throw KeysError(error.code, "\(path): \(error.message)")
        }
    }

    /// Reads a secret of another kind under the same conditions.
    package static func secret(_ path: String) throws(KeysError) -> [UInt8] {
        // Not blocking, so that a pipe in the file's place cannot hold us up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(.unreadableFile, "read", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(.unreadableFile, "read", path) }
        guard status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) <= limit else {
            throw KeysError(
                .unreadableFile,
                "\(path) is no key file: it must be a regular file of at most \(limit) bytes"
            )
        }
        guard status.st_mode & 0o077 == 0 else {
            throw KeysError(.unsafeFile, "others can read the key file \(path): run 'chmod 600 \(path)'")
        }
        return try read(descriptor, path)
    }

    private static func read(_ descriptor: Int32, _ path: String) throws(KeysError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < limit {
            let count = bytes.withUnsafeMutableBytes { buffer in
                systemRead(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(.unreadableFile, "read", path) }
            if count == 0 { break }
            filled += count
        }
        defer { OPENSSL_cleanse(&bytes, bytes.count) }
        return Array(bytes.prefix(filled))
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(KeysError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                systemWrite(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure(.unwritableFile, "write", path) }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw failure(.unwritableFile, "write", path) }
    }

    private static func syncFolder(of path: String) throws(KeysError) {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        let descriptor = open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(.unwritableFile, "write", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(.unwritableFile, "write", path) }
    }

    private static func failure(_ code: KeysError.Code, _ verb: String, _ path: String) -> KeysError {
        KeysError(code, "cannot \(verb) the key file \(path): \(String(cString: strerror(errno)))")
    }
}

/// The system's calls, whose names the members above hide.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, bytes, count)
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
