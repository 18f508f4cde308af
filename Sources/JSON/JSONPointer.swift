// SPDX-License-Identifier: Apache-2.0

/// A path into a JSON value (RFC 6901).
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    package let tokens: [String]

    package init(tokens: [String]) {
        self.tokens = tokens
    }

    /// Parses the string form: empty, or each token behind a slash, with `~1` for a slash and `~0` for a tilde.
    package init(_ text: String) throws(JSONError) {
        // Scalars and not characters: a combining mark after a slash does not make it another character.
        let parts = text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, first.isEmpty else {
            throw JSONError(.pointer, "the JSON pointer '\(text)' does not begin with a slash")
        }
        var tokens: [String] = []
        for part in parts.dropFirst() {
            tokens.append(try Self.unescape(part, of: text))
        }
        self.tokens = tokens
    }

    package static func == (left: JSONPointer, right: JSONPointer) -> Bool {
        left.isPrefix(of: right) && left.tokens.count == right.tokens.count
    }

    /// Whether this place is the other one or around it.
    package func isPrefix(of other: JSONPointer) -> Bool {
        other.tokens.starts(with: tokens) { $0.hasSameBytes(as: $1) }
    }

    package func appending(_ token: String) -> JSONPointer {
        JSONPointer(tokens: tokens + [token])
    }

    package var parent: JSONPointer? {
        tokens.isEmpty ? nil : JSONPointer(tokens: tokens.dropLast())
    }

    package var description: String {
        var text = String.UnicodeScalarView()
        for token in tokens {
            text.append("/")
            for scalar in token.unicodeScalars {
                switch scalar {
                case "~": text.append(contentsOf: "~0".unicodeScalars)
                case "/": text.append(contentsOf: "~1".unicodeScalars)
                default: text.append(scalar)
                }
            }
        }
        return String(text)
    }

    /// The place of an array that a token names: digits without a leading zero.
    static func index(_ token: String) -> Int? {
        guard token == "0" || token.utf8.first != UInt8(ascii: "0"),
            token.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(token)
    }

    private static func unescape(
        _ part: String.UnicodeScalarView.SubSequence,
        of text: String
    ) throws(JSONError) -> String {
        var result = String.UnicodeScalarView()
        var scalars = part.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "~" else {
                result.append(scalar)
                continue
            }
            switch scalars.next() {
            case "0": result.append("~")
            case "1": result.append("/")
            default:
                throw JSONError(.pointer, "the JSON pointer '\(text)' has a '~' that is followed by neither 0 nor 1")
            }
        }
        return String(result)
    }
}
