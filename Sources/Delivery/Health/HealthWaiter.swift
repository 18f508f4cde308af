// SPDX-License-Identifier: Apache-2.0

package import Change
package import Concurrency
internal import JSON
package import Kubernetes

/// Waits until objects are healthy, by asking for them again and again until a deadline.
package struct HealthWaiter: Sendable {
    private let client: KubernetesClient
    private let interval: Duration
    private let concurrency: Int
    private let clock: WallClock

    package init(
        client: KubernetesClient,
        interval: Duration = .milliseconds(500),
        concurrency: Int = 8,
        clock: WallClock = .system
    ) {
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
            let requests = open.map { Request(type: $0.type, key: $0.key) }
            let answers = await requests.concurrentMap(limit: concurrency) { await health(of: $0) }
            for answer in answers { known[answer.key] = answer }
            let isSettled = objects.allSatisfy { known[$0.key].map { Self.isFinal($0.health) } ?? false }
            if isSettled || deadline.isPast || Task.isCancelled { break }
            if await isSuperseded() { break }
            await stillOpen(objects.compactMap { known[$0.key] }.filter { !Self.isFinal($0.health) })
            // A cancellation ends the sleep, and the next look is the last.
            try? await Task.sleep(for: min(interval, deadline.remaining ?? interval))
        }
        return objects.compactMap { known[$0.key] }
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
