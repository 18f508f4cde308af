// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import Instruments

/// What is on record, counted as it is written: nothing is counted that the log does not have.
struct RecordInstruments: Sendable {
    private let records: Counter
    private let appendTimes: Histogram
    private let failures: Counter
    private let drift: Counter
    private let healed: Counter
    private let denied: Counter
    private let changes: Counter
    private let fault = Locked<String?>(nil)

    init(_ registry: InstrumentRegistry) {
        records = registry.counter(
            "taffrail_log_records_total",
            "Records that were written, by kind.",
            labels: ["kind"]
        )
        appendTimes = registry.histogram(
            "taffrail_log_append_duration_seconds",
            "How long it took until records were signed and durable.",
            bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        )
        failures = registry.counter("taffrail_log_failures_total", "How often the log could not be written.")
        drift = registry.counter("taffrail_drift_found_total", "Objects that somebody else changed, as recorded.")
        healed = registry.counter("taffrail_drift_healed_total", "Objects that were put back.")
        denied = registry.counter("taffrail_denied_total", "Findings that kept objects from being applied.")
        changes = registry.counter(
            "taffrail_changes_total",
            "Changes of objects that were intended, by operation and by what came of them.",
            labels: ["operation", "result"]
        )
        for kind in RecordKind.allCases { records.begin(kind.rawValue) }
        for operation in Operation.allCases where operation != .none {
            for result in ["succeeded", "failed"] { changes.begin(operation.rawValue, result) }
        }
        registry.reading(
            "taffrail_log_unwritable",
            "1 while the last try to write the log failed: nothing is applied then."
        ) { [fault] in [Sample(fault.withLock { $0 == nil } ? 0 : 1)] }
    }

    /// Why the log could not be written when that was last tried; `nil` if it could.
    var logFault: String? { fault.withLock { $0 } }

    func note(_ event: RecorderEvent) {
        switch event {
        case .appended(let kinds, let took):
            fault.withLock { $0 = nil }
            appendTimes.observe(took)
            for kind in kinds { records.add(1, kind.rawValue) }
        case .unwritable(let error):
            failures.add()
            fault.withLock { $0 = "\(error)" }
        case .drifted(let count): drift.add(Double(count))
        case .denied(let count): denied.add(Double(count))
        case .carriedOut(let results):
            for result in results where result.change.operation != .none {
                changes.add(1, result.change.operation.rawValue, result.status.rawValue)
                if result.change.operation == .heal, result.wasCarriedOut { healed.add() }
            }
        }
    }
}
