// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Transport

/// Why a request to an API server did not do what was asked.
package struct KubernetesError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unreachable
        case unauthorized
        case forbidden
        case notFound = "not-found"
        case alreadyExists = "already-exists"
        case conflict
        case invalid
        case gone
        case tooManyRequests = "too-many-requests"
        case unavailable
        /// Any other answer of the server.
        case server
        /// The answer was not what the API promises.
        case malformedAnswer = "malformed-answer"
        case unknownKind = "unknown-kind"
        case configuration
        /// There was no way to prove who we are: a credential plugin failed, or its answer was of no use.
        case credentials
    }

    /// One cause of a refusal, from `Status.details.causes`.
    package struct Cause: Sendable, Hashable {
        package let field: String
        package let message: String
    }

    package let code: Code
    package let message: String
    /// What was asked: `PATCH /api/v1/…`, without a query.
    package let request: String?
    package let httpStatus: Int?
    package let causes: [Cause]
    package let retryAfter: Duration?
    package let cause: (any Error)?
    private let isTransient: Bool

    package init(_ code: Code, _ message: String, request: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.request = request
        self.cause = cause
        httpStatus = nil
        causes = []
        retryAfter = nil
        isTransient = (cause as? TransportError)?.isRetryable ?? false
    }

    /// Reads the `Status` of a refusal (Kubernetes API conventions, "Response Status Kind").
    init(httpStatus: Int, body: JSONValue?, request: String, retryAfterHeader: String?) {
        let reason = body?["reason"]?.stringValue ?? ""
        let text = body?["message"]?.stringValue ?? "the server answered HTTP \(httpStatus)"
        let details = body?["details"]
        self.httpStatus = httpStatus
        self.request = request
        message = text
        code = Self.code(httpStatus: httpStatus, reason: reason)
        causes = (details?["causes"]?.arrayValue ?? []).map {
            Cause(field: $0["field"]?.stringValue ?? "", message: $0["message"]?.stringValue ?? "")
        }
        let seconds = details?["retryAfterSeconds"]?.intValue ?? retryAfterHeader.flatMap { Int64($0) }
        retryAfter = seconds.map { .seconds(min(max($0, 0), 3_600)) }
        cause = nil
        isTransient = httpStatus == 429 || (httpStatus >= 500 && !Self.terminal.contains(where: text.contains))
    }

    /// Words of answers with status 500 to what can never succeed: server-side apply has them for manifests, etcd for what is too large.
    private static let terminal = [
        "failed to create typed patch object", "failed to create typed live object", "request is too large",
        "message larger than max",
    ]

    /// Whether the same request may succeed later by itself.
    package var isRetryable: Bool { isTransient }

    /// Whether it is what a server answers to a JSON patch of which an operation does not fit the object. It names neither the operation nor
    /// a cause, unlike a refusal of what the patch would make of the object.
    var isPatchThatDoesNotFit: Bool {
        httpStatus == 422 && causes.isEmpty
            && message == "the server rejected our request due to an error in our request"
    }

    package var description: String {
        let status = httpStatus.map { " (HTTP \($0))" } ?? ""
        let reason = cause.map { ": \($0)" } ?? ""
        return "\(message)\(status)\(reason)"
    }

    private static func code(httpStatus: Int, reason: String) -> Code {
        switch httpStatus {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 409: reason == "AlreadyExists" ? .alreadyExists : .conflict
        case 410: .gone
        case 400, 422: .invalid
        case 429: .tooManyRequests
        case 503, 504: .unavailable
        default: .server
        }
    }
}
