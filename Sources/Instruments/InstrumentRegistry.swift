// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// Makes instruments, and tells what all of them show.
///
/// Guarantees: counting takes a short lock and nothing else; a metric's name is used once; a metric has at most as many series as its limit says, and one more.
package final class InstrumentRegistry: Sendable {
    private struct Source: Sendable {
        let description: MetricDescription
        let read: @Sendable () async -> [Exposition.Line]
    }

    private let seriesLimit: Int
    private let sources = Locked<[String: Source]>([:])

    /// - Parameter seriesLimit: of each metric.
    package init(seriesLimit: Int = 1_000) {
        self.seriesLimit = seriesLimit
    }

    package func counter(_ name: String, _ help: String, labels: [String] = []) -> Counter {
        let description = MetricDescription(name, help, kind: .counter, labels: labels)
        return Counter(table: numbers(description))
    }

    package func gauge(_ name: String, _ help: String, labels: [String] = []) -> Gauge {
        let description = MetricDescription(name, help, kind: .gauge, labels: labels)
        return Gauge(table: numbers(description))
    }

    /// - Parameter bounds: the upper bounds of the buckets, rising.
    package func histogram(
        _ name: String,
        _ help: String,
        labels: [String] = [],
        bounds: [Double] = Histogram.waits
    ) -> Histogram {
        precondition(!bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy(<), "\(name): bounds must rise")
        precondition(
            bounds.allSatisfy(\.isFinite),
            "\(name): the bucket of what is above all bounds is there by itself"
        )
        let description = MetricDescription(name, help, kind: .histogram, labels: labels)
        let table = SeriesTable(
            description,
            limit: seriesLimit,
            initial: Histogram.Counts(bounds: bounds.count)
        )
        add(description) { table.all.flatMap { Exposition.lines(of: description, $0.labels, $0.value, bounds) } }
        return Histogram(table: table, bounds: bounds)
    }

    /// A metric that is read when somebody asks, so that what is gone shows no more.
    ///
    /// - Parameter read: as many samples as there are things; each series once.
    package func reading(
        _ name: String,
        _ help: String,
        kind: MetricKind = .gauge,
        labels: [String] = [],
        _ read: @escaping @Sendable () async -> [Sample]
    ) {
        let description = MetricDescription(name, help, kind: kind, labels: labels)
        precondition(kind != .histogram, "\(name): a histogram is not read, but counted")
        add(description) {
            await read().sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
                .map { Exposition.line(of: description, $0.labels, $0.value) }
        }
    }

    /// What all instruments show, in Prometheus's text format.
    package func text() async -> String {
        var text = ""
        for source in sources.withLock({ $0.values.sorted { $0.description.name < $1.description.name } }) {
            Exposition.write(source.description, await source.read(), to: &text)
        }
        return text
    }

    private func numbers(_ description: MetricDescription) -> SeriesTable<Double> {
        let table = SeriesTable(description, limit: seriesLimit, initial: 0.0)
        add(description) { table.all.map { Exposition.line(of: description, $0.labels, $0.value) } }
        return table
    }

    private func add(_ description: MetricDescription, _ read: @escaping @Sendable () async -> [Exposition.Line]) {
        let isNew = sources.withLock { sources in
            sources.updateValue(Source(description: description, read: read), forKey: description.name) == nil
        }
        precondition(isNew, "there are two metrics of the name \(description.name)")
    }
}
