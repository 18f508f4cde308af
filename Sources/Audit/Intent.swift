// SPDX-License-Identifier: Apache-2.0

internal import Keys
package import Kubernetes

/// A record that announced writes. Each of them carries its mark, so that it is told from the writes of every other intent of every other log.
package struct Intent: Sendable, Hashable {
    /// The origin of the log.
    package let log: String
    package let index: UInt64

    package init(log: String, index: UInt64) {
        self.log = log
        self.index = index
    }

    /// What stands on a live object: `12@example.com/models`.
    package var mark: String { "\(index)@\(log)" }

    /// The origin of the log that a mark is of; `nil` for what is no mark.
    package static func origin(ofMark mark: String?) -> String? {
        let parts = mark?.split(separator: "@", maxSplits: 1) ?? []
        return parts.count == 2 && UInt64(parts[0]) != nil ? String(parts[1]) : nil
    }

    /// The id under which the API server's own audit log keeps a write: derived, so that it is known also after a crash.
    package func auditID(of key: ObjectKey, attempt: Int = 1) -> String {
        let text = "taffrail/\(log)/\(index)/\(key.group)/\(key)/\(attempt)"
        return UUIDText.make(from: SHA256Digest.of(Array(text.utf8)).bytes, version: 8)
    }
}
