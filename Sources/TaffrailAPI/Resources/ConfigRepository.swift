// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Where desired state comes from.
package struct ConfigRepository: CustomResource {
    package static let kind = "ConfigRepository"
    package static let plural = "configrepositories"
    package static let shortNames = ["crepo"]
    package static let summary = "A Git repository that holds desired state."
    package static let columns = [
        PrinterColumn("URL", ".spec.url"),
        PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
        PrinterColumn("Revision", ".status.revision"),
        PrinterColumn("Status", ".status.conditions[?(@.type==\"Ready\")].message", isWide: true),
    ]

    package let metadata: ResourceMetadata
    package let spec: Spec

    package init(metadata: ResourceMetadata, spec: Spec) {
        self.metadata = metadata
        self.spec = spec
    }

    package struct Spec: FieldsDecodable {
        package let url: String
        package let reference: Reference
        package let interval: GoDuration?
        package let timeout: GoDuration?
        package let secret: LocalReference?
        package let isSuspended: Bool

        package init(from fields: Fields) {
            url = fields.required(
                "url",
                .string(pattern: "^https://", minLength: 9, maxLength: 2_048) { url in
                    guard url.hasPrefix("https://") else { return "must begin with https://" }
                    return url.dropFirst(8).prefix { $0 != "/" }.contains("@")
                        ? "must not hold credentials: put them into a Secret and name it in secretRef" : nil
                },
                "The repository's URL."
            )
            reference = fields.required("ref", .object(Reference.self), "What to read of the repository.")
            interval = GoDuration(
                fields.defaulted("interval", .duration, "1m", json: "1m", "How often to look for new commits.")
            )
            timeout = GoDuration(
                fields.defaulted("timeout", .duration, "1m", json: "1m", "How long one fetch may take.")
            )
            secret = fields.optional(
                "secretRef",
                .object(LocalReference.self),
                "A Secret with `username` and `password`, or `bearerToken`; and `ca.crt` for a private authority."
            )
            isSuspended = fields.defaulted(
                "suspend",
                .boolean,
                false,
                json: false,
                "Whether to stop looking for commits."
            )
        }
    }

    /// A branch, or one commit.
    package struct Reference: FieldsDecodable {
        package let branch: String?
        package let commit: String?

        package init(from fields: Fields) {
            branch = fields.optional("branch", .string(minLength: 1, maxLength: 255), "The branch whose head is read.")
            commit = fields.optional(
                "commit",
                .string(pattern: "^[0-9a-f]{40}$", minLength: 40, maxLength: 40) {
                    $0.utf8.count == 40 && $0.allSatisfy { $0.isHexDigit && !$0.isUppercase }
                        ? nil : "must be the full id of a commit: 40 lower-case hexadecimal digits"
                },
                "A commit to read instead of a branch's head."
            )
        }
    }

    package struct Status: FieldsDecodable {
        package init(from fields: Fields) {
            ConditionStatus.field(fields)
            _ = fields.optional("revision", .string(), "The revision that was fetched last: branch@sha1:commit.")
            FieldType.handledRequest(fields)
        }
    }
}
