// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// Builds a log's tree again from its entries, comparing with the tiles as it goes.
///
/// Where a tile differs from what lies below it, the hash that the tile above holds tells which of the two is wrong; for the tiles at
/// the right edge, the signed root hash tells.
struct LogReplay {
    typealias Problem = VerificationReport.Problem
    typealias Partials = [TileInventory.Kind: [UInt64: [UInt64]]]

    /// A tile at the right edge that differs from what lies below it.
    private struct Doubt {
        let span: TileSpan
        let computed: [SHA256Digest]
        let stored: [SHA256Digest]

        /// The node of the level with which the tile begins.
        var first: UInt64 { span.index * TilePath.width }

        /// Where the sides differ.
        var offsets: [Int] {
            stored.indices.filter { !computed.indices.contains($0) || computed[$0] != stored[$0] }
        }
    }

    private struct Bundle {
        let bytes: [UInt8]
        let isWhole: Bool
        /// Whether the bytes are the entries that there have to be, and nothing else.
        private(set) var divides = true
        private(set) var ranges: [Range<Int>]
        private(set) var hashes: [SHA256Digest]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            let (ranges, isWhole) = EntryBundle.ranges(bytes)
            self.ranges = ranges
            self.isWhole = isWhole
            hashes = bytes.withUnsafeBytes { buffer in
                ranges.map { MerkleTree.leafHash(UnsafeRawBufferPointer(rebasing: buffer[$0])) }
            }
        }

