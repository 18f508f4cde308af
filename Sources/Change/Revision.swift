// SPDX-License-Identifier: Apache-2.0

package import Git

/// One commit of a config repository, as it was fetched and read.
package struct Revision: Sendable, Hashable, CustomStringConvertible {
    /// The repository's URL without credentials.
    package let repository: String
    /// The branch that was followed, or `nil` where the commit itself was named.
    package let branch: String?
    package let commit: ObjectID
    package let tree: ObjectID
    package let author: Person
    package let committer: Person

    /// A person as a commit names them: a claim of whoever made the commit, unless its signature was verified.
    package struct Person: Sendable, Hashable, CustomStringConvertible {
        package let name: String
        package let email: String

        package init(name: String, email: String) {
            self.name = name
            self.email = email
        }

        package var description: String { "\(name) <\(email)>" }
    }

    package init(
        repository: String,
        branch: String?,
        commit: ObjectID,
        tree: ObjectID,
        author: Person,
        committer: Person
    ) {
        self.repository = repository
        self.branch = branch
        self.commit = commit
        self.tree = tree
        self.author = author
        self.committer = committer
    }

    /// The form that users of Flux know: `main@sha1:<40 hex digits>`.
    package var description: String {
        "\(branch.map { $0 + "@" } ?? "")sha1:\(commit)"
    }
}
