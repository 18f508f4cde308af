// SPDX-License-Identifier: Apache-2.0

/// Counts what happens; never goes back.
package struct Counter: Sendable {
    let table: SeriesTable<Double>

    /// - Parameter labels: the values of the metric's labels, in their order.
    package func add(_ amount: Double = 1, _ labels: String...) { add(amount, labels) }

    package func add(_ amount: Double, _ labels: [String]) {
        precondition(amount >= 0, "\(table.description.name) cannot go back")
        table.update(labels) { $0 += amount }
    }

    /// Shows a series before anything is counted in it: who looks at the rate of what is not there sees nothing, not even the first time.
    package func begin(_ labels: String...) { add(0, labels) }
}

/// A number that goes up and down.
package struct Gauge: Sendable {
    let table: SeriesTable<Double>

    package func set(_ value: Double, _ labels: String...) { table.update(labels) { $0 = value } }
}
