// SPDX-License-Identifier: Apache-2.0

internal import Instruments
internal import Kubernetes

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

    init(_ registry: InstrumentRegistry) {
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
