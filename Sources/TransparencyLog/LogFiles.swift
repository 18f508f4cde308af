// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The steps of a durable write that can be made to fail in a test.
package enum FileStep: Sendable, Hashable {
    case makeFolder
    case write
    case sync
    case rename
    case syncFolder
}

/// Reads and durably writes files below a log's folder. Files are 0600, folders 0700.
struct LogFiles: Sendable {
    let root: String
    /// Called before each step of a write; a test throws from it to break the disk at that point.
    let fault: @Sendable (FileStep, String) throws -> Void

    init(root: String, fault: @escaping @Sendable (FileStep, String) throws -> Void = { _, _ in }) {
        self.root = root
        self.fault = fault
    }

    // MARK: - Reading

    func exists(_ path: String) -> Bool { access(absolute(path), F_OK) == 0 }

    /// `nil` if there is no such file.
    func read(_ path: String) throws -> [UInt8]? {
        let descriptor = open(absolute(path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw unreadable(path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Self.read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled) }
            guard count >= 0 else { throw unreadable(path) }
            guard count > 0 else { break }
            filled += count
        }
        return Array(bytes.prefix(filled))
    }

    /// The names in a folder, without those that begin with a dot; empty if there is no such folder.
    func names(in path: String) throws -> [String] {
        guard let folder = opendir(absolute(path)) else {
            if errno == ENOENT { return [] }
            throw unreadable(path)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    // MARK: - Writing

    func makeFolder(_ path: String) throws {
        guard !exists(path) else { return }
        if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
        try fault(.makeFolder, path)
        guard mkdir(absolute(path), 0o700) == 0 || errno == EEXIST else { throw unwritable(path) }
        try syncFolder(of: path)
    }

    /// Puts a file in place whole or not at all, and durably: a temporary file, its sync, a rename, the folder's sync.
    func write(_ bytes: [UInt8], to path: String) throws {
        if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
        let temporary = path + ".new"
        try fault(.write, path)
        let descriptor = open(absolute(temporary), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw unwritable(path) }
        do {
            defer { close(descriptor) }
            try writeAll(bytes, to: descriptor, path)
            try fault(.sync, path)
            guard fsync(descriptor) == 0 else { throw unwritable(path) }
        } catch {
            unlink(absolute(temporary))
            throw error
        }
        try fault(.rename, path)
        guard rename(absolute(temporary), absolute(path)) == 0 else { throw unwritable(path) }
        try syncFolder(of: path)
    }

    /// Removes a folder of files, if it is there.
    func removeFolder(_ path: String) throws {
        for name in try names(in: path) { unlink(absolute(path + "/" + name)) }
        rmdir(absolute(path))
    }

    /// Sets a file's size with its blocks allocated, or lets them go.
    func allocate(_ path: String, bytes: Int) throws {
        if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
        let descriptor = open(absolute(path), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw unwritable(path) }
        defer { close(descriptor) }
        guard ftruncate(descriptor, 0) == 0 else { throw unwritable(path) }
        guard bytes > 0 else { return }
        try fault(.write, path)
        let status = posix_fallocate(descriptor, 0, off_t(bytes))
        guard status == 0 else { throw unwritable(path, reason: status) }
    }

    /// Locks a file against every other process.
    func lock(_ path: String) throws -> FileLock {
        if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
        let descriptor = open(absolute(path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw unwritable(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw TransparencyLogError(.locked, "the log \(root) is open in another process: only one may write to it")
        }
        return FileLock(descriptor: descriptor)
    }

    private func writeAll(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Self.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw unwritable(path) }
            rest = rest.dropFirst(count)
        }
    }

    private func syncFolder(of path: String) throws {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        try fault(.syncFolder, path)
        let descriptor = open(parent.isEmpty ? root : absolute(parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unwritable(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw unwritable(path) }
    }

    // MARK: - Small parts

    private func absolute(_ path: String) -> String { "\(root)/\(path)" }

    private func unwritable(_ path: String, reason: Int32 = errno) -> TransparencyLogError {
        TransparencyLogError(
            .unwritable,
            "the log cannot be written, so nothing will be applied: \(root)/\(path): \(String(cString: strerror(reason)))"
        )
    }

    private func unreadable(_ path: String) -> TransparencyLogError {
        TransparencyLogError(.unreadable, "cannot read \(root)/\(path): \(String(cString: strerror(errno)))")
    }

    private static func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        Glibc.read(descriptor, bytes, count)
    }

    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        Glibc.write(descriptor, bytes, count)
    }
}

/// A lock on a file, held until it is released or forgotten.
final class FileLock: Sendable {
    private let descriptor: Int32

    fileprivate init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    func release() {
        flock(descriptor, LOCK_UN)
    }

    deinit {
        close(descriptor)
    }
}
