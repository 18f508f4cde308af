// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

@testable import Kubernetes

/// What has to be done next, in a time that stands still until it is told to go on.
@Suite struct WorkScheduleTests {
    private typealias Schedule = WorkSchedule<String, Character>
    private let start = ContinuousClock.now

    /// The lane of a key is its first letter.
    private func schedule(limit: Int = 100, perLane: Int = 100) -> Schedule {
        Schedule(limit: limit, perLane: perLane, backoff: Backoff(base: .seconds(1), limit: .seconds(60))) {
            $0.first ?? "?"
        }
    }

    private func takeAll(_ schedule: inout Schedule, after duration: Duration = .zero) -> [String] {
        var keys: [String] = []
        while let key = schedule.next(now: start + duration) { keys.append(key) }
        return keys
    }

    @Test func `a key that is asked for often is done once, and once more if it was asked for at work`() {
        var schedule = schedule()
        for _ in 0..<5 { schedule.add("a", at: start) }
        #expect(takeAll(&schedule) == ["a"])
        for _ in 0..<5 { schedule.add("a", at: start) }
        #expect(takeAll(&schedule).isEmpty, "never twice at once")
        schedule.finish("a", .done(), now: start)
        #expect(takeAll(&schedule) == ["a"])
        schedule.finish("a", .done(), now: start)
        #expect(takeAll(&schedule).isEmpty && schedule.count == 0 && schedule.isIdle)
    }

    @Test func `the earliest appointment holds, and is not before its time`() {
        var schedule = schedule()
        schedule.add("a", at: start + .seconds(10))
        schedule.add("a", at: start + .seconds(5))
        schedule.add("a", at: start + .seconds(20))
        #expect(schedule.wakeUp == start + .seconds(5))
        #expect(takeAll(&schedule, after: .seconds(4)).isEmpty)
        #expect(takeAll(&schedule, after: .seconds(5)) == ["a"])
        schedule.finish("a", .done(again: .seconds(60)), now: start + .seconds(6))
        #expect(takeAll(&schedule, after: .seconds(65)).isEmpty)
        #expect(takeAll(&schedule, after: .seconds(66)) == ["a"])
    }

    @Test func `lanes take turns, and a lane has no more at work than it may`() {
        var schedule = schedule(limit: 5, perLane: 3)
        for key in ["a1", "a2", "a3", "a4", "a5", "b1", "c1", "b2"] { schedule.add(key, at: start) }
        #expect(takeAll(&schedule) == ["a1", "b1", "c1", "a2", "b2"])
        schedule.finish("b1", .done(), now: start)
        #expect(takeAll(&schedule) == ["a3"])
        schedule.finish("c1", .done(), now: start)
        #expect(takeAll(&schedule).isEmpty, "three of a are at work")
        schedule.finish("a1", .done(), now: start)
        #expect(takeAll(&schedule) == ["a4"])
    }

    @Test func `what fails waits longer and longer, whoever asks, until it is forgiven or done`() {
        var schedule = schedule()
        schedule.add("a", at: start)
        var now = start
        for attempt in 0..<10 {
            #expect(schedule.next(now: now) == "a", "attempt \(attempt)")
            schedule.finish("a", .failed, now: now)
            schedule.add("a", at: now)
            let bound = min(Duration.seconds(60), .seconds(1) * (1 << attempt))
            let due = schedule.wakeUp ?? now
            #expect(due >= now + bound / 10 && due <= now + bound)
            #expect(schedule.next(now: due - .milliseconds(1)) == nil)
            now = due
        }
        #expect(schedule.next(now: now) == "a")
        schedule.finish("a", .failed, now: now)
        schedule.forgive("a")
        schedule.add("a", at: now)
        #expect(schedule.next(now: now) == "a")
        schedule.finish("a", .failed, now: now)
        #expect((schedule.wakeUp ?? now) <= now + .seconds(1), "it begins anew")
    }

