// SPDX-License-Identifier: Apache-2.0

package import Keys

/// What a log commits to at one size (C2SP tlog-checkpoint v1.0.0): the text of the note that it signs.
package struct Checkpoint: Sendable, Hashable {
    package let origin: String
    package let size: UInt64
    package let root: SHA256Digest

    package init(origin: String, size: UInt64, root: SHA256Digest) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    package init(noteText: String) throws(TransparencyLogError) {
        let lines = noteText.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last == "", !lines[0].isEmpty, let size = Self.size(lines[1]),
            let bytes = Base64.decode(lines[2]), let root = SHA256Digest(bytes: bytes)
        else {
            throw TransparencyLogError(.malformed, "the note is no checkpoint: it must hold origin, size and root hash")
        }
        self.init(origin: String(lines[0]), size: size, root: root)
    }

    package var noteText: String { "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" }

    /// Decimal without leading zeros.
    private static func size(_ text: Substring) -> UInt64? {
        guard text == "0" || text.first != "0", text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(text)
    }
}
