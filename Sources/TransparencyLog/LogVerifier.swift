// SPDX-License-Identifier: Apache-2.0

package import Keys

/// What a full verification found to be true.
package struct VerificationReport: Sendable, Hashable {
    package let checkpoint: Checkpoint
    /// Published checkpoints that were found consistent.
    package let publishedCheckpoints: Int
}

/// Checks a whole log offline: rebuilds every hash from the entries up, holds every tile and every published checkpoint against it.
package enum LogVerifier {
    /// - Parameters:
    ///   - keys: those that are trusted; where they come from is the auditor's business, and not from the log's folder.
    ///   - forEachEntry: called in order, after the entry's hash was found in its tile.
    /// - Throws: what is wrong, with the file or the entry.
    package static func verify(
        directory: String,
        keys: [VerifierKey],
        origin: String? = nil,
        forEachEntry: (UInt64, [UInt8]) throws -> Void = { _, _ in }
    ) throws -> VerificationReport {
        let reader = TransparencyLogReader(directory: directory)
        let files = LogFiles(root: directory)
        let checkpoint = try reader.checkpoint(verifiedBy: keys, origin: origin)
        let published = try publishedCheckpoints(reader, keys: keys, checkpoint: checkpoint)
        var replay = Replay(files: files, published: published)
        for span in TileSpan.all(size: checkpoint.size, level: 0) {
            let entries = try TileReader(files: files).entries(bundle: span.index, width: span.width)
            let first = span.index * TilePath.width
            for (offset, entry) in entries.enumerated() {
                try replay.add(entry, index: first + UInt64(offset))
                try forEachEntry(first + UInt64(offset), entry)
            }
        }
        try replay.finish(checkpoint)
        return VerificationReport(checkpoint: checkpoint, publishedCheckpoints: published.count)
    }

    private static func publishedCheckpoints(
        _ reader: TransparencyLogReader,
        keys: [VerifierKey],
        checkpoint: Checkpoint
    ) throws -> [UInt64: Checkpoint] {
        var published: [UInt64: Checkpoint] = [:]
        for size in try reader.publishedSizes() {
            let path = TilePath.checkpoint(size: size)
            guard size <= checkpoint.size else {
                throw TransparencyLogError(
                    .rolledBack,
                    "the log was rolled back: its checkpoint has size \(checkpoint.size), but \(path) was published"
                )
            }
            let note = try reader.publishedCheckpoint(size: size) ?? []
            let old = try CheckpointReader.checkpoint(note, keys: keys, origin: checkpoint.origin, path: path)
            guard old.size == size else {
                throw TransparencyLogError(.inconsistent, "\(path) holds a checkpoint of size \(old.size)")
            }
            published[size] = old
        }
        return published
    }
}

/// Builds a log again in memory, entry by entry, and compares as it goes.
private struct Replay {
    private let files: LogFiles
    private let published: [UInt64: Checkpoint]
    private var edge = LogEdge()

    init(files: LogFiles, published: [UInt64: Checkpoint]) {
        self.files = files
        self.published = published
    }

    mutating func add(_ entry: [UInt8], index: UInt64) throws {
        let growth = edge.append([entry])
        // Full tiles are compared when they fill, partial ones when a checkpoint stands on them.
        for file in growth.files where !file.path.contains(".p/") { try compare(file.path, file.bytes) }
        guard let checkpoint = published[index + 1] else { return }
        try holdAgainst(checkpoint, growth)
    }

    mutating func finish(_ checkpoint: Checkpoint) throws {
        try holdAgainst(checkpoint, edge.append([]))
    }

    private func holdAgainst(_ checkpoint: Checkpoint, _ growth: LogEdge.Growth) throws {
        guard edge.root == checkpoint.root, edge.size == checkpoint.size else {
            throw TransparencyLogError(
                .inconsistent,
                "the entries do not give the root hash of the checkpoint at size \(checkpoint.size)"
            )
        }
        for file in growth.files where file.path.contains(".p/") {
            // Once the full tile is there, a partial one may be gone.
            if let bytes = try files.read(file.path) { try compare(file.path, file.bytes, found: bytes) }
        }
    }

    private func compare(_ path: String, _ bytes: [UInt8]) throws {
        guard let found = try files.read(path) else {
            throw TransparencyLogError(.inconsistent, "the log is truncated: \(path) is missing")
        }
        try compare(path, bytes, found: found)
    }

    private func compare(_ path: String, _ bytes: [UInt8], found: [UInt8]) throws {
        guard found == bytes else {
            throw TransparencyLogError(.inconsistent, "\(path) was changed: it is not what the entries give")
        }
    }
}
