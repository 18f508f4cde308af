// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import Kubernetes

/// Whether the API server answers, how fast, which version it is, and whether its clock agrees with ours.
struct ClusterCheck {
    /// An answer, and what our clock said when it came.
    struct Sight: Sendable {
        let probe: ServerProbe
        let now: Timestamp
    }

    private static let name = "cluster"

    /// Asks three times: the first answer has the making of the connection in it.
    static func look(_ client: KubernetesClient, clock: WallClock) async throws -> [Sight] {
        var sights: [Sight] = []
        for _ in 0..<3 {
            let probe = try await client.probe(deadline: .after(.seconds(15)))
            sights.append(Sight(probe: probe, now: clock.now))
        }
        return sights
    }

    static func judge(_ sights: [Sight]) -> [Diagnosis] {
        guard let last = sights.last else { return [] }
        let fastest = sights.map(\.probe.latency).min() ?? .zero
        return [version(last.probe.version), latency(fastest), clock(last)]
    }

    /// Nothing else can be said of a cluster that does not answer.
    static func unreachable(_ error: any Error) -> Diagnosis {
        Diagnosis(
            name,
            "API server",
            .problem,
            String(describing: error),
            remedy: [NextStep.after(error)].compactMap(\.self)
        )
    }

    private static func version(_ text: String) -> Diagnosis {
        let numbers = text.drop { !$0.isNumber }.split(separator: ".").prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else {
            return Diagnosis(
                name,
                "version",
                .warning,
                "the server calls its version '\(text)', which is not known here"
            )
        }
        guard numbers[0] > 1 || numbers[1] >= 20 else {
            return Diagnosis(
                name,
                "version",
                .problem,
                "\(text) is too old: server-side apply is not complete before 1.20",
                remedy: ["upgrade the cluster"]
            )
        }
        guard numbers[0] > 1 || numbers[1] >= 21 else {
            return Diagnosis(
                name,
                "version",
                .warning,
                "\(text) does not serve policy/v1: models run without a PodDisruptionBudget",
                remedy: ["upgrade the cluster to 1.21 or newer"]
            )
        }
        return Diagnosis(name, "version", .ok, text)
    }

    private static func latency(_ latency: Duration) -> Diagnosis {
        let text = "an answer takes \(latency < .milliseconds(1) ? "less than 1" : String(latency.inMilliseconds)) ms"
        guard latency > .milliseconds(500) else { return Diagnosis(name, "latency", .ok, text) }
        return Diagnosis(
            name,
            "latency",
            .warning,
            "\(text): every object that changes costs two or more requests",
            remedy: ["run Taffrail nearer to the cluster, or find out why the server is slow"]
        )
    }

    private static func clock(_ sight: Sight) -> Diagnosis {
        guard let date = sight.probe.date else {
            return Diagnosis(name, "clock skew", .notChecked, "the server's answers have no Date")
        }
        // The Date has whole seconds, and was written while the answer was on its way.
        let skew = sight.now.seconds - date.seconds
        let text = "this machine is \(abs(skew)) s \(skew < 0 ? "behind" : "ahead of") the server"
        let remedy = ["set both clocks by NTP: records, leases and certificates are judged by them"]
        switch abs(skew) {
        case 0...5: return Diagnosis(name, "clock skew", .ok, "less than 5 s")
        case 6...60: return Diagnosis(name, "clock skew", .warning, text, remedy: remedy)
        default: return Diagnosis(name, "clock skew", .problem, text, remedy: remedy)
        }
    }
}

extension Duration {
    fileprivate var inMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
