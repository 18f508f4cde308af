// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
package import Keys

/// The one writer of a log.
///
/// Guarantees: when `append` returns, the entries are durable and covered by a published checkpoint; two writers never have the same
/// log open; nothing is signed that is inconsistent with a checkpoint that the folder holds, whenever the process or the machine
/// stopped. When `append` throws, the entries may or may not come to be in the log; the log itself may be appended to again, and is
/// then first brought to order as if it had been opened anew.
/// Assumes: the folder is on one file system, where rename is atomic and fsync is honest.
package final class TransparencyLog: Sendable {
    package let origin: String
    package let directory: String

    private struct Request {
        let entries: [[UInt8]]
        let usesReserve: Bool
        let continuation: CheckedContinuation<(firstIndex: UInt64, checkpoint: Checkpoint), any Error>
    }

    private struct State {
        /// As published; `nil` after a failure, when only the disk knows.
        var edge: LogEdge?
        var size: UInt64
        var lock: FileLock?
        var waiting: [Request] = []
        var isCommitting = false
        var closers: [CheckedContinuation<Void, Never>] = []
        var isClosed = false
    }

    private static let reserve = ".state/reserve"
    /// What an append needs besides its bundle: tiles, notes, folders, in whole blocks.
    private static let overhead = 128 << 10

    private let files: LogFiles
    private let signer: any Signer
    private let keys: [VerifierKey]
    private let state: Locked<State>
    /// Blocking calls and hashing happen here, and not on the threads that everybody shares.
    private let worker: WorkerThread

    private init(files: LogFiles, origin: String, signer: any Signer, keys: [VerifierKey], worker: WorkerThread) {
        self.files = files
        self.origin = origin
        self.signer = signer
        self.keys = keys
        self.worker = worker
        directory = files.root
        state = Locked(State(size: 0))
    }

    /// Opens a log for writing: takes its lock, checks that its tiles give what its checkpoint says, and carries through what a
    /// crash interrupted.
    ///
    /// - Parameters:
    ///   - formerKeys: that may have signed the checkpoint, besides the signer.
    ///   - create: whether a log is begun where there is none. The folder is made, those above it are not.
    /// - Throws: `notFound`, `locked`, `unwritable`, `foreign` (another origin or key), `inconsistent` (tiles are missing or
    ///   damaged), `rolledBack` (a newer checkpoint was published than the log shows).
    package static func open(
        directory: String,
        origin: String,
        signer: any Signer,
        formerKeys: [VerifierKey] = [],
        create: Bool
    ) async throws -> TransparencyLog {
        try await open(
            LogFiles(root: directory),
            origin: origin,
            signer: signer,
            formerKeys: formerKeys,
            create: create
        )
    }

    static func open(
        _ files: LogFiles,
        origin: String,
        signer: any Signer,
        formerKeys: [VerifierKey] = [],
        create: Bool
    ) async throws -> TransparencyLog {
        let keys = [try VerifierKey(name: origin, publicKey: signer.publicKey)] + formerKeys
        let worker = WorkerThread(name: "log")
        let log = TransparencyLog(files: files, origin: origin, signer: signer, keys: keys, worker: worker)
        let lock = try await worker.run {
            if create { try files.makeRoot() }
            guard try create || files.read("checkpoint") != nil else {
                throw TransparencyLogError(.notFound, "there is no log in \(files.root): it has no checkpoint")
            }
            return try files.lock(".state/lock")
        }
        log.state.withLock { $0.lock = lock }
        try await log.recover(creates: create)
        return log
    }

    /// Entries that the published checkpoint covers.
    package var size: UInt64 { state.withLock { $0.size } }

    /// Appends entries, in their order and one after the other, and publishes a checkpoint that covers them. Appends that wait for
    /// the same disk share a checkpoint.
    ///
    /// - Parameters:
    ///   - entries: at most 65,535 bytes each. None at all brings the log to order after a failure, and changes nothing else.
    ///   - usesReserve: lets go of the space that `reserve` keeps, for entries that must find room.
    /// - Returns: the index of the first entry, and the checkpoint.
    /// - Throws: `tooLarge`, `closed`, `unwritable`, whatever the signer throws, or what `open` does.
    package func append(
        _ entries: [[UInt8]],
        usesReserve: Bool = false
    ) async throws -> (firstIndex: UInt64, checkpoint: Checkpoint) {
        if let large = entries.first(where: { $0.count > EntryBundle.entryLimit }) {
            let limit = EntryBundle.entryLimit
            throw TransparencyLogError(
                .tooLarge,
                "an entry of \(large.count) bytes is larger than \(limit): move content to blobs"
            )
        }
        return try await withCheckedThrowingContinuation { continuation in
            let request = Request(entries: entries, usesReserve: usesReserve, continuation: continuation)
            let (isRefused, starts) = state.withLock { state in
                guard !state.isClosed else { return (true, false) }
                state.waiting.append(request)
                defer { state.isCommitting = true }
                return (false, !state.isCommitting)
            }
            if isRefused { continuation.resume(throwing: closed) }
            if starts { Task { await commitWaiting() } }
        }
    }

    /// Keeps room on the disk for entries that are still to come; it replaces what was kept before. `append(usesReserve:)` lets go
    /// of all of it.
    ///
    /// - Parameters:
    ///   - bytes: of all these entries together.
    ///   - appends: in how many calls they may come: each writes the unfinished bundle again.
    package func reserve(bytes: Int, appends: Int = 1) async throws {
        let bundle = try openState().edge?.bundle.count ?? 0
        let files = files
        let space = bytes + appends * (bundle + bytes + Self.overhead)
        try await worker.run { try files.allocate(Self.reserve, bytes: space) }
    }

    /// Lets go of the space that `reserve` keeps.
    package func releaseReserve() async throws {
        let files = files
        try await worker.run { try files.allocate(Self.reserve, bytes: 0) }
    }

    /// Stores evidence by its digest, durably; what is there already is not written again.
    package func storeBlobs(_ blobs: [[UInt8]]) async throws -> [SHA256Digest] {
        let files = files
        _ = try openState()
        return try await worker.run {
            var missing: [SHA256Digest: [UInt8]] = [:]
            let digests = try blobs.map { bytes in
                let digest = SHA256Digest.of(bytes)
                let path = TilePath.blob(hex: digest.description)
                if missing[digest] == nil, try files.read(path) != bytes { missing[digest] = bytes }
                return digest
            }
            try files.write(
                missing.map { LogFiles.File(path: TilePath.blob(hex: $0.description), bytes: $1) }
                    .sorted { $0.path < $1.path }
            )
            // One that is there may have been put there by a process that was killed before it synced the folder.
            for folder in Set(digests.map { "blobs/sha256/\($0.description.prefix(2))" }) {
                try files.syncFolder(folder)
            }
            return digests
        }
    }

    package func storeBlob(_ bytes: [UInt8]) async throws -> SHA256Digest {
        try await storeBlobs([bytes])[0]
    }

    /// Ends writing when the appends that were accepted are done, and lets go of the lock; what comes later is refused.
    package func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isCommitting { state.closers.append(continuation) }
                return !state.isCommitting
            }
            if isIdle { continuation.resume() }
        }
        state.withLock { $0.lock = nil }
    }

    private func openState() throws -> State {
        let state = state.withLock(\.self)
        guard !state.isClosed else { throw closed }
        return state
    }

    private var closed: TransparencyLogError { TransparencyLogError(.closed, "the log \(directory) is closed") }

    // MARK: - Committing

    /// Commits what waits until nothing does. Only one of these runs at a time.
    private func commitWaiting() async {
        while let requests = nextRequests() {
            do {
                let (first, checkpoint, obsolete) = try await commit(requests)
                var index = first
                for request in requests {
                    request.continuation.resume(returning: (index, checkpoint))
                    index += UInt64(request.entries.count)
                }
                await remove(obsolete)
            } catch {
                state.withLock { $0.edge = nil }
                for request in requests { request.continuation.resume(throwing: error) }
            }
        }
    }

    private func nextRequests() -> [Request]? {
        let (requests, closers) = state.withLock { state in
            let requests = state.waiting
            state.waiting = []
            guard requests.isEmpty else { return (requests, [CheckedContinuation<Void, Never>]()) }
            state.isCommitting = false
            defer { state.closers = [] }
            return (requests, state.closers)
        }
        for closer in closers { closer.resume() }
        return requests.isEmpty ? nil : requests
    }

    private func commit(
        _ requests: [Request]
    ) async throws -> (firstIndex: UInt64, checkpoint: Checkpoint, obsolete: [String]) {
        if state.withLock({ $0.edge == nil }) { try await recover(creates: false) }
        guard let before = state.withLock(\.edge) else { throw closed }
        let entries = requests.flatMap(\.entries)
        guard !entries.isEmpty else {
            return (before.size, Checkpoint(origin: origin, size: before.size, root: before.root), [])
        }
        let usesReserve = requests.contains(where: \.usesReserve)
        let files = files
        let (edge, obsolete) = try await worker.run {
            if usesReserve { try files.allocate(Self.reserve, bytes: 0) }
            var edge = before
            let growth = edge.append(entries)
            try files.write(growth.bundles)
            for level in growth.tiles { try files.write(level) }
            return (edge, growth.obsolete)
        }
        let checkpoint = try await publish(edge, replacing: before.size)
        return (before.size, checkpoint, obsolete)
    }

    /// Announces, signs and publishes a tree whose tiles are durable.
    /// - Parameter note: the signed note, if there is one already.
    private func publish(_ edge: LogEdge, replacing size: UInt64, note: [UInt8]? = nil) async throws -> Checkpoint {
        let files = files
        let checkpoint = Checkpoint(origin: origin, size: edge.size, root: edge.root)
        let tree = AnnouncedTree(previousSize: size, size: edge.size, root: checkpoint.root)
        // Also when it is there: it may not be durable yet.
        try await worker.run { try files.write(tree.bytes, to: AnnouncedTree.path) }
        let signed: [UInt8]
        if let note {
            signed = note
        } else {
            signed = try await SignedNote.sign(checkpoint.noteText, as: origin, with: signer).bytes
        }
        try await worker.run {
            // In this order: a copy beyond the checkpoint would look as if that had been rolled back, to whoever reads the log now or after a crash.
            try files.write(signed, to: "checkpoint")
            try files.write(signed, to: TilePath.checkpoint(size: checkpoint.size))
        }
        state.withLock { state in
            state.edge = edge
            state.size = edge.size
        }
        return checkpoint
    }

    /// Partial tiles that a full one replaced. If they cannot be removed, they are no more than a waste of space.
    private func remove(_ obsolete: [String]) async {
        let files = files
        guard !obsolete.isEmpty else { return }
        try? await worker.run { for folder in obsolete { try files.removeFolder(folder) } }
    }

    private func recover(creates: Bool) async throws {
        let (files, origin, keys) = (files, origin, keys)
        let found = try await worker.run {
            let found = try LogRecovery.survey(files, origin: origin, keys: keys, creates: creates)
            try LogRecovery.clear(files, beyond: (found.announced ?? found.published)?.size ?? 0)
            return found
        }
        if let announced = found.announced {
            _ = try await publish(announced, replacing: found.published?.size ?? 0, note: found.announcedNote)
        } else if let edge = found.published {
            try await worker.run { try Self.settle(files, size: edge.size) }
            state.withLock { state in
                state.edge = edge
                state.size = edge.size
            }
        }
    }

    /// Makes sure of a checkpoint that the last writer may have moved to its place without the time to make that durable, and of
    /// its copy, which somebody may have removed.
    private static func settle(_ files: LogFiles, size: UInt64) throws {
        let path = TilePath.checkpoint(size: size)
        if try files.read(path) == nil, let note = try files.read("checkpoint") { try files.write(note, to: path) }
        try files.syncFolder("checkpoints")
        try files.syncFolder("")
    }
}
