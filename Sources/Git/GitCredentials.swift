// SPDX-License-Identifier: Apache-2.0

/// What is shown to a Git server. It is sent to the host of the repository's URL alone.
package enum GitCredentials: Sendable, Hashable, CustomStringConvertible {
    case none
    case basic(user: String, password: String)
    case bearer(token: String)

    /// The kind alone: the values are never printed.
    package var description: String {
        switch self {
        case .none: "none"
        case .basic: "basic (hidden)"
        case .bearer: "bearer (hidden)"
        }
    }
}

extension GitCredentials: CustomDebugStringConvertible, CustomReflectable {
    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
