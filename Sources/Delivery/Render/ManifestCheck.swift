// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import Kubernetes
internal import TaffrailAPI

/// Tells whether a manifest is an object that can be applied, as far as that shows without a cluster.
struct ManifestCheck {
    /// What an API server takes in one request, in bytes, whatever its configuration. Some end the connection when there is more.
    private static let longest = 3 << 20

    private let manifest: Manifest
    private var value: JSONValue { manifest.value }

    private init(_ manifest: Manifest) {
        self.manifest = manifest
    }

    /// - Returns: `nil` if something is wrong, which is reported.
    static func object(_ manifest: Manifest, _ report: inout RenderReport) -> RenderedObject? {
        ManifestCheck(manifest).object(&report)
    }

    private func object(_ report: inout RenderReport) -> RenderedObject? {
        guard
            let apiVersion = text(value["apiVersion"], "apiVersion", &report, hint: manifest.place.ignoreHint),
            let kind = text(value["kind"], "kind", &report)
        else { return nil }
        guard let type = type(apiVersion, kind, &report) else { return nil }
        guard let metadata = value["metadata"], case .object = metadata else {
            let message = "\(kind) has no metadata: an object needs metadata.name"
            report.add("missing-metadata", message, of: manifest.place)
            return nil
        }
        guard let name = text(metadata["name"], "metadata.name", &report, hint: generatedNameHint(metadata)) else {
            return nil
        }
        if let namespace = metadata["namespace"], namespace.stringValue == nil, !namespace.isNull {
            let message = "metadata.namespace must be a string, and this is \(namespace.typeName)"
            report.add("wrong-type", message, at: ["metadata", "namespace"], of: manifest.place)
            return nil
        }
        // An empty one is none, as it is for kubectl.
        let namespace = metadata["namespace"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        guard namesAreValid(name, namespace, &report) else { return nil }
        let key = ObjectKey(group: type.group, kind: type.kind, namespace: namespace, name: name)
        guard stringMapsAreValid(metadata, key, &report), isValid(key, &report), isShort(key, &report) else {
            return nil
        }
        return RenderedObject(
            type: type,
            name: name,
            namespace: namespace,
            manifest: Normalisation.normalised(value),
            location: manifest.place.location
        )
    }

    /// All of these become parts of an address, where what is no name would mean another object.
    private func type(_ apiVersion: String, _ kind: String, _ report: inout RenderReport) -> GroupVersionKind? {
        let parts = apiVersion.split(separator: "/")
        guard let type = GroupVersionKind(apiVersion: apiVersion, kind: kind),
            let version = parts.last, NameSyntax.isLabel(version),
            parts.dropLast().allSatisfy({ NameSyntax.subdomainProblem(String($0)) == nil })
        else {
            let message = "apiVersion '\(apiVersion)' is neither VERSION, like v1, nor GROUP/VERSION, like apps/v1"
            report.add("wrong-type", message, at: ["apiVersion"], of: manifest.place)
            return nil
        }
        guard NameSyntax.isLabel(kind.lowercased()) else {
            let message = "kind '\(kind)' is no name of a kind, like ConfigMap"
            report.add("wrong-type", message, at: ["kind"], of: manifest.place)
            return nil
        }
        return type
    }

    /// Only what no kind allows: some are less strict than others, which their server knows.
    private func namesAreValid(_ name: String, _ namespace: String?, _ report: inout RenderReport) -> Bool {
        let isVisible = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard isVisible, name != ".", name != "..", !name.contains("/"), !name.contains("%") else {
            let message = "metadata.name is '\(name)', which is no name: use lower-case letters, digits, '-' and '.'"
            report.add("invalid-value", message, at: ["metadata", "name"], of: manifest.place)
            return false
        }
        guard namespace.map({ NameSyntax.isLabel($0) }) ?? true else {
            let message =
                "metadata.namespace is '\(namespace ?? "")', which is no name: use lower-case letters, digits and '-'"
            report.add("invalid-value", message, at: ["metadata", "namespace"], of: manifest.place)
            return false
        }
        return true
    }

    /// Our own kinds are checked here, with the place of every field; the others by their server.
    private func isValid(_ key: ObjectKey, _ report: inout RenderReport) -> Bool {
        let problems = CustomResources.problems(in: value)
        for problem in problems {
            report.add(problem.rule, problem.message, at: problem.pointer.tokens, of: manifest.place, object: key)
        }
        return problems.isEmpty
    }

    private func isShort(_ key: ObjectKey, _ report: inout RenderReport) -> Bool {
        let length = value.serialized().count
        guard length > Self.longest else { return true }
        let message = "it has \(length) bytes as JSON, and an API server takes \(Self.longest) at most: divide it"
        report.add("object-too-large", message, of: manifest.place, object: key)
        return false
    }

    /// Labels and annotations of another type than string are the most common slip in YAML (`version: 1.0`).
    private func stringMapsAreValid(
        _ metadata: JSONValue,
        _ object: ObjectKey,
        _ report: inout RenderReport
    ) -> Bool {
        var isValid = true
        for field in ["labels", "annotations"] {
            for (key, value) in metadata[field]?.objectValue ?? JSONObject() where value.stringValue == nil {
                isValid = false
                report.add(
                    "wrong-type",
                    "metadata.\(field).\(key) must be a string, and this is \(value.typeName): put it in quotes",
                    at: ["metadata", field, key],
                    of: manifest.place,
                    object: object
                )
            }
        }
        return isValid
    }

    private func generatedNameHint(_ metadata: JSONValue) -> String {
        metadata["generateName"] == nil
            ? "" : "; generateName cannot be reconciled, since each apply would make another object"
    }

    private func text(
        _ value: JSONValue?,
        _ field: String,
        _ report: inout RenderReport,
        hint: String = ""
    ) -> String? {
        if let text = value?.stringValue, !text.isEmpty { return text }
        let tokens = value == nil ? [] : field.split(separator: ".").map(String.init)
        let problem = value.map { $0.stringValue == nil ? "must be a string, and this is \($0.typeName)" : "is empty" }
        report.add(
            value == nil ? "missing-field" : "wrong-type",
            "\(field) \(problem ?? "is missing")\(hint)",
            at: tokens,
            of: manifest.place
        )
        return nil
    }
}
