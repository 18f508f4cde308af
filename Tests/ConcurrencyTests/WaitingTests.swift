// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

@Suite struct WaitingTests {
    @Test func `a worker runs its jobs in order on one thread`() async throws {
        let worker = WorkerThread(name: "test")
        let seen = Locked<[Int]>([])
        for number in 0..<100 { try await worker.run { seen.withLock { $0.append(number) } } }
        #expect(seen.withLock { $0 } == Array(0..<100))
    }

    @Test func `an error of a job reaches its caller`() async {
        let worker = WorkerThread(name: "test")
        await #expect(throws: DeadlineExceeded("x")) { try await worker.run { throw DeadlineExceeded("x") } }
    }

    @Test func `a deadline ends an operation that never would`() async {
        await #expect(throws: DeadlineExceeded("waiting")) {
            try await withDeadline(.after(.milliseconds(20)), "waiting") { try await forever() }
        }
    }

    @Test func `results come in the order of the elements, and no more run than allowed`() async {
        let running = Locked(0)
        let most = Locked(0)
        let results = await Array(0..<50).concurrentMap(limit: 4) { number in
            let now = running.withLock {
                $0 += 1
                return $0
            }
            most.withLock { $0 = max($0, now) }
            await Task.yield()
            running.withLock { $0 -= 1 }
            return number * 2
        }
        #expect(results == (0..<50).map { $0 * 2 })
        #expect(most.withLock { $0 } <= 4)
    }

    @Test func `the first error is thrown, what is under way is cancelled and the rest never begins`() async {
        let begun = Locked(0)
        await #expect(throws: DeadlineExceeded("3")) {
            try await Array(0..<50).concurrentMap(limit: 4) { number in
                begun.withLock { $0 += 1 }
                if number == 3 { throw DeadlineExceeded("3") }
                try await forever()
            }
        }
        #expect(begun.withLock { $0 } == 4)
    }

    @Test func `a turnstile lets one through at a time, also across suspensions`() async {
        let turnstile = Turnstile()
        let inside = Locked(0)
        let overlaps = Locked(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await turnstile.pass {
                        let count = inside.withLock {
                            $0 += 1
                            return $0
                        }
                        if count > 1 { overlaps.withLock { $0 += 1 } }
                        await Task.yield()
                        inside.withLock { $0 -= 1 }
                    }
                }
            }
        }
        #expect(overlaps.withLock { $0 } == 0)
    }

    private func forever() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        defer { continuation.finish() }
        for await _ in stream {}
        try Task.checkCancellation()
    }
}
