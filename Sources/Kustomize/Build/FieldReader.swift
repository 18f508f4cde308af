// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Reads a mapping of a kustomization, and reports every field that is unknown or has another type than it should.
struct FieldReader {
    let tokens: [String]
    let document: SourceDocument
    private let members: JSONObject
    private let problems: ProblemList

    /// - Parameter fields: all that the mapping may have.
    init?(
        _ value: JSONValue,
        at tokens: [String] = [],
        document: SourceDocument,
        problems: ProblemList,
        fields: [String]
    ) {
        self.tokens = tokens
        self.document = document
        self.problems = problems
        guard let members = value.objectValue else {
            let name = tokens.last.map { "'\($0)'" } ?? "a kustomization"
            problems.report(
                document.problem(.invalid, "\(name) must be an object, and this is \(value.typeName)", at: tokens)
            )
            return nil
        }
        self.members = members
        for key in members.keys where !fields.contains(key) { reportUnknown(key, fields) }
    }

    private func reportUnknown(_ key: String, _ fields: [String]) {
        let near = fields.first { $0.lowercased() == key.lowercased() }
        let hint = near.map { ": it is written '\($0)'" } ?? ""
        problems.report(document.problem(.unknownField, "there is no field '\(key)' here\(hint)", at: tokens + [key]))
    }

    /// The field's value; null counts as absent.
    func value(_ key: String) -> JSONValue? {
        guard let value = members[key], !value.isNull else { return nil }
        return value
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    func report(_ rule: KustomizeProblem.Rule, _ message: String, at key: String) {
        problems.report(document.problem(rule, message, at: tokens + [key]))
    }

    // MARK: - Types

    /// Empty if there is none.
    func string(_ key: String) -> String {
        guard let value = value(key) else { return "" }
        return string(value, at: tokens + [key]) ?? ""
    }

    func bool(_ key: String) -> Bool {
        guard let value = value(key) else { return false }
        guard let flag = value.boolValue else {
            reportType("true or false", value, at: tokens + [key])
            return false
        }
        return flag
    }

    func integer(_ key: String) -> Int64 {
        guard let value = value(key) else { return 0 }
        guard let number = value.intValue else {
            reportType("an integer", value, at: tokens + [key])
            return 0
        }
        return number
    }

    func strings(_ key: String) -> [PlacedText] {
        items(key).compactMap { item, tokens in
            string(item, at: tokens).map { PlacedText(text: $0, tokens: tokens) }
        }
    }

    /// A mapping of strings; null stands for an empty one.
    func stringMap(_ key: String) -> [String: String] {
        guard let value = value(key) else { return [:] }
        guard let members = value.objectValue else {
            reportType("an object", value, at: tokens + [key])
            return [:]
        }
        var result: [String: String] = [:]
        for (name, item) in members { result[name] = item.isNull ? "" : string(item, at: tokens + [key, name]) }
        return result
    }

    func object(_ key: String, fields: [String]) -> FieldReader? {
        guard let value = value(key) else { return nil }
        return FieldReader(value, at: tokens + [key], document: document, problems: problems, fields: fields)
    }

    func objects(_ key: String, fields: [String]) -> [FieldReader] {
        items(key).compactMap { item, tokens in
            FieldReader(
                item.isNull ? .object([:]) : item,
                at: tokens,
                document: document,
                problems: problems,
                fields: fields
            )
        }
    }

    // MARK: - Helpers of the above

    private func items(_ key: String) -> [(JSONValue, [String])] {
        guard let value = value(key) else { return [] }
        guard let items = value.arrayValue else {
            reportType("a list", value, at: tokens + [key])
            return []
        }
        return items.enumerated().map { ($1, tokens + [key, String($0)]) }
    }

    private func string(_ value: JSONValue, at tokens: [String]) -> String? {
        if value.isNull { return "" }
        guard let text = value.stringValue else {
            reportType("a string", value, at: tokens, hint: value.isScalar ? ": put it in quotes" : "")
            return nil
        }
        return text
    }

    private func reportType(_ wanted: String, _ value: JSONValue, at tokens: [String], hint: String = "") {
        let name = tokens.last { Int($0) == nil } ?? ""
        let message = "'\(name)' must be \(wanted), and this is \(value.typeName)\(hint)"
        problems.report(document.problem(.invalid, message, at: tokens))
    }

    /// Builds a part that may refuse the field's text.
    func building<Part>(_ key: String, _ body: () throws(Refusal) -> Part) -> Part? {
        do throws(Refusal) {
            return try body()
        } catch {
            report(error.rule, error.message, at: key)
            return nil
        }
    }
}

/// A text of a kustomization, and where it stands.
struct PlacedText {
    let text: String
    let tokens: [String]
}
