// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import DequeModule
internal import HeapModule

/// What came of work on a key.
package enum WorkResult: Sendable, Hashable {
    /// It is done, until somebody asks for it again, or for so long.
    case done(again: Duration? = nil)
    /// It is tried again, later and later.
    case failed
}

/// What has to be done next, by keys. Pure: it is told the time.
///
/// Guarantees: a key is at work once at a time; however often it is asked for meanwhile, it is done once more afterwards; lanes take turns, so that one with much
/// to do keeps no other waiting; after failures a key waits longer and longer, and who asks for it does not change that, unless it is forgiven.
struct WorkSchedule<Key: Hashable & Sendable, Lane: Hashable & Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct Entry: Sendable {
        /// When it is due; `nil` if nobody asks for it.
        var due: Instant?
        /// It is not done before, whoever asks.
        var notBefore: Instant?
        var backoff: Backoff
        var place = Place.nowhere
    }

    private enum Place {
        case nowhere
        /// It stands in its lane's line.
        case line
        case work
    }

    private struct Line: Sendable {
        var waiting: Deque<Key> = []
        var running = 0
    }

    /// That a key may be due. It is only a reminder: the entry says whether it still is so.
    private struct Reminder: Comparable, Sendable {
        let instant: Instant
        /// Who came first goes first, where two are due at once.
        let number: UInt64
        let key: Key

        static func < (left: Reminder, right: Reminder) -> Bool {
            (left.instant, left.number) < (right.instant, right.number)
        }

        static func == (left: Reminder, right: Reminder) -> Bool { left.number == right.number }
    }

    private let laneOf: @Sendable (Key) -> Lane
    private let limit: Int
    private let perLane: Int
    private let backoff: Backoff
    private var entries: [Key: Entry] = [:]
    private var lines: [Lane: Line] = [:]
    /// Lanes that have somebody waiting and room for them, in the order of their turns.
    private var turns: Deque<Lane> = []
    private var reminders: Heap<Reminder> = []
    private var lastNumber: UInt64 = 0
    private var running = 0

    /// - Parameters:
    ///   - limit: keys that may be at work at once.
    ///   - perLane: of them, those of one lane.
    init(limit: Int, perLane: Int, backoff: Backoff, lane: @escaping @Sendable (Key) -> Lane) {
        self.limit = limit
        self.perLane = perLane
        self.backoff = backoff
        laneOf = lane
    }

    /// Keys that are waiting, at work, or due later.
    var count: Int { entries.count }
    var isIdle: Bool { running == 0 }

    /// When to look again for what is not due yet.
    var wakeUp: Instant? { reminders.min?.instant }

    /// Asks for a key, at the earliest at some time. An earlier appointment stays.
    mutating func add(_ key: Key, at instant: Instant) {
        var entry = entries[key] ?? Entry(backoff: backoff)
        let due = max(instant, entry.notBefore ?? instant)
        guard entry.due.map({ due < $0 }) ?? true else { return }
        entry.due = due
        entries[key] = entry
        if entry.place == .nowhere { remind(of: key, at: due) }
    }

    /// Forgets that a key failed: it is about something else now.
    mutating func forgive(_ key: Key) {
        entries[key]?.backoff.reset()
        entries[key]?.notBefore = nil
    }

    /// Keys that are due and not at work, in no order.
    func waiting(now: Instant) -> [Key] {
        entries.filter { $1.place == .line || $1.place == .nowhere && $1.due.map { $0 <= now } ?? false }.map(\.key)
    }

    /// Takes the next key that is due, if there is one and it may begin.
    mutating func next(now: Instant) -> Key? { take(now: now)?.key }

    /// - Returns: also since when it was due.
    mutating func take(now: Instant) -> (key: Key, due: Instant)? {
        while let reminder = reminders.min, reminder.instant <= now {
            reminders.removeMin()
            guard let entry = entries[reminder.key], entry.place == .nowhere, let due = entry.due, due <= now else {
                continue
            }
            lineUp(reminder.key)
        }
        guard running < limit, let lane = turns.popFirst(), let key = lines[lane]?.waiting.popFirst() else {
            return nil
        }
        lines[lane]?.running += 1
        running += 1
        let due = entries[key]?.due ?? now
        entries[key]?.place = .work
        entries[key]?.due = nil
        giveTurn(lane)
        return (key, due)
    }

    /// A key was done.
    mutating func finish(_ key: Key, _ result: WorkResult, now: Instant) {
        guard var entry = entries[key], entry.place == .work else { return }
        let lane = laneOf(key)
        running -= 1
        lines[lane]?.running -= 1
        giveTurn(lane)
        entry.place = .nowhere
        switch result {
        case .done(let again):
            entry.backoff.reset()
            entry.notBefore = nil
            if let again { entry.due = min(entry.due ?? now + again, now + again) }
        case .failed:
            let instant = now + entry.backoff.next()
            entry.notBefore = instant
            entry.due = instant
        }
        entries[key] = entry.due == nil ? nil : entry
        if let due = entry.due { remind(of: key, at: due) }
    }

    private mutating func remind(of key: Key, at instant: Instant) {
        lastNumber += 1
        reminders.insert(Reminder(instant: instant, number: lastNumber, key: key))
    }

    // MARK: - Lines

    private mutating func lineUp(_ key: Key) {
        let lane = laneOf(key)
        entries[key]?.place = .line
        lines[lane, default: Line()].waiting.append(key)
        giveTurn(lane)
    }

    /// A lane stands among the turns at most once: each call comes after one change of one of its numbers.
    private mutating func giveTurn(_ lane: Lane) {
        guard let line = lines[lane] else { return }
        if line.waiting.isEmpty {
            if line.running == 0 { lines[lane] = nil }
        } else if line.running < perLane, !turns.contains(lane) {
            turns.append(lane)
        }
    }
}
