// SPDX-License-Identifier: Apache-2.0

internal import Delivery
internal import Git

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A folder of this machine, read as a commit's tree is: regular files alone, and no link is followed, so that nothing leads outside.
struct FolderTree: SourceTree {
    /// Folders inside each other; more is a mistake.
    private static let depthLimit = 64

    let root: String

    func entries(under folder: String) throws -> [SourceEntry] {
        var entries: [SourceEntry] = []
        var open = [folder]
        while let folder = open.popLast() {
            guard folder.split(separator: "/").count < Self.depthLimit else {
                throw CommandError("folders are nested deeper than \(Self.depthLimit) levels at '\(folder)'")
            }
            for name in try names(in: folder) where name != ".git" {
                let path = folder.isEmpty ? name : folder + "/" + name
                switch kind(of: path) {
                case S_IFDIR?: open.append(path)
                case S_IFREG?: entries.append(SourceEntry(path: path, kind: .file))
                default: entries.append(SourceEntry(path: path, kind: .symbolicLink))
                }
            }
        }
        return entries
    }

    func bytes(_ path: String) throws -> [UInt8]? {
        guard kind(of: path) == S_IFREG else { return nil }
        return try Files.read(absolute(path))
    }

    func isFolder(_ path: String) -> Bool { path.isEmpty || kind(of: path) == S_IFDIR }

    private func names(in folder: String) throws -> [String] {
        guard let handle = opendir(absolute(folder)) else {
            throw CommandError("the folder '\(folder)' cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// `nil` if any part of the path is missing, or is a link.
    private func kind(of path: String) -> mode_t? {
        var place = root
        var kind: mode_t?
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard part != "..", part != ".", !part.isEmpty else { return nil }
            place += "/" + part
            var status = stat()
            guard lstat(place, &status) == 0, status.st_mode & S_IFMT != S_IFLNK else { return nil }
            kind = status.st_mode & S_IFMT
        }
        return kind
    }

    private func absolute(_ path: String) -> String { "\(root)/\(path)" }
}
