// SPDX-License-Identifier: Apache-2.0

/// Where a build reads from: the tree of a repository, or whatever a caller shows as one.
///
/// Paths are relative to the root, with `/` between their parts and without `.`, `..` or a slash at either end. The
/// root is the empty path. Nothing outside of it is ever asked for.
package protocol KustomizeSource {
    /// The content of a file; `nil` if there is none at the path, or something else than a file.
    func bytes(_ path: String) throws -> [UInt8]?

    /// Whether a folder is at the path.
    func isFolder(_ path: String) -> Bool
}
