// SPDX-License-Identifier: Apache-2.0

package import Keys

/// The Merkle tree hash of RFC 6962 section 2.1 with SHA-256, and the verification of proofs by RFC 9162 sections 2.1.3.2 and 2.1.4.2.
package enum MerkleTree {
    package static let emptyRoot = SHA256Digest.of([])

    package static func leafHash(_ entry: [UInt8]) -> SHA256Digest {
        var hasher = SHA256Hasher()
        hasher.update([0x00])
        hasher.update(entry)
        return hasher.finalize()
    }

    package static func nodeHash(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        SHA256Digest.of([0x01] + left.bytes + right.bytes)
    }

    /// The hash of a tree over the given nodes; of no nodes, the hash of nothing.
    package static func root(of nodes: some RandomAccessCollection<SHA256Digest>) -> SHA256Digest {
        guard var result = compactRange(of: nodes).last else { return emptyRoot }
        for subtree in compactRange(of: nodes).dropLast().reversed() { result = nodeHash(subtree, result) }
        return result
    }

    /// The roots of the perfect subtrees that the nodes divide into, largest first.
    static func compactRange(of nodes: some RandomAccessCollection<SHA256Digest>) -> [SHA256Digest] {
        var range: [(size: Int, hash: SHA256Digest)] = []
        for node in nodes {
            var size = 1
            var hash = node
            while let last = range.last, last.size == size {
                range.removeLast()
                hash = nodeHash(last.hash, hash)
                size *= 2
            }
            range.append((size, hash))
        }
        return range.map(\.hash)
    }

    /// Folds perfect subtrees, largest first, into the root.
    static func root(ofCompactRange range: [SHA256Digest]) -> SHA256Digest {
        guard var result = range.last else { return emptyRoot }
        for subtree in range.dropLast().reversed() { result = nodeHash(subtree, result) }
        return result
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
        guard index < size else { return false }
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
