// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// The series of a metric, one for each combination of values of its labels.
///
/// There are only so many: what comes beyond the limit is counted together under `other`, so that sums stay right and nobody from outside can fill the memory.
final class SeriesTable<Value: Sendable>: Sendable {
    static var rest: String { "other" }

    let description: MetricDescription
    private let limit: Int
    private let initial: Value
    private let values = Locked<[[String]: Value]>([:])

    init(_ description: MetricDescription, limit: Int, initial: Value) {
        self.description = description
        self.limit = limit
        self.initial = initial
        // What has no labels is there from the beginning.
        if description.labels.isEmpty { update([]) { _ in } }
    }

    func update(_ labels: [String], _ change: (inout Value) -> Void) {
        precondition(labels.count == description.labels.count, "\(description.name) takes \(description.labels)")
        values.withLock { values in
            let isKnown = values[labels] != nil || values.count < limit
            let key = isKnown ? labels : labels.map { _ in Self.rest }
            change(&values[key, default: initial])
        }
    }

    /// All series, in the order of their labels.
    var all: [(labels: [String], value: Value)] {
        values.withLock { $0.map { (labels: $0.key, value: $0.value) } }
            .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
    }
}
