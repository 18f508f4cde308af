// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@Suite struct ParsingTests {
    @Test(
        arguments: [
            ("null", .null), ("true", true), (" false\r\n", false), ("\"\"", ""), ("[]", []), ("{}", [:]), ("0", 0),
            ("-1", -1), ("9223372036854775807", .int(.max)), ("9223372036854775808", .uint(9_223_372_036_854_775_808)),
            ("18446744073709551616", .number("18446744073709551616")), ("-0", .number("-0")), ("1.0", .number("1.0")),
            ("1E+2", .number("1E+2")), (#""\u00e9\ud83d\ude00\/\n""#, "\u{E9}\u{1F600}/\n"), (#""\u0000""#, "\u{0}"),
            (#"{"b":1,"a":[2,{"c":null}]}"#, ["b": 1, "a": [2, ["c": .null]]]),
            // To Swift these two strings are equal; to a cluster they are two keys.
            ("{\"e\u{301}\":1,\"\u{E9}\":2}", .object(["e\u{301}": 1, "\u{E9}": 2])),
        ] as [(String, JSONValue)]
    )
    func `every kind of value is read`(text: String, expected: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == expected)
    }

    @Test(
        arguments: [
            ("", .syntax, 1, 1), ("{", .syntax, 1, 2), ("[1,]", .syntax, 1, 4), ("{\"a\":1,}", .syntax, 1, 8),
            ("[1 2]", .syntax, 1, 4), ("01", .syntax, 1, 3), ("-", .syntax, 1, 2), ("1.", .syntax, 1, 3),
            ("1e", .syntax, 1, 3), ("+1", .syntax, 1, 1), (".5", .syntax, 1, 1), ("NaN", .syntax, 1, 1),
            ("nul", .syntax, 1, 1), ("'a'", .syntax, 1, 1), ("\"a", .syntax, 1, 1), ("\"\t\"", .syntax, 1, 2),
            (#""\x""#, .syntax, 1, 2), (#""\u12""#, .syntax, 1, 2), ("null x", .syntax, 1, 6), ("{1:2}", .syntax, 1, 2),
            ("\u{FEFF}1", .syntax, 1, 1), ("[\n  1,\n  é]", .syntax, 3, 3), ("[\"é\", x]", .syntax, 1, 7),
            (#""\ud800""#, .encoding, 1, 2), (#""\ud800\u0041""#, .encoding, 1, 2), (#""\udc00""#, .encoding, 1, 2),
            (#"{"a":1,"\u0061":2}"#, .duplicateKey, 1, 8), ("{\"a\":{\"b\":1,\n\"b\":2}}", .duplicateKey, 2, 1),
        ] as [(String, JSONError.Code, Int, Int)]
    )
    func `what is not JSON is refused with its place`(
        text: String,
        code: JSONError.Code,
        line: Int,
        column: Int
    ) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error.code == code)
        #expect(error.line == line)
        #expect(error.column == column)
        #expect(error.description.hasPrefix("line \(line), column \(column): "))
    }

    /// RFC 3629: overlong forms, surrogates, beyond U+10FFFF, a sequence cut short, a lone continuation.
    @Test(
        arguments: [
            [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0x80], [0xFF],
        ] as [[UInt8]]
    )
    func `bytes that are not UTF-8 are refused`(sequence: [UInt8]) throws {
        let quote = UInt8(ascii: "\"")
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: [quote] + sequence + [quote]) }
        #expect(error.code == .encoding)
        #expect(error.offset == 1)
    }

    @Test func `length and depth are bounded`() throws {
        let limits = JSONLimits(bytes: 20, depth: 3)
        #expect(try JSONValue(parsing: "[[{}]]", limits: limits) == [[[:]]])
        for text in ["[[{\"a\":[]}]]", "\"1234567890123456789\""] {
            let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text, limits: limits) }
            #expect(error.code == .limit)
        }
    }

    @Test func `a hundred thousand brackets do not exhaust the stack`() throws {
        let error = try #require(throws: JSONError.self) {
            try JSONValue(parsing: String(repeating: "[", count: 100_000))
        }
        #expect(error.code == .limit)
    }

    @Test func `a duplicate among many keys is found`() throws {
        let members = (0..<40).map { "\"key\($0)\":\($0)" }.joined(separator: ",")
        #expect(try JSONValue(parsing: "{\(members)}").objectValue?.count == 40)
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: "{\(members),\"key7\":0}") }
        #expect(error.code == .duplicateKey)
        #expect(error.message.contains("\"key7\""))
    }
}
