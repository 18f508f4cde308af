// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TransparencyLog

/// What the simulated disk takes for granted of the real one: that what is said to be durable was synced.
@Suite struct DurabilityTests {
    @Test func `whatever is acknowledged was synced, contents before their names, and all before the checkpoint`()
        async throws
    {
        let test = try TestLog()
        let trace = DiskTrace(root: test.directory)
        defer { trace.end() }
        let log = try await test.open()
        #expect(trace.pending.isEmpty)
        // Across the end of a tile and a bundle.
        for range in [0..<2, 2..<253, 253..<257, 257..<258] {
            _ = try await log.append(entries(range))
            #expect(trace.pending.isEmpty)
        }
        _ = try await log.storeBlobs([[1, 2, 3], [4, 5, 6]])
        #expect(trace.pending.isEmpty)
        await log.close()
        await (try test.open()).close()
        #expect(trace.pending.isEmpty)
        #expect(trace.faults.isEmpty)
        #expect(trace.syncs > 40)
    }
}
