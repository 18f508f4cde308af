// SPDX-License-Identifier: Apache-2.0

package import JSON

/// How one field is written, checked and described.
package struct FieldType<Value: Sendable>: Sendable {
    /// Structural OpenAPI v3 schema.
    let schema: JSONValue
    /// Stands in while the schema is recorded, and where a problem was found.
    let placeholder: Value
    /// `nil` after a problem was added.
    let decode: @Sendable (JSONValue, JSONPointer, ProblemList) -> Value?
}

extension FieldType {
    /// The same syntax as another type's, as a value of this one.
    func map<Other>(_ placeholder: Other, _ transform: @escaping @Sendable (Value) -> Other?) -> FieldType<Other> {
        FieldType<Other>(schema: schema, placeholder: placeholder) { value, pointer, problems in
            decode(value, pointer, problems).flatMap(transform)
        }
    }

    fileprivate static func wrongType(
        _ expected: String,
        _ value: JSONValue,
        _ pointer: JSONPointer,
        _ problems: ProblemList
    ) -> Value? {
        problems.add(
            "wrong-type",
            pointer,
            "\(FieldPath.text(pointer)) must be \(expected), and this is \(value.typeName)"
        )
        return nil
    }
}

extension FieldType<String> {
    /// Text; `check` returns what is wrong with it, in words that follow the field's name.
    package static func string(
        pattern: String? = nil,
        minLength: Int = 0,
        maxLength: Int = 4_096,
        check: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> FieldType {
        var schema: JSONValue = ["type": "string", "maxLength": .int(Int64(maxLength))]
        if minLength > 0 { schema["minLength"] = .int(Int64(minLength)) }
        if let pattern { schema["pattern"] = .string(pattern) }
        return FieldType(schema: schema, placeholder: "") { value, pointer, problems in
            guard case .string(let text) = value else { return wrongType("a string", value, pointer, problems) }
            let name = FieldPath.text(pointer)
            let problem: String? =
                if text.isEmpty, minLength > 0 { "must not be empty" } else if text.unicodeScalars.count > maxLength {
                    "must not be longer than \(maxLength) characters"
                } else { check(text) }
            guard let problem else { return text }
            problems.add("invalid-value", pointer, "\(name) \(problem)")
            return nil
        }
    }

    /// A name that Kubernetes gives to objects.
    package static let objectName = FieldType.string(
        pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
        minLength: 1,
        maxLength: 253
    ) { NameSyntax.subdomainProblem($0) }

    /// A Go duration such as `1m30s`.
    package static let duration = FieldType.string(
        pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$",
        minLength: 1,
        maxLength: 64
    ) { GoDuration($0) == nil ? "is '\($0)', which is no duration: write it like 30s, 5m or 1h30m" : nil }
}

extension FieldType<Bool> {
    package static let boolean = FieldType(schema: ["type": "boolean"], placeholder: false) {
        value,
        pointer,
        problems in
        guard case .bool(let flag) = value else { return wrongType("true or false", value, pointer, problems) }
        return flag
    }
}

extension FieldType<Int64> {
    package static func integer(_ range: ClosedRange<Int64>) -> FieldType {
        var schema: JSONValue = ["type": "integer", "format": "int64", "minimum": .int(range.lowerBound)]
        // The API server keeps bounds as doubles: one beyond 2^53 would come back as another number.
        if range.upperBound <= 1 << 53 { schema["maximum"] = .int(range.upperBound) }
        return FieldType(schema: schema, placeholder: range.lowerBound) { value, pointer, problems in
            guard case .int(let number) = value else { return wrongType("an integer", value, pointer, problems) }
            guard range.contains(number) else {
                problems.add(
                    "invalid-value",
                    pointer,
                    "\(FieldPath.text(pointer)) must be between \(range.lowerBound) and \(range.upperBound), not \(number)"
                )
                return nil
            }
            return number
        }
    }
}

extension FieldType where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// One of a few words.
    package static func word(_ placeholder: Value) -> FieldType {
        let words = Value.allCases.map(\.rawValue)
        let schema: JSONValue = ["type": "string", "enum": .array(words.map { .string($0) })]
        return FieldType(schema: schema, placeholder: placeholder) { value, pointer, problems in
            guard case .string(let text) = value else { return wrongType("a string", value, pointer, problems) }
            if let word = Value(rawValue: text) { return word }
            problems.add(
                "invalid-value",
                pointer,
                "\(FieldPath.text(pointer)) must be one of \(words.joined(separator: ", ")), not '\(text)'"
            )
            return nil
        }
    }
}

