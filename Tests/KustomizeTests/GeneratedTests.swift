// SPDX-License-Identifier: Apache-2.0

import Testing

/// Trees that a generator makes up, built by us and by kubectl.
@Suite struct `Of generated trees` {
    @Test(arguments: 0..<8) func `both build the same ones alike`(_ batch: UInt64) async throws {
        let trees = (0..<60).map { index in
            var generator = TreeGenerator(seed: batch * 1_000 + UInt64(index))
            return generator.tree()
        }
        let count = try await Agreement.expect(trees)
        print("generated, batch \(batch): \(count)")
        // A generator whose trees are mostly refused would show little.
        #expect(count.built >= 20)
    }
}
