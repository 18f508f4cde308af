// SPDX-License-Identifier: Apache-2.0

package import Change
package import Concurrency
internal import JSON
package import Kubernetes

/// Waits until objects are healthy: as watches tell it, and by asking again and again for what is not followed, until a deadline.
package struct HealthWaiter: Sendable {
    /// Kinds whose health changes with time alone, of which no event tells.
    private static let timed: Set<GroupVersionKind> = [GroupVersionKind(group: "", version: "v1", kind: "Pod")]
    /// How long changes are gathered before they are looked at together.
    private static let pause = Duration.milliseconds(50)

    private let client: KubernetesClient
    private let interval: Duration
    private let concurrency: Int
    private let clock: WallClock
    private let followed: (view: LiveView, owner: Owner)?

    /// - Parameter followed: what tells the health of objects of an owner without asking.
    package init(
        client: KubernetesClient,
        interval: Duration = .milliseconds(500),
        concurrency: Int = 8,
        clock: WallClock = .system,
        followed: (view: LiveView, owner: Owner)? = nil
    ) {
        self.followed = followed
        self.clock = clock
        self.client = client
        self.interval = interval
        self.concurrency = concurrency
    }

    /// Ends when every object is current, when only current and failed ones remain, when the deadline passes, when `isSuperseded` says
    /// that a newer commit is there, or when the task is cancelled: what is known then is still worth a record.
    ///
    /// - Parameter stillOpen: told after each look what is waited for.
    /// - Returns: each object's health when the waiting ended, in the order asked for.
    package func wait(
        for objects: [(type: GroupVersionKind, key: ObjectKey)],
        deadline: Deadline,
        isSuperseded: @Sendable () async -> Bool = { false },
        stillOpen: @Sendable ([ObjectHealth]) async -> Void = { _ in }
    ) async -> [ObjectHealth] {
        var known: [ObjectKey: ObjectHealth] = [:]
        while true {
            let open = objects.filter { known[$0.key].map { !Self.isFinal($0.health) } ?? true }
            let told = await told(open)
            let requests = open.filter { told[$0.key] == nil }.map { Request(type: $0.type, key: $0.key) }
            let answers = await requests.concurrentMap(limit: concurrency) { await health(of: $0) }
            for answer in answers { known[answer.key] = answer }
            known.merge(told) { $1 }
            let isSettled = objects.allSatisfy { known[$0.key].map { Self.isFinal($0.health) } ?? false }
            if isSettled || deadline.isPast || Task.isCancelled { break }
            if await isSuperseded() { break }
            await stillOpen(objects.compactMap { known[$0.key] }.filter { !Self.isFinal($0.health) })
            await pause(asks: !requests.isEmpty, deadline)
        }
        return objects.compactMap { known[$0.key] }
    }

    /// What watches tell of the objects.
    private func told(_ objects: [(type: GroupVersionKind, key: ObjectKey)]) async -> [ObjectKey: ObjectHealth] {
        guard let followed, !objects.isEmpty else { return [:] }
        let types = Dictionary(objects.map { ($0.key, $0.type) }) { first, _ in first }
        let sights = await followed.view.sights(
            of: types.filter { !Self.timed.contains($0.value) },
            followed.owner
        )
        return sights.mapValues(\.health)
    }

    /// Until something changes, or it is time to ask again. A cancellation ends it, and the next look is the last.
    private func pause(asks: Bool, _ deadline: Deadline) async {
        guard let followed, !asks else {
            try? await Task.sleep(for: min(interval, deadline.remaining ?? interval))
            return
        }
        await followed.view.change(within: min(.seconds(1), deadline.remaining ?? .seconds(1)))
        try? await Task.sleep(for: min(Self.pause, deadline.remaining ?? Self.pause))
    }

    private struct Request: Sendable {
        let type: GroupVersionKind
        let key: ObjectKey
    }

    private static func isFinal(_ health: Health) -> Bool { health == .current || health == .failed }

    private func health(of request: Request) async -> ObjectHealth {
        switch await client.look(at: request.type, request.key) {
        case .live(let object):
            let (health, message) = HealthRules.health(of: object, now: clock.now)
            return ObjectHealth(key: request.key, health: health, message: message)
        case .absent:
            return ObjectHealth(key: request.key, health: .notFound, message: "the object does not exist")
        case .unknown(let error):
            return ObjectHealth(key: request.key, health: .unknown, message: String(describing: error))
        }
    }
}
