// SPDX-License-Identifier: Apache-2.0

/// Appends JSON text to bytes: the punctuation, layout and escapes that the plain and the canonical form share.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let pretty: Bool
    private var depth = 0

    init(pretty: Bool) {
        self.pretty = pretty
    }

    /// Writes a value as it is: members in their order, numbers by their text.
    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .int(let value): append(String(value))
        case .uint(let value): append(String(value))
        case .number(let text): append(text)
        case .string(let value): writeString(value)
        case .array(let items):
            writeList("[", "]", items) { writer, item in writer.write(item) }
        case .object(let members):
            writeList("{", "}", members) { writer, member in
                writer.writeKey(member.key)
                writer.write(member.value)
            }
        }
    }

    /// Writes brackets, separators and line breaks around what `writeElement` writes.
    mutating func writeList<Elements: Collection, Failure: Error>(
        _ opening: Unicode.Scalar,
        _ closing: Unicode.Scalar,
        _ elements: Elements,
        writeElement: (inout Self, Elements.Element) throws(Failure) -> Void
    ) throws(Failure) {
        bytes.append(UInt8(ascii: opening))
        depth += 1
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            breakLine()
            try writeElement(&self, element)
        }
        depth -= 1
        if !isFirst { breakLine() }
        bytes.append(UInt8(ascii: closing))
    }

    mutating func writeKey(_ key: String) {
        writeString(key)
        append(pretty ? ": " : ":")
    }

    /// Escapes only what must be, in the shortest way, as ECMAScript and RFC 8785 do.
    mutating func writeString(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        // Nearly every string goes in as it is, and in one piece.
        if string.utf8.contains(where: Self.isEscaped) {
            for byte in string.utf8 {
                if Self.isEscaped(byte) { writeEscape(byte) } else { bytes.append(byte) }
            }
        } else {
            append(string)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func writeEscape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        if byte >= 0x20 {
            bytes.append(byte)
            return
        }
        switch byte {
        case 0x08: append("b")
        case 0x09: append("t")
        case 0x0A: append("n")
        case 0x0C: append("f")
        case 0x0D: append("r")
        default: append((byte < 0x10 ? "u000" : "u00") + String(byte, radix: 16))
        }
    }

    private mutating func breakLine() {
        guard pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
    }
}
