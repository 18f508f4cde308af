// SPDX-License-Identifier: Apache-2.0

/// A file in a commit's tree.
package struct TreeFile: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case file
        case executable
        /// Never followed.
        case symbolicLink
        /// Another repository's commit; never followed.
        case submodule
        /// A file whose name cannot be shown for what it is: not UTF-8, or with invisible characters. Its path is escaped; it is never read.
        case unreadableName
    }

    /// From the repository's root.
    package let path: String
    package let id: ObjectID
    package let kind: Kind
}
