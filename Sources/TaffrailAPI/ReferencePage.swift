// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// A kind's schema as a table of fields.
enum ReferencePage {
    static func lines(_ kind: String, _ summary: String, _ schema: JSONValue) -> [String] {
        var lines = ["## \(kind)", "", summary, "", "| field | type | required | meaning |", "|---|---|---|---|"]
        for part in ["spec", "status"] {
            guard let partSchema = schema["properties"]?[part] else { continue }
            append(partSchema, path: part, to: &lines)
        }
        return lines + [""]
    }

    private static func append(_ schema: JSONValue, path: String, to lines: inout [String]) {
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        for (name, field) in schema["properties"]?.objectValue ?? [:] {
            let isList = field["type"]?.stringValue == "array"
            let fieldPath = "\(path).\(name)\(isList ? "[]" : "")"
            let needed = required.contains(name) ? "yes" : ""
            lines.append("| `\(fieldPath)` | \(type(of: field)) | \(needed) | \(meaning(of: field)) |")
            append(isList ? field["items"] ?? .null : field, path: fieldPath, to: &lines)
        }
    }

    private static func type(of field: JSONValue) -> String {
        if field["x-kubernetes-int-or-string"] != nil {
            return field["pattern"] == nil ? "integer or string" : "quantity"
        }
        if field["additionalProperties"] != nil { return "map" }
        guard field["type"]?.stringValue == "array" else { return field["type"]?.stringValue ?? "any" }
        return "list of \(field["items"]?["type"]?.stringValue ?? "any")"
    }

    private static func meaning(of field: JSONValue) -> String {
        var text = field["description"]?.stringValue ?? ""
        if let words = field["enum"]?.arrayValue?.compactMap(\.stringValue) {
            text += " One of " + words.map { "`\($0)`" }.joined(separator: ", ") + "."
        }
        if let value = field["default"] {
            text += " Default: `\(String(decoding: value.serialized(), as: UTF8.self))`."
        }
        return text
    }
}
