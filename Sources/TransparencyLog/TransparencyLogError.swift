// SPDX-License-Identifier: Apache-2.0

/// Why a log cannot be written, read or believed.
package struct TransparencyLogError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Another process holds the log.
        case locked
        case unwritable
        case unreadable
        /// There is no log in the folder.
        case notFound = "not-found"
        /// The log belongs to another origin or key.
        case foreign
        /// Entries, tiles or checkpoints that a checkpoint promises are missing or differ.
        case inconsistent
        /// A newer checkpoint exists than the one that the log shows.
        case rolledBack = "rolled-back"
        case malformed
        case tooLarge = "too-large"
        case closed
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether it may go away by itself: a full disk can be emptied, another writer can end.
    package var isRetryable: Bool { code == .locked || code == .unwritable }

    package var description: String { cause.map { "\(message): \($0)" } ?? message }
}
