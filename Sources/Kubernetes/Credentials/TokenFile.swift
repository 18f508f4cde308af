// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// A token in a file, which is replaced there before it expires.
///
/// The file goes before a token that is given beside it, and the token that was read last before no token at all, as in client-go.
final class TokenFile: Sendable {
    /// How long a token is taken for the one in the file.
    private static let period = Duration.seconds(60)

    private struct State {
        /// What was read last, or else what was given.
        var token: String?
        var until: ContinuousClock.Instant?
    }

    private let path: String
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state: Locked<State>

    /// - Parameters:
    ///   - otherwise: a token for when there is no file.
    ///   - clock: tells what time it is.
    init(
        _ path: String,
        otherwise: String?,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.path = path
        self.clock = clock
        state = Locked(State(token: otherwise))
    }

    /// - Throws: `configuration` if neither the file nor an older token helps.
    func token() throws(KubernetesError) -> String {
        let known = state.withLock { $0 }
        if let token = known.token, let until = known.until, until > clock() { return token }
        do throws(KubernetesError) {
            let token = try FileReader.text(path)
            guard !token.isEmpty else { throw KubernetesError(.configuration, "\(path) holds no token") }
            state.withLock { $0 = State(token: token, until: clock() + Self.period) }
            return token
        } catch {
            // A file is missing for a moment while it is replaced.
            guard let token = known.token else { throw error }
            return token
        }
    }

    /// Has the file read again with the next request.
    func forget() {
        state.withLock { $0.until = nil }
    }
}
