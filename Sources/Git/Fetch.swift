// SPDX-License-Identifier: Apache-2.0

internal import CLibgit2
internal import Concurrency
internal import Transport

/// One fetch, on the repository's thread.
struct Fetch: Sendable {
    private static let remoteNamespace = "refs/taffrail/"

    let origin: GitRemote
    /// The origin's, checked.
    let url: RepositoryURL
    let reference: GitReference
    let limits: GitLimits
    let deadline: Deadline
    let cancellation: CancellationFlag

    func run(in repository: OpaquePointer) throws -> ObjectID {
        if case .commit(let id) = reference, exists(id, in: repository) { return id }
        let session = FetchSession(fetch: self)
        defer { session.close() }
        return try withExtendedLifetime(session) {
            do {
                return try fetch(in: repository, session)
            } catch let error as GitError {
                throw session.explained(error)
            }
        }
    }

    /// The tip of the branch, or `nil` where a commit is wanted: the server's list alone does not tell whether it has that. Nothing is downloaded.
    func ask(in repository: OpaquePointer) throws -> ObjectID? {
        let session = FetchSession(fetch: self)
        defer { session.close() }
        return try withExtendedLifetime(session) {
            do {
                return try connect(in: repository, session) { remote, _ throws(GitError) in
                    let advertised = try advertisement(of: remote)
                    guard case .branch(let name) = reference else { return nil }
                    guard let tip = advertised["refs/heads/\(name)"] else { throw missingBranch(name, advertised) }
                    return tip
                }
            } catch let error as GitError {
                throw session.explained(error)
            }
        }
    }

    private func connect<Result>(
        in repository: OpaquePointer,
        _ session: FetchSession,
        _ body: (OpaquePointer, git_remote_callbacks) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        let remote = try makeRemote(in: repository)
        // Freed at once: only then does libgit2 let go of the transport.
        defer { git_remote_free(remote) }
        var callbacks = git_remote_callbacks()
        git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION))
        session.attach(to: &callbacks, scheme: url.scheme)
        try LibGit2.check(
            git_remote_connect(remote, GIT_DIRECTION_FETCH, &callbacks, nil, nil),
            "cannot read the repository \(url.text)",
            as: .badResponse
        )
        defer { git_remote_disconnect(remote) }
        return try body(remote, callbacks)
    }

    private func fetch(in repository: OpaquePointer, _ session: FetchSession) throws(GitError) -> ObjectID {
        try PackGuard.stand(before: repository, session)
        return try connect(in: repository, session) { remote, callbacks throws(GitError) in
            try fetch(from: remote, callbacks, in: repository)
        }
    }

    private func fetch(
        from remote: OpaquePointer,
        _ callbacks: git_remote_callbacks,
        in repository: OpaquePointer
    ) throws(GitError) -> ObjectID {
        let advertised = try advertisement(of: remote)
        switch reference {
        case .branch(let name):
            // libgit2 reports success for a branch that is not there, so the server's list is asked.
            guard let tip = advertised["refs/heads/\(name)"] else { throw missingBranch(name, advertised) }
            if !exists(tip, in: repository) {
                try download(remote, ["+refs/heads/\(name):\(Self.remoteNamespace)\(name)"], callbacks)
            }
            try require(tip, of: name, in: repository)
            return tip
        case .commit(let id):
            try download(remote, ["+refs/heads/*:\(Self.remoteNamespace)*"], callbacks)
            if exists(id, in: repository) { return id }
            for (name, tip) in advertised where name.hasPrefix("refs/heads/") {
                try require(tip, of: String(name.dropFirst(11)), in: repository)
            }
            throw GitError(.referenceNotFound, "commit \(id) is on no branch of \(url.text)")
        }
    }

    /// A store whose references outlived its objects tells the server that it has everything, and is sent nothing.
    private func require(_ tip: ObjectID, of branch: String, in repository: OpaquePointer) throws(GitError) {
        guard !exists(tip, in: repository) else { return }
        throw GitError(
            .damaged,
            "\(url.text) sent no commit \(tip) for branch '\(branch.escapedForDisplay)', and it is not here either"
        )
    }

    private func makeRemote(in repository: OpaquePointer) throws(GitError) -> OpaquePointer {
        var options = git_remote_create_options()
        git_remote_create_options_init(&options, UInt32(GIT_REMOTE_CREATE_OPTIONS_VERSION))
        options.repository = repository
        // Reading `insteadOf` leaks in libgit2 1.5 and could redirect the URL.
        options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF.rawValue | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC.rawValue
        var remote: OpaquePointer?
        try LibGit2.checkRemote(
            git_remote_create_with_opts(&remote, url.text, &options),
            "cannot use the URL \(url.text)",
            as: .invalidURL
        )
        guard let remote else { throw GitError(.library, "cannot use the URL \(url.text)") }
        return remote
    }

    private func advertisement(of remote: OpaquePointer) throws(GitError) -> [String: ObjectID] {
        var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try LibGit2.check(
            git_remote_ls(&heads, &count, remote),
            "cannot list the references of \(url.text)",
            as: .badResponse
        )
        var advertised: [String: ObjectID] = [:]
        for index in 0..<count {
            guard let head = heads?[index]?.pointee, let name = head.name else { continue }
            advertised[String(cString: name)] = ObjectID(head.oid)
        }
        return advertised
    }

    private func download(
        _ remote: OpaquePointer,
        _ refspecs: [String],
        _ callbacks: git_remote_callbacks
    ) throws(GitError) {
        var options = git_fetch_options()
        git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION))
        options.callbacks = callbacks
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        options.prune = GIT_FETCH_NO_PRUNE
        options.update_fetchhead = 0
        let code = withCStrings(refspecs) { strings in
            var specs = git_strarray(strings: strings.baseAddress, count: strings.count)
            return git_remote_fetch(remote, &specs, &options, nil)
        }
        try LibGit2.checkRemote(code, "cannot fetch from \(url.text)", as: .badResponse)
    }

    /// Whether the store holds a commit of this id.
    private func exists(_ id: ObjectID, in repository: OpaquePointer) -> Bool {
        var libraryID = id.libraryForm
        var store: OpaquePointer?
        guard git_repository_odb(&store, repository) == 0 else { return false }
        defer { git_odb_free(store) }
        var size = 0
        var type = GIT_OBJECT_INVALID
        return git_odb_read_header(&size, &type, store, &libraryID) == 0 && type == GIT_OBJECT_COMMIT
    }

    private func missingBranch(_ name: String, _ advertised: [String: ObjectID]) -> GitError {
        let branches = advertised.keys.filter { $0.hasPrefix("refs/heads/") }.map { $0.dropFirst(11) }.sorted()
        let known = branches.isEmpty ? "it has no branch yet" : "it has \(branches.prefix(10).joined(separator: ", "))"
        return GitError(.referenceNotFound, "\(url.text) has no branch '\(name)': \(known.escapedForDisplay)")
    }
}

/// Gives C an array of mutable strings for the length of a call.
private func withCStrings<Result>(
    _ texts: [String],
    _ body: (UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var storage = texts.map { Array($0.utf8CString) }
    var pointers: [UnsafeMutablePointer<CChar>?] = []
    for index in storage.indices {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: storage[index].count)
        copy.initialize(from: &storage[index], count: storage[index].count)
        pointers.append(copy)
    }
    defer { for pointer in pointers { pointer?.deallocate() } }
    return pointers.withUnsafeMutableBufferPointer { body($0) }
}
