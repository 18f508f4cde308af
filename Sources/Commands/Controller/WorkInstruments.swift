// SPDX-License-Identifier: Apache-2.0

internal import Instruments
internal import Kubernetes

/// What the queue of the loops does. Dashboards for controllers know these names.
struct WorkInstruments: Sendable {
    /// How a loop's work came to its end.
    private enum Ending: String, CaseIterable {
        case success
        case requeueAfter = "requeue_after"
        case error

        init(_ result: WorkResult) {
            switch result {
            case .done(again: nil): self = .success
            case .done: self = .requeueAfter
            case .failed: self = .error
            }
        }
    }

    private let adds: Counter
    private let retries: Counter
    private let waits: Histogram
    private let times: Histogram
    private let reconciles: Counter
    private let errors: Counter
    private let reconcileTimes: Histogram
    private let durations: Histogram

    init(_ registry: InstrumentRegistry) {
        let queue = ["name"]
        let controller = ["controller"]
        adds = registry.counter("workqueue_adds_total", "How often work was asked for.", labels: queue)
        retries = registry.counter(
            "workqueue_retries_total",
            "How often work failed and is tried again.",
            labels: queue
        )
        waits = registry.histogram(
            "workqueue_queue_duration_seconds",
            "How long work that was due waited for its turn.",
            labels: queue
        )
        times = registry.histogram("workqueue_work_duration_seconds", "How long work took.", labels: queue)
        reconciles = registry.counter(
            "controller_runtime_reconcile_total",
            "Looks at a resource, by how they ended.",
            labels: controller + ["result"]
        )
        errors = registry.counter(
            "controller_runtime_reconcile_errors_total",
            "Looks at a resource that failed.",
            labels: controller
        )
        reconcileTimes = registry.histogram(
            "controller_runtime_reconcile_time_seconds",
            "How long looks at a resource took.",
            labels: controller
        )
        durations = registry.histogram(
            "taffrail_reconcile_duration_seconds",
            "How long looks at a resource took, by how they ended; the count is how many there were.",
            labels: ["loop", "result"],
            bounds: Histogram.waits + [300, 1_800]
        )
        for loop in ControllerWork.Loop.allCases.map(\.rawValue) {
            adds.begin(loop)
            retries.begin(loop)
            waits.begin(loop)
            times.begin(loop)
            errors.begin(loop)
            reconcileTimes.begin(loop)
            for result in Ending.allCases.map(\.rawValue) {
                reconciles.begin(loop, result)
                durations.begin(loop, result)
            }
        }
    }

    func note(_ event: WorkEvent<ControllerWork>) {
        switch event {
        case .asked(let work): adds.add(1, work.loop.rawValue)
        case .began(let work, let waited): waits.observe(waited, work.loop.rawValue)
        case .finished(let work, let result, let took):
            let (loop, result) = (work.loop.rawValue, Ending(result))
            times.observe(took, loop)
            reconcileTimes.observe(took, loop)
            durations.observe(took, loop, result.rawValue)
            reconciles.add(1, loop, result.rawValue)
            if result == .error {
                errors.add(1, loop)
                retries.add(1, loop)
            }
        }
    }
}
