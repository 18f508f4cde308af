// SPDX-License-Identifier: Apache-2.0

/// Why the server cannot serve.
package struct WebError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The address is none.
        case invalidAddress = "invalid-address"
        /// The address is taken, or is none of this machine's, or may not be used.
        case cannotListen = "cannot-listen"
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { "\(message)\(cause.map { ": \($0)" } ?? "")" }
}
