// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Kubernetes

/// One object that a repository asks for, ready to be compared and applied.
package struct DesiredObject: Sendable, Hashable {
    package let type: GroupVersionKind
    package let key: ObjectKey
    /// Normalised: no `status`, no `stringData`, ports with their protocol; without Taffrail's own annotations.
    package let manifest: JSONValue
    package let location: SourceLocation
    /// Of `manifest`; keyed for Secrets.
    package let digest: ContentDigest
    package let prune: PruneRule

    package init(
        type: GroupVersionKind,
        key: ObjectKey,
        manifest: JSONValue,
        location: SourceLocation,
        digest: ContentDigest,
        prune: PruneRule = .allowed
    ) {
        self.prune = prune
        self.type = type
        self.key = key
        self.manifest = manifest
        self.location = location
        self.digest = digest
    }
}
