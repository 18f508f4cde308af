// SPDX-License-Identifier: Apache-2.0

/// Why a JSON text, pointer or patch was refused.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        /// The text does not follow the grammar of RFC 8259.
        case syntax
        /// The text is not UTF-8 as RFC 3629 has it, or an escape names half a surrogate pair.
        case encoding
        /// An object has two members of the same key.
        case duplicateKey = "duplicate-key"
        /// The text is longer or nested deeper than the limit.
        case limit
        /// A number has no IEEE 754 double, which the canonical form needs.
        case notRepresentable = "not-representable"
        /// A JSON pointer is malformed, or names no place in the value.
        case pointer
        /// A JSON patch is malformed.
        case patch
        /// The `test` operation of a JSON patch found another value.
        case testFailed = "test-failed"
    }

    package let code: Code
    package let message: String
    /// Bytes before the place; `nil` where no text was read.
    package let offset: Int?
    /// From 1.
    package let line: Int?
    /// In Unicode scalars, from 1.
    package let column: Int?

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
        offset = nil
        line = nil
        column = nil
    }

    /// Counts lines and columns only now, so that texts without errors do not pay for it.
    init(_ code: Code, _ message: String, at offset: Int, in bytes: some RandomAccessCollection<UInt8>) {
        let before = bytes.prefix(offset)
        let onLine = before.reversed().prefix { $0 != UInt8(ascii: "\n") }
        self.code = code
        self.message = message
        self.offset = offset
        line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        column = 1 + onLine.count { $0 & 0xC0 != 0x80 }
    }

    package var description: String {
        guard let line, let column else { return message }
        return "line \(line), column \(column): \(message)"
    }
}
