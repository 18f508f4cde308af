// SPDX-License-Identifier: Apache-2.0

internal import CLibgit2

/// Has every pack that is downloaded into a repository scanned before libgit2 unpacks it, which does so in memory and knows no limit.
///
/// It is an object store without objects, before the repository's own: packs are written to the first store that takes them, and this one hands
/// on what it was shown.
enum PackGuard {
    /// Above the priorities of libgit2's own stores, which are 1 and 2.
    private static let priority: Int32 = 10

    /// - Parameter session: is told what was refused; it must outlive the download.
    static func stand(before repository: OpaquePointer, _ session: FetchSession) throws(GitError) {
        var store: OpaquePointer?
        try LibGit2.checkStored(git_repository_odb(&store, repository), "cannot open the object store")
        defer { git_odb_free(store) }
        guard let next = writable(store) else { throw GitError(.library, "the object store takes no packs") }
        let backend = UnsafeMutablePointer<taffrail_git_backend>.allocate(capacity: 1)
        backend.initialize(to: taffrail_git_backend())
        git_odb_init_backend(&backend.pointee.base, UInt32(GIT_ODB_BACKEND_VERSION))
        backend.pointee.context = Unmanaged.passRetained(Post(session: session, next: next)).toOpaque()
        backend.pointee.base.writepack = packWanted
        backend.pointee.base.read_header = { _, _, _, _ in GIT_ENOTFOUND.rawValue }
        backend.pointee.base.free = guardEnded
        let base = UnsafeMutableRawPointer(backend).assumingMemoryBound(to: git_odb_backend.self)
        let code = git_odb_add_backend(store, base, priority)
        if code < 0 { guardEnded(base) }
        try LibGit2.check(code, "cannot stand before the object store")
    }

    /// The store that would get the packs. While it is asked to, libgit2 holds a lock, and nobody can look for it.
    private static func writable(_ store: OpaquePointer?) -> UnsafeMutablePointer<git_odb_backend>? {
        for index in 0..<git_odb_num_backends(store) {
            var backend: UnsafeMutablePointer<git_odb_backend>?
            guard git_odb_get_backend(&backend, store, index) == 0 else { continue }
            if backend?.pointee.writepack != nil { return backend }
        }
        return nil
    }
}

/// Where a guard stands.
private final class Post {
    unowned let session: FetchSession
    let next: UnsafeMutablePointer<git_odb_backend>

    init(session: FetchSession, next: UnsafeMutablePointer<git_odb_backend>) {
        self.session = session
        self.next = next
    }
}

/// One pack on its way: what scans it, and what it is handed on to.
private final class GuardedPack {
    let session: FetchSession
    let scanner: PackScanner
    let next: UnsafeMutablePointer<git_odb_writepack>

    init(session: FetchSession, scanner: PackScanner, next: UnsafeMutablePointer<git_odb_writepack>) {
        self.session = session
        self.scanner = scanner
        self.next = next
    }

    deinit { next.pointee.free?(next) }
}

// MARK: - What libgit2 calls

@c private func packWanted(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_odb_writepack>?>?,
    _ base: UnsafeMutablePointer<git_odb_backend>?,
    _ store: OpaquePointer?,
    _ progress: git_indexer_progress_cb?,
    _ payload: UnsafeMutableRawPointer?
) -> Int32 {
    guard let base,
        let context = UnsafeMutableRawPointer(base).assumingMemoryBound(to: taffrail_git_backend.self).pointee.context
    else { return GIT_ERROR.rawValue }
    let post = Unmanaged<Post>.fromOpaque(context).takeUnretainedValue()
    var next: UnsafeMutablePointer<git_odb_writepack>?
    let code = post.next.pointee.writepack?(&next, post.next, store, progress, payload) ?? GIT_ERROR.rawValue
    guard code == 0, let next else { return code }
    guard let scanner = try? PackScanner(limit: post.session.limits.unpackedObjectBytes) else {
        next.pointee.free?(next)
        return GIT_ERROR.rawValue
    }
    let writer = UnsafeMutablePointer<taffrail_git_writepack>.allocate(capacity: 1)
    writer.initialize(to: taffrail_git_writepack())
    let pack = GuardedPack(session: post.session, scanner: scanner, next: next)
    writer.pointee.context = Unmanaged.passRetained(pack).toOpaque()
    writer.pointee.base.backend = base
    writer.pointee.base.append = packArrived
    writer.pointee.base.commit = { base, progress in
        guard let pack = guardedPack(base) else { return GIT_ERROR.rawValue }
        return pack.next.pointee.commit?(pack.next, progress) ?? GIT_ERROR.rawValue
    }
    writer.pointee.base.free = packEnded
    out?.pointee = UnsafeMutableRawPointer(writer).assumingMemoryBound(to: git_odb_writepack.self)
    return 0
}

@c private func guardEnded(_ base: UnsafeMutablePointer<git_odb_backend>?) {
    guard let base else { return }
    let backend = UnsafeMutableRawPointer(base).assumingMemoryBound(to: taffrail_git_backend.self)
    if let context = backend.pointee.context { Unmanaged<Post>.fromOpaque(context).release() }
    backend.deallocate()
}

@c private func packArrived(
    _ base: UnsafeMutablePointer<git_odb_writepack>?,
    _ bytes: UnsafeRawPointer?,
    _ count: Int,
    _ progress: UnsafeMutablePointer<git_indexer_progress>?
) -> Int32 {
    guard let pack = guardedPack(base) else { return GIT_ERROR.rawValue }
    do throws(GitError) {
        try pack.scanner.scan(UnsafeRawBufferPointer(start: bytes, count: count))
    } catch {
        pack.session.refusePack(error)
        git_error_set_str(Int32(GIT_ERROR_INDEXER.rawValue), error.message)
        return GIT_ERROR.rawValue
    }
    return pack.next.pointee.append?(pack.next, bytes, count, progress) ?? GIT_ERROR.rawValue
}

@c private func packEnded(_ base: UnsafeMutablePointer<git_odb_writepack>?) {
    guard let base else { return }
    let writer = UnsafeMutableRawPointer(base).assumingMemoryBound(to: taffrail_git_writepack.self)
    if let context = writer.pointee.context { Unmanaged<GuardedPack>.fromOpaque(context).release() }
    writer.deallocate()
}

private func guardedPack(_ base: UnsafeMutablePointer<git_odb_writepack>?) -> GuardedPack? {
    guard let base,
        let context = UnsafeMutableRawPointer(base).assumingMemoryBound(to: taffrail_git_writepack.self).pointee.context
    else { return nil }
    return Unmanaged<GuardedPack>.fromOpaque(context).takeUnretainedValue()
}
