// SPDX-License-Identifier: Apache-2.0

internal import Kubernetes

/// Which of several owners makes an object that all of them found missing.
///
/// The API server cannot tell them apart: they apply under one field manager, so that the second would silently change what the first one made. Whoever comes
/// first therefore holds the object until every run is over that may have looked before it was there.
package actor CreationClaims {
    package typealias Run = Int

    private struct Claim {
        let owner: String
        /// The runs that were under way when it was made.
        var witnesses: Set<Run>
    }

    private var claims: [ObjectKey: Claim] = [:]
    private var running: Set<Run> = []
    private var lastRun: Run = 0

    package init() {}

    /// Begins a run: to be called before it looks at the cluster.
    func begin() -> Run {
        lastRun += 1
        running.insert(lastRun)
        return lastRun
    }

    func end(_ run: Run) {
        running.remove(run)
        claims = claims.compactMapValues { claim in
            var claim = claim
            claim.witnesses.remove(run)
            return claim.witnesses.isEmpty ? nil : claim
        }
    }

    /// Whether an owner may make an object; if so, nobody else may who has not seen it.
    func mayCreate(_ key: ObjectKey, by owner: String) -> Bool {
        if let claim = claims[key] { return claim.owner == owner }
        claims[key] = Claim(owner: owner, witnesses: running)
        return true
    }
}
