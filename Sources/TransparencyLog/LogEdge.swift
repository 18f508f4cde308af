// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// The right edge of a log: what has to be known to append to it.
struct LogEdge: Sendable, Equatable {
    /// Files that an append brings, in the order in which they must become durable.
    struct Growth: Sendable {
        var bundles: [LogFiles.File] = []
        /// From the bottom up.
        var tiles: [[LogFiles.File]] = []
        /// Folders of partial tiles and bundles that a full one has replaced.
        var obsolete: [String] = []
    }

    private(set) var size: UInt64 = 0
    /// The framed entries of the bundle that is not full.
    private(set) var bundle: [UInt8] = []
    /// For each level, the hashes of the tile that is not full.
    private(set) var tiles: [[SHA256Digest]] = []

    init() {}

    /// - Parameter tiles: for each level, the hashes of the last tile unless that is full.
    init(size: UInt64, bundle: [UInt8], tiles: [[SHA256Digest]]) {
        self.size = size
        self.bundle = bundle
        self.tiles = tiles
    }

    var root: SHA256Digest { MerkleTree.root(ofEdge: tiles) }

    mutating func append(_ entries: [[UInt8]]) -> Growth {
        var growth = Growth()
        for entry in entries {
            EntryBundle.frame(entry, into: &bundle)
            size += 1
            if size % TilePath.width == 0 { finishBundle(&growth) }
            push(MerkleTree.leafHash(entry), level: 0, &growth)
        }
        if !bundle.isEmpty {
            let path = TilePath.bundle(index: size / TilePath.width, width: size % TilePath.width)
            growth.bundles.append(LogFiles.File(path: path, bytes: bundle))
        }
        // A level that got no hash has its partial tile already.
        for level in growth.tiles.indices where !tiles[level].isEmpty {
            growth.tiles[level].append(tile(level, index: size >> (8 * UInt64(level)) / TilePath.width))
        }
        return growth
    }

    private mutating func finishBundle(_ growth: inout Growth) {
        let path = TilePath.bundle(index: size / TilePath.width - 1, width: TilePath.width)
        growth.bundles.append(LogFiles.File(path: path, bytes: bundle))
        growth.obsolete.append(TilePath.partials(of: path))
        bundle.removeAll(keepingCapacity: true)
    }

    private mutating func push(_ hash: SHA256Digest, level: Int, _ growth: inout Growth) {
        if tiles.count == level { tiles.append([]) }
        while growth.tiles.count <= level { growth.tiles.append([]) }
        tiles[level].append(hash)
        guard tiles[level].count == Int(TilePath.width) else { return }
        let full = tile(level, index: size >> (8 * UInt64(level)) / TilePath.width - 1)
        growth.tiles[level].append(full)
        growth.obsolete.append(TilePath.partials(of: full.path))
        let root = MerkleTree.root(of: tiles[level])
        tiles[level].removeAll(keepingCapacity: true)
        push(root, level: level + 1, &growth)
    }

    private func tile(_ level: Int, index: UInt64) -> LogFiles.File {
        let hashes = tiles[level]
        let path = TilePath.tile(level: level, index: index, width: UInt64(hashes.count))
        return LogFiles.File(path: path, bytes: HashTile.bytes(hashes))
    }
}

extension LogEdge {
    /// Reads the edge of a log of this size, and holds the last full tiles and bundles against what stands above them.
    static func read(_ reader: TileReader, size: UInt64) throws -> LogEdge {
        var tiles: [[SHA256Digest]] = []
        for level in TileSpan.levels(size: size) {
            let count = size >> (8 * UInt64(level))
            let (full, rest) = count.quotientAndRemainder(dividingBy: TilePath.width)
            tiles.append(rest > 0 ? try reader.hashes(level: level, index: full, width: rest) : [])
            if full > 0 { try checkLastFull(reader, level: level, index: full - 1, above: count >> 8) }
        }
        let rest = size % TilePath.width
        guard rest > 0 else { return LogEdge(size: size, bundle: [], tiles: tiles) }
        let entries = try reader.entries(bundle: size / TilePath.width, width: rest)
        guard entries.map(MerkleTree.leafHash) == tiles[0] else {
            let path = TilePath.bundle(index: size / TilePath.width, width: rest)
            throw TransparencyLogError(
                .inconsistent,
                "\(reader.files.root) is damaged: \(path) does not give its hashes"
            )
        }
        var bundle: [UInt8] = []
        for entry in entries { EntryBundle.frame(entry, into: &bundle) }
        return LogEdge(size: size, bundle: bundle, tiles: tiles)
    }

    private static func checkLastFull(_ reader: TileReader, level: Int, index: UInt64, above count: UInt64) throws {
        let parent = index / TilePath.width
        let hashes = try reader.hashes(level: level, index: index, width: TilePath.width)
        let parents = try reader.hashes(
            level: level + 1,
            index: parent,
            width: min(TilePath.width, count - parent * TilePath.width)
        )
        guard parents[Int(index % TilePath.width)] == MerkleTree.root(of: hashes) else {
            let path = TilePath.tile(level: level, index: index, width: TilePath.width)
            throw TransparencyLogError(
                .inconsistent,
                "\(reader.files.root) is damaged: \(path) does not give its hash in the tile above"
            )
        }
        guard level == 0 else { return }
        let entries = try reader.entries(bundle: index, width: TilePath.width)
        guard entries.map(MerkleTree.leafHash) == hashes else {
            let path = TilePath.bundle(index: index, width: TilePath.width)
            throw TransparencyLogError(
                .inconsistent,
                "\(reader.files.root) is damaged: \(path) does not give its hashes"
            )
        }
    }
}
