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
