// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// Reads tiles and bundles; a narrower one than there is on disk is cut from a wider one.
struct TileReader: Sendable {
    let files: LogFiles

    func hashes(level: Int, index: UInt64, width: UInt64) throws -> [SHA256Digest] {
        let file = try find(TilePath.tile(level: level, index: index, width: TilePath.width), width)
        guard let hashes = HashTile.hashes(file.bytes), hashes.count == file.width else {
            throw damaged(
                file.path,
                "it holds \(file.bytes.count) bytes instead of \(file.width * SHA256Digest.byteCount)"
            )
        }
        return Array(hashes.prefix(Int(width)))
    }

    func entries(bundle index: UInt64, width: UInt64) throws -> [[UInt8]] {
        let file = try find(TilePath.bundle(index: index, width: TilePath.width), width)
        let (ranges, isWhole) = EntryBundle.ranges(file.bytes)
        guard isWhole, ranges.count == file.width else {
            throw damaged(file.path, "it does not divide into \(file.width) entries")
        }
        return ranges.prefix(Int(width)).map { Array(file.bytes[$0]) }
    }

    /// A tile's file of this width or else a wider one. The full one may replace the partial ones at any moment.
    /// - Parameter full: the path of the full tile.
    func find(_ full: String, _ width: UInt64) throws -> (path: String, bytes: [UInt8], width: Int) {
        let partial = TilePath.partial(of: full, width: width)
        if let bytes = try files.read(partial) { return (partial, bytes, Int(width)) }
        if let bytes = try files.read(full) { return (full, bytes, Int(TilePath.width)) }
        let widths = try files.names(in: TilePath.partials(of: full)).compactMap { UInt64($0) }
        if let wider = widths.filter({ $0 > width }).min() {
            let path = TilePath.partial(of: full, width: wider)
            if let bytes = try files.read(path) { return (path, bytes, Int(wider)) }
        }
        throw TransparencyLogError(.inconsistent, "\(files.root) is truncated: \(partial) is missing")
    }

    private func damaged(_ path: String, _ reason: String) -> TransparencyLogError {
        TransparencyLogError(.inconsistent, "\(files.root)/\(path) is damaged: \(reason)")
    }
}

/// Reads a checkpoint and believes it only with a good signature of the right origin.
enum CheckpointReader {
    static func checkpoint(
        _ bytes: [UInt8],
        keys: [VerifierKey],
        origin: String?,
        path: String
    ) throws -> Checkpoint {
        do {
            let note = try SignedNote(parsing: bytes)
            let checkpoint = try Checkpoint(noteText: note.text)
            if let origin, !checkpoint.origin.utf8.elementsEqual(origin.utf8) {
                throw TransparencyLogError(
                    .foreign,
                    "\(path) belongs to the log \(checkpoint.origin), and not to \(origin)"
                )
            }
            try note.verified(by: keys)
            // A key signs for the log of its own name; whoever means another one names it.
            guard origin != nil || keys.contains(where: { $0.name.utf8.elementsEqual(checkpoint.origin.utf8) }) else {
                throw TransparencyLogError(
                    .foreign,
                    "\(path) belongs to the log \(checkpoint.origin), whose key this is not"
                )
            }
            return checkpoint
        } catch let error as KeysError {
            let code: TransparencyLogError.Code = error.code == .noKnownKey ? .foreign : .inconsistent
            throw TransparencyLogError(code, "\(path) cannot be believed", cause: error)
        }
    }
}
