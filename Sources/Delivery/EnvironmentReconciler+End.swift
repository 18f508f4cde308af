// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import JSON
package import Kubernetes

/// What becomes of an Environment that is being deleted.
extension EnvironmentReconciler {
    /// Whether it is being deleted and still answers for an object, also where its `Inventory` is gone already.
    package func isEnding(_ key: ObjectKey) async -> Bool { await departing?.holds(key) ?? false }

    /// Prunes what was applied, if that is the policy, and lets the Environment go.
    func finish(_ object: JSONValue, deadline: Deadline) async throws -> String? {
        guard finalizer.isOn(object) else { return nil }
        let end = EnvironmentEnd(object)
        guard end.prunes else {
            try await finalizer.takeOff(object, deadline: deadline)
            return nil
        }
        // Its first attempt is not to wait for what it waited for when it was still kept.
        if departing == nil { (nextLook, backoff) = (nil, Backoff(base: .seconds(1), limit: .seconds(60))) }
        guard nextLook.map({ $0 <= .now }) ?? true else { return nil }
        let inventory =
            departing
            ?? DepartingInventory(
                kept: self.inventory(of: object, end.reference),
                recorded: LogInventory(recorder: recorder, environment: end.reference)
            )
        departing = inventory
        let farewell = try EnvironmentFarewell(
            object,
            end,
            inventory,
            cluster: await cluster(
                of: object,
                end,
                deadline: .after(min(deadline.remaining ?? .seconds(60), .seconds(60)))
            ),
            former: try await recorder.formerCluster(of: end.reference),
            client: client,
            recorder: recorder,
            now: clock.now
        )
        switch try await farewell.step(deadline: deadline) {
        case .go(let findings):
            nextLook = nil
            return try await letGo(object, farewell.departure, findings, deadline: deadline)
        case .stay(let report, let error):
            // Each try that fails is two records in the log: so they come further and further apart.
            let pause = report.retriesSoon ? backoff.next() : .seconds(1)
            nextLook = .now + min(pause, farewell.departure.timeLeft)
            try await self.report(object, report, deadline: deadline)
            if let error { throw error }
            return nil
        }
    }

    /// Where its objects are to be pruned, if that can be told now.
    private func cluster(
        of object: JSONValue,
        _ end: EnvironmentEnd,
        deadline: Deadline
    ) async -> Result<TargetCluster, any Error> {
        do {
            guard !end.isSuspended else {
                throw DeliveryError(.clusterUnreadable, "what is suspended is left as it is, and nobody is asked")
            }
            let cluster = try await clusters.cluster(of: object, isLeaving: true, deadline: deadline)
            try await ClusterBinding.check(end.reference, in: cluster, recorder)
            return .success(cluster)
        } catch {
            return .failure(error)
        }
    }

    /// Says what stays, on record first, and lets the Environment go.
    private func letGo(
        _ object: JSONValue,
        _ departure: Departure,
        _ findings: [Finding],
        deadline: Deadline
    ) async throws -> String? {
        let words = try await departure.leave(findings)
        var object = object
        if let words {
            let report = EnvironmentReport(ready: false, reason: "LeftBehind", message: words)
            object = (try? await self.report(object, report, deadline: deadline)) ?? object
        }
        try await finalizer.takeOff(object, deadline: deadline)
        return words
    }
}
