// SPDX-License-Identifier: Apache-2.0

package import Change
package import JSON
package import Kubernetes
internal import TaffrailAPI
internal import YAML

/// A file of a config repository, read from its tree.
package struct SourceFile: Sendable, Hashable {
    /// Relative to the repository's root.
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// A manifest as it stands in a repository, normalised, before anybody asked a cluster about it.
package struct RenderedObject: Sendable, Hashable {
    package let type: GroupVersionKind
    package let name: String
    /// As written; `nil` where the manifest names none.
    package let namespace: String?
    package let manifest: JSONValue
    package let location: SourceLocation
}

/// What the files of an Environment ask for.
package struct Rendering: Sendable {
    package let objects: [RenderedObject]
    package let findings: [Finding]
    /// Files of which at least one object could not be read: what they had applied before stays as it is.
    package let brokenPaths: Set<String>
}

/// Turns files into objects. Pure: the same files give the same objects in the same order.
package struct Renderer: Sendable {
    package static let extensions: Set<String> = ["yaml", "yml", "json"]

    /// The folder that the Environment names, relative to the repository's root; empty for the root.
    private let root: String

    package init(root: String) {
        self.root = root
    }

    /// Whether a file of this path can hold manifests; others need not be read.
    package static func isManifest(path: String) -> Bool {
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return false }
        return extensions.contains(path[path.index(after: dot)...].lowercased())
    }

    /// - Parameters:
    ///   - files: those below the root that `isManifest` says yes to.
    ///   - ignore: the rules of the root's `.taffrailignore`.
    package func render(_ files: [SourceFile], ignore: IgnoreRules) -> Rendering {
        var collector = Collector()
        for file in files.sorted(by: { $0.path < $1.path }) where !ignore.ignores(relative(file.path)) {
            collector.add(file)
        }
        return collector.finish()
    }

    private func relative(_ path: String) -> String {
        root.isEmpty || !path.hasPrefix(root + "/") ? path : String(path.dropFirst(root.count + 1))
    }
}

/// Gathers objects and findings file by file.
private struct Collector {
    private var objects: [RenderedObject] = []
    private var findings: [Finding] = []
    private var brokenPaths: Set<String> = []

    mutating func add(_ file: SourceFile) {
        let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
        guard !["kustomization.yaml", "kustomization.yml", "Kustomization"].contains(name) else {
            return report(
                Finding(
                    rule: "kustomize-unsupported",
                    message: "Kustomize overlays are not rendered: render this folder with 'kubectl kustomize' and "
                        + "commit the result, or name the file in \(IgnoreRules.fileName)",
                    location: SourceLocation(path: file.path)
                )
            )
        }
        // JSON is read as the YAML that it is, so that both give errors with a line and a column.
        let stream = YAML.parse(file.bytes, file: file.path)
        for error in stream.errors {
            report(
                Finding(
                    rule: error.code.rawValue,
                    message: error.message,
                    location: SourceLocation(
                        path: file.path,
                        line: error.position?.line,
                        column: error.position?.column
                    )
                )
            )
        }
        for document in stream.documents {
            add(document, of: file)
        }
    }

    mutating func finish() -> Rendering {
        Rendering(objects: objects, findings: findings, brokenPaths: brokenPaths)
    }

    private mutating func add(_ document: YAMLDocument, of file: SourceFile) {
        let place = Place(file: file, document: document)
        guard case .object = document.value else {
            return report(
                place.finding(
                    "not-an-object",
                    "a manifest must be an object, and this is \(document.value.typeName)",
                    at: []
                )
            )
        }
        guard document.value["kind"]?.stringValue?.hasSuffix("List") == true,
            let items = document.value["items"]?.arrayValue
        else { return add(document.value, at: [], in: place) }
        for (index, item) in items.enumerated() {
            add(item, at: ["items", String(index)], in: place)
        }
    }

