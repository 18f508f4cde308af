// SPDX-License-Identifier: Apache-2.0

/// Counts what was measured by how large it was.
package struct Histogram: Sendable {
    /// From a millisecond to a minute: what waits for a network or a disk.
    package static let waits = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    struct Counts: Sendable, Hashable {
        /// For each bound, of what is up to it and above the one before; the last one is of what is above all.
        var buckets: [UInt64]
        var sum = 0.0

        init(bounds: Int) {
            buckets = Array(repeating: 0, count: bounds + 1)
        }

        var total: UInt64 { buckets.reduce(0, +) }

        mutating func add(_ value: Double, _ bounds: [Double]) {
            buckets[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            sum += value
        }
    }

    let table: SeriesTable<Counts>
    let bounds: [Double]

    /// - Parameter labels: the values of the metric's labels, in their order.
    package func observe(_ value: Double, _ labels: String...) { observe(value, labels) }

    /// In seconds.
    package func observe(_ duration: Duration, _ labels: String...) { observe(duration.inSeconds, labels) }

    /// Shows a series before anything is measured.
    package func begin(_ labels: String...) { table.update(labels) { _ in } }

    private func observe(_ value: Double, _ labels: [String]) {
        // What is no number has no size, and would make the sum useless for ever.
        guard !value.isNaN else { return }
        table.update(labels) { $0.add(value, bounds) }
    }
}

extension Duration {
    package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
