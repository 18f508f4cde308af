// SPDX-License-Identifier: Apache-2.0

package import JSON

extension FieldSet {
    /// One step of a path: structured-merge-diff's `PathElement`.
    package enum Element: Sendable, Hashable {
        /// A member of an object, `f:NAME`.
        case field(String)
        /// The item of a list that has these values, `k:{"name":"web"}`.
        case item(keys: JSONObject)
        /// This value in a list that is a set, `v:"example.com/guard"`.
        case value(JSONValue)
        /// A place in a list, `i:0`.
        case index(Int)
    }
}

extension FieldSet.Element {
    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        // Byte for byte, as the server compares them.
        case (.field(let left), .field(let right)): left.hasSameBytes(as: right)
        case (.item(let left), .item(let right)): left == right
        case (.value(let left), .value(let right)): left == right
        case (.index(let left), .index(let right)): left == right
        default: false
        }
    }

    // MARK: - Text

    /// Reads a key of a `fieldsV1`; `nil` for what is none, and for kinds that are not known.
    package init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard scalars.dropFirst().first == ":" else { return nil }
        let content = String(scalars.dropFirst(2))
        switch scalars.first {
        case "f": self = .field(content)
        case "k":
            guard let keys = (try? JSONValue(parsing: content))?.objectValue else { return nil }
            self = .item(keys: keys)
        case "v":
            guard let value = try? JSONValue(parsing: content) else { return nil }
            self = .value(value)
        case "i":
            guard let index = Int(content) else { return nil }
            self = .index(index)
        default: return nil
        }
    }

    /// Whether a key is written as one, but of a kind that a later server brought.
    static func isOfUnknownKind(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        return scalars.dropFirst().first == ":" && !"fkvi:".unicodeScalars.contains(scalars.first ?? ":")
    }

    /// As the server writes it.
    package var text: String {
        switch self {
        case .field(let name): "f:" + name
        case .item(let keys): "k:" + Self.text(of: .object(JSONObject(uniqueMembers: Self.sorted(keys))))
        case .value(let value): "v:" + Self.text(of: value)
        case .index(let index): "i:\(index)"
        }
    }

    /// JSON with the escapes of the Go library that the server writes it with.
    private static func text(of value: JSONValue) -> String {
        var text = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in String(decoding: value.serialized(), as: UTF8.self).unicodeScalars {
            switch (isEscaped, scalar) {
            case (true, "b"): text.append(contentsOf: "u0008".unicodeScalars)
            case (true, "f"): text.append(contentsOf: "u000c".unicodeScalars)
            case (false, "<"), (false, ">"), (false, "&"), (false, "\u{2028}"), (false, "\u{2029}"):
                let digits = String(scalar.value, radix: 16)
                text.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars)
            default: text.append(scalar)
            }
            isEscaped = !isEscaped && scalar == "\\"
        }
        return String(text)
    }

    // MARK: - Order

    /// Whether the server writes it before the other one.
    func precedes(_ other: Self) -> Bool {
        switch (self, other) {
        case (.field(let left), .field(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.item(let left), .item(let right)):
            Self.sorted(left).lexicographicallyPrecedes(Self.sorted(right)) {
                $0.key.hasSameBytes(as: $1.key)
                    ? Self.precedes($0.value, $1.value) : $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
            }
        case (.value(let left), .value(let right)): Self.precedes(left, right)
        case (.index(let left), .index(let right)): left < right
        default: rank < other.rank
        }
    }

    private var rank: Int {
        switch self {
        case .field: 0
        case .item: 1
        case .value: 2
        case .index: 3
        }
    }

    private static func sorted(_ keys: JSONObject) -> [JSONObject.Element] {
        keys.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// Keys of lists and items of sets are scalars; anything else would only have to have some order.
    private static func precedes(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let left = number(left), let right = number(right) { return left < right }
        let ranks = (rank(of: left), rank(of: right))
        guard ranks.0 == ranks.1 else { return ranks.0 < ranks.1 }
        return left.serialized().lexicographicallyPrecedes(right.serialized())
    }

    private static func rank(of value: JSONValue) -> Int {
        switch value {
        case .int, .uint, .number: 0
        case .string: 1
        case .bool: 2
        case .array: 3
        case .object: 4
        case .null: 5
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        case .number(let text): Double(text)
        default: nil
        }
    }
}
