// SPDX-License-Identifier: Apache-2.0

/// How much is accepted from a server and read out of a repository.
package struct GitLimits: Sendable, Hashable {
    /// Bytes of the server's list of references.
    package var advertisementBytes = 16 << 20
    /// Bytes of one pack as it is transferred, and so of a fetch.
    package var packBytes = 1 << 30
    /// Objects in one pack.
    package var packObjects = 5_000_000
    /// Bytes of one object of a pack, unpacked; forges take files of this size at most, too.
    package var unpackedObjectBytes = 100 << 20
    /// Bytes of one commit or tree object.
    package var objectBytes = 16 << 20
    /// Bytes of all files that are read together: a few kilobytes of a pack can name the same large file ten thousand times.
    package var totalBytes = 256 << 20
    /// Entries of a listing, folders included.
    package var treeEntries = 200_000
    /// Bytes of a path from the root of the repository.
    package var pathBytes = 1_024

    package init() {}

    package static let standard = GitLimits()
}
