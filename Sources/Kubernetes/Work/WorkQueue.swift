// SPDX-License-Identifier: Apache-2.0

package import Concurrency

/// Has keys worked on as they are asked for; see `WorkSchedule` for what it promises.
package actor WorkQueue<Key: Hashable & Sendable, Lane: Hashable & Sendable> {
    private var schedule: WorkSchedule<Key, Lane>
    private var isClosed = false
    private var waiter: CheckedContinuation<Void, Never>?
    private var alarm: Task<Void, Never>?
    private var observer: (@Sendable (WorkEvent<Key>) -> Void)?
    private var running: [Key: ContinuousClock.Instant] = [:]

    /// - Parameters:
    ///   - limit: keys that are at work at once at most.
    ///   - perLane: of them, those of one lane.
    ///   - backoff: how long a key waits that failed.
    package init(
        limit: Int,
        perLane: Int,
        backoff: Backoff,
        lane: @escaping @Sendable (Key) -> Lane
    ) {
        schedule = WorkSchedule(limit: limit, perLane: perLane, backoff: backoff, lane: lane)
    }

    /// Keys that are waiting, at work, or due later.
    package var count: Int { schedule.count }

    /// Keys that are due and wait for their turn.
    package var waiting: [Key] { schedule.waiting(now: .now) }

    /// Keys that are at work, each with when that began.
    package var atWork: [Key: ContinuousClock.Instant] { running }

    /// Tells somebody what happens from now on; who is told must not wait.
    package func observe(_ observer: @escaping @Sendable (WorkEvent<Key>) -> Void) { self.observer = observer }

    /// Asks for a key: as soon as possible, or after a while.
    package func add(_ key: Key, after delay: Duration = .zero) {
        schedule.add(key, at: .now + delay)
        observer?(.asked(key))
        wake()
    }

    /// Asks for a key that is about something else now: that it failed before does not count.
    package func renew(_ key: Key) {
        schedule.forgive(key)
        add(key)
    }

    /// Begins nothing any more; `run` ends when what is at work is done.
    package func close() {
        isClosed = true
        wake()
    }

    /// Works until the queue is closed, or the task is cancelled, which cancels the work, too.
    package func run(_ work: @escaping @Sendable (Key) async -> WorkResult) async {
        await withDiscardingTaskGroup { group in
            await withTaskCancellationHandler {
                while !isClosed, !Task.isCancelled {
                    if let (key, due) = schedule.take(now: .now) {
                        begin(key, due)
                        group.addTask {
                            let result = await work(key)
                            await self.finish(key, result)
                        }
                    } else {
                        await sleep()
                    }
                }
            } onCancel: {
                Task { await self.close() }
            }
            if Task.isCancelled { group.cancelAll() }
        }
        alarm?.cancel()
    }

    private func begin(_ key: Key, _ due: ContinuousClock.Instant) {
        running[key] = .now
        observer?(.began(key, waited: .now - due))
    }

    private func finish(_ key: Key, _ result: WorkResult) {
        if let begin = running.removeValue(forKey: key) { observer?(.finished(key, result, took: .now - begin)) }
        schedule.finish(key, result, now: .now)
        wake()
    }

    /// Until somebody asks for something, something is finished, or something is due.
    private func sleep() async {
        alarm?.cancel()
        alarm = schedule.wakeUp.map { instant in
            Task { [weak self] in
                guard (try? await Task.sleep(until: instant, clock: .continuous)) != nil else { return }
                await self?.wake()
            }
        }
        await withCheckedContinuation { waiter = $0 }
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }
}
