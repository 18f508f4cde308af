// SPDX-License-Identifier: Apache-2.0

package import Change
package import Git

/// What a commit holds below an Environment's path, read from its tree without a work tree.
package struct Checkout: Sendable {
    package let revision: Revision
    /// The commit object as Git stores it: evidence for the log.
    package let commitBytes: [UInt8]
    package let sources: SourceSet

    /// - Parameters:
    ///   - path: relative to the repository's root; empty for the root.
    ///   - wanted: the files whose objects are asked for; `nil` for all.
    package static func read(
        _ repository: GitRepository,
        commit id: ObjectID,
        url: String,
        branch: String?,
        path: String,
        only wanted: Set<String>? = nil
    ) async throws -> Checkout {
        let commit = try await repository.commit(id)
        let revision = Revision(
            repository: url,
            branch: branch,
            commit: id,
            tree: commit.object.tree,
            author: Revision.Person(name: commit.object.author.name, email: commit.object.author.email),
            committer: Revision.Person(name: commit.object.committer.name, email: commit.object.committer.email)
        )
        let sources = try await repository.reading(id) { try SourceSet.gather(from: $0, under: path, only: wanted) }
        return Checkout(revision: revision, commitBytes: commit.bytes, sources: sources)
    }
}
