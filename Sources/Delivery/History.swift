// SPDX-License-Identifier: Apache-2.0

package import Change
package import Kubernetes

/// What one walk down the road leaves for the next one of the same environment.
package struct History: Sendable {
    /// Drift that is on record already.
    package var drift: Set<ReportedDrift> = []
    /// Objects whose health is looked at although they are not written.
    package var unsettled = Unsettled.these([])
    /// Whether these are waited for like what is written: by a command, which has no next look.
    package var waitsForUnsettled = false
    /// Objects that could not be applied.
    package var failed: Set<ObjectKey> = []
    /// Objects that waited for others, each with the manifest that did: it is on record that they do.
    package var waiting: [ObjectKey: ContentDigest] = [:]
    /// Objects that somebody keeps changing back.
    package var fights = Fights()

    package init() {}
}

/// Objects whose health is not known to be good.
package enum Unsettled: Sendable {
    /// Nothing is known, as after a start.
    case all
    case these(Set<ObjectKey>)

    func includes(_ key: ObjectKey) -> Bool {
        switch self {
        case .all: true
        case .these(let keys): keys.contains(key)
        }
    }
}

/// A drift that has been written down already: the same as long as what is ours in the object stays as it is.
package struct ReportedDrift: Sendable, Hashable {
    let key: ObjectKey
    let state: ContentDigest?

    init(_ change: PlannedChange) {
        key = change.key
        state = change.ownedState
    }
}

/// What came of one walk down the road.
package struct Delivered: Sendable {
    package let outcome: Outcome
    let drift: Set<ReportedDrift>
    let fights: Fights
    /// Whether there was nothing to do, all is well, and watches tell when that changes.
    let isSettled: Bool

    /// What to hand back in with the next walk.
    package var history: History {
        var history = History()
        history.drift = drift
        history.fights = fights
        history.unsettled = .these(Set(outcome.health.filter { $0.health != .current }.map(\.key)))
        // An object that was refused because it had failed before stays suspect.
        history.failed = Set(outcome.failed.map(\.change.key)).union(
            outcome.plan.findings.filter { $0.rule == Planner.refusal }.compactMap(\.object)
        )
        for result in outcome.results where result.waitsFor != nil {
            history.waiting[result.change.key] = result.change.desired?.digest
        }
        return history
    }
}
