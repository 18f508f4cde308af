// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// A log's folder: files that are there whole or not at all, and durable when they are said to be. Paths are relative to the folder.
struct LogFiles: Sendable {
    struct File: Sendable, Equatable {
        let path: String
        let bytes: [UInt8]
    }

    let root: String
    private let fileSystem: any FileSystem
    /// Folders that this process knows to be durable. One that is merely there may be the work of a process that was killed
    /// before it could sync the folder above.
    private let folders = Locked<Set<String>>([])

    /// Where files are written before they are moved to their place: a crash leaves nothing half done where readers look.
    private static let workshop = ".state/new"

    init(root: String, fileSystem: any FileSystem = PosixFileSystem()) {
        self.root = root
        self.fileSystem = fileSystem
    }

    // MARK: - Reading

    /// `nil` if there is no such file.
    func read(_ path: String) throws -> [UInt8]? { try fileSystem.read(absolute(path)) }

    /// The names in a folder, without those that begin with a dot; empty if there is no such folder.
    func names(in path: String) throws -> [String] { try fileSystem.names(in: absolute(path)) }

    // MARK: - Writing

    /// Puts files in place; when it returns, all are durable. When it throws, some may be there, each of them whole.
    func write(_ files: [File]) throws {
        guard !files.isEmpty else { return }
        try makeFolder(Self.workshop)
        var touched: Set<String> = []
        for file in files {
            let folder = Self.folder(of: file.path)
            try makeFolder(folder)
            let draft = Self.workshop + "/" + file.path.split(separator: "/").joined(separator: "-")
            try fileSystem.create(absolute(draft), file.bytes)
            try fileSystem.rename(absolute(draft), to: absolute(file.path))
            touched.insert(folder)
        }
        for folder in touched.sorted() { try fileSystem.syncFolder(absolute(folder)) }
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        try write([File(path: path, bytes: bytes)])
    }

    /// Makes the log's own folder, durably, but not those above it.
    func makeRoot() throws {
        try fileSystem.makeFolder(root)
        // Where there is a checkpoint, whoever wrote it had come past this.
        guard try read("checkpoint") == nil else { return }
        let path = root.hasSuffix("/") ? String(root.dropLast()) : root
        let above = Self.folder(of: path)
        try fileSystem.syncFolder(above.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : above)
    }

    func syncFolder(_ path: String) throws { try fileSystem.syncFolder(absolute(path)) }

    func remove(_ path: String) throws { try fileSystem.remove(absolute(path)) }

    /// Removes a folder of files.
    func removeFolder(_ path: String) throws {
        _ = folders.withLock { $0.remove(path) }
        let names = try names(in: path)
        for name in names { try remove("\(path)/\(name)") }
        try remove(path)
    }

    /// Throws away what an interrupted write left, and forgets what was believed about folders.
    func clearWorkshop() throws {
        folders.withLock { $0.removeAll() }
        for name in try names(in: Self.workshop) { try remove("\(Self.workshop)/\(name)") }
    }

    func allocate(_ path: String, bytes: Int) throws {
        try makeFolder(Self.folder(of: path))
        try fileSystem.allocate(absolute(path), bytes: bytes)
    }

    func lock(_ path: String) throws -> FileLock {
        try makeFolder(Self.folder(of: path))
        return try fileSystem.lock(absolute(path))
    }

    private func makeFolder(_ path: String) throws {
        guard !path.isEmpty, !folders.withLock({ $0.contains(path) }) else { return }
        let above = Self.folder(of: path)
        try makeFolder(above)
        try fileSystem.makeFolder(absolute(path))
        try fileSystem.syncFolder(absolute(above))
        _ = folders.withLock { $0.insert(path) }
    }

    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private func absolute(_ path: String) -> String { path.isEmpty ? root : "\(root)/\(path)" }
}
