// SPDX-License-Identifier: Apache-2.0

package import JSON

/// What is applied where.
package struct Environment: CustomResource {
    package static let kind = "Environment"
    package static let plural = "environments"
    package static let shortNames = ["tenv"]
    package static let summary = "Applies a folder of a ConfigRepository to a namespace, and keeps it so."
    package static let columns = [
        PrinterColumn("Repository", ".spec.repositoryRef.name"),
        PrinterColumn("Path", ".spec.path"),
        PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
        PrinterColumn("Revision", ".status.lastAppliedRevision"),
        PrinterColumn("Status", ".status.conditions[?(@.type==\"Ready\")].message", isWide: true),
    ]

    package let metadata: ResourceMetadata
    package let spec: Spec

    package init(metadata: ResourceMetadata, spec: Spec) {
        self.metadata = metadata
        self.spec = spec
    }

    /// What to do with an object that somebody else changed.
    package enum Healing: String, CaseIterable, Sendable {
        case on
        case strict
        case report
    }

    /// What becomes of what was applied when the Environment itself is deleted.
    package enum DeletionPolicy: String, CaseIterable, Sendable {
        case orphan
        case prune
    }

    package struct Spec: FieldsDecodable {
        package let repository: LocalReference
        package let path: String
        package let targetNamespace: String?
        package let patches: [Patch]
        package let variables: [String: JSONValue]
        package let kubeconfig: KubeconfigReference?
        package let serviceAccountName: String
        package let prunes: Bool
        package let maxPrune: Int64
        package let healing: Healing
        package let allowedManagers: [String]
        package let deletionPolicy: DeletionPolicy
        package let dependencies: [LocalReference]
        package let interval: GoDuration?
        package let timeout: GoDuration?
        package let isSuspended: Bool

        package init(from fields: Fields) {
            repository = fields.required(
                "repositoryRef",
                .object(LocalReference.self),
                "The ConfigRepository, in the same namespace."
            )
            path =
                fields.optional(
                    "path",
                    .string(maxLength: 1_024) { path in
                        path.hasPrefix("/") || path.split(separator: "/").contains("..")
                            ? "must be relative to the repository and must not hold '..'" : nil
                    },
                    "The folder in the repository; the whole repository if left out."
                ) ?? ""
            targetNamespace = fields.optional(
                "targetNamespace",
                .objectName,
                "Where objects go that name no namespace; objects that name another one are refused. Without it, every object must name its namespace, unless its kind is one of the cluster."
            )
            patches =
                fields.optional(
                    "patches",
                    .list(of: .object(Patch.self), maxItems: 100),
                    "What is different here from what the repository says: patches as Kustomize has them, in their order."
                ) ?? []
            variables =
                fields.optional(
                    "variables",
                    .map(of: .scalar, maxProperties: 200) { name in
                        NameSyntax.isVariableName(name)
                            ? nil : "must begin with a letter and have letters, digits and '_' only, at most 63"
                    },
                    "Values for ${var.NAME} in manifests: text, integers, numbers, true or false. Where a value is nothing but the reference, it takes the variable's type."
                ) ?? [:]
            kubeconfig = fields.optional(
                "kubeConfig",
                .object(KubeconfigReference.self),
                "Another cluster to deliver to; the one of the Environment itself if left out. An Environment stays in its cluster: the annotation taffrail.dev/allow-cluster with the uid of another one's namespace kube-system lets it move, and leaves what it has applied."
            )
            serviceAccountName = fields.defaulted(
                "serviceAccountName",
                .objectName,
                "default",
                json: "default",
                "The service account of this namespace that applies are made as: nothing goes beyond its rights. In another cluster, the kubeconfig says as whom."
            )
            prunes = fields.defaulted(
                "prune",
                .boolean,
                true,
                json: true,
                "Whether objects are deleted that are no longer in the repository."
            )
            maxPrune = fields.defaulted(
                "maxPrune",
                .integer(0...100),
                50,
                json: 50,
                "The share of the applied objects, in percent, that one commit may delete; ten always may go. The annotation taffrail.dev/allow-prune with a commit's id lifts it for that commit."
            )
            deletionPolicy = fields.defaulted(
                "deletionPolicy",
                .word(DeletionPolicy.orphan),
                .orphan,
                json: "orphan",
                "What becomes of what was applied when the Environment is deleted: left as it is, or pruned on record before the Environment goes."
            )
            healing = fields.defaulted(
                "heal",
                .word(Healing.on),
                .on,
                json: "on",
                "What becomes of objects that somebody else changed: 'on' applies them again and records fields that others added, 'strict' also takes these away, 'report' only records."
            )
            allowedManagers =
                fields.optional(
                    "allowedManagers",
                    .list(of: .string(minLength: 1, maxLength: 128), maxItems: 100),
                    "Field managers that may add to objects, beside the cluster's own controllers: what they add is no drift."
                ) ?? []
            dependencies =
                fields.optional(
                    "dependsOn",
                    .list(of: .object(LocalReference.self), maxItems: 50, key: "name"),
                    "Environments of the same namespace that must be ready, and at the same commit where they read the same repository, before this one is applied."
                ) ?? []
            interval = GoDuration(
                fields.defaulted("interval", .duration, "1m", json: "1m", "How often the cluster is compared.")
            )
            timeout = GoDuration(
                fields.defaulted(
                    "timeout",
                    .duration,
                    "5m",
                    json: "5m",
                    "How long applied objects may take to become healthy, and what is pruned at the end of the Environment to be gone."
                )
            )
            isSuspended = fields.defaulted(
                "suspend",
                .boolean,
                false,
                json: false,
                "Whether to leave everything as it is."
            )
        }
    }

    /// Where a kubeconfig is.
    package struct KubeconfigReference: FieldsDecodable {
        package let secret: SecretKeyReference

        package init(from fields: Fields) {
            secret = fields.required(
                "secretRef",
                .object(SecretKeyReference.self),
                "The Secret that holds it. It may run no program, name no file, and leave no server unverified."
            )
        }
    }

    /// A change to some of the objects.
    package struct Patch: FieldsDecodable {
        package let target: Target?
        package let patch: String

        package init(from fields: Fields) {
            target = fields.optional(
                "target",
                .object(Target.self),
                "Which objects; if left out, the one that the patch itself names."
            )
            patch = fields.required(
                "patch",
                .string(minLength: 1, maxLength: 65_536),
                "A strategic merge patch or a JSON patch, in YAML or JSON."
            )
        }

        /// As it stands in a kustomization.
        package var json: JSONValue {
            var value: JSONValue = ["patch": .string(patch)]
            value["target"] = target?.json
            return value
        }
    }

    /// Chooses objects, as Kustomize does: all that is given must match.
    package struct Target: FieldsDecodable {
        private let parts: [(name: String, text: String)]

        package init(from fields: Fields) {
            let names = [
                ("group", "The API group; an expression that the whole of it matches, as with the others."),
                ("version", "The API version."), ("kind", "The kind."), ("name", "The name."),
                ("namespace", "The namespace, as written."),
                ("labelSelector", "A selector such as app=fraud,tier!=test."),
                ("annotationSelector", "The same for annotations."),
            ]
            parts = names.compactMap { name, doc in
                fields.optional(name, .string(maxLength: 1_024), doc).map { (name, $0) }
            }
        }

        fileprivate var json: JSONValue {
            .object(JSONObject(uniqueMembers: parts.map { ($0.name, .string($0.text)) }))
        }
    }

    package struct Status: FieldsDecodable {
        package init(from fields: Fields) {
            ConditionStatus.field(fields)
            _ = fields.optional("lastAppliedRevision", .string(), "The last revision of which everything was applied.")
            _ = fields.optional("lastAttemptedRevision", .string(), "The last revision that was tried.")
            _ = fields.optional(
                "history",
                .list(of: .object(Attempt.self), maxItems: Attempt.kept),
                "What came of the last revisions, newest first. The log has all of it."
            )
            FieldType.handledRequest(fields)
        }
    }

    /// What came of a revision, for people who look back.
    package struct Attempt: FieldsDecodable {
        package static let kept = 10

        package init(from fields: Fields) {
            _ = fields.required("revision", .string(), "The revision: branch@sha1:commit.")
            _ = fields.required("reason", .string(minLength: 1, maxLength: 1_024), "What Ready said of it last.")
            _ = fields.required("ready", .boolean, "Whether Ready was True then.")
            _ = fields.required("time", .timestamp, "Since when it said so.")
        }
    }
}
