// SPDX-License-Identifier: Apache-2.0

internal import Kubernetes

/// Which of several owners makes an object that all of them found missing.
///
/// The API server cannot tell them apart: they apply under one field manager, so that the second would silently change what the first one made. Whoever comes
/// first therefore holds the object until every run is over that may have looked before it was there: those that began before the server answered.
package actor CreationClaims {
    package typealias Run = Int

    private struct Claim {
        let owner: String
        /// Runs that may have looked before the object was there.
        var witnesses: Set<Run>
        /// Whether the server has answered: who begins later sees the object.
        var isMade = false
    }

    private var claims: [ObjectKey: Claim] = [:]
    private var running: Set<Run> = []
    private var lastRun: Run = 0

    package init() {}

    /// Begins a run: to be called before it looks at the cluster.
    func begin() -> Run {
        lastRun += 1
        running.insert(lastRun)
        claims = claims.mapValues { claim in
            var claim = claim
            if !claim.isMade { claim.witnesses.insert(lastRun) }
            return claim
        }
        return lastRun
    }

    func end(_ run: Run) {
        running.remove(run)
        claims = claims.compactMapValues { claim in
            var claim = claim
            claim.witnesses.remove(run)
            return claim.isMade && claim.witnesses.isEmpty ? nil : claim
        }
    }

    /// Whether an owner may make an object; if so, nobody else may who has not seen it. To be followed by `made` or `release`.
    func mayCreate(_ key: ObjectKey, by owner: String) -> Bool {
        if let claim = claims[key] { return claim.owner == owner }
        claims[key] = Claim(owner: owner, witnesses: running)
        return true
    }

    /// The object is there, or may be.
    func made(_ key: ObjectKey) {
        guard claims[key] != nil else { return }
        claims[key]?.isMade = true
        if claims[key]?.witnesses.isEmpty == true { claims[key] = nil }
    }

    /// The object was not made, or is gone again.
    func release(_ key: ObjectKey) { claims[key] = nil }
}
