// SPDX-License-Identifier: Apache-2.0

/// Why a request brought no (whole) response.
package struct TransportError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The request cannot be sent as it is: a malformed URL or header, a scheme that is not allowed.
        case invalidRequest
        /// Certificates, a key or a passphrase that cannot be used, or a proxy URL that cannot be read.
        case invalidConfiguration
        case nameNotResolved
        /// The name resolved to an address where this client may not go.
        case addressRefused
        case connectFailed
        case connectTimedOut
        /// The proxy will not connect us: it wants other credentials, or does not let anybody go there.
        case proxyRefused
        /// The server's certificate does not satisfy us.
        case serverNotTrusted
        /// The server wants a client certificate, or another one.
        case clientNotTrusted
        case handshakeFailed
        case deadlineExceeded
        case idleTimedOut
        /// The connection broke after it was made.
        case connectionLost
        case malformedResponse
        case responseTooLarge
        case cancelled
        /// The client was closed.
        case closed
        /// Out of memory or threads, or a library that does not do what it documents.
        case unavailable
    }

    package let code: Code
    /// What happened, where, and what to do about it. URLs in it carry no userinfo and no query.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }

    /// Whether the same request may succeed later without anybody changing a configuration.
    ///
    /// A request that is not idempotent may have been carried out when this says yes.
    package var isRetryable: Bool {
        switch code {
        case .nameNotResolved, .connectFailed, .connectTimedOut, .deadlineExceeded, .idleTimedOut, .connectionLost,
            .unavailable, .handshakeFailed:
            true
        case .invalidRequest, .invalidConfiguration, .addressRefused, .proxyRefused, .serverNotTrusted,
            .clientNotTrusted, .malformedResponse, .responseTooLarge, .cancelled, .closed:
            false
        }
    }
}