    /// Whatever happens, in whatever order: nothing is at work twice, nothing that was asked for is forgotten, limits hold.
    @Test(arguments: 0..<200)
    func `every key that was asked for is done after it was`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var schedule = schedule(limit: 4, perLane: 2)
        let keys = ["a1", "a2", "a3", "b1", "b2", "c1"]
        var now = start
        var working: Set<String> = []
        var owed: Set<String> = []
        for _ in 0..<300 {
            let key = keys[Int.random(in: 0..<keys.count, using: &generator)]
            switch Int.random(in: 0..<5, using: &generator) {
            case 0:
                schedule.add(key, at: now + .milliseconds(Int.random(in: 0...50, using: &generator)))
                owed.insert(key)
            case 1: now += .milliseconds(Int.random(in: 1...40, using: &generator))
            case 2:
                guard let done = working.randomElement(using: &generator) else { continue }
                working.remove(done)
                let fails = Bool.random(using: &generator)
                schedule.finish(done, fails ? .failed : .done(), now: now)
                if fails { owed.insert(done) }
            default:
                guard let next = schedule.next(now: now) else { continue }
                #expect(working.insert(next).inserted && working.count <= 4)
                #expect(working.count { $0.first == next.first } <= 2)
                owed.remove(next)
            }
        }
        for key in working { schedule.finish(key, .done(), now: now) }
        var rounds = 0
        while schedule.count > 0, rounds < 100 {
            rounds += 1
            now += .seconds(60)
            while let next = schedule.next(now: now) {
                owed.remove(next)
                schedule.finish(next, .done(), now: now)
            }
        }
        #expect(owed.isEmpty && schedule.count == 0 && schedule.isIdle && schedule.wakeUp == nil)
    }

    @Test func `the queue works on what it is given until it is closed, and ends what is at work`() async throws {
        let queue = WorkQueue<Int, Int>(
            limit: 3,
            perLane: 1,
            backoff: Backoff(base: .milliseconds(1), limit: .milliseconds(5))
        ) { $0 }
        let counts = Locked<[Int: Int]>([:])
        async let running: Void = queue.run { key in
            let count = counts.withLock {
                $0[key, default: 0] += 1
                return $0[key, default: 0]
            }
            return key == 2 && count < 4 ? .failed : .done(again: key == 3 && count < 3 ? .milliseconds(1) : nil)
        }
        for key in 1...3 { await queue.add(key) }
        try await eventually("all are done as often as they are to be") {
            counts.withLock { $0 == [1: 1, 2: 4, 3: 3] }
        }
        await queue.close()
        await running
        #expect(await queue.count == 0)
    }

    @Test func `what is due is known before its turn, and afterwards since when it was`() {
        var schedule = schedule(limit: 1)
        for key in ["a", "b"] { schedule.add(key, at: start) }
        schedule.add("c", at: start + .seconds(60))
        #expect(schedule.waiting(now: start).sorted() == ["a", "b"])
        let first = schedule.take(now: start + .seconds(1))
        #expect(first?.key == "a" && first?.due == start)
        #expect(schedule.waiting(now: start + .seconds(2)) == ["b"])
        #expect(schedule.waiting(now: start + .seconds(60)).sorted() == ["b", "c"])
        #expect(schedule.take(now: start + .seconds(2)) == nil)
    }

    @Test func `a queue tells what is asked for, begun and finished, once each`() async throws {
        let queue = WorkQueue<Int, Int>(
            limit: 3,
            perLane: 1,
            backoff: Backoff(base: .milliseconds(1), limit: .milliseconds(5))
        ) { $0 }
        let told = Locked<[String: Int]>([:])
        await queue.observe { event in
            let word =
                switch event {
                case .asked(let key): "asked \(key)"
                case .began(let key, let waited): "began \(key)\(waited < .zero ? " too early" : "")"
                case .finished(let key, let result, _): "finished \(key)\(result == .failed ? " and failed" : "")"
                }
            told.withLock { $0[word, default: 0] += 1 }
        }
        let tries = Locked(0)
        async let running: Void = queue.run { key in
            let count = tries.withLock {
                $0 += key
                return $0
            }
            return count == 1 ? .failed : .done()
        }
        await queue.add(1)
        try await eventually("it failed once and was tried again") { told.withLock { $0["finished 1"] == 1 } }
        #expect(await queue.atWork.isEmpty)
        #expect(await queue.waiting.isEmpty)
        await queue.close()
        await running
        #expect(told.withLock { $0 } == ["asked 1": 1, "began 1": 2, "finished 1 and failed": 1, "finished 1": 1])
    }
}
