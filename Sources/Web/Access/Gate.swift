// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
package import Kubernetes

/// Lets in who may see something, and answers the others.
package struct Gate: Sendable {
    package enum Admission: Sendable {
        case admitted(AccessSubject)
        /// With what to answer.
        case refused(WebAnswer)
    }

    /// How long the API server may take: a scraper waits ten seconds by default.
    private static let patience = Duration.seconds(5)

    private let reviewer: any AccessReviewer

    package init(_ reviewer: any AccessReviewer) {
        self.reviewer = reviewer
    }

    package func admit(_ request: WebRequest, to permission: Permission) async -> Admission {
        guard let token = request.bearerToken else {
            return .refused(Self.unauthorized("a bearer token is needed"))
        }
        let deadline = Deadline.after(Self.patience)
        do {
            guard let subject = try await reviewer.subject(ofToken: token, deadline: deadline) else {
                return .refused(Self.unauthorized("the API server does not take this token"))
            }
            guard try await reviewer.isAllowed(permission, to: subject, deadline: deadline) else {
                return .refused(.text(403, "this account may not see this"))
            }
            return .admitted(subject)
        } catch {
            // What went wrong there is for the operator's eyes, and not for whoever asks.
            return .refused(.text(503, "the API server could not be asked who this is", headers: ["Retry-After": "5"]))
        }
    }

    private static func unauthorized(_ words: String) -> WebAnswer {
        .text(401, words, headers: ["WWW-Authenticate": "Bearer realm=\"taffrail\""])
    }
}
