// SPDX-License-Identifier: Apache-2.0

internal import CLibgit2
package import Concurrency
internal import Transport

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A bare repository on this machine: what was fetched, read without a work tree.
///
/// Guarantees: libgit2's handles stay on one thread; no fetch outlasts its deadline; nothing outside the repository's folder is read or written; symbolic links and
/// submodules are reported and never followed.
package final class GitRepository: Sendable {
    /// A commit and the bytes that Git stores for it.
    package struct StoredCommit: Sendable {
        package let object: CommitObject
        package var bytes: [UInt8] { object.raw }
    }

    private let path: String
    private let limits: GitLimits
    private let worker = WorkerThread(name: "git")
    private let madeAnew = Locked(false)
    /// A file whose presence tells that the store is damaged, whoever found out.
    private var mark: String { path + "/taffrail.damaged" }

    private init(path: String, limits: GitLimits) {
        self.path = path
        self.limits = limits
    }

    /// Opens the repository in a folder, or makes it.
    package static func open(bare path: String, limits: GitLimits = .standard) async throws -> GitRepository {
        let repository = GitRepository(path: path, limits: limits)
        try await repository.worker.run { try repository.prepare() }
        Folder(path: path).touch()
        return repository
    }

    /// Whether something that was fetched could not be read: opening the repository again then makes it anew.
    package var isDamaged: Bool { access(mark, F_OK) == 0 }
    /// Whether it was damaged, and was made anew when this was opened: it is empty until something is fetched.
    package var wasMadeAnew: Bool { madeAnew.withLock { $0 } }

    /// Removes a repository's folder; what is still being read of it stays readable until it is closed.
    package static func remove(bare path: String) {
        Folder(path: path).remove()
    }

    /// Removes the repositories in a folder that nobody keeps, and that were not opened for so long: others may be somebody else's. In a folder of
    /// another user nothing is removed.
    ///
    /// - Parameter kept: their folders' names, without `.git`.
    package static func remove(in folder: String, except kept: Set<String> = [], unusedFor limit: Duration) {
        guard Folder(path: folder).isOwn else { return }
        for name in Folder(path: folder).names where name.hasSuffix(".git") && !kept.contains(String(name.dropLast(4)))
        {
            let store = Folder(path: folder + "/" + name)
            // Opening one touches it.
            if store.isOwn, let age = store.timeSinceChange, age > limit { store.remove() }
        }
    }

    /// Fetches one branch, or makes sure that a commit is there.
    ///
    /// - Parameter deadline: for the whole of it; cancelling the task ends it within milliseconds, too.
    /// - Returns: the commit.
    package func fetch(
        _ reference: GitReference,
        from remote: GitRemote,
        deadline: Deadline
    ) async throws -> ObjectID {
        try await onServer(remote, reference, deadline) { fetch, handle in try fetch.run(in: handle) }
    }

    /// Asks a server for a branch without fetching it: whether it can be reached, knows us, and has the branch. The parameters are those of `fetch`.
    /// - Returns: the branch's tip; `nil` for a commit, which a server does not list.
    package func ask(
        for reference: GitReference,
        of remote: GitRemote,
        deadline: Deadline
    ) async throws -> ObjectID? {
        try await onServer(remote, reference, deadline) { fetch, handle in try fetch.ask(in: handle) }
    }

    private func onServer<Result: Sendable>(
        _ remote: GitRemote,
        _ reference: GitReference,
        _ deadline: Deadline,
        _ body: @escaping @Sendable (Fetch, OpaquePointer) throws -> Result
    ) async throws -> Result {
        let url = try RepositoryURL(remote.url, allowsFileURLs: remote.allowsFileURLs)
        if case .branch(let name) = reference, let fault = BranchName.fault(in: name) {
            throw GitError(.invalidReference, "the branch name '\(name.escapedForDisplay)' is refused: \(fault)")
        }
        let cancellation = CancellationFlag()
        let fetch = Fetch(
            origin: remote,
            url: url,
            reference: reference,
            limits: limits,
            deadline: deadline,
            cancellation: cancellation
        )
        return try await withTaskCancellationHandler {
            try await worker.run {
                let lock = try self.lock(LOCK_SH)
                defer { close(lock) }
                return try self.withHandle { try body(fetch, $0) }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    package func commit(_ id: ObjectID) async throws -> StoredCommit {
        let bytes = try await worker.run {
            try self.withHandle { handle in
                try Self.object(id, type: GIT_OBJECT_COMMIT, limit: self.limits.objectBytes, in: handle)
            }
        }
        return StoredCommit(object: try CommitObject(parsing: bytes))
    }

    /// Reads the tree of a commit: `body` runs on the repository's thread, and keeps nothing of the tree.
    package func reading<Result: Sendable>(
        _ commit: ObjectID,
        _ body: @escaping @Sendable (CommitTree) throws -> Result
    ) async throws -> Result {
        try await worker.run {
            try self.withHandle { handle in
                let tree = try CommitTree(of: commit, in: handle, limits: self.limits)
                defer { tree.close() }
                let result = try body(tree)
                if let damage = tree.damage { throw damage }
                return result
            }
        }
    }

    // MARK: - On the thread

    private func prepare() throws(GitError) {
        try LibGit2.start()
        if access(path + "/HEAD", F_OK) != 0 {
            try make()
        } else if isDamaged || cannotBeOpened {
            try removeDamaged()
            try make()
            madeAnew.withLock { $0 = true }
        }
        guard chmod(path, 0o700) == 0 else {
            throw GitError(.storage, "cannot use the repository \(path): \(String(cString: strerror(errno)))")
        }
        // Unless another process fetches into it right now: then they are no leftovers.
        guard let lock = try? lock(LOCK_EX | LOCK_NB) else { return }
        removeLeftovers()
        close(lock)
    }

    private func make() throws(GitError) {
        try makeFolders()
        var handle: OpaquePointer?
        try LibGit2.check(git_repository_init(&handle, path, 1), "cannot make the repository \(path)", as: .storage)
        git_repository_free(handle)
    }

    private var cannotBeOpened: Bool {
        do {
            try withHandle { _ in }
            return false
        } catch {
            return (error as? GitError)?.code == .damaged
        }
    }

    /// All that is in a store can be fetched again.
    private func removeDamaged() throws(GitError) {
        try waitUntilUnused()
        Self.remove(bare: path)
        guard access(path, F_OK) != 0 else {
            throw GitError(.storage, "the repository \(path) is damaged, and cannot be removed to be fetched anew")
        }
    }

    /// For a moment only: a program that this process starts holds what we have open until it runs.
    private func waitUntilUnused() throws(GitError) {
        for _ in 0..<50 {
            if let lock = try? lock(LOCK_EX | LOCK_NB) {
                _ = close(lock)
                return
            }
            usleep(20_000)
        }
        close(try lock(LOCK_EX | LOCK_NB))
    }

    /// Held by whoever fetches, together with others, and alone by whoever tidies up.
    /// - Returns: a descriptor; closing it lets go of the lock.
    private func lock(_ kind: Int32) throws(GitError) -> Int32 {
        let file = path + "/taffrail.lock"
        let descriptor = systemOpen(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw GitError(.storage, "cannot lock the repository \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, kind) == 0 else {
            close(descriptor)
            throw GitError(.storage, "the repository \(path) is in use by another process: wait for it to end")
        }
        return descriptor
    }

    private func makeFolders() throws(GitError) {
        var folder = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            folder += "/" + part
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
                throw GitError(.storage, "cannot make the folder \(folder): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// A fetch that was killed leaves its half-written pack.
    private func removeLeftovers() {
        let packs = path + "/objects/pack"
        for name in Folder(path: packs).names where name.hasPrefix("pack_git2_") { unlink(packs + "/" + name) }
    }

    /// The repository is opened for each job: an open one keeps a file descriptor for every pack.
    private func withHandle<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
        var handle: OpaquePointer?
        do {
            try LibGit2.checkStored(git_repository_open_bare(&handle, path), "cannot open the repository \(path)")
            guard let handle else { throw GitError(.storage, "cannot open the repository \(path)") }
            defer { git_repository_free(handle) }
            return try body(handle)
        } catch let error as GitError where error.code == .damaged {
            // Whoever opens it next must know; if it cannot be written down, that one finds out like us.
            close(systemOpen(mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600))
            throw error
        }
    }

    /// By the object's header: nothing is unpacked.
    static func size(of id: ObjectID, in repository: OpaquePointer) throws(GitError) -> Int {
        var store: OpaquePointer?
        try LibGit2.checkStored(git_repository_odb(&store, repository), "cannot open the object store")
        defer { git_odb_free(store) }
        var libraryID = id.libraryForm
        var size = 0
        var type = GIT_OBJECT_INVALID
        try LibGit2.checkStored(git_odb_read_header(&size, &type, store, &libraryID), "object \(id)")
        return size
    }

    static func object(
        _ id: ObjectID,
        type: git_object_t,
        limit: Int,
        in repository: OpaquePointer
    ) throws(GitError) -> [UInt8] {
        var store: OpaquePointer?
        try LibGit2.checkStored(git_repository_odb(&store, repository), "cannot open the object store")
        defer { git_odb_free(store) }
        var libraryID = id.libraryForm
        var size = 0
        var found = GIT_OBJECT_INVALID
        // The header first: an object that is too large is never unpacked.
        try LibGit2.checkStored(git_odb_read_header(&size, &found, store, &libraryID), "object \(id)")
        guard found == type else { throw GitError(.objectNotFound, "object \(id) is of another type than expected") }
        guard size <= limit else {
            throw GitError(.limitExceeded, "object \(id) has \(size) bytes, which is more than the limit of \(limit)")
        }
        var object: OpaquePointer?
        try LibGit2.checkStored(git_odb_read(&object, store, &libraryID), "object \(id)")
        defer { git_odb_object_free(object) }
        return Array(UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object)))
    }
}

/// The system's call, whose name the repository's own hides.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
