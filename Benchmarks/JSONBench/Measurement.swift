// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// One figure of a benchmark, beside its peer's and its bar.
struct Measurement {
    private let name: String
    private let value: Double
    private let unit: String
    private let peer: String
    private let peerValue: Double
    private let bar: Double
    private let passes: Bool

    init(name: String, value: Double, unit: String, peer: String, peerValue: Double, atLeast bar: Double) {
        self.init(name, value, unit, peer, peerValue, bar, passes: value >= bar)
    }

    init(name: String, value: Double, unit: String, peer: String, peerValue: Double, atMost bar: Double) {
        self.init(name, value, unit, peer, peerValue, bar, passes: value <= bar)
    }

    private init(
        _ name: String,
        _ value: Double,
        _ unit: String,
        _ peer: String,
        _ peerValue: Double,
        _ bar: Double,
        passes: Bool
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.peer = peer
        self.peerValue = peerValue
        self.bar = bar
        self.passes = passes
    }

    var json: JSONValue {
        [
            "name": .string(name), "value": Self.rounded(value), "unit": .string(unit), "peer": .string(peer),
            "peerValue": Self.rounded(peerValue), "ratio": Self.rounded(value / peerValue), "bar": Self.rounded(bar),
            "pass": .bool(passes),
        ]
    }

    private static func rounded(_ value: Double) -> JSONValue {
        .number(((value * 100).rounded() / 100).description)
    }
}
