// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

@testable import Transport

@Suite struct `A cancellation flag` {
    @Test func `runs its handlers once`() {
        let flag = CancellationFlag()
        let calls = Locked(0)
        flag.onCancel(of: calls) { calls.withLock { $0 += 1 } }
        flag.cancel()
        flag.cancel()
        #expect(calls.withLock { $0 } == 1)
        #expect(flag.isCancelled)
    }

    @Test func `runs a handler that comes late at once`() {
        let flag = CancellationFlag()
        flag.cancel()
        let calls = Locked(0)
        flag.onCancel(of: calls) { calls.withLock { $0 += 1 } }
        #expect(calls.withLock { $0 } == 1)
    }

    @Test func `forgets a handler that was removed`() {
        let flag = CancellationFlag()
        let calls = Locked(0)
        flag.onCancel(of: calls) { calls.withLock { $0 += 1 } }
        flag.removeHandler(of: calls)
        flag.cancel()
        #expect(calls.withLock { $0 } == 0)
    }
}
