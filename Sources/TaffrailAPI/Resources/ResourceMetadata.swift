// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// The parts of `metadata` that Taffrail reads.
package struct ResourceMetadata: FieldsDecodable {
    package let name: String
    package let namespace: String?
    package let uid: String?
    package let generation: Int64?
    package let labels: [String: String]
    package let annotations: [String: String]
    package let finalizers: [String]
    package let isBeingDeleted: Bool

    package init(from fields: Fields) {
        name = fields.required("name", .objectName, "The name of the object.")
        namespace = fields.optional("namespace", .objectName, "The namespace of the object.")
        uid = fields.optional("uid", .string(), "Given by the server.")
        generation = fields.optional("generation", .integer(0...Int64.max), "Given by the server.")
        labels = fields.optional("labels", .map(of: .string(), maxProperties: 1_000), "Labels.") ?? [:]
        annotations =
            fields.optional("annotations", .map(of: .string(maxLength: 262_144), maxProperties: 1_000), "Annotations.")
            ?? [:]
        finalizers = fields.optional("finalizers", .list(of: .string(), maxItems: 100), "Finalizers.") ?? []
        isBeingDeleted = fields.optional("deletionTimestamp", .string(), "Given by the server.") != nil
        // Written by the server, and of no interest here.
        for name in ["creationTimestamp", "resourceVersion", "selfLink", "generateName"] {
            _ = fields.optional(name, .string(), "Given by the server.")
        }
        _ = fields.optional("deletionGracePeriodSeconds", .integer(0...Int64.max), "Given by the server.")
        for name in ["managedFields", "ownerReferences"] {
            _ = fields.optional(name, .list(of: .passedOn, maxItems: 10_000), "Given by the server.")
        }
    }
}

/// A reference to an object of the same namespace.
package struct LocalReference: FieldsDecodable {
    package let name: String

    package init(from fields: Fields) {
        name = fields.required("name", .objectName, "The name of the object, in the same namespace.")
    }
}

/// A value in a Secret of the same namespace.
package struct SecretKeyReference: FieldsDecodable {
    package let name: String
    package let key: String

    package init(from fields: Fields) {
        name = fields.required("name", .objectName, "The name of the Secret, in the same namespace.")
        key = fields.defaulted(
            "key",
            .string(minLength: 1, maxLength: 253),
            "value",
            json: "value",
            "The key in its data."
        )
    }
}

/// A condition of a status, as all of Kubernetes has them.
package struct ConditionStatus: FieldsDecodable {
    package enum Word: String, CaseIterable, Sendable {
        case yes = "True"
        case no = "False"
        case unknown = "Unknown"
    }

    package init(from fields: Fields) {
        _ = fields.required("type", .string(minLength: 1, maxLength: 316), "The condition's name, in CamelCase.")
        _ = fields.required("status", .word(Word.unknown), "Whether it holds.")
        _ = fields.optional("observedGeneration", .integer(0...Int64.max), "The generation that was looked at.")
        _ = fields.required("lastTransitionTime", .timestamp, "When the status word last changed.")
        _ = fields.required("reason", .string(minLength: 1, maxLength: 1_024), "Why, as one CamelCase word.")
        _ = fields.required("message", .string(maxLength: 32_768), "Why, for people.")
    }

    static func field(_ fields: Fields) {
        _ = fields.optional(
            "conditions",
            .list(of: .object(ConditionStatus.self), maxItems: 20, key: "type"),
            "Ready always; Reconciling and Stalled only while true."
        )
        _ = fields.optional("observedGeneration", .integer(-1...Int64.max), "The last generation that was looked at.")
    }
}

extension FieldType<String> {
    /// RFC 3339 time.
    static var timestamp: FieldType {
        FieldType(
            schema: ["type": "string", "format": "date-time"],
            placeholder: ""
        ) { value, pointer, problems in
            FieldType.string(maxLength: 64).decode(value, pointer, problems)
        }
    }

    /// The token of `taffrail.dev/requestedAt` that was handled last.
    static func handledRequest(_ fields: Fields) {
        _ = fields.optional(
            "lastHandledReconcileAt",
            .string(),
            "The value of the annotation taffrail.dev/requestedAt that was handled last."
        )
    }
}
