// SPDX-License-Identifier: Apache-2.0

package import JSON

/// One thing that is wrong with a resource.
package struct FieldProblem: Sendable, Hashable {
    /// A stable word: `unknown-field`, `missing-field`, `wrong-type`, `invalid-value`.
    package let rule: String
    package let pointer: JSONPointer
    package let message: String
}

/// A type that reads itself from the members of an object.
///
/// The initializer must ask for the same fields whatever it gets: it also runs once to record the schema, on placeholders.
package protocol FieldsDecodable: Sendable {
    init(from fields: Fields)
}

/// The members of one object, while a type reads them or while their schema is recorded.
package final class Fields {
    private let members: JSONObject?
    private let pointer: JSONPointer
    private let problems: ProblemList
    private var asked: Set<String> = []
    private var properties: [JSONObject.Element] = []
    private var requiredNames: [String] = []

    /// For decoding; without members, for recording.
    init(members: JSONObject?, pointer: JSONPointer, problems: ProblemList) {
        self.members = members
        self.pointer = pointer
        self.problems = problems
    }

    /// A field that must be there.
    package func required<Value>(_ name: String, _ type: FieldType<Value>, _ doc: String) -> Value {
        requiredNames.append(name)
        guard let value = optional(name, type, doc) else {
            if let members, members[name] == nil || members[name] == .null {
                problems.add("missing-field", pointer, "\(path(name)) is missing: \(doc.lowercasedFirst)")
            }
            return type.placeholder
        }
        return value
    }

    /// A field that may be left out.
    package func optional<Value>(_ name: String, _ type: FieldType<Value>, _ doc: String) -> Value? {
        record(name, type.schema, doc)
        guard let value = members?[name], !value.isNull else { return nil }
        return type.decode(value, pointer.appending(name), problems)
    }

    /// A field that the API server sets where it is left out, so that nobody has to know a default that is hidden in code.
    package func defaulted<Value>(
        _ name: String,
        _ type: FieldType<Value>,
        _ value: Value,
        json: JSONValue,
        _ doc: String
    ) -> Value {
        var schema = type.schema
        schema["default"] = json
        record(name, schema, doc)
        guard let found = members?[name], !found.isNull else { return value }
        return type.decode(found, pointer.appending(name), problems) ?? value
    }

    /// Two fields of which only one may be there.
    package func refuseTogether(_ first: String, _ second: String) {
        guard let members, members[first].map({ !$0.isNull }) == true, members[second].map({ !$0.isNull }) == true
        else { return }
        problems.add(
            "invalid-value",
            pointer.appending(second),
            "\(path(second)) cannot stand beside \(path(first)): leave one of them out"
        )
    }

    /// Members that nobody asked for are slips of the pen.
    func reportUnknown() {
        guard let members else { return }
        for key in members.keys where !asked.contains(key) {
            let hint = EditDistance.closest(to: key, among: asked).map { ", did you mean '\($0)'?" } ?? ""
            problems.add("unknown-field", pointer.appending(key), "unknown field \(path(key))\(hint)")
        }
    }

    /// The object's schema, after the fields were asked for.
    func schema(_ doc: String? = nil) -> JSONValue {
        var schema: JSONValue = ["type": "object", "properties": .object(JSONObject(uniqueMembers: properties))]
        if !requiredNames.isEmpty { schema["required"] = .array(requiredNames.map { .string($0) }) }
        if let doc { schema["description"] = .string(doc) }
        return schema
    }

    private func record(_ name: String, _ schema: JSONValue, _ doc: String) {
        asked.insert(name)
        guard members == nil else { return }
        var described: JSONValue = ["description": .string(doc)]
        for (key, value) in schema.objectValue ?? [:] where key != "description" { described[key] = value }
        properties.append((name, described))
    }

    private func path(_ name: String) -> String { FieldPath.text(pointer.appending(name)) }
}

/// A field's path as people write it: `spec.ports[0].name`.
package enum FieldPath {
    package static func text(_ pointer: JSONPointer) -> String {
        var text = ""
        for token in pointer.tokens {
            if !token.isEmpty, token.allSatisfy({ $0.isASCII && $0.isNumber }) {
                text += "[\(token)]"
            } else {
                text += (text.isEmpty ? "" : ".") + token
            }
        }
        return text
    }
}

/// Gathers problems, so that all are reported at once.
final class ProblemList {
    private(set) var list: [FieldProblem] = []

    func add(_ rule: String, _ pointer: JSONPointer, _ message: String) {
        list.append(FieldProblem(rule: rule, pointer: pointer, message: message))
    }
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
