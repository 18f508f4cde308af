// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import YAML

/// Reads the objects of a file: one or several documents, lists of objects among them.
enum ManifestReader {
    static func read(_ file: SourceFile, _ report: inout RenderReport) -> [Manifest] {
        // JSON is read as the YAML that it is, so that both give errors with a line and a column.
        let stream = YAML.parse(file.bytes, file: file.path)
        for error in stream.errors {
            report.add(
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
        var manifests: [Manifest] = []
        for document in stream.documents {
            let place = ManifestPlace(
                path: file.path,
                document: document.index,
                start: document.position,
                tokens: []
            )
            manifests += read(document.value, place, &report)
        }
        return manifests
    }

    private static func read(_ value: JSONValue, _ place: ManifestPlace, _ report: inout RenderReport) -> [Manifest] {
        guard case .object = value else {
            let message = "a manifest must be an object, and this is \(value.typeName)"
            report.add("not-an-object", message + place.ignoreHint, of: place)
            return []
        }
        guard value["sops"]?["mac"] == nil else {
            report.add(
                "sops-encrypted",
                "this file is encrypted with SOPS, and would be applied as it is: nothing is decrypted here, so keep its secrets "
                    + "in a store of the cluster, or name the file in \(IgnoreRules.fileName)",
                at: ["sops"],
                of: place
            )
            return []
        }
        guard let kind = value["kind"]?.stringValue, kind.hasSuffix("List") else {
            return [Manifest(value: value, place: place)]
        }
        guard let items = value["items"]?.arrayValue else {
            // Other kinds may be called a list and be none.
            guard kind == "List" else { return [Manifest(value: value, place: place)] }
            let problem = value["items"].map { "must be a list, and this is \($0.typeName)" } ?? "is missing"
            report.add("wrong-type", "items \(problem): a List has its objects there", at: ["items"], of: place)
            return []
        }
        return items.enumerated().flatMap { index, item in
            let tokens = (place.tokens ?? []) + ["items", String(index)]
            let place = ManifestPlace(path: place.path, document: place.document, start: place.start, tokens: tokens)
            return read(item, place, &report)
        }
    }
}
