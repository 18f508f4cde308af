// SPDX-License-Identifier: Apache-2.0

package import Keys

/// The Merkle tree hash of RFC 6962 section 2.1 with SHA-256, and the verification of proofs by RFC 9162 sections 2.1.3.2 and 2.1.4.2.
package enum MerkleTree {
    package static let emptyRoot = SHA256Digest.of([])

    package static func leafHash(_ entry: [UInt8]) -> SHA256Digest {
        entry.withUnsafeBytes(leafHash)
    }

    static func leafHash(_ entry: UnsafeRawBufferPointer) -> SHA256Digest {
        var hasher = SHA256Hasher()
        hasher.update(0x00)
        hasher.update(entry)
        return hasher.finalize()
    }

    package static func nodeHash(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        var hasher = SHA256Hasher()
        hasher.update(0x01)
        hasher.update(left)
        hasher.update(right)
        return hasher.finalize()
    }

    /// The hash of a tree over the given nodes; of no nodes, the hash of nothing.
    package static func root(of nodes: some Collection<SHA256Digest>) -> SHA256Digest {
        guard !nodes.isEmpty else { return emptyRoot }
        var row = Array(nodes)
        var count = row.count
        // Dividing at the largest power of two is the same as pairing from the left, the odd one moving up as it is.
        while count > 1 {
            for pair in 0..<count / 2 { row[pair] = nodeHash(row[2 * pair], row[2 * pair + 1]) }
            if count & 1 == 1 { row[count / 2] = row[count - 1] }
            count = (count + 1) / 2
        }
        return row[0]
    }

    /// The root of a log by its right edge: for each level, the hashes of the tile that is not full.
    static func root(ofEdge tiles: [[SHA256Digest]]) -> SHA256Digest {
        var below: SHA256Digest?
        for hashes in tiles {
            // What is below is a subtree that is not full: the last node of this level.
            let nodes = below.map { hashes + [$0] } ?? hashes
            if !nodes.isEmpty { below = root(of: nodes) }
        }
        return below ?? emptyRoot
    }

    // MARK: - Proofs

    /// Hashes are plain bytes here, since what comes from outside may have any length.
    package static func verifyInclusion(
        index: UInt64,
        size: UInt64,
        leafHash: [UInt8],
        proof: [[UInt8]],
        root: [UInt8]
    ) -> Bool {
        guard index < size, leafHash.count == 32 else { return false }
        var node = index
        var last = size - 1
        var hash = leafHash
        for sibling in proof {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = nodeHash(sibling, hash)
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = nodeHash(hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    package static func verifyConsistency(
        from size1: UInt64,
        to size2: UInt64,
        proof: [[UInt8]],
        root1: [UInt8],
        root2: [UInt8]
    ) -> Bool {
        guard size1 > 0, size1 <= size2 else { return false }
        if size1 == size2 { return proof.isEmpty && root1 == root2 }
        var path = proof[...]
        if size1 & (size1 - 1) == 0 { path = ([root1] + proof)[...] }
        guard let first = path.popFirst() else { return false }
        var node = size1 - 1
        var last = size2 - 1
        while node & 1 == 1 {
            node >>= 1
            last >>= 1
        }
        var old = first
        var new = first
        for sibling in path {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                old = nodeHash(sibling, old)
                new = nodeHash(sibling, new)
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                new = nodeHash(new, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && old == root1 && new == root2
    }

    private static func nodeHash(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        SHA256Digest.of([0x01] + left + right).bytes
    }

    /// The largest power of two below `size`, where a tree of that size divides.
    static func split(_ size: UInt64) -> UInt64 {
        1 << UInt64(63 - (size - 1).leadingZeroBitCount)
    }
}