    private mutating func add(_ manifest: JSONValue, at path: [String], in place: Place) {
        guard
            let apiVersion = text(manifest["apiVersion"], "apiVersion", at: path, in: place),
            let kind = text(manifest["kind"], "kind", at: path, in: place),
            let type = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        else { return }
        guard let metadata = manifest["metadata"], case .object = metadata else {
            return report(
                place.finding("missing-metadata", "\(kind) has no metadata: an object needs metadata.name", at: path)
            )
        }
        guard let name = text(metadata["name"], "metadata.name", at: path, in: place, hint: generatedNameHint(metadata))
        else { return }
        if let namespace = metadata["namespace"], namespace.stringValue == nil, !namespace.isNull {
            return report(
                place.finding(
                    "wrong-type",
                    "metadata.namespace must be a string, and this is \(namespace.typeName)",
                    at: path + ["metadata", "namespace"]
                )
            )
        }
        let namespace = metadata["namespace"]?.stringValue
        let key = ObjectKey(group: type.group, kind: type.kind, namespace: namespace, name: name)
        guard stringMapsAreValid(metadata, at: path, in: place, object: key),
            isValid(manifest, key, at: path, in: place)
        else { return }
        objects.append(
            RenderedObject(
                type: type,
                name: name,
                namespace: namespace,
                manifest: Normalisation.normalised(manifest),
                location: place.location(of: path)
            )
        )
    }

    /// Our own kinds are checked here, with the place of every field; the others by their server.
    private mutating func isValid(_ manifest: JSONValue, _ key: ObjectKey, at path: [String], in place: Place) -> Bool {
        let problems = CustomResources.problems(in: manifest)
        for problem in problems {
            report(
                place.finding(problem.rule, problem.message, at: path + problem.pointer.tokens, object: key)
            )
        }
        return problems.isEmpty
    }

    /// Labels and annotations of another type than string are the most common slip in YAML (`version: 1.0`).
    private mutating func stringMapsAreValid(
        _ metadata: JSONValue,
        at path: [String],
        in place: Place,
        object: ObjectKey
    ) -> Bool {
        var isValid = true
        for field in ["labels", "annotations"] {
            for (key, value) in metadata[field]?.objectValue ?? JSONObject() where value.stringValue == nil {
                isValid = false
                report(
                    place.finding(
                        "wrong-type",
                        "metadata.\(field).\(key) must be a string, and this is \(value.typeName): put it in quotes",
                        at: path + ["metadata", field, key],
                        object: object
                    )
                )
            }
        }
        return isValid
    }

    private func generatedNameHint(_ metadata: JSONValue) -> String {
        metadata["generateName"] == nil
            ? "" : "; generateName cannot be reconciled, since each apply would make another object"
    }

    private mutating func text(
        _ value: JSONValue?,
        _ field: String,
        at path: [String],
        in place: Place,
        hint: String = ""
    ) -> String? {
        if let text = value?.stringValue, !text.isEmpty { return text }
        let tokens = path + (value == nil ? [] : field.split(separator: ".").map(String.init))
        let problem = value.map { $0.stringValue == nil ? "must be a string, and this is \($0.typeName)" : "is empty" }
        report(
            place.finding(
                value == nil ? "missing-field" : "wrong-type",
                "\(field) \(problem ?? "is missing")\(hint)",
                at: tokens
            )
        )
        return nil
    }

    private mutating func report(_ finding: Finding) {
        findings.append(finding)
        if let path = finding.location?.path { brokenPaths.insert(path) }
    }
}

/// A document in a file, which can tell where its fields stand.
private struct Place {
    let file: SourceFile
    let document: YAMLDocument

    func location(of tokens: [String]) -> SourceLocation {
        guard !tokens.isEmpty else { return location(at: document.position) }
        let pointer = JSONPointer(tokens: tokens)
        return location(at: YAML.position(of: pointer, document: document.index, in: file.bytes) ?? document.position)
    }

    func finding(_ rule: String, _ message: String, at tokens: [String], object: ObjectKey? = nil) -> Finding {
        Finding(
            rule: rule,
            message: message,
            location: location(of: tokens),
            object: object,
            field: tokens.isEmpty ? nil : JSONPointer(tokens: tokens)
        )
    }

    private func location(at position: SourcePosition) -> SourceLocation {
        SourceLocation(path: file.path, document: document.index, line: position.line, column: position.column)
    }
}
