// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// Reads the objects of a file, or of a patch: one or many documents, lists of objects among them.
struct ManifestReader {
    let problems: ProblemList

    /// Kubernetes takes 253 characters; names are compared with expressions.
    private static let longestName = 1_024

    /// An object that is on its way through the reader.
    private struct Item {
        let value: JSONValue
        let document: SourceDocument
        /// Where in the document the object stands.
        let tokens: [String]
    }

    /// - Returns: `nil` if the file has a problem, which is reported.
    func resources(_ bytes: [UInt8], path: String) -> [Resource]? {
        let problemsBefore = problems.count
        let items = items(bytes, path: path)
        for item in items { check(item) }
        guard problems.count == problemsBefore else { return nil }
        let expanded = expanded(items)
        guard problems.count == problemsBefore else { return nil }
        let members = expanded.count { !$0.tokens.isEmpty }
        let isSearched = members * bytes.count <= SourceDocument.mostSearched
        return expanded.map { item in
            let isMember = isSearched && !item.tokens.isEmpty
            let origin = Resource.Origin(
                path: path,
                document: item.document.index,
                position: isMember ? item.document.position(of: item.tokens) : item.document.start
            )
            return Resource(value: item.value, origin: origin)
        }
    }

    /// The documents that are not empty; the only one's items if it is a list.
    private func items(_ bytes: [UInt8], path: String) -> [Item] {
        let stream = YAML.parse(bytes, file: path)
        for error in stream.errors { problems.report(KustomizeProblem(error)) }
        let items = stream.documents.map { document in
            Item(
                value: PlainWords.restored(document, in: bytes),
                document: SourceDocument(path: path, bytes: bytes, index: document.index, start: document.position),
                tokens: []
            )
        }.filter { !$0.value.isNullOrEmpty }
        guard items.count == 1, stream.errors.isEmpty, let only = items.first,
            ["List", "ResourceList"].contains(only.value["kind"]?.scalarText), only.value["items"] != nil
        else { return items }
        return members(of: only)
    }

    private func members(of list: Item) -> [Item] {
        (list.value["items"]?.arrayValue ?? []).enumerated().filter { !$1.isNullOrEmpty }.map {
            Item(value: $1, document: list.document, tokens: list.tokens + ["items", String($0)])
        }
    }

    /// Puts the items of lists in the place of the lists, behind all the others.
    private func expanded(_ items: [Item]) -> [Item] {
        var queue = items[...]
        var result: [Item] = []
        while let item = queue.popFirst() {
            guard item.value["kind"]?.scalarText.hasSuffix("List") == true, let list = item.value["items"] else {
                result.append(item)
                continue
            }
            guard list.isNull || list.arrayValue != nil else {
                let message = "the items of a list must be an array, and this is \(list.typeName)"
                report(.invalid, message, item, at: ["items"])
                continue
            }
            let members = members(of: item)
            for member in members { check(member) }
            queue += members
        }
        return result
    }

    // MARK: - Checks

    private func check(_ item: Item) {
        guard let members = item.value.objectValue else {
            return report(.invalid, "a manifest must be an object, and this is \(item.value.typeName)", item, at: [])
        }
        if members["sops"]?.objectValue?["mac"] != nil {
            let message = "this file is encrypted with SOPS: a build has no keys and would apply it as it is"
            return report(.sopsEncrypted, message, item, at: ["sops"])
        }
        let kind = members["kind"]?.scalarText ?? ""
        guard !kind.isEmpty else { return report(.invalid, "a manifest needs a kind", item, at: ["kind"]) }
        if let version = members["apiVersion"], version.isNull || !version.isScalar {
            return report(
                .invalid,
                "apiVersion must be a string, and this is \(version.typeName)",
                item,
                at: ["apiVersion"]
            )
        }
        guard !(kind.hasSuffix("List") && members["items"] != nil) else { return }
        guard let name = item.value["metadata"]?["name"], name.isScalar, !name.scalarText.isEmpty else {
            return report(.invalid, "\(kind) has no metadata.name", item, at: ["metadata", "name"])
        }
        let texts = [name, item.value["metadata"]?["namespace"], members["kind"], members["apiVersion"]]
        guard texts.allSatisfy({ ($0?.scalarText.utf8.count ?? 0) <= Self.longestName }) else {
            return report(.limit, "a name, kind or apiVersion is longer than Kubernetes takes", item, at: [])
        }
    }

    private func report(_ rule: KustomizeProblem.Rule, _ message: String, _ item: Item, at tokens: [String]) {
        problems.report(item.document.problem(rule, message, at: item.tokens + tokens))
    }
}
