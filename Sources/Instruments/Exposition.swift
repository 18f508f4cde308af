// SPDX-License-Identifier: Apache-2.0

/// Prometheus's text format, version 0.0.4 ("Exposition formats" in its documentation). Pure.
package enum Exposition {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// A line of a metric.
    struct Line: Sendable, Hashable {
        let name: String
        let labels: [(name: String, value: String)]
        let value: Double

        static func == (left: Line, right: Line) -> Bool { left.text == right.text }

        func hash(into hasher: inout Hasher) { hasher.combine(text) }

        var text: String {
            let pairs = labels.map { "\($0.name)=\"\(Exposition.escaped($0.value, quotes: true))\"" }
            let list = pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
            return "\(name)\(list) \(Exposition.number(value))"
        }
    }

    static func line(of description: MetricDescription, _ labels: [String], _ value: Double) -> Line {
        Line(name: description.name, labels: named(labels, description), value: value)
    }

    /// The buckets of a histogram, each with all that is below it, then the sum and the count.
    static func lines(
        of description: MetricDescription,
        _ labels: [String],
        _ counts: Histogram.Counts,
        _ bounds: [Double]
    ) -> [Line] {
        let labels = named(labels, description)
        var below: UInt64 = 0
        var lines = zip(bounds + [.infinity], counts.buckets).map { bound, count in
            below += count
            return Line(
                name: description.name + "_bucket",
                labels: labels + [("le", number(bound))],
                value: Double(below)
            )
        }
        lines.append(Line(name: description.name + "_sum", labels: labels, value: counts.sum))
        lines.append(Line(name: description.name + "_count", labels: labels, value: Double(below)))
        return lines
    }

    static func write(_ description: MetricDescription, _ lines: [Line], to text: inout String) {
        text += "# HELP \(description.name) \(escaped(description.help, quotes: false))\n"
        text += "# TYPE \(description.name) \(description.kind.rawValue)\n"
        for line in lines { text += line.text + "\n" }
    }

    private static func named(
        _ values: [String],
        _ description: MetricDescription
    ) -> [(name: String, value: String)] {
        precondition(values.count == description.labels.count, "\(description.name) takes \(description.labels)")
        return zip(description.labels, values).map { (name: $0, value: $1) }
    }

    /// Breaks of lines would end the line, and quotes the value.
    static func escaped(_ text: String, quotes: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quotes: result.append(contentsOf: "\\\"".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Whole numbers are written as such as long as each of them is one.
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
        return value.description
    }
}
