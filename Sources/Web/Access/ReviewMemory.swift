// SPDX-License-Identifier: Apache-2.0

/// What was answered a short while ago, and no more of it than there is room for. Pure: it is told the time.
struct ReviewMemory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct Entry: Sendable {
        let value: Value
        let end: Instant
    }

    private let room: Int
    private var entries: [Key: Entry] = [:]

    init(room: Int) {
        precondition(room > 0, "a memory needs room")
        self.room = room
    }

    var count: Int { entries.count }

    func value(of key: Key, now: Instant) -> Value? {
        guard let entry = entries[key], now < entry.end else { return nil }
        return entry.value
    }

    /// What is oldest goes first where there is no room left.
    mutating func keep(_ value: Value, of key: Key, for time: Duration, now: Instant) {
        if entries[key] == nil, entries.count >= room {
            entries = entries.filter { now < $0.value.end }
            if entries.count >= room, let first = entries.min(by: { $0.value.end < $1.value.end }) {
                entries[first.key] = nil
            }
        }
        entries[key] = Entry(value: value, end: now + time)
    }
}
