// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import JSON
internal import Keys

/// The marks that tell whose an object is and where it came from.
package enum Ownership {
    /// Of the road itself.
    package static let fieldManager = "taffrail"
    package static let environmentLabel = "taffrail.dev/environment"
    package static let revisionAnnotation = "taffrail.dev/revision"
    package static let sourcePathAnnotation = "taffrail.dev/source-path"
    /// On an Environment: the commit that may delete whatever it deletes.
    package static let allowPruneAnnotation = "taffrail.dev/allow-prune"
    /// On an Environment: the cluster that it may move to, by the uid of the namespace `kube-system`.
    package static let allowClusterAnnotation = "taffrail.dev/allow-cluster"
    package static let auditIndexAnnotation = "taffrail.dev/audit-index"

    /// Label values end at 63 characters, and names may be longer: so a digest of the Environment's identity.
    package static func labelValue(namespace: String, name: String) -> String {
        String(SHA256Digest.of(Array("\(namespace)/\(name)".utf8)).description.prefix(16))
    }

    package static func environment(namespace: String, name: String) -> Owner {
        Owner(
            labelKey: environmentLabel,
            labelValue: labelValue(namespace: namespace, name: name),
            fieldManager: fieldManager
        )
    }

    /// The manifest with the owner's label: as it is compared.
    static func labelled(_ desired: DesiredObject, owner: Owner) -> JSONValue {
        var manifest = desired.manifest
        mark(&manifest, "labels", [owner.labelKey: .string(owner.labelValue)])
        return manifest
    }

    /// The manifest as it is sent: with the owner's label and with annotations that tell where it came from.
    static func marked(_ desired: DesiredObject, owner: Owner, revision: String?, intent: Intent) -> JSONValue {
        var manifest = labelled(desired, owner: owner)
        var annotations: JSONObject = [auditIndexAnnotation: .string(intent.mark)]
        if let revision { annotations[revisionAnnotation] = .string(revision) }
        if !desired.location.path.isEmpty { annotations[sourcePathAnnotation] = .string(desired.location.path) }
        mark(&manifest, "annotations", annotations)
        return manifest
    }

    /// Whether a live object carries the mark of an intent: then its write has landed.
    static func carries(_ object: JSONValue, _ intent: Intent) -> Bool {
        object["metadata"]?["annotations"]?[auditIndexAnnotation]?.stringValue == intent.mark
    }

    private static func mark(_ manifest: inout JSONValue, _ field: String, _ marks: JSONObject) {
        var members = manifest["metadata"]?[field]?.objectValue ?? [:]
        for (key, value) in marks { members[key] = value }
        manifest["metadata"]?[field] = .object(members)
    }
}