        /// - Parameter width: how many entries there have to be in all.
        func prefix(_ count: Int, of width: Int) -> Bundle {
            var prefix = self
            prefix.divides = isWhole && ranges.count == width
            prefix.ranges = Array(ranges.prefix(count))
            prefix.hashes = Array(hashes.prefix(count))
            return prefix
        }
    }

    private let reader: TileReader
    private let checkpoint: Checkpoint
    private let partials: Partials
    /// By size, those that are not reached yet last first.
    private var expected: [Checkpoint] = []
    /// For each level, the hashes of the tile that is not full.
    private var edge: [[SHA256Digest]] = [[]]
    /// For each level, how many tiles are full already. The lowest is counted by the entries.
    private var fullTiles: [UInt64] = [0]
    private var doubts: [Int: Doubt] = [:]

    private(set) var problems: [Problem] = []
    private(set) var confirmedCheckpoints = 0
    private(set) var filesRead = 0

    init(files: LogFiles, checkpoint: Checkpoint, partials: Partials) {
        reader = TileReader(files: files)
        self.checkpoint = checkpoint
        self.partials = partials
    }

    /// Adds a published checkpoint that the tree has to give.
    mutating func expect(_ published: Checkpoint) {
        expected.append(published)
    }

    mutating func report(_ problem: Problem) {
        problems.append(problem)
    }

    /// Reads everything that the checkpoint covers, and reports what is wrong.
    mutating func run(_ forEachEntry: (UInt64, [UInt8]) throws -> Void) throws {
        expected.sort { $0.size > $1.size }
        confirm(upTo: 0)
        for span in TileSpan.all(size: checkpoint.size, level: 0) {
            let bundle = try readBundle(span)
            guard let leaves = try settle(level: 0, span, computed: bundle.hashes) else { return }
            edge[0] = leaves
            if !bundle.divides && bundle.hashes == leaves {
                let path = TilePath.bundle(index: span.index, width: span.width)
                report(Problem(file: path, entry: span.end - 1, "other bytes follow the last entry"))
            }
            for (offset, range) in bundle.ranges.enumerated() where bundle.hashes[offset] == leaves[offset] {
                try forEachEntry(span.index * TilePath.width + UInt64(offset), Array(bundle.bytes[range]))
            }
            guard span.width == TilePath.width else { break }
            confirm(upTo: span.end)
            try comparePartials(level: 0, span.index, leaves)
            edge[0] = []
            guard try push(MerkleTree.root(of: leaves), level: 1) else { return }
        }
        try finish()
    }

    private mutating func finish() throws {
        for level in edge.indices.dropFirst() where !edge[level].isEmpty {
            guard let hashes = try settle(level: level, edgeSpan(level), computed: edge[level]) else { return }
            edge[level] = hashes
        }
        resolveDoubts()
        for level in edge.indices { try comparePartials(level: level, edgeSpan(level).index, edge[level]) }
        confirm(upTo: checkpoint.size)
    }

    private func edgeSpan(_ level: Int) -> TileSpan {
        let count = checkpoint.size >> (8 * UInt64(level))
        return TileSpan(index: count / TilePath.width, width: count % TilePath.width)
    }

    // MARK: - Tiles

    /// Adds a hash to a level; a tile that fills is compared, and its root added to the level above.
    /// - Returns: false if the tree cannot be built any further.
    private mutating func push(_ hash: SHA256Digest, level: Int) throws -> Bool {
        if edge.count == level {
            edge.append([])
            fullTiles.append(0)
        }
        edge[level].append(hash)
        guard edge[level].count == Int(TilePath.width) else { return true }
        let span = TileSpan(index: fullTiles[level], width: TilePath.width)
        guard let hashes = try settle(level: level, span, computed: edge[level]) else { return false }
        try comparePartials(level: level, span.index, hashes)
        edge[level] = []
        fullTiles[level] += 1
        return try push(MerkleTree.root(of: hashes), level: level + 1)
    }

    /// Holds a tile against what lies below it.
    /// - Returns: the hashes that are right, as far as can be told; `nil` if there are none.
    private mutating func settle(
        level: Int,
        _ span: TileSpan,
        computed: [SHA256Digest]
    ) throws -> [SHA256Digest]? {
        let isWhole = computed.count == Int(span.width)
        guard let stored = try readTile(level: level, span) else { return isWhole ? computed : nil }
        if stored == computed { return computed }
        let doubt = Doubt(span: span, computed: computed, stored: stored)
        guard span.width == TilePath.width else {
            if isWhole { doubts[level] = doubt } else { blameBelow(level, doubt) }
            return isWhole ? computed : stored
        }
        let confirmed = try hashAbove(level: level, index: span.index)
        if confirmed == MerkleTree.root(of: stored) {
            blameBelow(level, doubt)
            return stored
        }
        blameTile(level, doubt)
        if !isWhole || confirmed != MerkleTree.root(of: computed) { blameBelow(level, doubt) }
        return isWhole ? computed : stored
    }

    /// The hash of a full tile in the tile above, if that can be read.
    private func hashAbove(level: Int, index: UInt64) throws -> SHA256Digest? {
        let count = checkpoint.size >> (8 * UInt64(level + 1))
        let parent = index / TilePath.width
        let width = min(TilePath.width, count - parent * TilePath.width)
        do {
            return try reader.hashes(level: level + 1, index: parent, width: width)[Int(index % TilePath.width)]
        } catch let error as TransparencyLogError where error.code == .inconsistent {
            return nil
        }
    }

    /// Chooses, at the right edge, the side of each doubt with which the tree has the signed root hash.
    private mutating func resolveDoubts() {
        let levels = doubts.keys.sorted()
        for choice in 0..<(1 << levels.count) {
            var tiles = edge
            let trusted = Set(levels.indices.filter { choice >> $0 & 1 == 1 }.map { levels[$0] })
            for level in trusted { tiles[level] = doubts[level]?.stored ?? tiles[level] }
            guard MerkleTree.root(ofEdge: tiles) == checkpoint.root else { continue }
            edge = tiles
            for (level, doubt) in doubts.sorted(by: { $0.key < $1.key }) {
                trusted.contains(level) ? blameBelow(level, doubt) : blameTile(level, doubt)
            }
            return
        }
        for (level, doubt) in doubts.sorted(by: { $0.key < $1.key }) {
            blameTile(level, doubt)
            blameBelow(level, doubt)
        }
        report(Problem(file: "checkpoint", "the entries do not give its root hash at size \(checkpoint.size)"))
    }

    // MARK: - Blame

    private mutating func blameTile(_ level: Int, _ doubt: Doubt) {
        guard let offset = doubt.offsets.first else { return }
        let entry = (doubt.first + UInt64(offset)) << (8 * UInt64(level))
        let path = TilePath.tile(level: level, index: doubt.span.index, width: doubt.span.width)
        report(Problem(file: path, entry: entry, "hash \(offset) is not that of what lies below"))
    }

    private mutating func blameBelow(_ level: Int, _ doubt: Doubt) {
        let tile = TilePath.tile(level: level, index: doubt.span.index, width: doubt.span.width)
        guard level == 0 else {
            for offset in doubt.offsets {
                let index = doubt.first + UInt64(offset)
                let path = TilePath.tile(level: level - 1, index: index, width: TilePath.width)
                let entry = index << (8 * UInt64(level))
                report(
                    Problem(file: path, entry: entry, "it and what lies below do not give the hash that \(tile) holds")
                )
            }
            return
        }
        let path = TilePath.bundle(index: doubt.span.index, width: doubt.span.width)
        guard let offset = doubt.offsets.first else { return }
        let others = doubt.offsets.count > 1 ? "; \(doubt.offsets.count - 1) more of this file are wrong" : ""
        report(
            Problem(file: path, entry: doubt.first + UInt64(offset), "it does not have the hash in \(tile)\(others)")
        )
    }

    // MARK: - Files

    private mutating func readTile(level: Int, _ span: TileSpan) throws -> [SHA256Digest]? {
        do {
            filesRead += 1
            return try reader.hashes(level: level, index: span.index, width: span.width)
        } catch let error as TransparencyLogError where error.code == .inconsistent {
            let path = TilePath.tile(level: level, index: span.index, width: span.width)
            report(Problem(file: path, entry: span.index * TilePath.width << (8 * UInt64(level)), error.message))
            return nil
        }
    }

    private mutating func readBundle(_ span: TileSpan) throws -> Bundle {
        let path = TilePath.bundle(index: span.index, width: span.width)
        let first = span.index * TilePath.width
        do {
            filesRead += 1
            let file = try reader.find(TilePath.bundle(index: span.index, width: TilePath.width), span.width)
            return Bundle(file.bytes).prefix(Int(span.width), of: file.width)
        } catch let error as TransparencyLogError where error.code == .inconsistent {
            report(Problem(file: path, entry: first, error.message))
            return Bundle([])
        }
    }

    /// Holds the partial forms of a tile, and of a bundle, against the hashes.
    private mutating func comparePartials(level: Int, _ index: UInt64, _ hashes: [SHA256Digest]) throws {
        for width in partials[.level(level)]?[index]?.sorted() ?? [] where width <= hashes.count {
            let path = TilePath.tile(level: level, index: index, width: width)
            // The writer may have removed it meanwhile.
            guard let bytes = try reader.files.read(path) else { continue }
            filesRead += 1
            guard bytes == HashTile.bytes(Array(hashes.prefix(Int(width)))) else {
                report(Problem(file: path, entry: nil, "it is not a prefix of the tile"))
                continue
            }
        }
        guard level == 0 else { return }
        for width in partials[.entries]?[index]?.sorted() ?? [] where width <= hashes.count {
            let path = TilePath.bundle(index: index, width: width)
            guard let bytes = try reader.files.read(path) else { continue }
            filesRead += 1
            let bundle = Bundle(bytes)
            let wrong = zip(bundle.hashes, hashes).enumerated().first { $1.0 != $1.1 }?.offset
            guard wrong == nil, bundle.isWhole, bundle.ranges.count == Int(width) else {
                let offset = wrong ?? min(bundle.ranges.count, Int(width) - 1)
                report(
                    Problem(
                        file: path,
                        entry: index * TilePath.width + UInt64(offset),
                        "it is not the entry of the log"
                    )
                )
                continue
            }
        }
    }

    // MARK: - Checkpoints

    /// Holds the published checkpoints up to a size, at which the last tile of entries ends, against the tree.
    private mutating func confirm(upTo size: UInt64) {
        while let published = expected.last, published.size <= size {
            expected.removeLast()
            var tiles = edge
            tiles[0].removeLast(min(Int(size - published.size), tiles[0].count))
            if MerkleTree.root(ofEdge: tiles) == published.root {
                confirmedCheckpoints += 1
            } else {
                let path = TilePath.checkpoint(size: published.size)
                report(Problem(file: path, "the entries do not give its root hash"))
            }
        }
    }
}
