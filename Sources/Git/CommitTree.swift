// SPDX-License-Identifier: Apache-2.0

internal import CLibgit2

/// The files of one commit, while `GitRepository.reading` runs; afterwards nothing can be read of it any more.
///
/// Guarantees: only what the commit's tree holds is read, links and submodules never; one file and all together stay within `GitLimits`.
package final class CommitTree {
    /// The most bytes that one file may have.
    private static let fileBytes = 16 << 20

    private var repository: OpaquePointer?
    private let commit: ObjectID
    private let limits: GitLimits
    private let root: ObjectID
    private var folders: [String: [String: TreeWalk.Entry]] = [:]
    private var bytesRead = 0
    /// What told that the store is damaged, whatever became of it on its way to whoever reads.
    private(set) var damage: GitError?

    init(of commit: ObjectID, in repository: OpaquePointer, limits: GitLimits) throws(GitError) {
        self.repository = repository
        self.commit = commit
        self.limits = limits
        root = try TreeWalk.root(of: commit, in: repository, limits: limits)
    }

    func close() { repository = nil }

    /// All files below a folder, in the order of their paths.
    /// - Parameter folder: relative to the root; empty for the root.
    package func files(under folder: String) throws(GitError) -> [TreeFile] {
        var walk = TreeWalk(repository: try open(), limits: limits)
        return try walk.files(at: commit, under: folder)
    }

    /// The content of a file; `nil` if nothing, or a folder, is at the path.
    /// - Throws: for links and submodules, and for what is beyond a limit.
    package func bytes(_ path: String) throws(GitError) -> [UInt8]? {
        do {
            return try content(of: path)
        } catch {
            if error.code == .damaged { damage = error }
            throw error
        }
    }

    private func content(of path: String) throws(GitError) -> [UInt8]? {
        let repository = try open()
        guard let entry = try entry(path) else { return nil }
        switch entry.kind {
        case nil: return nil
        case .file, .executable: break
        case .symbolicLink, .submodule, .unreadableName:
            throw GitError(
                .unsafePath,
                "'\(path.escapedForDisplay)' is a symbolic link or a submodule, which is not followed: commit the file itself"
            )
        }
        let size = try GitRepository.size(of: entry.id, in: repository)
        guard size <= Self.fileBytes else {
            throw GitError(
                .fileTooLarge,
                "the file has \(size) bytes, and no more than \(Self.fileBytes) are read of one: divide it, or take it out of the folder"
            )
        }
        bytesRead += size
        guard bytesRead <= limits.totalBytes else {
            throw GitError(
                .limitExceeded,
                "the files have more than \(limits.totalBytes) bytes together: leave some out"
            )
        }
        return try GitRepository.object(entry.id, type: GIT_OBJECT_BLOB, limit: Self.fileBytes, in: repository)
    }

    package func isFolder(_ path: String) -> Bool {
        path.isEmpty || (try? entry(path)).flatMap(\.self).map { $0.kind == nil } == true
    }

    private func open() throws(GitError) -> OpaquePointer {
        guard let repository else { throw GitError(.library, "the tree of commit \(commit) is read after its time") }
        return repository
    }

    /// Goes down from the root, part by part: a path that is too long to be one is none.
    private func entry(_ path: String) throws(GitError) -> TreeWalk.Entry? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard path.utf8.count <= limits.pathBytes, parts.count <= TreeWalk.depthLimit else { return nil }
        var folder = (path: "", id: root)
        for part in parts.dropLast() {
            guard let entry = try entries(of: folder.id, at: folder.path)[String(part)], entry.kind == nil else {
                return nil
            }
            folder = (folder.path + part + "/", entry.id)
        }
        return try entries(of: folder.id, at: folder.path)[parts.last.map(String.init) ?? ""]
    }

    /// What a folder holds, which is looked up once.
    /// - Parameter prefix: its path and a slash; empty for the root.
    private func entries(of id: ObjectID, at prefix: String) throws(GitError) -> [String: TreeWalk.Entry] {
        if let known = folders[prefix] { return known }
        let walk = TreeWalk(repository: try open(), limits: limits)
        let entries = try walk.entries(of: id, prefix: prefix)
        let byName = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
        folders[prefix] = byName
        return byName
    }
}
