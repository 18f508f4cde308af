// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import Delivery
internal import Instruments
internal import Kubernetes

/// What the controller counts, by the names that dashboards know where there are such, and by `taffrail_…` where there are none.
///
/// No label holds what is made up elsewhere: kinds, verbs, statuses and our own words alone.
struct ControllerInstruments: Sendable {
    /// How a loop's work came to its end.
    enum Result: String, CaseIterable {
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

    let registry: InstrumentRegistry
    let work: WorkInstruments
    let requests: RequestInstruments
    let record: RecordInstruments
    private let fetches: Histogram
    private let http: Counter

    init(registry: InstrumentRegistry = InstrumentRegistry()) {
        self.registry = registry
        work = WorkInstruments(registry)
        requests = RequestInstruments(registry)
        record = RecordInstruments(registry)
        fetches = registry.histogram(
            "taffrail_git_fetch_duration_seconds",
            "How long fetches of config repositories took, by how they ended.",
            labels: ["result"]
        )
        http = registry.counter(
            "taffrail_http_requests_total",
            "Requests that were answered here, by path, method and status.",
            labels: ["path", "method", "code"]
        )
        for result in ["success", "error"] { fetches.begin(result) }
        registry.reading("taffrail_build_info", "Always 1; says which version runs.", labels: ["version"]) {
            [Sample(1, Version.text)]
        }
        ProcessInstruments.add(to: registry)
    }

    func fetched(_ isDone: Bool, _ took: Duration) { fetches.observe(took, isDone ? "success" : "error") }

    /// Paths and methods that clients make up are counted together.
    func answered(_ path: String?, _ method: String, _ status: Int, _ took: Duration) {
        let known = ["GET", "HEAD"].contains(method) ? method : "other"
        http.add(1, path ?? "other", known, String(status))
    }
}

/// What the queue of the loops does. Dashboards for controllers know these names.
struct WorkInstruments: Sendable {
    private let adds: Counter
    private let retries: Counter
    private let waits: Histogram
    private let times: Histogram
    private let reconciles: Counter
    private let errors: Counter
    private let reconcileTimes: Histogram
    private let durations: Histogram

    fileprivate init(_ registry: InstrumentRegistry) {
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
            for result in ControllerInstruments.Result.allCases.map(\.rawValue) {
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
            let (loop, result) = (work.loop.rawValue, ControllerInstruments.Result(result))
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

/// What is asked of API servers.
struct RequestInstruments: Sendable {
    /// The `host` of all clusters but the controller's own: tenants choose those, and their names would be without end.
    private static let others = "other-clusters"

    private let requests: Counter
    private let times: Histogram
    private let lists: Counter
    private let opened: Counter
    private let failed: Counter
    private let events: Counter

    fileprivate init(_ registry: InstrumentRegistry) {
        let kind = ["group", "kind"]
        requests = registry.counter(
            "rest_client_requests_total",
            "Requests to API servers, by status, method and host; the status is '<error>' where none came.",
            labels: ["code", "method", "host"]
        )
        times = registry.histogram(
            "rest_client_request_duration_seconds",
            "How long API servers took to answer, by method and host; of a watch, to begin it.",
            labels: ["verb", "host"]
        )
        lists = registry.counter("taffrail_watch_lists_total", "Lists that were begun to follow a kind.", labels: kind)
        opened = registry.counter(
            "taffrail_watch_streams_total",
            "Watches that were opened: one more after each that came to its end.",
            labels: kind
        )
        failed = registry.counter("taffrail_watch_failures_total", "Lists and watches that failed.", labels: kind)
        events = registry.counter(
            "taffrail_watch_events_total",
            "What came through watches, by kind of object and of event.",
            labels: kind + ["event"]
        )
        times.begin("GET", "home")
    }

    /// For the controller's own cluster.
    func note(_ event: ClientEvent) { note(event, host: "home") }

    /// For the clusters that kubeconfigs of tenants lead to.
    func noteOther(_ event: ClientEvent) { note(event, host: Self.others) }

    private func note(_ event: ClientEvent, host: String) {
        switch event {
        case .answered(let method, let status, let took):
            requests.add(1, status.map { String($0) } ?? "<error>", method, host)
            times.observe(took, method, host)
        case .listBegan(let type): lists.add(1, type.group, type.kind)
        case .watchOpened(let type): opened.add(1, type.group, type.kind)
        case .watchFailed(let type): failed.add(1, type.group, type.kind)
        case .watchEvent(let type, let event): events.add(1, type.group, type.kind, event.word)
        }
    }
}

extension WatchEvent {
    fileprivate var word: String {
        switch self {
        case .applied: "applied"
        case .removed: "removed"
        case .bookmark: "bookmark"
        case .failed: "error"
        case .unknown: "unknown"
        }
    }
}
