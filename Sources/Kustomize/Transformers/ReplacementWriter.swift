// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// Writes one value to the fields that one path names in one object.
struct ReplacementWriter {
    let value: JSONValue
    let path: FieldPath
    let options: Replacement.FieldOptions
    let builder: Builder

    func write(to object: inout JSONValue) throws(Refusal) {
        if try writeIntoText(of: &object) { return }
        let creation = options.creates ? FieldPath.Creation(like: value) : nil
        let count = try path.edit(&object, creating: creation) { (field) throws(Refusal) in try write(toField: &field) }
        guard count > 0 else {
            throw Refusal(
                .notFound,
                "there is no field '\(path.text)'" + (options.creates ? " and none can be made" : "")
            )
        }
    }

    private func write(toField field: inout JSONValue) throws(Refusal) {
        var text = value.scalarText
        if !options.delimiter.isEmpty {
            guard field.isScalar else {
                throw .invalid("'delimiter' needs a text, and '\(path.text)' is \(field.typeName)")
            }
            text = joined(field.scalarText, text)
        }
        try builder.expand(by: value.weight + text.utf8.count)
        guard path.parts.count + value.depth <= JSONValue.deepest else {
            throw Refusal(.limit, "'\(path.text)' nests values deeper than \(JSONValue.deepest)")
        }
        guard field.isScalar else {
            field = value
            return
        }
        // Lists and mappings have no text, and leave an empty one.
        field = try field.typed(text, at: path.text)
    }

    private func joined(_ old: String, _ text: String) -> String {
        var parts = old.parts(at: options.delimiter)
        if options.index < 0 {
            parts.insert(text, at: 0)
        } else if options.index >= parts.count {
            parts.append(text)
        } else {
            parts[options.index] = text
        }
        return parts.joined(separator: options.delimiter)
    }

    // MARK: - Fields inside of texts

    /// A path may go on in the text of a field, if that is JSON.
    /// - Returns: whether it does.
    private func writeIntoText(of object: inout JSONValue) throws(Refusal) -> Bool {
        guard let length = lengthOfPathToText(in: object) else { return false }
        let inner = path.dropping(length)
        var isWritten = false
        _ = try path.prefix(length).edit(&object, creating: nil) { (field) throws(Refusal) in
            let text = field.scalarText
            guard let document = YAML.parse(Array(text.utf8), file: "").documents.first, !document.value.isScalar else {
                return
            }
            guard let first = text.trimmingSpace.first, first == "{" || first == "[" else {
                throw Refusal(.unsupported, "'\(path.text)' leads into YAML in a text: only JSON is changed there")
            }
            var content = document.value
            let creation = options.creates ? FieldPath.Creation(like: value) : nil
            let count = try inner.edit(&content, creating: creation) { (place) throws(Refusal) in
                // A delimiter does not count here.
                place = place.isScalar ? try place.typed(value.scalarText, at: path.text) : value
            }
            guard count > 0 else { return }
            isWritten = true
            var json = GoJSON(isPretty: text.contains("\n") && text.contains("  "))
            json.write(content)
            try builder.expand(by: json.bytes.count)
            field = .string(String(decoding: json.bytes, as: UTF8.self))
        }
        return isWritten
    }

    /// How many parts lead to the first text on the way; `nil` if the path does not lead through one.
    private func lengthOfPathToText(in object: JSONValue) -> Int? {
        for length in 1..<max(1, path.parts.count) {
            guard let found = try? path.prefix(length).value(in: object) else { continue }
            if case .string = found { return length }
        }
        return nil
    }
}

extension FieldPath {
    private init(parts: [Part], text: String) {
        self.parts = parts
        self.text = text
    }

    func prefix(_ count: Int) -> FieldPath { FieldPath(parts: Array(parts.prefix(count)), text: text) }

    func dropping(_ count: Int) -> FieldPath { FieldPath(parts: Array(parts.dropFirst(count)), text: text) }
}

extension JSONValue {
    /// A text in the type that the field has: a number stays one.
    fileprivate func typed(_ text: String, at path: String) throws(Refusal) -> JSONValue {
        switch self {
        case .number(FieldPath.untyped): return .untagged(text)
        case .string: return .string(text)
        case .int, .uint, .number:
            let value = JSONValue.untagged(text)
            switch value {
            case .int, .uint, .number: return value
            default: throw .invalid("'\(path)' is a number, and the value is none")
            }
        case .bool:
            guard text == "true" || text == "false" else {
                throw .invalid("'\(path)' is true or false, and the value is not")
            }
            return .bool(text == "true")
        default:
            throw .invalid("'\(path)' is null: no value can be written there")
        }
    }

    /// What a text without quotes and without a type stands for.
    private static func untagged(_ text: String) -> JSONValue {
        let documents = YAML.parse(Array(text.utf8), file: "").documents
        guard documents.count == 1, let value = documents.first?.value else { return .string(text) }
        switch value {
        case .int, .uint, .number: return value
        // `yes` and the like are text to kustomize.
        case .bool: return ["true", "false"].contains(text.lowercased()) ? value : .string(text)
        default: return .string(text)
        }
    }
}
