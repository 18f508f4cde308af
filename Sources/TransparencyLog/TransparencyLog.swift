// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
package import Keys

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The one writer of a log.
///
/// Guarantees: when `append` returns, the entries are durable and covered by a published checkpoint; when it throws, the log is as it was, and may be
/// appended to again; two writers never open the same log; nothing is signed that is inconsistent with a checkpoint that the folder holds.
/// Assumes: the folder is on a file system where rename is atomic and fsync is honest.
package final class TransparencyLog: Sendable {
    package let origin: String
    package let directory: String

    private struct State {
        var edge: LogEdge
        var isClosed = false
    }

    private static let reserve = ".state/reserve"

    private let files: LogFiles
    private let signer: any Signer
    private let lock: FileLock
    private let state: Locked<State>
    private let turnstile = Turnstile()
    private let worker: WorkerThread

    private init(
        files: LogFiles,
        origin: String,
        signer: any Signer,
        lock: FileLock,
        edge: LogEdge,
        worker: WorkerThread
    ) {
        self.files = files
        self.origin = origin
        self.signer = signer
        self.lock = lock
        self.worker = worker
        directory = files.root
        state = Locked(State(edge: edge))
    }

    /// Opens a log for writing, after checking that its tiles say what its checkpoint says.
    ///
    /// - Parameters:
    ///   - create: whether a log is begun where there is none.
    ///   - fault: breaks the disk on purpose, in tests.
    package static func open(
        directory: String,
        origin: String,
        signer: any Signer,
        create: Bool,
        fault: @escaping @Sendable (FileStep, String) throws -> Void = { _, _ in }
    ) async throws -> TransparencyLog {
        let worker = WorkerThread(name: "log")
        let files = LogFiles(root: directory, fault: fault)
        let key = try VerifierKey(name: origin, publicKey: signer.publicKey)
        let (lock, edge) = try await worker.run {
            if create { try makeRoot(directory) }
            guard files.exists("checkpoint") || create else {
                throw TransparencyLogError(.notFound, "there is no log in \(directory)")
            }
            let lock = try files.lock(".state/lock")
            return (lock, try recover(files, origin: origin, key: key))
        }
        return TransparencyLog(files: files, origin: origin, signer: signer, lock: lock, edge: edge, worker: worker)
    }

    package var size: UInt64 { state.withLock { $0.edge.size } }

    /// Appends entries and publishes the checkpoint that covers them.
    ///
    /// - Parameters:
    ///   - entries: at most 65,535 bytes each.
    ///   - usesReserve: lets go of the space that `reserve` keeps, for entries that must find room.
    /// - Returns: the index of the first entry, and the checkpoint.
    package func append(
        _ entries: [[UInt8]],
        usesReserve: Bool = false
    ) async throws -> (firstIndex: UInt64, checkpoint: Checkpoint) {
        if let large = entries.first(where: { $0.count > EntryBundle.entryLimit }) {
            throw TransparencyLogError(.tooLarge, "an entry of \(large.count) bytes is larger than \(EntryBundle.entryLimit)")
        }
        return try await turnstile.pass {
            let before = try openEdge()
            var edge = before
            let growth = edge.append(entries)
            let checkpoint = Checkpoint(origin: origin, size: edge.size, root: edge.root)
            let note = try await SignedNote.sign(checkpoint.noteText, as: origin, with: signer).bytes
            let files = files
            try await worker.run {
                if usesReserve { try files.allocate(Self.reserve, bytes: 0) }
                for file in growth.files { try files.write(file.bytes, to: file.path) }
                try files.write(note, to: "checkpoint")
                try files.write(note, to: TilePath.checkpoint(size: checkpoint.size))
                for folder in growth.obsolete { try files.removeFolder(folder) }
            }
            state.withLock { $0.edge = edge }
            return (before.size, checkpoint)
        }
    }

    /// Keeps room on the disk for entries that are still to come.
    package func reserve(bytes: Int) async throws {
        let files = files
        _ = try openEdge()
        try await turnstile.pass { try await worker.run { try files.allocate(Self.reserve, bytes: bytes) } }
    }

    /// Stores evidence by its digest, durably; what is there already is not written again.
    package func storeBlobs(_ blobs: [[UInt8]]) async throws -> [SHA256Digest] {
        let files = files
        _ = try openEdge()
        return try await worker.run {
            try blobs.map { bytes in
                let digest = SHA256Digest.of(bytes)
                let path = TilePath.blob(hex: digest.description)
                if !files.exists(path) { try files.write(bytes, to: path) }
                return digest
            }
        }
    }

    /// Ends writing; what comes later is refused.
    package func close() async {
        await turnstile.pass { state.withLock { $0.isClosed = true } }
        lock.release()
    }

    private func openEdge() throws -> LogEdge {
        let (edge, isClosed) = state.withLock { ($0.edge, $0.isClosed) }
        guard !isClosed else { throw TransparencyLogError(.closed, "the log \(directory) is closed") }
        return edge
    }

    // MARK: - Recovery

    private static func makeRoot(_ directory: String) throws {
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw TransparencyLogError(
                .unwritable,
                "the log cannot be written, so nothing will be applied: \(directory): \(String(cString: strerror(errno)))"
            )
        }
    }

    /// Re-derives the right edge from the tiles and holds it against the checkpoint. Files beyond the checkpoint are what a crash left behind, and
    /// are overwritten by what comes next.
    private static func recover(_ files: LogFiles, origin: String, key: VerifierKey) throws -> LogEdge {
        guard let note = try files.read("checkpoint") else {
            guard try files.names(in: "checkpoints").isEmpty else {
                throw TransparencyLogError(
                    .rolledBack,
                    "\(files.root) has published checkpoints, but its current one is missing: restore it, and do not begin anew"
                )
            }
            return LogEdge()
        }
        let checkpoint = try CheckpointReader.checkpoint(note, keys: [key], origin: origin, path: "checkpoint")
        try refuseRollback(files, checkpoint)
        let edge = try LogEdge.read(files, size: checkpoint.size)
        guard edge.root == checkpoint.root else {
            throw TransparencyLogError(
                .inconsistent,
                "\(files.root) is damaged: its tiles do not give the root hash of its checkpoint at size \(checkpoint.size)"
            )
        }
        // A crash may have come between the two files of a checkpoint.
        let copy = TilePath.checkpoint(size: checkpoint.size)
        if try files.read(copy) == nil { try files.write(note, to: copy) }
        return edge
    }

    private static func refuseRollback(_ files: LogFiles, _ checkpoint: Checkpoint) throws {
        let newest = try files.names(in: "checkpoints").compactMap { UInt64($0) }.max() ?? 0
        guard newest <= checkpoint.size else {
            throw TransparencyLogError(
                .rolledBack,
                "\(files.root) was rolled back: its checkpoint has size \(checkpoint.size), but one of size \(newest) was "
                    + "published; restore the newer state"
            )
        }
    }
}

extension LogEdge {
    /// Reads the partial tiles and the partial bundle of a log of this size.
    static func read(_ files: LogFiles, size: UInt64) throws -> LogEdge {
        var tiles: [[SHA256Digest]] = []
        for level in TileSpan.levels(size: size) {
            let count = size >> (8 * UInt64(level))
            let rest = count % TilePath.width
            guard rest > 0 else {
                tiles.append([])
                continue
            }
            tiles.append(try TileReader(files: files).hashes(level: level, index: count / TilePath.width, width: rest))
        }
        let rest = size % TilePath.width
        guard rest > 0 else { return LogEdge(size: size, bundle: [], tiles: tiles) }
        let entries = try TileReader(files: files).entries(bundle: size / TilePath.width, width: rest)
        guard entries.map(MerkleTree.leafHash) == tiles[0] else {
            throw TransparencyLogError(.inconsistent, "\(files.root) is damaged: its last entries do not give their hashes")
        }
        return LogEdge(size: size, bundle: entries.flatMap(EntryBundle.frame), tiles: tiles)
    }
}
