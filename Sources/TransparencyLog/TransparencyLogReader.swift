// SPDX-License-Identifier: Apache-2.0

package import Keys

/// Reads a log's folder: entries, checkpoints, blobs, proofs. Anybody may, also while it is being written.
package struct TransparencyLogReader: Sendable {
    private let files: LogFiles
    private let tiles: TileReader

    package init(directory: String) {
        self.init(files: LogFiles(root: directory))
    }

    init(files: LogFiles) {
        self.files = files
        tiles = TileReader(files: files)
    }

    package func checkpoint(verifiedBy keys: [VerifierKey], origin: String? = nil) throws -> Checkpoint {
        guard let note = try files.read("checkpoint") else {
            throw TransparencyLogError(.notFound, "there is no log in \(files.root): it has no checkpoint")
        }
        return try CheckpointReader.checkpoint(note, keys: keys, origin: origin, path: "\(files.root)/checkpoint")
    }

    /// The current checkpoint without a look at its signature: for a cache, never for a claim.
    package func uncheckedSize() throws -> UInt64 {
        guard let note = try files.read("checkpoint") else { return 0 }
        return try Checkpoint(noteText: SignedNote(parsing: note).text).size
    }

    package func hasCheckpoint() throws -> Bool { try files.read("checkpoint") != nil }

    /// The sizes of the checkpoints that were published.
    package func publishedSizes() throws -> [UInt64] {
        try files.names(in: "checkpoints").compactMap { UInt64($0) }.sorted()
    }

    package func publishedCheckpoint(size: UInt64) throws -> [UInt8]? {
        try files.read(TilePath.checkpoint(size: size))
    }

    /// - Parameter size: of the log, by a checkpoint.
    package func entry(at index: UInt64, size: UInt64) throws -> [UInt8] {
        guard index < size else {
            throw TransparencyLogError(.notFound, "the log has \(size) entries, and none of index \(index)")
        }
        return try entries(index..<index + 1, size: size)[0]
    }

    /// The entries of a range, bundle by bundle.
    package func entries(_ range: Range<UInt64>, size: UInt64) throws -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var index = range.lowerBound
        while index < min(range.upperBound, size) {
            let bundle = index / TilePath.width
            let start = bundle * TilePath.width
            let width = min(TilePath.width, size - start)
            let all = try tiles.entries(bundle: bundle, width: width)
            let end = min(range.upperBound, start + width)
            entries += all[Int(index - start)..<Int(end - start)]
            index = end
        }
        return entries
    }

    /// `nil` if there is no such blob; what does not have the digest that it is called by is an error.
    package func blob(_ digest: SHA256Digest) throws -> [UInt8]? {
        guard let bytes = try files.read(TilePath.blob(hex: digest.description)) else { return nil }
        guard SHA256Digest.of(bytes) == digest else {
            throw TransparencyLogError(.inconsistent, "the blob \(digest) was changed: it does not have that digest")
        }
        return bytes
    }

    // MARK: - Proofs

    /// The audit path of an entry (RFC 6962 section 2.1.1).
    package func inclusionProof(index: UInt64, size: UInt64) throws -> [SHA256Digest] {
        guard index < size else {
            throw TransparencyLogError(.notFound, "the log has \(size) entries, and none of index \(index)")
        }
        return try path(to: index, in: 0..<size, size: size)
    }

    /// The proof that the log of the first size is a prefix of that of the second (RFC 6962 section 2.1.2).
    package func consistencyProof(from first: UInt64, to second: UInt64) throws -> [SHA256Digest] {
        guard first <= second else {
            throw TransparencyLogError(.notFound, "a log of size \(second) has no prefix of size \(first)")
        }
        guard first > 0, first < second else { return [] }
        return try subproof(first, in: 0..<second, isWhole: true, size: second)
    }

    private func path(to index: UInt64, in range: Range<UInt64>, size: UInt64) throws -> [SHA256Digest] {
        guard range.count > 1 else { return [] }
        let middle = range.lowerBound + MerkleTree.split(UInt64(range.count))
        let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
        return index < middle
            ? try path(to: index, in: left, size: size) + [hash(of: right, size: size)]
            : try path(to: index, in: right, size: size) + [hash(of: left, size: size)]
    }

    private func subproof(
        _ first: UInt64,
        in range: Range<UInt64>,
        isWhole: Bool,
        size: UInt64
    ) throws -> [SHA256Digest] {
        if first == range.upperBound { return isWhole ? [] : [try hash(of: range, size: size)] }
        let middle = range.lowerBound + MerkleTree.split(UInt64(range.count))
        let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
        return first <= middle
            ? try subproof(first, in: left, isWhole: isWhole, size: size) + [hash(of: right, size: size)]
            : try subproof(first, in: right, isWhole: false, size: size) + [hash(of: left, size: size)]
    }

    /// The hash of a subtree, from the highest tiles that hold it.
    private func hash(of range: Range<UInt64>, size: UInt64) throws -> SHA256Digest {
        let count = UInt64(range.count)
        guard count & (count - 1) == 0 else {
            let middle = range.lowerBound + MerkleTree.split(count)
            return MerkleTree.nodeHash(
                try hash(of: range.lowerBound..<middle, size: size),
                try hash(of: middle..<range.upperBound, size: size)
            )
        }
        let height = count.trailingZeroBitCount
        let level = height / 8
        let nodes = UInt64(1) << UInt64(height % 8)
        let first = range.lowerBound >> (8 * UInt64(level))
        let tile = first / TilePath.width
        let width = min(TilePath.width, size >> (8 * UInt64(level)) - tile * TilePath.width)
        let hashes = try tiles.hashes(level: level, index: tile, width: width)
        let start = Int(first % TilePath.width)
        return MerkleTree.root(of: hashes[start..<start + Int(nodes)])
    }
}
