// SPDX-License-Identifier: Apache-2.0

package import Concurrency

/// A commit, read by a strict parser of our own out of the bytes that Git hashed.
///
/// libgit2's reader is not used for what is judged: its signature extraction looks into the message too, so that an unsigned
/// commit can pass as signed. Here a signature counts only as the one `gpgsig` header; see `init(parsing:)`.
package struct CommitObject: Sendable {
    /// A person as the commit names them: a claim, unless a signature was verified.
    package struct Identity: Sendable, Hashable {
        /// Bytes that are not text in the commit's encoding show as U+FFFD.
        package let name: String
        package let email: String
        package let time: Timestamp
        /// The offset from UTC as written, `+0200`.
        package let zone: String
    }

    /// What is in the `gpgsig` header.
    package struct Signature: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable {
            case openPGP
            case ssh
            case x509
            /// A header that is none of these: signed by something that cannot be checked.
            case unknown
        }

        package let kind: Kind
        /// The value of the header with the leading space of each continuation line removed; it ends with a newline.
        package let armored: String
    }

    /// The bytes of the object, without Git's object header.
    package let raw: [UInt8]
    package let tree: ObjectID
    package let parents: [ObjectID]
    package let author: Identity
    package let committer: Identity
    /// Everything after the first blank line; bytes that are not text in the commit's encoding show as U+FFFD.
    package let message: String
    /// `nil` for an unsigned commit.
    package let signature: Signature?
    /// What a signature is made over: `raw` without the signature headers. For an unsigned commit this is `raw`.
    package let signedPayload: [UInt8]

    /// Parses the raw bytes of a commit object (SHA-1 object format).
    ///
    /// Refused are, beyond what Git itself refuses: NUL anywhere; headers missing, repeated or out of order (tree, parents,
    /// author, committer, then others); a continuation without a header; a second `gpgsig`; unknown headers whose name starts
    /// with `gpgsig`, which Git would leave out of the payload.
    package init(parsing raw: [UInt8]) throws(GitError) {
        var reader = CommitReader(raw)
        let parts = try reader.read()
        self.raw = raw
        tree = parts.tree
        parents = parts.parents
        author = parts.author
        committer = parts.committer
        message = parts.message
        signature = parts.signature
        signedPayload = parts.signedPayload
    }

    /// The first line of the message.
    package var subject: Substring {
        message.prefix { !$0.isNewline }
    }
}
