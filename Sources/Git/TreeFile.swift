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
    }

    /// From the repository's root.
    package let path: String
    package let id: ObjectID
    package let kind: Kind
}
