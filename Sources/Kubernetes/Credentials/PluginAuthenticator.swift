// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import JSON

/// Runs a credential plugin when a credential is needed, and keeps what it said.
///
/// Guarantees: one run at a time, whose result all who wait share; what expires is used until it does; who waits ends by their deadline or their
/// task's cancellation, and a run that nobody waits for any more is ended.
final class PluginAuthenticator: Sendable {
    /// The longest run, also of those that have no deadline: somebody may have to log in meanwhile.
    private static let longestRun = Duration.seconds(600)

    private let plugin: ExecPlugin
    private let streams: PluginStreams
    private let clock: WallClock
    private let kept = Locked<ExecCredential?>(nil)
    private let runs = SharedRun<ExecCredential>()

    init(_ plugin: ExecPlugin, streams: PluginStreams = .ofThisProcess, clock: WallClock = .system) {
        self.plugin = plugin
        self.streams = streams
        self.clock = clock
    }

    /// - Throws: `credentials`; `CancellationError` when the task is cancelled.
    func credential(deadline: Deadline) async throws -> Credential {
        if let fresh = fresh() { return fresh.credential }
        let limit = min(deadline, .after(Self.longestRun))
        do {
            return try await withDeadline(limit, "waiting for it") { [self] in
                try await runs.value { [self] in
                    // Somebody may have run it between the look above and our turn.
                    if let fresh = fresh() { return fresh }
                    let credential = try await run()
                    kept.withLock { $0 = credential }
                    return credential
                }
            }.credential
        } catch let error as DeadlineExceeded {
            throw plugin.error(
                "did not answer in time, and was ended; run it by hand to see what it waits for",
                cause: error
            )
        }
    }

    /// Has the plugin run again, unless that has already brought another credential.
    func forget(_ credential: Credential) {
        kept.withLock { kept in
            if kept?.credential == credential { kept = nil }
        }
    }

    private func fresh() -> ExecCredential? {
        guard let credential = kept.withLock({ $0 }) else { return nil }
        guard let expiry = credential.expiry else { return credential }
        return expiry > clock.now ? credential : nil
    }

    private func run() async throws -> ExecCredential {
        let isInteractive = try isInteractive()
        let request = ExecCredential.request(plugin, isInteractive: isInteractive)
        let run = PluginRun(
            plugin: plugin,
            request: String(decoding: request.serialized(), as: UTF8.self),
            streams: streams,
            isInteractive: isInteractive
        )
        let isCancelled = Locked(false)
        // A thread of its own, since it waits in the system's calls, and only for as long as the plugin runs.
        let thread = WorkerThread(name: "exec-plugin")
        let answer = try await withTaskCancellationHandler {
            try await thread.run { try run.output { isCancelled.withLock(\.self) } }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
        return try ExecCredential(answer: answer, of: plugin)
    }

    private func isInteractive() throws(KubernetesError) -> Bool {
        switch plugin.interaction {
        case .never: return false
        case .ifAvailable: return streams.isTerminal
        case .always:
            guard streams.isTerminal else {
                throw plugin.error(
                    "must be able to ask (interactiveMode Always), and standard input is no terminal: run this on a terminal, or "
                        + "use other credentials"
                )
            }
            return true
        }
    }
}
