// SPDX-License-Identifier: Apache-2.0

internal import Instruments

/// What the controller counts, by the names that dashboards know where there are such, and by `taffrail_…` where there are none.
///
/// No label holds what is made up elsewhere: kinds, verbs, statuses and our own words alone.
struct ControllerInstruments: Sendable {
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
