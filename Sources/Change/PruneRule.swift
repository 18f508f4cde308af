// SPDX-License-Identifier: Apache-2.0

/// What becomes of an object in the cluster when no file asks for it any more: the annotation `taffrail.dev/prune`, as it was written in Git.
package enum PruneRule: String, Sendable, Hashable, CaseIterable {
    /// It is deleted, unless its kind takes others along.
    case allowed
    /// It stays, and is no longer anybody's.
    case disabled
    /// It is deleted also where its kind takes others along: a Namespace, a CustomResourceDefinition, a PersistentVolumeClaim.
    case confirmed

    package static let annotation = "taffrail.dev/prune"
}
