// SPDX-License-Identifier: Apache-2.0

import Keys
import Testing

@testable import TransparencyLog

@Suite struct MerkleTreeTests {
    /// Recursive, straight from RFC 6962 section 2.1: the other implementation.
    enum Naive {
        static func root(_ leaves: ArraySlice<SHA256Digest>) -> SHA256Digest {
            guard leaves.count > 1 else { return leaves.first ?? SHA256Digest.of([]) }
            let (left, right) = halves(leaves)
            return SHA256Digest.of([1] + root(left).bytes + root(right).bytes)
        }

        static func path(_ index: Int, _ leaves: ArraySlice<SHA256Digest>) -> [SHA256Digest] {
            guard leaves.count > 1 else { return [] }
            let (left, right) = halves(leaves)
            return index < left.count
                ? path(index, left) + [root(right)] : path(index - left.count, right) + [root(left)]
        }

        private static func halves(
            _ leaves: ArraySlice<SHA256Digest>
        ) -> (ArraySlice<SHA256Digest>, ArraySlice<SHA256Digest>) {
            var half = 1
            while half * 2 < leaves.count { half *= 2 }
            return (leaves.prefix(half), leaves.dropFirst(half))
        }
    }

    static let leaves = entries(0..<600).map(MerkleTree.leafHash)

    @Test func `the root of every size up to 600 is that of the naive tree`() {
        var edge = LogEdge()
        #expect(edge.root == Naive.root([]))
        for size in 1...600 {
            _ = edge.append(entries(size - 1..<size))
            let root = Naive.root(Self.leaves[..<size])
            #expect(MerkleTree.root(of: Self.leaves[..<size]) == root)
            #expect(edge.root == root, "size \(size)")
        }
    }

    @Test func `proofs from tiles are the naive ones and verify, for all sizes up to 600`() async throws {
        let test = try TestLog()
        try await test.fill([entries(0..<600)])
        let reader = test.reader
        for size in 1...600 {
            let root = MerkleTree.root(of: Self.leaves[..<size])
            for index in Set([0, size / 3, size / 2, size - 1]) {
                let proof = try reader.inclusionProof(index: UInt64(index), size: UInt64(size))
                #expect(proof == Naive.path(index, Self.leaves[..<size]))
                #expect(verifies(index, size, proof, root))
                #expect(!verifies(index, size, proof, SHA256Digest.of([0])))
                #expect(size == 1 || !verifies((index + 1) % size, size, proof, root))
            }
            for old in Set([1, size / 4, size / 2, size - 1, size]) where old > 0 {
                let proof = try reader.consistencyProof(from: UInt64(old), to: UInt64(size))
                let oldRoot = MerkleTree.root(of: Self.leaves[..<old])
                #expect(isConsistent(old, size, proof, oldRoot, root), "\(old) to \(size)")
                #expect(!isConsistent(old, size, proof, SHA256Digest.of([0]), root))
            }
        }
    }

    private func verifies(_ index: Int, _ size: Int, _ proof: [SHA256Digest], _ root: SHA256Digest) -> Bool {
        MerkleTree.verifyInclusion(
            index: UInt64(index),
            size: UInt64(size),
            leafHash: Self.leaves[index].bytes,
            proof: proof.map(\.bytes),
            root: root.bytes
        )
    }

    private func isConsistent(
        _ old: Int,
        _ new: Int,
        _ proof: [SHA256Digest],
        _ oldRoot: SHA256Digest,
        _ newRoot: SHA256Digest
    ) -> Bool {
        MerkleTree.verifyConsistency(
            from: UInt64(old),
            to: UInt64(new),
            proof: proof.map(\.bytes),
            root1: oldRoot.bytes,
            root2: newRoot.bytes
        )
    }
}
