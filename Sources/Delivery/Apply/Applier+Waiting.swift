// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Kubernetes

/// Objects that cannot be applied yet because of what they depend on.
extension Applier {
    /// Why some of a group cannot be applied now.
    ///
    /// - Parameter faults: of what was not applied or is not healthy, in words that follow its name.
    static func waiting(
        _ group: some Sequence<PlannedChange>,
        _ dependencies: ObjectDependencies,
        because faults: [ObjectKey: String]
    ) -> [ChangeResult] {
        group.compactMap { change in
            guard let key = dependencies.needs(of: change.key).first(where: { faults[$0] != nil }) else { return nil }
            return ChangeResult(
                change: change,
                status: .skipped,
                message: "it depends on \(key), \(faults[key] ?? "")",
                waitsFor: key
            )
        }
    }

    /// Objects that waited for others at an earlier look, and still have to: which is on record, and needs no other intent and outcome.
    ///
    /// - Parameters:
    ///   - health: how objects are right now.
    static func stillWaiting(
        _ writes: [PlannedChange],
        among changes: [PlannedChange],
        since history: History,
        health: ([PlannedChange]) async -> [ObjectHealth]
    ) async -> [ChangeResult] {
        let before = writes.filter { change in
            change.desired.map { history.waiting[change.key] == $0.digest } ?? false
        }
        guard !before.isEmpty else { return [] }
        let dependencies = ObjectDependencies(changes.compactMap(\.desired))
        let needed = Set(before.flatMap { dependencies.needs(of: $0.key) })
        let written = Set(writes.map(\.key))
        var faults: [ObjectKey: String] = [:]
        for health in await health(changes.filter { needed.contains($0.key) && !written.contains($0.key) })
        where health.health != .current {
            faults[health.key] = Self.fault(health)
        }
        let levels = dependencies.levels(of: before.map(\.key))
        var results: [ChangeResult] = []
        for (_, group) in Dictionary(grouping: before, by: { levels[$0.key] ?? 0 }).sorted(by: { $0.key < $1.key }) {
            let waiting = Self.waiting(group, dependencies, because: faults)
            for result in waiting { faults[result.change.key] = Self.notApplied }
            results += waiting
        }
        return results
    }

    static let notApplied = "which was not applied"

    static func fault(_ health: ObjectHealth) -> String { "which is \(health.health.rawValue): \(health.message)" }
}
