// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Instruments

struct InstrumentRegistryTests {
    @Test func `series beyond the limit are counted together, so that sums stay right`() async {
        let registry = InstrumentRegistry(seriesLimit: 3)
        let counter = registry.counter("visits_total", "Visits.", labels: ["who", "where"])
        for visitor in 0..<100 { counter.add(1, "\(visitor)", "here") }
        counter.add(1, "0", "here")
        let lines = await lines(of: registry)
        #expect(lines.count == 4)
        #expect(lines.contains(#"visits_total{who="other",where="other"} 97"#))
        #expect(lines.contains(#"visits_total{who="0",where="here"} 2"#))
    }

    @Test func `a metric that is read shows no more of what is gone`() async {
        let registry = InstrumentRegistry()
        let table = SeriesTable(
            MetricDescription("things", "Things.", kind: .gauge, labels: ["name"]),
            limit: 10,
            initial: 0.0
        )
        registry.reading("things", "Things.", labels: ["name"]) {
            table.all.filter { $0.value > 0 }.map { Sample($0.value, $0.labels[0]) }
        }
        for name in ["b", "a"] { table.update([name]) { $0 = 1 } }
        #expect(await lines(of: registry) == [#"things{name="a"} 1"#, #"things{name="b"} 1"#])
        table.update(["a"]) { $0 = 0 }
        #expect(await lines(of: registry) == [#"things{name="b"} 1"#])
    }

    @Test func `what many count at once adds up`() async {
        let registry = InstrumentRegistry()
        let counter = registry.counter("steps_total", "Steps.", labels: ["foot"])
        let histogram = registry.histogram("step_seconds", "Steps.", bounds: [1, 2, 3])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<20 {
                group.addTask {
                    for step in 0..<500 {
                        counter.add(1, task.isMultiple(of: 2) ? "left" : "right")
                        histogram.observe(Double(step % 4))
                    }
                }
            }
        }
        let lines = await lines(of: registry)
        #expect(lines.contains(#"steps_total{foot="left"} 5000"#) && lines.contains(#"steps_total{foot="right"} 5000"#))
        #expect(lines.contains("step_seconds_count 10000") && lines.contains("step_seconds_sum 15000"))
        #expect(lines.contains(#"step_seconds_bucket{le="2"} 7500"#))
    }

    @Test func `buckets never shrink towards larger bounds, whatever is measured`() async throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let bounds = Set((0..<8).map { _ in Double.random(in: -10...10, using: &generator) }).sorted()
            let registry = InstrumentRegistry()
            let histogram = registry.histogram("size_bytes", "Sizes.", bounds: bounds)
            let values = (0..<200).map { _ in Double.random(in: -20...20, using: &generator) } + bounds + [.infinity]
            for value in values { histogram.observe(value) }
            histogram.observe(.nan)
            let counts = await lines(of: registry).filter { $0.contains("_bucket") }.compactMap {
                $0.split(separator: " ").last.flatMap { Int($0) }
            }
            #expect(counts == counts.sorted() && counts.last == values.count)
            for (bound, count) in zip(bounds, counts) { #expect(count == values.count { $0 <= bound }) }
        }
    }

    @Test func `a process tells what it uses`() async throws {
        let registry = InstrumentRegistry()
        ProcessInstruments.add(to: registry)
        let lines = await lines(of: registry)
        func value(_ name: String) throws -> Double {
            let line = try #require(lines.first { $0.hasPrefix(name + " ") }, "\(name)")
            return try #require(line.split(separator: " ").last.flatMap { Double($0) })
        }
        let (resident, limit) = (try value("process_resident_memory_bytes"), try value("process_max_fds"))
        #expect(resident > 1_000_000)
        #expect(try value("process_virtual_memory_bytes") >= resident)
        #expect(try value("process_cpu_seconds_total") > 0)
        #expect(try (3...limit).contains(value("process_open_fds")))
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let age = try Double(now.tv_sec) - value("process_start_time_seconds")
        // The kernel tells the machine's start in whole seconds.
        #expect((-2...86_400).contains(age))
    }

    @Test func `what a program must never do ends it`() async {
        await #expect(processExitsWith: .failure) { _ = InstrumentRegistry().counter("a", "A.") }
        await #expect(processExitsWith: .failure) { _ = InstrumentRegistry().gauge("a b", "A.") }
        await #expect(processExitsWith: .failure) { _ = InstrumentRegistry().gauge("a", "A.", labels: ["le"]) }
        await #expect(processExitsWith: .failure) { _ = InstrumentRegistry().histogram("a", "A.", bounds: [2, 1]) }
        await #expect(processExitsWith: .failure) {
            let registry = InstrumentRegistry()
            _ = (registry.gauge("a", "A."), registry.gauge("a", "A."))
        }
        await #expect(processExitsWith: .failure) {
            InstrumentRegistry().counter("a_total", "A.", labels: ["b"]).add(1, "c", "d")
        }
    }

    private func lines(of registry: InstrumentRegistry) async -> [String] {
        await registry.text().split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }
}
