// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// Python's reader as the judge of what is JSON and what it says: over valid texts and over damaged ones.
@Suite struct PythonTests {
    @Test(arguments: 0..<8) func `generated and damaged texts are judged alike`(_ seed: UInt64) async throws {
        try Parts.require("python3", Parts.has("python3"))
        var random = SeededGenerator(seed: seed)
        let texts = (0..<1_500).map { index in
            var text = Self.text(&random, depth: 5)
            for _ in 0..<[0, 1, 1, 3][index % 4] { Self.damage(&text, &random) }
            return text
        }
        let verdicts = try await Self.verdicts(of: texts)
        #expect(verdicts.count == texts.count)
        #expect(verdicts.contains("no") && verdicts.contains { $0 != "no" })
        for (text, expected) in zip(texts, verdicts) {
            let ours = (try? JSONValue(parsing: text)).map { Self.hex($0.withNumbersAsText.serialized()) } ?? "no"
            #expect(ours == expected, "\(String(decoding: text, as: UTF8.self).debugDescription)")
        }
    }

    @Test(arguments: 0..<4) func `what is written is read as the same`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let value = try JSONValue(parsing: Self.text(&random, depth: 5))
            #expect(try JSONValue(parsing: value.serialized()) == value)
            #expect(try JSONValue(parsing: value.serialized(pretty: true)) == value)
            // Beyond what a double holds there is no canonical form.
            guard let canonical = try? value.canonicalized() else { continue }
            #expect(try JSONValue(parsing: canonical).canonicalized() == canonical)
        }
    }

    /// Prints, for each text on a line in hexadecimal, what it says as canonical text with numbers as they stand, or "no".
    private static let program = """
        import json, sys
        def unique(pairs):
            if len({k for k, _ in pairs}) != len(pairs): raise ValueError("duplicate key")
            return dict(pairs)
        def refuse(name): raise ValueError(name)
        number = lambda text: "number " + text
        for line in sys.stdin:
            try:
                text = bytes.fromhex(line.strip()).decode("utf-8", "strict")
                value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse, parse_int=number, parse_float=number)
                print(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "strict").hex())
            except (ValueError, UnicodeError):
                print("no")
        """

    private static func verdicts(of texts: [[UInt8]]) async throws -> [String] {
        let input = texts.map { hex($0) + "\n" }.joined()
        let result = try await run("python3", ["-c", program], input: input)
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    // MARK: - Texts

    private static func text(_ random: inout SeededGenerator, depth: Int) -> [UInt8] {
        let space = Array(random.pick(from: ["", "", " ", "\n\t"]).utf8)
        return space + value(&random, depth: depth) + space
    }

    private static func value(_ random: inout SeededGenerator, depth: Int) -> [UInt8] {
        let size = Int.random(in: 0..<4, using: &random)
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: return Array(random.pick(from: ["null", "true", "false"]).utf8)
        case 1, 2: return Array(random.pick(from: numbers).utf8)
        case 3, 4: return string(&random)
        case 5:
            return Array("[".utf8) + (0..<size).map { _ in text(&random, depth: depth - 1) }.joined(separator: [0x2C])
                + Array("]".utf8)
        default:
            // Each key begins with its place, so that none comes twice.
            let members = (0..<size).map { index -> [UInt8] in
                Array("\"\(index)".utf8) + string(&random).dropFirst() + Array(":".utf8)
                    + text(&random, depth: depth - 1)
            }
            return Array("{".utf8) + members.joined(separator: [0x2C]) + Array("}".utf8)
        }
    }

    private static func string(_ random: inout SeededGenerator) -> [UInt8] {
        let pieces = (0..<Int.random(in: 0..<5, using: &random)).map { _ in random.pick(from: strings) }
        return Array("\"\(pieces.joined())\"".utf8)
    }

    private static let numbers = [
        "0", "-0", "7", "-12", "3.25", "1e9", "-2.5E-3", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1E+400",
    ]

    private static let strings = [
        "plain", "with spaces and more than eight bytes", "\u{E9}", "e\u{301}", "\u{1F600}", "\u{7F}", "\\n", "\\u0041",
        "\\ud83d\\ude00", "\\\"", "\\\\", "\\/", "\u{FFFF}", "\\u0000", "\u{2028}", "\\u001f",
    ]

    private static func damage(_ text: inout [UInt8], _ random: inout SeededGenerator) {
        guard !text.isEmpty else { return }
        let position = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: text[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: text.insert(random.pick(from: Array("{}[],:\"\\01.eE+-ntf u".utf8)), at: position)
        case 2: text.remove(at: position)
        case 3: text.removeSubrange(position...)
        default: text[position] = UInt8.random(in: 0...255, using: &random)
        }
    }
}

extension JSONValue {
    /// Every number as a string of the text that it is written as.
    fileprivate var withNumbersAsText: JSONValue {
        switch self {
        case .int, .uint, .number: .string("number " + String(decoding: serialized(), as: UTF8.self))
        case .array(let items): .array(items.map(\.withNumbersAsText))
        case .object(let members):
            .object(JSONObject(uniqueMembers: members.map { ($0.key, $0.value.withNumbersAsText) }))
        default: self
        }
    }
}
