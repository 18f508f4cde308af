// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Writes a value as one YAML document in block style.
struct Emitter {
    private var bytes: [UInt8] = []
    /// libyaml takes a key without `?` only up to 1,024 characters.
    private static let longestSimpleKey = 1_000

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func write(_ value: JSONValue) {
        write(value, column: 0)
    }

    /// Writes a node where the cursor stands, up to and with the end of its last line.
    /// - Parameter column: where the node's mapping or list begins; for a scalar, that of the one around it.
    private mutating func write(_ value: JSONValue, column: Int) {
        switch value {
        case .object(let object) where !object.isEmpty: write(object, column: column)
        case .array(let items) where !items.isEmpty: write(items, column: column)
        default:
            writeScalar(value, column: column)
            breakLine()
        }
    }

    private mutating func write(_ object: JSONObject, column: Int) {
        for (index, (key, value)) in object.enumerated() {
            if index > 0 { indent(column) }
            writeKey(key, column: column)
            switch value {
            case .object(let object) where !object.isEmpty:
                breakLine()
                indent(column + 2)
                write(object, column: column + 2)
            case .array(let items) where !items.isEmpty:
                breakLine()
                indent(column)
                write(items, column: column)
            default:
                put(" ")
                writeScalar(value, column: column)
                breakLine()
            }
        }
    }

    private mutating func write(_ items: [JSONValue], column: Int) {
        for (index, item) in items.enumerated() {
            if index > 0 { indent(column) }
            put("- ")
            // A scalar's block is indented against the list, a container begins behind the dash.
            write(item, column: item.isScalar ? column : column + 2)
        }
    }

    private mutating func writeKey(_ key: String, column: Int) {
        let start = bytes.count
        ScalarText(key).writeKey(to: &bytes)
        if bytes.count - start > Self.longestSimpleKey {
            bytes.insert(contentsOf: "? ".utf8, at: start)
            breakLine()
            indent(column)
        }
        put(":")
    }

    private mutating func writeScalar(_ value: JSONValue, column: Int) {
        switch value {
        case .null: put("null")
        case .bool(let value): put(value ? "true" : "false")
        case .int(let value): put(String(value))
        case .uint(let value): put(String(value))
        case .number(let text): put(text)
        case .string(let text): ScalarText(text).writeValue(to: &bytes, indentation: column + 2)
        case .array: put("[]")
        case .object: put("{}")
        }
    }

    private mutating func put(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func breakLine() {
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func indent(_ columns: Int) {
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: columns))
    }
}

extension JSONValue {
    fileprivate var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }
}
