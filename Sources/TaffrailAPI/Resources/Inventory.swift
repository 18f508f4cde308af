// SPDX-License-Identifier: Apache-2.0

/// What an Environment has applied.
package struct Inventory: CustomResource {
    package static let kind = "Inventory"
    package static let plural = "inventories"
    package static let shortNames = ["tinv"]
    package static let summary = "What an Environment has applied, or was about to; written by the controller alone."
    package static let columns = [PrinterColumn("Environment", ".spec.environmentRef.name")]

    package let metadata: ResourceMetadata
    package let spec: Spec

    package init(metadata: ResourceMetadata, spec: Spec) {
        self.metadata = metadata
        self.spec = spec
    }

    package struct Spec: FieldsDecodable {
        package let environment: LocalReference
        package let entries: [Entry]

        package init(from fields: Fields) {
            environment = fields.required("environmentRef", .object(LocalReference.self), "Whose inventory this is.")
            entries =
                fields.optional("entries", .list(of: .object(Entry.self), maxItems: 50_000), "The objects.") ?? []
        }
    }

    /// One object.
    package struct Entry: FieldsDecodable {
        package let group: String
        package let version: String
        package let kind: String
        package let namespace: String?
        package let name: String
        package let commit: String
        package let manifestDigest: String?
        package let sourcePath: String
        package let prune: Prune?

        /// The annotation `taffrail.dev/prune` of the manifest.
        package enum Prune: String, CaseIterable, Sendable {
            case disabled
            case confirmed
        }

        package init(from fields: Fields) {
            group = fields.optional("group", .string(maxLength: 253), "Left out for the core group.") ?? ""
            version = fields.required("version", .string(minLength: 1, maxLength: 63), "At which it was applied.")
            kind = fields.required("kind", .string(minLength: 1, maxLength: 63), "The object's kind.")
            namespace = fields.optional("namespace", .string(maxLength: 63), "Left out for objects of the cluster.")
            name = fields.required("name", .string(minLength: 1, maxLength: 253), "The object's name.")
            commit = fields.required("commit", .string(maxLength: 64), "The commit that was accepted for the object.")
            manifestDigest = fields.optional(
                "manifestDigest",
                .string(maxLength: 80),
                "Of the manifest: sha256:…, or hmac-sha256:… for a Secret."
            )
            sourcePath = fields.required("sourcePath", .string(maxLength: 4_096), "The file that it came from.")
            prune = fields.optional(
                "prune",
                .word(Prune.disabled),
                "What the manifest's annotation taffrail.dev/prune said when it was applied."
            )
        }
    }

    package struct Status: FieldsDecodable {
        package init(from fields: Fields) {
            ConditionStatus.field(fields)
        }
    }
}
