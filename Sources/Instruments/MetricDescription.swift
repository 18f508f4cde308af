// SPDX-License-Identifier: Apache-2.0

/// How a metric is read, in the words of the text format.
package enum MetricKind: String, Sendable, Hashable {
    case counter
    case gauge
    case histogram
}

/// What a metric is called, what it is about, and by what its series differ.
package struct MetricDescription: Sendable, Hashable {
    package let name: String
    package let help: String
    package let kind: MetricKind
    package let labels: [String]

    /// - Parameters:
    ///   - name: with the unit at its end, in base units; a counter's ends in `_total`.
    ///   - labels: names whose values are few.
    package init(_ name: String, _ help: String, kind: MetricKind, labels: [String] = []) {
        precondition(Self.isName(name, mayHaveColon: true), "'\(name)' is no name of a metric")
        precondition(labels.allSatisfy { Self.isLabel($0) }, "\(labels) are no names of labels")
        precondition(Set(labels).count == labels.count, "\(labels) name a label twice")
        precondition((kind == .counter) == name.hasSuffix("_total"), "\(name): counters, and they alone, end in _total")
        precondition(!help.isEmpty, "\(name) says nothing of itself")
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
    }

    private static func isLabel(_ text: String) -> Bool {
        // The names with two lines are Prometheus's own, and `le` is a histogram's.
        isName(text, mayHaveColon: false) && !text.hasPrefix("__") && text != "le"
    }

    private static func isName(_ text: String, mayHaveColon: Bool) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): mayHaveColon
            default: false
            }
        }
    }
}

/// One number of a metric whose series are read when somebody asks.
package struct Sample: Sendable, Hashable {
    /// In the order of the metric's labels.
    package let labels: [String]
    package let value: Double

    package init(_ value: Double, _ labels: String...) {
        self.labels = labels
        self.value = value
    }
}
