// SPDX-License-Identifier: Apache-2.0

package import Change
internal import Concurrency

/// Where a walk down the road is.
package enum RoadStep: Sendable, Hashable {
    case planning(objects: Int)
    case applying(done: Int, of: Int)
    /// With those that are not healthy yet, as they were seen last.
    case waiting(for: [ObjectHealth])
}

/// Is told where a walk is, for whoever waits for its end. Nothing depends on it.
package struct RoadObserver: Sendable {
    package static let none = RoadObserver { _ in }

    private let tell: @Sendable (RoadStep) async -> Void

    /// - Parameter tell: called from any task, and often; the walk goes on when it returns.
    package init(_ tell: @escaping @Sendable (RoadStep) async -> Void) {
        self.tell = tell
    }

    func note(_ step: RoadStep) async { await tell(step) }

    /// Counts what is carried out.
    /// - Returns: to be called after each.
    func counter(of total: Int) async -> @Sendable () async -> Void {
        await note(.applying(done: 0, of: total))
        let done = Locked(0)
        return {
            let count = done.withLock { done in
                done += 1
                return done
            }
            await note(.applying(done: count, of: total))
        }
    }
}
