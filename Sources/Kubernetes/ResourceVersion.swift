// SPDX-License-Identifier: Apache-2.0

/// Which of two versions of objects of one kind is newer.
///
/// Kubernetes called these strings opaque for long, and promises since 1.35 that they are decimal numbers which can be compared ("API Concepts", resource
/// versions); every server in use keeps them so. Of one that is not a number nobody can tell.
package enum ResourceVersion {
    /// Whether a version is known to be older than another one, or the same.
    package static func isKnown(_ version: String, in newest: String) -> Bool {
        guard version != newest else { return true }
        guard let old = UInt64(version), let new = UInt64(newest) else { return false }
        return old <= new
    }
}

/// How far a watch has told. Events of one watch come in the order of their versions, so that what was written up to the newest has been told, too.
package struct ToldVersion: Sendable {
    private var newest: String?

    package init() {}

    package mutating func pass(_ version: String?) {
        guard let version, !covers(version) else { return }
        newest = version
    }

    /// Whether what was written at a version has been told: what is not known by then is gone again.
    package func covers(_ version: String) -> Bool { newest.map { ResourceVersion.isKnown(version, in: $0) } ?? false }
}
