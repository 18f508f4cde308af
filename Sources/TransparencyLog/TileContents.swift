// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// The bytes of a hash tile: the hashes, one after the other.
enum HashTile {
    static func bytes(_ hashes: [SHA256Digest]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * SHA256Digest.byteCount)
        for hash in hashes { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// `nil` unless the bytes divide into hashes exactly.
    static func hashes(_ bytes: [UInt8]) -> [SHA256Digest]? {
        guard bytes.count.isMultiple(of: SHA256Digest.byteCount) else { return nil }
        return bytes.withUnsafeBytes { buffer in
            stride(from: 0, to: buffer.count, by: SHA256Digest.byteCount).map {
                buffer.loadUnaligned(fromByteOffset: $0, as: SHA256Digest.self)
            }
        }
    }
}

/// The framing of entries in a bundle: a big-endian 16-bit length before each.
enum EntryBundle {
    static let entryLimit = 65_535

    static func frame(_ entry: [UInt8], into bundle: inout [UInt8]) {
        bundle.append(UInt8(entry.count >> 8))
        bundle.append(UInt8(entry.count & 0xFF))
        bundle.append(contentsOf: entry)
    }

    /// Where the entries lie in the bytes of a bundle. `isWhole` is false if the bytes end within an entry.
    static func ranges(_ bytes: [UInt8]) -> (ranges: [Range<Int>], isWhole: Bool) {
        var ranges: [Range<Int>] = []
        var position = 0
        while position + 2 <= bytes.count {
            let start = position + 2
            let end = start + Int(bytes[position]) << 8 + Int(bytes[position + 1])
            guard end <= bytes.count else { return (ranges, false) }
            ranges.append(start..<end)
            position = end
        }
        return (ranges, position == bytes.count)
    }
}
