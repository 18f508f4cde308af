// SPDX-License-Identifier: Apache-2.0

/// Why a record cannot be written, read or believed.
package struct AuditError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// There is no log where one was looked for.
        case notFound = "not-found"
        /// The log belongs to another cluster.
        case otherCluster = "other-cluster"
        /// A record is not what the format says.
        case malformedRecord = "malformed-record"
        /// A record's envelope is not signed by the log's key.
        case badSignature = "bad-signature"
        /// A blob that a record names is missing or changed.
        case blobMissing = "blob-missing"
        /// The index cannot be used; it may be deleted.
        case index
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var isRetryable: Bool { false }

    package var description: String { cause.map { "\(message): \($0)" } ?? message }
}
