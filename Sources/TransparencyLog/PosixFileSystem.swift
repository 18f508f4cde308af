// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The disk. Assumes that rename is atomic and fsync is honest.
struct PosixFileSystem: FileSystem {
    /// More than any tile, bundle, checkpoint or blob has.
    private static let longestFile = 1 << 30

    func read(_ path: String) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Self.unreadable(path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TransparencyLogError(.unreadable, "cannot read \(path): it is no regular file")
        }
        guard status.st_size <= Self.longestFile else {
            throw TransparencyLogError(.unreadable, "cannot read \(path): \(status.st_size) bytes are no part of a log")
        }
        return try [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, filled in
            while filled < buffer.count {
                let count = systemRead(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw Self.unreadable(path) }
                if count == 0 { break }
                filled += count
            }
        }
    }

    func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw Self.unreadable(path)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        guard errno == 0 else { throw Self.unreadable(path) }
        return names
    }

    func makeFolder(_ path: String) throws {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Self.unwritable(path) }
    }

    func create(_ path: String, _ bytes: [UInt8]) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.unwritable(path) }
        do {
            defer { close(descriptor) }
            try bytes.withUnsafeBytes { buffer in
                var written = 0
                while written < buffer.count {
                    let count = systemWrite(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { throw Self.unwritable(path) }
                    written += count
                }
            }
            guard fsync(descriptor) == 0 else { throw Self.unwritable(path) }
        } catch {
            // On a full disk the half that was written would be in the way.
            unlink(path)
            throw error
        }
    }

    func rename(_ path: String, to newPath: String) throws {
        guard systemRename(path, newPath) == 0 else { throw Self.unwritable(newPath) }
    }

    func syncFolder(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unwritable(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.unwritable(path) }
    }

    func remove(_ path: String) throws {
        // unlink says EISDIR for a folder on Linux and EPERM on others.
        if unlink(path) == 0 || errno == ENOENT { return }
        guard rmdir(path) == 0 || errno == ENOENT else { throw Self.unwritable(path) }
    }

    func allocate(_ path: String, bytes: Int) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.unwritable(path) }
        defer { close(descriptor) }
        guard bytes > 0 else { return }
        let status = posix_fallocate(descriptor, 0, off_t(bytes))
        guard status == 0 else {
            ftruncate(descriptor, 0)
            throw Self.unwritable(path, reason: status)
        }
        guard fsync(descriptor) == 0 else { throw Self.unwritable(path) }
    }

    func lock(_ path: String) throws -> FileLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.unwritable(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            guard reason == EWOULDBLOCK else { throw Self.unwritable(path, reason: reason) }
            throw TransparencyLogError(
                .locked,
                "another writer holds the lock \(path): only one may have the log open; stop it, or wait for it to end"
            )
        }
        return FileLock {
            // Closing alone would not do while a child that is just being started still has a copy of the descriptor.
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
    }

    private static func unwritable(_ path: String, reason: Int32 = errno) -> TransparencyLogError {
        TransparencyLogError(
            .unwritable,
            "the log cannot be written, so nothing will be applied: \(path): \(String(cString: strerror(reason)))"
        )
    }

    private static func unreadable(_ path: String) -> TransparencyLogError {
        TransparencyLogError(.unreadable, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
}

// The system's calls, whose names the members above hide.

private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, bytes, count)
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

private func systemRename(_ path: String, _ newPath: String) -> Int32 {
    rename(path, newPath)
}
