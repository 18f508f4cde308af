// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

@Suite struct CanonicalTests {
    @Test(arguments: ["arrays", "french", "structures", "unicode", "values", "weird"])
    func `the reference material of RFC 8785 is reproduced byte for byte`(name: String) throws {
        try Parts.require("the external test vectors", Parts.hasFixtures)
        let folder = Parts.fixtures.appending(path: "jcs")
        let input = Array(try Data(contentsOf: folder.appending(path: "input/\(name).json")))
        let canonical = try JSONValue(parsing: input).canonicalized()
        #expect(canonical == Array(try Data(contentsOf: folder.appending(path: "output/\(name).json"))))
        let hex = try String(contentsOf: folder.appending(path: "outhex/\(name).txt"), encoding: .utf8)
        let bytes = hex.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0, radix: 16) }
        #expect(canonical == bytes)
    }

    @Test(arguments: [
        ("0", "0"), ("-0.0", "0"), ("1e21", "1e+21"), ("1e20", "100000000000000000000"), ("1e-6", "0.000001"),
        ("1e-7", "1e-7"),
        ("4.50", "4.5"), ("2e-3", "0.002"), ("333333333.33333329", "333333333.3333333"), ("1e23", "1e+23"),
        ("0.1", "0.1"),
        ("9007199254740993", "9007199254740992"), ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ])
    func `numbers are printed as ECMAScript does`(text: String, expected: String) throws {
        #expect(String(decoding: try JSONValue(parsing: text).canonicalized(), as: UTF8.self) == expected)
    }

    @Test func `a number beyond a double is refused`() throws {
        #expect(throws: JSONError.self) { try JSONValue(parsing: "1e400").canonicalized() }
    }

    @Test(arguments: 0..<50)
    func `keys stand in the order of their UTF-16 code units`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scalars: [Unicode.Scalar] = [
            "a", "b", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10000}",
            "\u{10FFFF}",
        ]
        let keys = (0..<40).map { _ in
            (0..<Int.random(in: 0...4, using: &generator)).reduce(into: "") { key, _ in
                key.unicodeScalars.append(generator.pick(from: scalars))
            }
        }
        let object = JSONValue.object(JSONObject(keys.map { (key: $0, value: .null) }))
        let sorted = try #require(try JSONValue(parsing: object.canonicalized()).objectValue).map(\.key)
        #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.utf16.lexicographicallyPrecedes($1.utf16) })
        #expect(Set(sorted.map(ExactString.init)) == Set(keys.map(ExactString.init)))
    }
}