extension FieldType<JSONValue> {
    /// A quantity such as `2Gi` or `1000m`, as text or as a number.
    package static let quantity = FieldType(
        schema: [
            "anyOf": [["type": "integer"], ["type": "string"]],
            "pattern":
                "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
            "x-kubernetes-int-or-string": true,
        ],
        placeholder: "1"
    ) { value, pointer, problems in
        switch value {
        case .int: return value
        case .string(let text) where NameSyntax.isQuantity(text): return value
        case .string(let text):
            problems.add(
                "invalid-value",
                pointer,
                "\(FieldPath.text(pointer)) is '\(text)', which is no quantity: write it like 500m, 2 or 4Gi"
            )
            return nil
        default: return wrongType("a quantity", value, pointer, problems)
        }
    }

    /// A number or a name, as ports of probes are, or a percentage.
    package static let intOrString = FieldType(
        schema: ["anyOf": [["type": "integer"], ["type": "string"]], "x-kubernetes-int-or-string": true],
        placeholder: 0
    ) { value, pointer, problems in
        switch value {
        case .int, .string: value
        default: wrongType("a number or a string", value, pointer, problems)
        }
    }

    /// Text, a number, or true or false.
    package static let scalar = FieldType(schema: ["x-kubernetes-preserve-unknown-fields": true], placeholder: "") {
        value,
        pointer,
        problems in
        switch value {
        case .string(let text) where text.utf8.count > 65_536:
            problems.add(
                "invalid-value",
                pointer,
                "\(FieldPath.text(pointer)) must not be longer than 65536 bytes"
            )
            return nil
        case .string, .int, .uint, .number, .bool: return value
        default: return wrongType("text, a number, true or false", value, pointer, problems)
        }
    }

    /// An object of Kubernetes' own, which is passed on as it is and checked by the API server where it is used.
    package static let passedOn = FieldType(
        schema: ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
        placeholder: [:]
    ) { value, pointer, problems in
        guard case .object = value else { return wrongType("an object", value, pointer, problems) }
        return value
    }
}

extension FieldType where Value: FieldsDecodable {
    /// A nested object.
    package static func object(_ type: Value.Type) -> FieldType {
        let recording = Fields(members: nil, pointer: JSONPointer(tokens: []), problems: ProblemList())
        let placeholder = Value(from: recording)
        return FieldType(schema: recording.schema(), placeholder: placeholder) { value, pointer, problems in
            guard case .object(let members) = value else { return wrongType("an object", value, pointer, problems) }
            let fields = Fields(members: members, pointer: pointer, problems: problems)
            let result = Value(from: fields)
            fields.reportUnknown()
            return result
        }
    }
}

extension FieldType {
    /// A list; with `key`, one in which that member tells the items apart.
    package static func list<Item>(
        of item: FieldType<Item>,
        maxItems: Int,
        key: String? = nil
    ) -> FieldType<[Item]> {
        var schema: JSONValue = ["type": "array", "maxItems": .int(Int64(maxItems)), "items": item.schema]
        if let key {
            schema["x-kubernetes-list-type"] = "map"
            schema["x-kubernetes-list-map-keys"] = [.string(key)]
        } else {
            schema["x-kubernetes-list-type"] = "atomic"
        }
        return FieldType<[Item]>(schema: schema, placeholder: []) { value, pointer, problems in
            guard case .array(let items) = value else {
                return FieldType<[Item]>.wrongType("a list", value, pointer, problems)
            }
            guard items.count <= maxItems else {
                problems.add(
                    "invalid-value",
                    pointer,
                    "\(FieldPath.text(pointer)) must not have more than \(maxItems) items, and has \(items.count)"
                )
                return nil
            }
            if let key { refuseRepeated(key, in: items, at: pointer, problems) }
            return items.enumerated().compactMap { index, value in
                item.decode(value, pointer.appending(String(index)), problems)
            }
        }
    }

    /// Members of one type; `check` returns what is wrong with a name, in words that follow it.
    package static func map<Item>(
        of item: FieldType<Item>,
        maxProperties: Int,
        check: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> FieldType<[String: Item]> {
        let schema: JSONValue = [
            "type": "object", "additionalProperties": item.schema, "maxProperties": .int(Int64(maxProperties)),
        ]
        return FieldType<[String: Item]>(schema: schema, placeholder: [:]) { value, pointer, problems in
            guard case .object(let members) = value else {
                return FieldType<[String: Item]>.wrongType("an object", value, pointer, problems)
            }
            var result: [String: Item] = [:]
            for (key, value) in members {
                if let problem = check(key) {
                    problems.add("invalid-value", pointer.appending(key), "the name '\(key)' \(problem)")
                }
                result[key] = item.decode(value, pointer.appending(key), problems)
            }
            return result
        }
    }

    private static func refuseRepeated(
        _ key: String,
        in items: [JSONValue],
        at pointer: JSONPointer,
        _ problems: ProblemList
    ) {
        var seen: Set<JSONValue> = []
        for (index, item) in items.enumerated() {
            guard let value = item[key], !seen.insert(value).inserted else { continue }
            let place = pointer.appending(String(index)).appending(key)
            problems.add(
                "invalid-value",
                place,
                "\(FieldPath.text(place)) is there twice: it must be unique in the list"
            )
        }
    }
}
