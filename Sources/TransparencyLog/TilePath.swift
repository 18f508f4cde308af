// SPDX-License-Identifier: Apache-2.0

/// Where tiles and bundles lie below a log's folder (C2SP tlog-tiles).
enum TilePath {
    /// Hashes in a full tile, entries in a full bundle.
    static let width: UInt64 = 256

    /// - Parameter width: 256 for a full tile.
    static func tile(level: Int, index: UInt64, width: UInt64) -> String {
        "tile/\(level)/" + suffix(index, width)
    }

    static func bundle(index: UInt64, width: UInt64) -> String {
        "tile/entries/" + suffix(index, width)
    }

    /// The folder that holds the partial forms of a tile.
    static func partials(of full: String) -> String { full + ".p" }

    static func checkpoint(size: UInt64) -> String { "checkpoints/\(size)" }

    static func blob(hex: String) -> String { "blobs/sha256/\(hex.prefix(2))/\(hex)" }

    private static func suffix(_ index: UInt64, _ width: UInt64) -> String {
        var groups = [padded(index % 1_000)]
        var rest = index / 1_000
        while rest > 0 {
            groups.insert("x" + padded(rest % 1_000), at: 0)
            rest /= 1_000
        }
        let path = groups.joined(separator: "/")
        return width == self.width ? path : "\(path).p/\(width)"
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

    /// All tiles of a level in a log of this size: full ones, then the partial one.
    static func all(size: UInt64, level: Int) -> some Sequence<TileSpan> {
        let count = size >> (8 * UInt64(level))
        let full = count / TilePath.width
        let rest = count % TilePath.width
        let spans = (0..<full + (rest > 0 ? 1 : 0)).lazy.map { TileSpan(index: $0, width: $0 < full ? TilePath.width : rest) }
        return spans
    }

    /// The levels that a log of this size has.
    static func levels(size: UInt64) -> Range<Int> {
        var level = 0
        while level < 8, size >> (8 * UInt64(level)) > 0 { level += 1 }
        return 0..<level
    }
}

/// The framing of entries in a bundle: a big-endian 16-bit length before each.
enum EntryBundle {
    static let entryLimit = 65_535

    static func frame(_ entry: [UInt8]) -> [UInt8] {
        [UInt8(entry.count >> 8), UInt8(entry.count & 0xFF)] + entry
    }

    /// - Throws: `malformed` unless the bytes divide into entries exactly.
    static func entries(_ bytes: [UInt8], path: String) throws(TransparencyLogError) -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            guard position + 2 <= bytes.count else { throw malformed(path) }
            let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
            position += 2
            guard position + length <= bytes.count else { throw malformed(path) }
            entries.append(Array(bytes[position..<position + length]))
            position += length
        }
        return entries
    }

    private static func malformed(_ path: String) -> TransparencyLogError {
        TransparencyLogError(.malformed, "\(path) is damaged: it ends within an entry")
    }
}
