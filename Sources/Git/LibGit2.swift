// SPDX-License-Identifier: Apache-2.0

internal import CLibgit2

/// libgit2 as a whole: started once, isolated from the machine's configuration.
enum LibGit2 {
    private static let startCode: Int32 = {
        let code = git_libgit2_init()
        guard code >= 0 else { return code }
        // A config file of the machine must not redirect URLs or name other hosts.
        for level in [
            GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_PROGRAMDATA,
        ] {
            let code = taffrail_git_set_search_path(level, "")
            guard code >= 0 else { return code }
        }
        // Transports of its own: no deadlines, another TLS library. Ours is given to each fetch.
        for scheme in ["http", "https", "git", "ssh"] { git_transport_unregister(scheme) }
        let verified = taffrail_git_enable_strict_hash_verification(1)
        guard verified >= 0 else { return verified }
        // A pack that the machine's power took away half-written would be believed to be there for ever.
        let synced = taffrail_git_enable_fsync(1)
        guard synced >= 0 else { return synced }
        // Packs are never merged here, and each that is used would keep a descriptor.
        return taffrail_git_set_open_packs(256)
    }()

    static func start() throws(GitError) {
        guard startCode >= 0 else { throw GitError(.library, "libgit2 cannot be started (code \(startCode))") }
    }

    static func check(
        _ code: Int32,
        _ operation: @autoclosure () -> String,
        as known: GitError.Code = .library
    ) throws(GitError) {
        guard code < 0 else { return }
        throw failure(code, operation()) { _ in code == GIT_ENOTFOUND.rawValue ? .objectNotFound : known }
    }

    /// Of what must be in the store, since it was fetched: where it cannot be read, the store is damaged, unless the machine
    /// is in trouble, or the store is somebody else's.
    static func checkStored(_ code: Int32, _ operation: @autoclosure () -> String) throws(GitError) {
        guard code < 0 else { return }
        throw failure(code, operation()) { part in
            let isOurs = code == GIT_EOWNER.rawValue || part == GIT_ERROR_OS || part == GIT_ERROR_NOMEMORY
            return isOurs ? .storage : .damaged
        }
    }

    /// Of what brings together a server and the store: the part of the library that failed tells which of the two is at fault.
    static func checkRemote(
        _ code: Int32,
        _ operation: @autoclosure () -> String,
        as known: GitError.Code
    ) throws(GitError) {
        guard code < 0 else { return }
        let ours = [GIT_ERROR_REFERENCE, GIT_ERROR_ODB, GIT_ERROR_OBJECT, GIT_ERROR_CONFIG, GIT_ERROR_REPOSITORY]
        throw failure(code, operation()) { part in ours.contains { $0 == part } ? .damaged : known }
    }

    /// Reads the library's error at once: it belongs to the thread, and the next call may replace it.
    /// - Parameter kind: told by the part of the library that failed.
    private static func failure(
        _ code: Int32,
        _ operation: String,
        kind: (git_error_t) -> GitError.Code
    ) -> GitError {
        let error = git_error_last()?.pointee
        let text = error.flatMap { $0.message.map { String(cString: $0) } } ?? "code \(code)"
        let part = git_error_t(rawValue: UInt32(clamping: error?.klass ?? 0))
        git_error_clear()
        return GitError(kind(part), "\(operation): \(text.escapedForDisplay)")
    }
}

extension ObjectID {
    init(_ id: git_oid) {
        self = withUnsafeBytes(of: id) { ObjectID(bytes: Array($0.prefix(ObjectID.byteCount))) } ?? ObjectID.zero
    }

    /// Stands for no object, in Git as here.
    static let zero: ObjectID = {
        guard let id = ObjectID(bytes: [UInt8](repeating: 0, count: byteCount)) else {
            preconditionFailure("twenty bytes are an object id")
        }
        return id
    }()

    var libraryForm: git_oid {
        var id = git_oid()
        withUnsafeMutableBytes(of: &id) { $0.copyBytes(from: bytes) }
        return id
    }
}
