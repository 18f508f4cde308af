// SPDX-License-Identifier: Apache-2.0

/// Where tiles and bundles lie below a log's folder (C2SP tlog-tiles).
enum TilePath {
    /// Hashes in a full tile, entries in a full bundle.
    static let width: UInt64 = 256

    /// - Parameter width: 256 for a full tile.
    static func tile(level: Int, index: UInt64, width: UInt64) -> String {
        partial(of: "tile/\(level)/" + number(index), width: width)
    }

    static func bundle(index: UInt64, width: UInt64) -> String {
        partial(of: "tile/entries/" + number(index), width: width)
    }

    /// The folder that holds the partial forms of a tile.
    static func partials(of full: String) -> String { full + ".p" }

    /// The path of a tile by that of the full one.
    static func partial(of full: String, width: UInt64) -> String {
        width == self.width ? full : "\(full).p/\(width)"
    }

    static func checkpoint(size: UInt64) -> String { "checkpoints/\(size)" }

    static func blob(hex: String) -> String { "blobs/sha256/\(hex.prefix(2))/\(hex)" }

    /// In groups of three digits, all but the last marked with an x.
    private static func number(_ index: UInt64) -> String {
        var groups = [padded(index % 1_000)]
        var rest = index / 1_000
        while rest > 0 {
            groups.insert("x" + padded(rest % 1_000), at: 0)
            rest /= 1_000
        }
        return groups.joined(separator: "/")
    }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }
}

/// A tile or bundle, and how much of it a log of some size has.
struct TileSpan: Hashable {
    let index: UInt64
    /// 1 to 256.
    let width: UInt64

    /// The part of a level that it covers ends before this node.
    var end: UInt64 { index * TilePath.width + width }

    /// All tiles of a level in a log of this size: full ones, then the partial one.
    static func all(size: UInt64, level: Int) -> some Sequence<TileSpan> {
        let count = size >> (8 * UInt64(level))
        let full = count / TilePath.width
        let rest = count % TilePath.width
        return (0..<full + (rest > 0 ? 1 : 0)).lazy.map {
            TileSpan(index: $0, width: $0 < full ? TilePath.width : rest)
        }
    }

    /// The levels that a log of this size has.
    static func levels(size: UInt64) -> Range<Int> {
        var level = 0
        while level < 8, size >> (8 * UInt64(level)) > 0 { level += 1 }
        return 0..<level
    }
}
