// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import Kubernetes

/// What somebody wants to do, as an authorizer is asked for it.
package enum Permission: Sendable, Hashable {
    /// A path that stands for no object, such as `/metrics`.
    case path(verb: String, String)
    /// Objects of a kind, in a namespace or in all.
    case resource(ResourceAccess)
}

/// Knows who somebody is and what they may do: the API server does, and a test may.
package protocol AccessReviewer: Sendable {
    /// Whose token it is; `nil` if it is nobody's.
    func subject(ofToken token: String, deadline: Deadline) async throws -> AccessSubject?
    func isAllowed(_ permission: Permission, to subject: AccessSubject, deadline: Deadline) async throws -> Bool
}

/// Asks the API server, by TokenReview and SubjectAccessReview: neither is kept there, and no rules are kept here.
package struct ClusterReviewer: AccessReviewer {
    private let client: KubernetesClient

    /// - Parameter client: of an account that may create both kinds of review.
    package init(_ client: KubernetesClient) {
        self.client = client
    }

    package func subject(ofToken token: String, deadline: Deadline) async throws -> AccessSubject? {
        try await client.subject(ofToken: token, deadline: deadline)
    }

    package func isAllowed(
        _ permission: Permission,
        to subject: AccessSubject,
        deadline: Deadline
    ) async throws -> Bool {
        switch permission {
        case .path(let verb, let path):
            try await client.isAllowed(verb, path: path, for: subject, deadline: deadline)
        case .resource(let access): try await client.isAllowed(access, for: subject, deadline: deadline)
        }
    }
}
