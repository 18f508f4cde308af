// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// Reads replacements, which stand in a kustomization or in files of their own.
struct ReplacementReader {
    let problems: ProblemList

    private static let fields = ["source", "sourceValue", "targets"]
    private static let optionFields = ["delimiter", "index", "encoding", "create"]

    /// The entries of a kustomization.
    func entries(_ reader: FieldReader) -> [ReplacementEntry] {
        reader.objects("replacements", fields: Self.fields + ["path"]).map { entry in
            let path = entry.string("path")
            guard path.isEmpty else {
                if entry.has("source") || entry.has("targets") || entry.has("sourceValue") {
                    entry.report(.invalid, "a replacement has either a path, or a source and targets", at: "path")
                }
                return ReplacementEntry(tokens: entry.tokens, path: path, replacement: nil)
            }
            return ReplacementEntry(tokens: entry.tokens, path: "", replacement: replacement(entry))
        }
    }

    /// The replacements of a file, which holds one or a list of them.
    func replacements(_ bytes: [UInt8], path: String) -> [(Replacement, FieldReader)] {
        let stream = YAML.parse(bytes, file: path)
        for error in stream.errors { problems.report(KustomizeProblem(error)) }
        guard stream.errors.isEmpty, let first = stream.documents.first else { return [] }
        let document = SourceDocument(path: path, bytes: bytes, index: first.index, start: first.position)
        let items: [(JSONValue, [String])]
        switch first.value {
        case .array(let list): items = list.enumerated().map { ($1, [String($0)]) }
        default: items = [(first.value, [])]
        }
        return items.compactMap { item, tokens in
            FieldReader(item, at: tokens, document: document, problems: problems, fields: Self.fields)
                .flatMap { reader in replacement(reader).map { ($0, reader) } }
        }
    }

    private func replacement(_ entry: FieldReader) -> Replacement? {
        let source = source(entry)
        let targets = entry.objects("targets", fields: ["select", "reject", "fieldPaths", "options"])
        if !entry.has("targets") {
            entry.report(.invalid, "a replacement needs a source and at least one target", at: "targets")
        }
        let read = targets.compactMap(target)
        guard let source, read.count == targets.count else { return nil }
        return Replacement(source: source, targets: read)
    }

    private func source(_ entry: FieldReader) -> Replacement.Source? {
        let object = entry.object("source", fields: SelectorReader.fields.dropLast(2) + ["fieldPath", "options"])
        if let value = entry.value("sourceValue") {
            if object != nil {
                entry.report(.invalid, "'source' and 'sourceValue' exclude each other", at: "sourceValue")
            }
            return value.isNull ? nil : .value(entry.string("sourceValue"))
        }
        guard let object else {
            if !entry.has("source") {
                entry.report(.invalid, "a replacement needs a source and at least one target", at: "source")
            }
            return nil
        }
        let kind = Kind(group: object.string("group"), version: object.string("version"), kind: object.string("kind"))
        let selection = Replacement.ResourceSelection(
            kind: kind,
            name: object.string("name"),
            namespace: object.string("namespace")
        )
        let field = object.string("fieldPath")
        return .object(selection, field: field.isEmpty ? Self.defaultField : field, options(object))
    }

    private static let defaultField = "metadata.name"

    private func target(_ entry: FieldReader) -> Replacement.Target? {
        guard let select = entry.object("select", fields: SelectorReader.fields) else {
            if !entry.has("select") { entry.report(.invalid, "a target must select objects", at: "select") }
            return nil
        }
        let fields = entry.strings("fieldPaths").map(\.text)
        return Replacement.Target(
            selector: SelectorReader.selector(select),
            rejected: entry.objects("reject", fields: SelectorReader.fields).map(SelectorReader.selector),
            fields: fields.isEmpty ? [Self.defaultField] : fields,
            options: options(entry)
        )
    }

    private func options(_ entry: FieldReader) -> Replacement.FieldOptions {
        guard let options = entry.object("options", fields: Self.optionFields) else {
            return Replacement.FieldOptions()
        }
        if !options.string("encoding").isEmpty {
            options.report(.unsupported, "'encoding' has no effect in kustomize: leave it out", at: "encoding")
        }
        return Replacement.FieldOptions(
            delimiter: options.string("delimiter"),
            index: Int(options.integer("index")),
            creates: options.bool("create")
        )
    }
}
