// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Kubernetes

/// One object that a repository asks for, ready to be compared and applied.
package struct DesiredObject: Sendable, Hashable {
    package let type: GroupVersionKind
    package let key: ObjectKey
    /// Normalised: no `status`, no `stringData`, ports with their protocol; without the fields that are left to others.
    package let manifest: JSONValue
    package let location: SourceLocation
    /// Of `manifest`; keyed for Secrets.
    package let digest: ContentDigest
    package let rules: ObjectRules

    package init(
        type: GroupVersionKind,
        key: ObjectKey,
        manifest: JSONValue,
        location: SourceLocation,
        digest: ContentDigest,
        rules: ObjectRules = .none
    ) {
        self.rules = rules
        self.type = type
        self.key = key
        self.manifest = manifest
        self.location = location
        self.digest = digest
    }
}
