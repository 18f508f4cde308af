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

/// Gathers objects and findings file by file. Where they stand is looked up when a file is through, for all of them at once.
private struct Collector {
    private var objects: [RenderedObject] = []
    private var findings: [Finding] = []
    private var brokenPaths: Set<String> = []
    private var openObjects: [(place: Place, object: RenderedObject)] = []
    private var openFindings: [(place: Place, finding: Finding)] = []

    private struct Place {
        let document: YAMLDocument
        let pointer: JSONPointer
    }

    mutating func add(_ file: SourceFile) {
        read(file)
        locate(in: file)
    }

    private mutating func locate(in file: SourceFile) {
        let places = openObjects.map(\.place) + openFindings.map(\.place)
        let positions = YAML.positions(of: places.map { ($0.document.index, $0.pointer) }, in: file.bytes)
        func location(_ index: Int, _ place: Place) -> SourceLocation {
            // What is missing is looked for where its document begins.
            let position = positions[index] ?? place.document.position
            return SourceLocation(
                path: file.path,
                document: place.document.index,
                line: position.line,
                column: position.column
            )
        }
        for (index, item) in openObjects.enumerated() {
            objects.append(item.object.located(at: location(index, item.place)))
        }
        for (index, item) in openFindings.enumerated() {
            findings.append(item.finding.located(at: location(openObjects.count + index, item.place)))
        }
        if !openFindings.isEmpty { brokenPaths.insert(file.path) }
        openObjects = []
        openFindings = []
    }

    private mutating func read(_ file: SourceFile) {
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
            add(document)
        }
    }

    mutating func finish() -> Rendering {
        Rendering(objects: objects, findings: findings, brokenPaths: brokenPaths)
    }

    private mutating func add(_ document: YAMLDocument) {
        guard case .object = document.value else {
            return report(
                "not-an-object",
                "a manifest must be an object, and this is \(document.value.typeName)",
                at: [],
                in: document
            )
        }
        guard document.value["kind"]?.stringValue?.hasSuffix("List") == true,
            let items = document.value["items"]?.arrayValue
        else { return add(document.value, at: [], in: document) }
        for (index, item) in items.enumerated() {
            add(item, at: ["items", String(index)], in: document)
        }
    }

    private mutating func add(_ manifest: JSONValue, at path: [String], in document: YAMLDocument) {
        guard
            let apiVersion = text(manifest["apiVersion"], "apiVersion", at: path, in: document),
            let kind = text(manifest["kind"], "kind", at: path, in: document)
        else { return }
        guard let type = GroupVersionKind(apiVersion: apiVersion, kind: kind) else {
            return report(
                "wrong-type",
                "apiVersion '\(apiVersion)' is neither VERSION, like v1, nor GROUP/VERSION, like apps/v1",
                at: path + ["apiVersion"],
                in: document
            )
        }
        guard let metadata = manifest["metadata"], case .object = metadata else {
            return report(
                "missing-metadata",
                "\(kind) has no metadata: an object needs metadata.name",
                at: path,
                in: document
            )
        }
        guard
            let name = text(
                metadata["name"],
                "metadata.name",
                at: path,
                in: document,
                hint: generatedNameHint(metadata)
            )
        else { return }
        if let namespace = metadata["namespace"], namespace.stringValue == nil, !namespace.isNull {
            return report(
                "wrong-type",
                "metadata.namespace must be a string, and this is \(namespace.typeName)",
                at: path + ["metadata", "namespace"],
                in: document
            )
        }
        let namespace = metadata["namespace"]?.stringValue
        let key = ObjectKey(group: type.group, kind: type.kind, namespace: namespace, name: name)
        guard stringMapsAreValid(metadata, at: path, in: document, object: key),
            isValid(manifest, key, at: path, in: document)
        else { return }
        let object = RenderedObject(
            type: type,
            name: name,
            namespace: namespace,
            manifest: Normalisation.normalised(manifest),
            location: SourceLocation(path: "")
        )
        openObjects.append((Place(document: document, pointer: JSONPointer(tokens: path)), object))
    }

    /// Our own kinds are checked here, with the place of every field; the others by their server.
    private mutating func isValid(
        _ manifest: JSONValue,
        _ key: ObjectKey,
        at path: [String],
        in document: YAMLDocument
    ) -> Bool {
        let problems = CustomResources.problems(in: manifest)
        for problem in problems {
            report(problem.rule, problem.message, at: path + problem.pointer.tokens, in: document, object: key)
        }
        return problems.isEmpty
    }

    /// Labels and annotations of another type than string are the most common slip in YAML (`version: 1.0`).
    private mutating func stringMapsAreValid(
        _ metadata: JSONValue,
        at path: [String],
        in document: YAMLDocument,
        object: ObjectKey
    ) -> Bool {
        var isValid = true
        for field in ["labels", "annotations"] {
            for (key, value) in metadata[field]?.objectValue ?? JSONObject() where value.stringValue == nil {
                isValid = false
                report(
                    "wrong-type",
                    "metadata.\(field).\(key) must be a string, and this is \(value.typeName): put it in quotes",
                    at: path + ["metadata", field, key],
                    in: document,
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

    private mutating func text(
        _ value: JSONValue?,
        _ field: String,
        at path: [String],
        in document: YAMLDocument,
        hint: String = ""
    ) -> String? {
        if let text = value?.stringValue, !text.isEmpty { return text }
        let tokens = path + (value == nil ? [] : field.split(separator: ".").map(String.init))
        let problem = value.map { $0.stringValue == nil ? "must be a string, and this is \($0.typeName)" : "is empty" }
        report(
            value == nil ? "missing-field" : "wrong-type",
            "\(field) \(problem ?? "is missing")\(hint)",
            at: tokens,
            in: document
        )
        return nil
    }

    /// Something that is wrong with a file as a whole, or whose place is known.
    private mutating func report(_ finding: Finding) {
        findings.append(finding)
        if let path = finding.location?.path { brokenPaths.insert(path) }
    }

    private mutating func report(
        _ rule: String,
        _ message: String,
        at tokens: [String],
        in document: YAMLDocument,
        object: ObjectKey? = nil
    ) {
        let pointer = JSONPointer(tokens: tokens)
        let field = tokens.isEmpty ? nil : pointer
        let finding = Finding(rule: rule, message: message, object: object, field: field)
        openFindings.append((Place(document: document, pointer: pointer), finding))
    }
}

extension RenderedObject {
    fileprivate func located(at location: SourceLocation) -> RenderedObject {
        RenderedObject(type: type, name: name, namespace: namespace, manifest: manifest, location: location)
    }
}

extension Finding {
    fileprivate func located(at location: SourceLocation) -> Finding {
        Finding(rule: rule, message: message, location: location, object: object, field: field)
    }
}
