// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Concurrency
internal import Kubernetes

/// Objects that somebody changes back as often as they are healed: after a while they are left alone, for longer and longer, since two controllers that
/// undo each other's work without end serve nobody. Pure: it is told the time.
package struct Fights: Sendable {
    /// Heals of one object that may come to pass within a minute.
    static let limit = 5
    private static let minute: Int64 = 60
    private static let longest: Int64 = 3_600

    private struct Bout: Sendable {
        /// When it was healed within the last minute, in seconds.
        var heals: [Int64] = []
        var lastHeal: Int64 = 0
        /// For how long it was left alone the last time, and until when.
        var pause: Int64 = 0
        var until: Int64?

        func isLeftAlone(at now: Int64) -> Bool { until.map { now < $0 } ?? false }

        /// Whether a time as long as the last pause went by in peace.
        func isOver(at now: Int64) -> Bool { max(lastHeal, until ?? 0) <= now - max(pause, minute) }
    }

    private var bouts: [ObjectKey: Bout] = [:]

    package init() {}

    /// When the next object that is left alone is to be looked at again.
    func nextEnd(after now: Timestamp) -> Timestamp? {
        bouts.values.compactMap(\.until).filter { $0 > now.seconds }.min().map { Timestamp(seconds: $0) }
    }

    /// Those of some objects that are not healed now; one that was healed too often is left alone from now on.
    mutating func leftAlone(of drifted: [ObjectKey], now: Timestamp) -> Set<ObjectKey> {
        let now = now.seconds
        var left: Set<ObjectKey> = []
        for key in drifted {
            guard var bout = bouts[key] else { continue }
            bout.heals.removeAll { $0 <= now - Self.minute }
            if !bout.isLeftAlone(at: now), bout.heals.count >= Self.limit {
                bout.pause = min(max(bout.pause * 2, Self.minute), Self.longest)
                bout.until = now + bout.pause
                bout.heals = []
            }
            if bout.isLeftAlone(at: now) { left.insert(key) }
            bouts[key] = bout
        }
        return left
    }

    /// Whether an object is left alone at the moment.
    func isLeftAlone(_ key: ObjectKey, now: Timestamp) -> Bool { bouts[key]?.isLeftAlone(at: now.seconds) ?? false }

    /// Objects were healed.
    mutating func healed(_ keys: [ObjectKey], now: Timestamp) {
        bouts = bouts.filter { !$0.value.isOver(at: now.seconds) }
        for key in keys {
            bouts[key, default: Bout()].heals.append(now.seconds)
            bouts[key]?.lastHeal = now.seconds
        }
    }
}
