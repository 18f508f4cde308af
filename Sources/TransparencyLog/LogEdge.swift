// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// The right edge of a log: what has to be known to append to it.
struct LogEdge: Sendable {
    /// Files that an append brings, in the order in which they must become durable: bundles, then tiles from the bottom up.
    struct Growth: Sendable {
        var files: [(path: String, bytes: [UInt8])] = []
        /// Folders of partial tiles that a full one has replaced.
        var obsolete: [String] = []
    }

    private(set) var size: UInt64 = 0
    /// The framed entries of the bundle that is not full.
    private var bundle: [UInt8] = []
    /// For each level, the hashes of the tile that is not full.
    private var tiles: [[SHA256Digest]] = []

    init() {}

    /// - Parameters:
    ///   - tiles: for each level, the hashes of the last, partial tile.
    init(size: UInt64, bundle: [UInt8], tiles: [[SHA256Digest]]) {
        self.size = size
        self.bundle = bundle
        self.tiles = tiles
    }

    var root: SHA256Digest {
        let range = tiles.reversed().flatMap { MerkleTree.compactRange(of: $0) }
        return MerkleTree.root(ofCompactRange: range)
    }

    mutating func append(_ entries: [[UInt8]]) -> Growth {
        var growth = Growth()
        var full: [(path: String, bytes: [UInt8])] = []
        for entry in entries {
            bundle += EntryBundle.frame(entry)
            let index = size / TilePath.width
            size += 1
            if size % TilePath.width == 0 {
                let path = TilePath.bundle(index: index, width: TilePath.width)
                growth.files.append((path, bundle))
                growth.obsolete.append(TilePath.partials(of: path))
                bundle = []
            }
            push(MerkleTree.leafHash(entry), level: 0, full: &full, obsolete: &growth.obsolete)
        }
        if !bundle.isEmpty {
            growth.files.append((TilePath.bundle(index: size / TilePath.width, width: size % TilePath.width), bundle))
        }
        growth.files += full
        for (level, hashes) in tiles.enumerated() where !hashes.isEmpty {
            let index = size >> (8 * UInt64(level)) / TilePath.width
            let path = TilePath.tile(level: level, index: index, width: UInt64(hashes.count))
            growth.files.append((path, hashes.flatMap(\.bytes)))
        }
        return growth
    }

    private mutating func push(
        _ hash: SHA256Digest,
        level: Int,
        full: inout [(path: String, bytes: [UInt8])],
        obsolete: inout [String]
    ) {
        if tiles.count == level { tiles.append([]) }
        tiles[level].append(hash)
        guard tiles[level].count == Int(TilePath.width) else { return }
        let index = size >> (8 * UInt64(level)) / TilePath.width - 1
        let path = TilePath.tile(level: level, index: index, width: TilePath.width)
        full.append((path, tiles[level].flatMap(\.bytes)))
        obsolete.append(TilePath.partials(of: path))
        let root = MerkleTree.root(of: tiles[level])
        tiles[level] = []
        push(root, level: level + 1, full: &full, obsolete: &obsolete)
    }
}
