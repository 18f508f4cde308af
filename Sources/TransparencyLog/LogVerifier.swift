// SPDX-License-Identifier: Apache-2.0

package import Keys

/// Checks a whole log offline: rebuilds every hash from the entries up and holds every tile, bundle and published checkpoint
/// against it. The log may be appended to meanwhile; what is newer than the checkpoint is not looked at.
package enum LogVerifier {
    /// Like `examine`, but throws the first problem.
    package static func verify(
        directory: String,
        keys: [VerifierKey],
        origin: String? = nil,
        forEachEntry: (UInt64, [UInt8]) throws -> Void = { _, _ in }
    ) throws -> VerificationReport {
        let report = try examine(directory: directory, keys: keys, origin: origin, forEachEntry: forEachEntry)
        if let problem = report.problems.first { throw TransparencyLogError(problem.code, "\(directory)/\(problem)") }
        return report
    }

    /// - Parameters:
    ///   - keys: those that are trusted; where they come from is the auditor's business, and not from the log's folder.
    ///   - forEachEntry: called in order with each entry whose hash is in its tile. Believe them when the report is valid.
    /// - Throws: what keeps the log from being examined: no checkpoint that can be believed, files that cannot be read; and what
    ///   `forEachEntry` throws.
    package static func examine(
        directory: String,
        keys: [VerifierKey],
        origin: String? = nil,
        forEachEntry: (UInt64, [UInt8]) throws -> Void = { _, _ in }
    ) throws -> VerificationReport {
        try examine(LogFiles(root: directory), keys: keys, origin: origin, forEachEntry: forEachEntry)
    }

    static func examine(
        _ files: LogFiles,
        keys: [VerifierKey],
        origin: String?,
        forEachEntry: (UInt64, [UInt8]) throws -> Void = { _, _ in }
    ) throws -> VerificationReport {
        let reader = TransparencyLogReader(files: files)
        let sizes = try reader.publishedSizes()
        let checkpoint = try reader.checkpoint(verifiedBy: keys, origin: origin)
        var replay = LogReplay(
            files: files,
            checkpoint: checkpoint,
            partials: try partials(files, size: checkpoint.size)
        )
        // The list was read first: whatever is in it was published before the checkpoint.
        for size in sizes {
            let path = TilePath.checkpoint(size: size)
            do {
                try replay.expect(published(reader, size: size, keys: keys, checkpoint: checkpoint))
            } catch let error as TransparencyLogError {
                replay.report(VerificationReport.Problem(error.code, file: path, error.description))
            }
        }
        try replay.run(forEachEntry)
        return VerificationReport(
            checkpoint: checkpoint,
            publishedCheckpoints: replay.confirmedCheckpoints,
            files: replay.filesRead,
            problems: replay.problems
        )
    }

    private static func published(
        _ reader: TransparencyLogReader,
        size: UInt64,
        keys: [VerifierKey],
        checkpoint: Checkpoint
    ) throws -> Checkpoint {
        guard size <= checkpoint.size else {
            throw TransparencyLogError(
                .rolledBack,
                "it was published, but the log's checkpoint has size \(checkpoint.size): the log was rolled back"
            )
        }
        let note = try reader.publishedCheckpoint(size: size) ?? []
        let found = try CheckpointReader.checkpoint(note, keys: keys, origin: checkpoint.origin, path: "it")
        guard found.size == size else {
            throw TransparencyLogError(.inconsistent, "it holds a checkpoint of size \(found.size)")
        }
        return found
    }

    /// The partial files that the checkpoint covers. The writer may remove one once the full file is there.
    private static func partials(_ files: LogFiles, size: UInt64) throws -> LogReplay.Partials {
        var partials: LogReplay.Partials = [:]
        try TileInventory(files: files).visit { file in
            guard file.span.width < TilePath.width, file.isCovered(size: size) else { return }
            partials[file.kind, default: [:]][file.span.index, default: []].append(file.span.width)
        }
        return partials
    }
}
