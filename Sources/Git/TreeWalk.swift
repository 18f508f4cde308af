// SPDX-License-Identifier: Apache-2.0

internal import CLibgit2

/// Lists a folder of a commit, within limits.
struct TreeWalk {
    /// Folders inside each other; more is an attack.
    static let depthLimit = 64

    let repository: OpaquePointer
    let limits: GitLimits
    private var files: [TreeFile] = []
    private var entryCount = 0

    init(repository: OpaquePointer, limits: GitLimits) {
        self.repository = repository
        self.limits = limits
    }

    mutating func files(at commit: ObjectID, under folder: String) throws(GitError) -> [TreeFile] {
        let root = try Self.root(of: commit, in: repository, limits: limits)
        let start = try subtree(of: root, at: folder, commit: commit)
        try walk(start, prefix: folder.isEmpty ? "" : folder + "/", depth: 0)
        return files
    }

    static func root(
        of commit: ObjectID,
        in repository: OpaquePointer,
        limits: GitLimits
    ) throws(GitError) -> ObjectID {
        try CommitObject(
            parsing: GitRepository.object(commit, type: GIT_OBJECT_COMMIT, limit: limits.objectBytes, in: repository)
        ).tree
    }

    /// What stands in one tree, by itself.
    func entries(of id: ObjectID, prefix: String) throws(GitError) -> [Entry] {
        try withTree(id) { tree throws(GitError) in try Self.entries(of: tree, prefix: prefix) }
    }

    private func subtree(of root: ObjectID, at folder: String, commit: ObjectID) throws(GitError) -> ObjectID {
        guard !folder.isEmpty else { return root }
        let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ Self.isSafe($0) }) else {
            throw GitError(
                .unsafePath,
                "the path '\(folder.escapedForDisplay)' is refused: a part of it is empty, leads upwards, is Git's own, or does not show"
            )
        }
        // Part by part: a tree that is missing is another matter than a folder that is.
        var id = root
        for part in parts {
            id = try withTree(id) { tree throws(GitError) in
                guard let entry = git_tree_entry_byname(tree, String(part)), let below = git_tree_entry_id(entry) else {
                    throw GitError(
                        .objectNotFound,
                        "there is no folder '\(folder.escapedForDisplay)' in commit \(commit)"
                    )
                }
                guard git_tree_entry_type(entry) == GIT_OBJECT_TREE else {
                    throw GitError(.objectNotFound, "'\(folder.escapedForDisplay)' is no folder in commit \(commit)")
                }
                return ObjectID(below.pointee)
            }
        }
        return id
    }

    private mutating func walk(_ id: ObjectID, prefix: String, depth: Int) throws(GitError) {
        guard depth < Self.depthLimit else {
            throw GitError(.limitExceeded, "folders are nested deeper than \(Self.depthLimit) levels at '\(prefix)'")
        }
        let entries = try entries(of: id, prefix: prefix)
        entryCount += entries.count
        guard entryCount <= limits.treeEntries else {
            throw GitError(.limitExceeded, "the folder holds more than \(limits.treeEntries) entries")
        }
        for entry in entries {
            let path = prefix + entry.name
            guard path.utf8.count <= limits.pathBytes else {
                throw GitError(
                    .limitExceeded,
                    "a path is longer than \(limits.pathBytes) bytes: '\(path.escapedForDisplay)'"
                )
            }
            if let kind = entry.kind {
                files.append(TreeFile(path: path, id: entry.id, kind: kind))
            } else {
                try walk(entry.id, prefix: path + "/", depth: depth + 1)
            }
        }
    }

    struct Entry {
        let name: String
        let id: ObjectID
        /// `nil` for a folder.
        let kind: TreeFile.Kind?
    }

    private static func entries(of tree: OpaquePointer, prefix: String) throws(GitError) -> [Entry] {
        var entries: [Entry] = []
        var names: Set<[UInt8]> = []
        for index in 0..<git_tree_entrycount(tree) {
            guard let entry = git_tree_entry_byindex(tree, index), let id = git_tree_entry_id(entry),
                let bytes = git_tree_entry_name(entry)
            else { throw GitError(.library, "a tree cannot be read at '\(prefix)'") }
            let name = String(cString: bytes)
            // Names that mean another place, or two things, are no accident.
            guard !isElsewhere(name) else {
                throw GitError(
                    .malformedCommit,
                    "the path '\((prefix + name).escapedForDisplay)' in the commit is refused: it leads upwards, or is Git's own"
                )
            }
            let isReadable = String(validatingCString: bytes) != nil && isVisible(name)
            guard !isReadable || names.insert(Array(name.utf8)).inserted else {
                throw GitError(
                    .malformedCommit,
                    "the path '\((prefix + name).escapedForDisplay)' is in the commit twice: nobody can say which of them was meant"
                )
            }
            entries.append(
                Entry(
                    name: isReadable ? name : name.escapedForDisplay,
                    id: ObjectID(id.pointee),
                    kind: isReadable ? kind(of: git_tree_entry_filemode(entry)) : .unreadableName
                )
            )
        }
        return entries
    }

    private static func kind(of mode: git_filemode_t) -> TreeFile.Kind? {
        switch mode {
        case GIT_FILEMODE_TREE: nil
        case GIT_FILEMODE_LINK: .symbolicLink
        case GIT_FILEMODE_COMMIT: .submodule
        case GIT_FILEMODE_BLOB_EXECUTABLE: .executable
        default: .file
        }
    }

    /// One part of a path: nothing that means another place, nothing that cannot be seen.
    private static func isSafe(_ name: some StringProtocol) -> Bool { !isElsewhere(name) && isVisible(name) }

    private static func isElsewhere(_ name: some StringProtocol) -> Bool {
        name.isEmpty || name == "." || name == ".." || name.lowercased() == ".git" || name.contains("/")
    }

    private static func isVisible(_ name: some StringProtocol) -> Bool {
        name.unicodeScalars.allSatisfy { ($0.isVisible || $0 == " ") && $0 != "\\" }
    }

    private func withTree<Result>(
        _ id: ObjectID,
        _ body: (OpaquePointer) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        // The size is looked at first, so that a huge tree is never unpacked.
        var tree: OpaquePointer?
        var libraryID = id.libraryForm
        _ = try GitRepository.object(id, type: GIT_OBJECT_TREE, limit: limits.objectBytes, in: repository)
        try LibGit2.check(git_tree_lookup(&tree, repository, &libraryID), "tree \(id)")
        guard let tree else { throw GitError(.library, "tree \(id) cannot be read") }
        defer { git_tree_free(tree) }
        return try body(tree)
    }
}
