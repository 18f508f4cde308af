// SPDX-License-Identifier: Apache-2.0

package import JSON

/// A column of `kubectl get`.
package struct PrinterColumn: Sendable {
    let name: String
    let type: String
    let path: String
    let isWide: Bool

    init(_ name: String, _ path: String, type: String = "string", isWide: Bool = false) {
        self.name = name
        self.type = type
        self.path = path
        self.isWide = isWide
    }
}

/// One of Taffrail's kinds.
package protocol CustomResource: FieldsDecodable {
    associatedtype Spec: FieldsDecodable
    associatedtype Status: FieldsDecodable

    static var kind: String { get }
    static var plural: String { get }
    static var shortNames: [String] { get }
    static var summary: String { get }
    static var columns: [PrinterColumn] { get }
    /// What is wrong with a name, beyond what Kubernetes says.
    static func nameProblem(_ name: String) -> String?

    init(metadata: ResourceMetadata, spec: Spec)
}

extension CustomResource {
    package static var apiVersion: String { CustomResources.group + "/" + CustomResources.version }
    package static func nameProblem(_ name: String) -> String? { nil }

    package init(from fields: Fields) {
        _ = fields.optional("apiVersion", .string(), "The version of the schema.")
        _ = fields.optional("kind", .string(), "The kind.")
        let metadata = fields.required(
            "metadata",
            .object(ResourceMetadata.self),
            "Name, namespace, labels, annotations."
        )
        let spec = fields.required("spec", .object(Spec.self), "What is wanted.")
        _ = fields.optional("status", .object(Status.self), "What is; written by the controller.")
        self.init(metadata: metadata, spec: spec)
    }

    /// Reads a resource, and reports everything that is wrong with it at once.
    package static func decode(_ manifest: JSONValue) throws(ResourceError) -> Self {
        let problems = ProblemList()
        let resource = FieldType.object(Self.self).decode(manifest, JSONPointer(tokens: []), problems)
        if let name = manifest["metadata"]?["name"]?.stringValue, let problem = nameProblem(name) {
            problems.add("invalid-value", JSONPointer(tokens: ["metadata", "name"]), "metadata.name \(problem)")
        }
        guard let resource, problems.list.isEmpty else { throw ResourceError(kind: kind, problems: problems.list) }
        return resource
    }

    static func problems(in manifest: JSONValue) -> [FieldProblem] {
        do {
            _ = try decode(manifest)
            return []
        } catch {
            return error.problems
        }
    }
}

/// A manifest that is not what its kind says.
package struct ResourceError: Error, Sendable, CustomStringConvertible {
    package let kind: String
    package let problems: [FieldProblem]

    package var description: String {
        "the \(kind) is not valid: " + problems.map(\.message).joined(separator: "; ")
    }
}

/// All of Taffrail's kinds.
package enum CustomResources {
    package static let group = "taffrail.dev"
    package static let version = "v1alpha1"

    private static let kinds: [any CustomResource.Type] = [
        ConfigRepository.self, Environment.self, Inventory.self, ModelDeployment.self,
    ]

    /// What is wrong with a manifest of one of the kinds; nothing for a manifest of any other.
    package static func problems(in manifest: JSONValue) -> [FieldProblem] {
        guard manifest["apiVersion"]?.stringValue?.split(separator: "/").first.map(String.init) == group else {
            return []
        }
        guard manifest["apiVersion"]?.stringValue == "\(group)/\(version)" else {
            let pointer = JSONPointer(tokens: ["apiVersion"])
            return [
                FieldProblem(rule: "unknown-kind", pointer: pointer, message: "apiVersion must be \(group)/\(version)")
            ]
        }
        guard let kind = kinds.first(where: { $0.kind == manifest["kind"]?.stringValue }) else {
            let names = kinds.map { $0.kind }.joined(separator: ", ")
            let pointer = JSONPointer(tokens: ["kind"])
            return [
                FieldProblem(rule: "unknown-kind", pointer: pointer, message: "kind must be one of \(names)")
            ]
        }
        return kind.problems(in: manifest)
    }

    /// The CustomResourceDefinitions, by the name of the file that holds each.
    package static var definitions: [(file: String, definition: JSONValue)] {
        kinds.map { ("\(group)_\($0.plural).yaml", $0.definition) }
    }

    /// The reference documentation of all kinds, in Markdown.
    package static var reference: String {
        var lines = [
            "# Custom resources", "",
            "All kinds belong to `\(group)/\(version)`. Generated from the Swift types in `Sources/TaffrailAPI` by `make generate`.",
            "",
        ]
        for kind in kinds { lines += ReferencePage.lines(kind.kind, kind.summary, kind.resourceSchema) }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension CustomResource {
    static var resourceSchema: JSONValue {
        func recorded<Part: FieldsDecodable>(_ type: Part.Type) -> JSONValue { FieldType.object(type).schema }
        var spec = recorded(Spec.self)
        spec["description"] = "What is wanted."
        var status = recorded(Status.self)
        status["description"] = "What is; written by the controller."
        return [
            "description": .string(summary),
            "type": "object",
            "properties": [
                "apiVersion": ["type": "string"], "kind": ["type": "string"], "metadata": ["type": "object"],
                "spec": spec, "status": status,
            ],
            "required": ["spec"],
        ]
    }

    static var definition: JSONValue {
        let columns = self.columns.map { column -> JSONValue in
            var json: JSONValue = [
                "name": .string(column.name), "type": .string(column.type), "jsonPath": .string(column.path),
            ]
            if column.isWide { json["priority"] = 1 }
            return json
        }
        let age: JSONValue = ["name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"]
        return [
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": ["name": .string("\(plural).\(CustomResources.group)")],
            "spec": [
                "group": .string(CustomResources.group),
                "scope": "Namespaced",
                "names": [
                    "kind": .string(kind), "listKind": .string(kind + "List"), "plural": .string(plural),
                    "singular": .string(kind.lowercased()), "shortNames": .array(shortNames.map { .string($0) }),
                    "categories": ["taffrail"],
                ],
                "versions": [
                    [
                        "name": .string(CustomResources.version), "served": true, "storage": true,
                        "schema": ["openAPIV3Schema": resourceSchema],
                        "subresources": ["status": [:]],
                        "additionalPrinterColumns": .array(columns + [age]),
                    ]
                ],
            ],
        ]
    }
}
