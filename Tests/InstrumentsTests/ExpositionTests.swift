// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Instruments

struct ExpositionTests {
    @Test func `what was counted is written as Prometheus reads it`() async {
        let registry = InstrumentRegistry()
        let counter = registry.counter("eggs_total", "Eggs that were laid.", labels: ["hen"])
        let gauge = registry.gauge("hens", "Hens that are there.")
        counter.add(2, "Berta")
        counter.add(0.5, "Ada")
        gauge.set(3)
        #expect(
            await registry.text() == """
                # HELP eggs_total Eggs that were laid.
                # TYPE eggs_total counter
                eggs_total{hen="Ada"} 0.5
                eggs_total{hen="Berta"} 2
                # HELP hens Hens that are there.
                # TYPE hens gauge
                hens 3

                """
        )
    }

    @Test func `a bucket holds all that is up to its bound`() async {
        let registry = InstrumentRegistry()
        let histogram = registry.histogram("walk_seconds", "Walks.", labels: ["way"], bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 1, 2] { histogram.observe(value, "home") }
        histogram.begin("away")
        #expect(
            await registry.text() == """
                # HELP walk_seconds Walks.
                # TYPE walk_seconds histogram
                walk_seconds_bucket{way="away",le="0.1"} 0
                walk_seconds_bucket{way="away",le="1"} 0
                walk_seconds_bucket{way="away",le="+Inf"} 0
                walk_seconds_sum{way="away"} 0
                walk_seconds_count{way="away"} 0
                walk_seconds_bucket{way="home",le="0.1"} 2
                walk_seconds_bucket{way="home",le="1"} 4
                walk_seconds_bucket{way="home",le="+Inf"} 5
                walk_seconds_sum{way="home"} 3.65
                walk_seconds_count{way="home"} 5

                """
        )
    }

    @Test(arguments: [
        ("plain", "plain"), (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("ä{}=,", "ä{}=,"),
        ("\r\n", "\r\\n"), ("", ""),
    ])
    func `a label's value cannot end its line or its quotes`(value: String, written: String) async {
        let registry = InstrumentRegistry()
        registry.counter("a_total", "A.", labels: ["b"]).add(1, value)
        #expect(await registry.text().hasSuffix("a_total{b=\"\(written)\"} 1\n"))
    }

    @Test func `a help text stays in its line, and keeps its quotes`() async {
        let registry = InstrumentRegistry()
        _ = registry.gauge("a", "one\ntwo \\ \"three\"")
        #expect(await registry.text().hasPrefix("# HELP a one\\ntwo \\\\ \"three\"\n"))
    }

    @Test(
        arguments: [
            (1, "1"), (0, "0"), (-0.0, "0"), (1.5, "1.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
            (1e15, "1000000000000000"), (1e300, "1e+300"), (0.001, "0.001"), (-3, "-3"),
        ] as [(Double, String)]
    )
    func `numbers are written as Go reads them`(value: Double, written: String) {
        #expect(Exposition.number(value) == written)
    }

    @Test func `every number that is written is read back as itself`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let value = Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &generator))
            guard value.isFinite else { continue }
            #expect(Double(Exposition.number(value)) == value)
        }
    }
}
