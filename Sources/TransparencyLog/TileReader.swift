// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// Reads tiles and bundles; a partial one that was replaced by the full one is cut from that.
struct TileReader: Sendable {
    let files: LogFiles

    func hashes(level: Int, index: UInt64, width: UInt64) throws -> [SHA256Digest] {
        let path = TilePath.tile(level: level, index: index, width: width)
        let full = TilePath.tile(level: level, index: index, width: TilePath.width)
        let (bytes, source) = try either(path, full)
        let isWhole = source == path ? bytes.count == Int(width) * 32 : bytes.count == Int(TilePath.width) * 32
        guard isWhole else {
            throw TransparencyLogError(.inconsistent, "\(files.root)/\(source) is damaged: it holds \(bytes.count) bytes")
        }
        return (0..<Int(width)).compactMap { SHA256Digest(bytes: bytes[$0 * 32..<$0 * 32 + 32]) }
    }

    func entries(bundle index: UInt64, width: UInt64) throws -> [[UInt8]] {
        let path = TilePath.bundle(index: index, width: width)
        let (bytes, source) = try either(path, TilePath.bundle(index: index, width: TilePath.width))
        let entries = try EntryBundle.entries(bytes, path: "\(files.root)/\(source)")
        guard entries.count == Int(source == path ? width : TilePath.width) else {
            throw TransparencyLogError(
                .inconsistent,
                "\(files.root)/\(source) is damaged: it holds \(entries.count) entries"
            )
        }
        return Array(entries.prefix(Int(width)))
    }

    private func either(_ path: String, _ full: String) throws -> (bytes: [UInt8], path: String) {
        if let bytes = try files.read(path) { return (bytes, path) }
        if path != full, let bytes = try files.read(full) { return (bytes, full) }
        throw TransparencyLogError(.inconsistent, "\(files.root) is truncated: \(path) is missing")
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
            try note.verified(by: keys)
            let checkpoint = try Checkpoint(noteText: note.text)
            if let origin, checkpoint.origin != origin {
                throw TransparencyLogError(.foreign, "the log is that of \(checkpoint.origin), not of \(origin)")
            }
            return checkpoint
        } catch let error as KeysError {
            let code: TransparencyLogError.Code = error.code == .noKnownKey ? .foreign : .inconsistent
            throw TransparencyLogError(code, "\(path) cannot be believed", cause: error)
        }
    }
}
