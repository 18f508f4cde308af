// SPDX-License-Identifier: Apache-2.0

/// What went wrong with a repository, a fetch or an object.
///
/// Messages name the address without user information and query, and the next step where there is one.
package struct GitError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        /// The address of a repository is malformed, or of a kind that is not fetched.
        case invalidURL
        /// The name of a branch is malformed.
        case invalidReference
        /// The server could not be reached, broke off, or answered with a passing failure.
        case unavailable
        /// The server's certificate, or the one shown to it, was not accepted.
        case untrusted
        /// The server wants credentials, or refused the ones given (401).
        case unauthorized
        /// The credentials do not give access (403).
        case forbidden
        /// No repository is at the address, or the credentials do not show it (404).
        case repositoryNotFound
        /// The server points to another address; redirects are never followed.
        case redirected
        /// What the server sent is not the smart HTTP protocol, or breaks its rules.
        case badResponse
        /// The branch or commit is not on the server.
        case referenceNotFound
        /// A limit on size, count or length was passed.
        case limitExceeded
        /// A file has more bytes than may be read of one.
        case fileTooLarge
        /// The deadline passed.
        case timedOut
        /// The task was cancelled.
        case cancelled
        /// The object or path is not in the repository.
        case objectNotFound
        /// A commit breaks the format.
        case malformedCommit
        /// A path that is refused, whatever is in the file: `..`, `.git`, control characters.
        case unsafePath
        /// The directory does not hold a bare repository of ours, or cannot be read or written.
        case storage
        /// What was fetched earlier cannot be read any more. The store is made anew when it is opened next.
        case damaged
        /// Any other failure of libgit2.
        case library
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }

    /// Whether the same call may succeed later without anybody changing anything.
    package var isRetryable: Bool { code == .unavailable || code == .timedOut || code == .damaged }
}
