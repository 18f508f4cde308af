// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The value in the JSON Canonicalization Scheme (RFC 8785): keys in the order of their UTF-16 code units, numbers
    /// as ECMAScript prints the double next to them, no white space.
    ///
    /// An integer beyond 2^53 may lose digits, as the scheme has it: what must not is better written as a string.
    ///
    /// - Throws: `notRepresentable` for a number that no IEEE 754 double can hold.
    package func canonicalized() throws(JSONError) -> [UInt8] {
        var writer = JSONWriter(pretty: false)
        try writer.writeCanonical(self)
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func writeCanonical(_ value: JSONValue) throws(JSONError) {
        switch value {
        case .null, .bool, .string: write(value)
        case .int(let value): append(ECMAScriptNumber.text(of: Double(value)))
        case .uint(let value): append(ECMAScriptNumber.text(of: Double(value)))
        case .number(let text): try writeCanonicalNumber(text)
        case .array(let items):
            try writeList("[", "]", items) { (writer, item) throws(JSONError) in try writer.writeCanonical(item) }
        case .object(let object):
            try writeList("{", "}", object.sortedByKey) { (writer, member) throws(JSONError) in
                writer.writeKey(member.key)
                try writer.writeCanonical(member.value)
            }
        }
    }

    private mutating func writeCanonicalNumber(_ text: String) throws(JSONError) {
        guard let value = Double(text), value.isFinite else {
            throw JSONError(.notRepresentable, "\(text) is beyond what a canonical number can hold")
        }
        append(ECMAScriptNumber.text(of: value))
    }
}
