// SPDX-License-Identifier: Apache-2.0

/// A JSON text that was checked as a whole and is read in place: its bytes, and a tape of one word per key and value.
///
/// It takes about twice the memory of the text, where a tree takes many times as much. Strings and numbers are made
/// only when a `JSONView` is asked for them.
package final class JSONDocument: Sendable {
    package let bytes: [UInt8]
    let tape: [JSONTape.Word]

    /// Checks a text and keeps it.
    ///
    /// - Parameters:
    ///   - bytes: a JSON text (RFC 8259) in UTF-8 without a byte order mark.
    ///   - limits: how long and how deep it may be.
    package init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        tape = try JSONScanner.scan(bytes, limits: limits)
        self.bytes = bytes
    }

    /// The value that the text consists of.
    package var root: JSONView { JSONView(document: self, index: 0) }
}
