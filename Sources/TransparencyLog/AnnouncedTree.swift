// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// The tree that the writer is about to sign: written when all its tiles are durable, and before anything is signed.
///
/// A crash after that is carried through when the log is opened again, so that no second, different tree of that size is ever
/// signed; a crash before that leaves nothing but files that nobody refers to.
struct AnnouncedTree: Sendable, Equatable {
    static let path = ".state/announced"

    /// The size of the checkpoint that this tree is to replace.
    let previousSize: UInt64
    let size: UInt64
    let root: SHA256Digest

    init(previousSize: UInt64, size: UInt64, root: SHA256Digest) {
        self.previousSize = previousSize
        self.size = size
        self.root = root
    }

    /// `nil` if the bytes say anything else.
    init?(_ bytes: [UInt8]) {
        let words = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard words.count == 3, let previous = UInt64(words[0]), let size = UInt64(words[1]),
            let root = SHA256Digest(hex: String(words[2]))
        else { return nil }
        self.init(previousSize: previous, size: size, root: root)
    }

    var bytes: [UInt8] { Array("\(previousSize)\n\(size)\n\(root)\n".utf8) }
}
