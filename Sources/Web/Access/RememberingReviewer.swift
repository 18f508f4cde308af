// SPDX-License-Identifier: Apache-2.0

package import Concurrency
internal import Keys
package import Kubernetes

/// Remembers for a short while what another reviewer said, so that a scraper costs the API server two requests a minute and not two a scrape.
///
/// A right that is taken away holds for at most that while; one that is given is seen after a shorter one. Tokens are known by their digests alone.
package final class RememberingReviewer: AccessReviewer {
    /// How long answers hold.
    package struct Times: Sendable {
        let yes: Duration
        let no: Duration

        package init(yes: Duration = .seconds(60), no: Duration = .seconds(10)) {
            self.yes = yes
            self.no = no
        }
    }

    private struct Question: Hashable {
        let subject: AccessSubject
        let permission: Permission
    }

    private struct State {
        var subjects: ReviewMemory<SHA256Digest, AccessSubject?>
        var answers: ReviewMemory<Question, Bool>
    }

    private let other: any AccessReviewer
    private let times: Times
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Locked<State>

    /// - Parameter room: for how many tokens, and how many answers.
    package init(
        _ other: any AccessReviewer,
        times: Times = Times(),
        room: Int = 256,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.other = other
        self.times = times
        self.now = now
        state = Locked(State(subjects: ReviewMemory(room: room), answers: ReviewMemory(room: room)))
    }

    package func subject(ofToken token: String, deadline: Deadline) async throws -> AccessSubject? {
        let digest = SHA256Digest.of(Array(token.utf8))
        if let known = state.withLock({ $0.subjects.value(of: digest, now: now()) }) { return known }
        let subject = try await other.subject(ofToken: token, deadline: deadline)
        let time = subject == nil ? times.no : times.yes
        state.withLock { $0.subjects.keep(subject, of: digest, for: time, now: now()) }
        return subject
    }

    package func isAllowed(
        _ permission: Permission,
        to subject: AccessSubject,
        deadline: Deadline
    ) async throws -> Bool {
        let question = Question(subject: subject, permission: permission)
        if let known = state.withLock({ $0.answers.value(of: question, now: now()) }) { return known }
        let isAllowed = try await other.isAllowed(permission, to: subject, deadline: deadline)
        let time = isAllowed ? times.yes : times.no
        state.withLock { $0.answers.keep(isAllowed, of: question, for: time, now: now()) }
        return isAllowed
    }
}
