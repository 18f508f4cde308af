// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// What the folder of a log says when a writer opens it, after a clean end or after a crash at any point.
struct LogRecovery: Sendable {
    /// The edge that the checkpoint covers; `nil` for a log that has none yet.
    let published: LogEdge?
    /// The edge of the tree that was announced and not published, and must be now.
    let announced: LogEdge?
    /// The signed note for it, if the crash came after it was written.
    let announcedNote: [UInt8]?

    /// Reads the folder and holds everything that is going to be built on against the signed checkpoint. Writes nothing.
    ///
    /// - Parameter keys: those that may have signed the checkpoint.
    static func survey(_ files: LogFiles, origin: String, keys: [VerifierKey], creates: Bool) throws -> LogRecovery {
        let sizes = try files.names(in: "checkpoints").compactMap { UInt64($0) }
        guard let note = try files.read("checkpoint") else {
            return try surveyNew(files, sizes: sizes, creates: creates)
        }
        let checkpoint = try CheckpointReader.checkpoint(
            note,
            keys: keys,
            origin: origin,
            path: "\(files.root)/checkpoint"
        )
        let edge = try readEdge(files, size: checkpoint.size, root: checkpoint.root, "its checkpoint")
        try refuseConflict(files, checkpoint, origin: origin, keys: keys)
        guard let tree = try pendingTree(files, after: checkpoint) else {
            try refuseRollback(files, checkpoint, newest: sizes.max())
            return LogRecovery(published: edge, announced: nil, announcedNote: nil)
        }
        try refuseRollback(files, checkpoint, newest: sizes.filter { $0 != tree.size }.max())
        let next = try readEdge(files, size: tree.size, root: tree.root, "the tree that it was about to publish")
        try refuseFork(files, checkpoint, tree)
        let path = TilePath.checkpoint(size: tree.size)
        let signed = try files.read(path)
        if let signed {
            let found = try CheckpointReader.checkpoint(
                signed,
                keys: keys,
                origin: origin,
                path: "\(files.root)/\(path)"
            )
            guard found.size == tree.size, found.root == tree.root else { throw conflict(files, path) }
        }
        return LogRecovery(published: edge, announced: next, announcedNote: signed)
    }

    private static func surveyNew(_ files: LogFiles, sizes: [UInt64], creates: Bool) throws -> LogRecovery {
        // A crash while the log was being made may have left the checkpoint of the empty tree.
        guard sizes.allSatisfy({ $0 == 0 }), try files.names(in: "tile").isEmpty else {
            throw TransparencyLogError(
                .rolledBack,
                "the checkpoint of \(files.root) is missing, but the log is not empty: restore it, and do not begin anew"
            )
        }
        // Whatever else was deleted, two logs of one origin must never be in the world.
        if let tree = try files.read(AnnouncedTree.path).flatMap({ AnnouncedTree($0) }), tree.size > 0 {
            throw TransparencyLogError(
                .rolledBack,
                "the log in \(files.root) is gone, and its \(AnnouncedTree.path) says that it was to have \(tree.size) entries: "
                    + "restore it; another log needs another folder, and a key of another name"
            )
        }
        guard creates else {
            throw TransparencyLogError(.notFound, "there is no log in \(files.root): it has no checkpoint")
        }
        return LogRecovery(published: nil, announced: LogEdge(), announcedNote: nil)
    }

    private static func pendingTree(_ files: LogFiles, after checkpoint: Checkpoint) throws -> AnnouncedTree? {
        // Without the file, or with an older one, the log was closed in order or its private folder was thrown away.
        guard let tree = try files.read(AnnouncedTree.path).flatMap({ AnnouncedTree($0) }), tree.size >= checkpoint.size
        else {
            return nil
        }
        if tree.size == checkpoint.size {
            guard tree.root == checkpoint.root else { throw conflict(files, AnnouncedTree.path) }
            return nil
        }
        guard tree.previousSize == checkpoint.size else { throw rolledBack(files, checkpoint, newest: tree.size) }
        return tree
    }

    private static func readEdge(
        _ files: LogFiles,
        size: UInt64,
        root: SHA256Digest,
        _ source: String
    ) throws -> LogEdge {
        let edge = try LogEdge.read(TileReader(files: files), size: size)
        guard edge.root == root else {
            throw TransparencyLogError(
                .inconsistent,
                "\(files.root) is damaged: its tiles do not give the root hash of \(source) at size \(size)"
            )
        }
        return edge
    }

    /// The copy of the checkpoint must say the same, if it is there.
    private static func refuseConflict(
        _ files: LogFiles,
        _ checkpoint: Checkpoint,
        origin: String,
        keys: [VerifierKey]
    ) throws {
        let path = TilePath.checkpoint(size: checkpoint.size)
        guard let note = try files.read(path) else { return }
        guard
            try CheckpointReader.checkpoint(note, keys: keys, origin: origin, path: "\(files.root)/\(path)")
                == checkpoint
        else { throw conflict(files, path) }
    }

    private static func refuseRollback(_ files: LogFiles, _ checkpoint: Checkpoint, newest: UInt64?) throws {
        if let newest, newest > checkpoint.size { throw rolledBack(files, checkpoint, newest: newest) }
    }

    /// What was published must be a prefix of what is going to be signed.
    private static func refuseFork(_ files: LogFiles, _ checkpoint: Checkpoint, _ tree: AnnouncedTree) throws {
        guard checkpoint.size > 0 else { return }
        let proof = try TransparencyLogReader(files: files).consistencyProof(from: checkpoint.size, to: tree.size)
        let isConsistent = MerkleTree.verifyConsistency(
            from: checkpoint.size,
            to: tree.size,
            proof: proof.map(\.bytes),
            root1: checkpoint.root.bytes,
            root2: tree.root.bytes
        )
        guard isConsistent else { throw conflict(files, AnnouncedTree.path) }
    }

    private static func rolledBack(_ files: LogFiles, _ checkpoint: Checkpoint, newest: UInt64) -> TransparencyLogError
    {
        TransparencyLogError(
            .rolledBack,
            "\(files.root) was rolled back: its checkpoint has size \(checkpoint.size), but one of size \(newest) was "
                + "published; restore the newer state"
        )
    }

    private static func conflict(_ files: LogFiles, _ path: String) -> TransparencyLogError {
        TransparencyLogError(
            .inconsistent,
            "\(files.root)/\(path) contradicts the checkpoint: keep both as evidence, and restore a copy of the log that verifies"
        )
    }
}

extension LogRecovery {
    /// Removes what an interrupted append left beyond the end: the next one would not overwrite all of it, and partial tiles with
    /// other content would then stand beside the right ones.
    static func clear(_ files: LogFiles, beyond size: UInt64) throws {
        try files.clearWorkshop()
        var touched: Set<String> = []
        try TileInventory(files: files).visit { file in
            guard !file.isCovered(size: size) else { return }
            try files.remove(file.path)
            touched.insert(LogFiles.folder(of: file.path))
        }
        for folder in touched { try files.syncFolder(folder) }
    }
}
