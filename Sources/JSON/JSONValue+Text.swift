// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// Reads a JSON text (RFC 8259) in UTF-8. Object members keep their order; a key that comes twice is an error.
    package init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        self = try JSONDocument(parsing: bytes, limits: limits).root.materialized()
    }

    package init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// The value as JSON text, members in their order.
    ///
    /// - Parameter pretty: one member or item a line, indented by two spaces, instead of no white space at all.
    ///   There is no line feed at the end.
    package func serialized(pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(pretty: pretty)
        writer.write(self)
        return writer.bytes
    }
}
