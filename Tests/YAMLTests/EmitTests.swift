// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

@testable import YAML

@Suite struct `Emitted YAML` {
    @Test func `looks as kubectl prints it`() {
        let value: JSONValue = [
            "apiVersion": "v1", "metadata": ["labels": [:], "name": "a"],
            "spec": [
                "list": [["name": "x", "ports": [80, ["a": true]]], [1, [2]], [], "s"],
                "script": "#!/bin/sh\necho hi\n", "empty": "", "null": .null,
            ],
        ]
        #expect(
            YAML.emit(value) == """
                apiVersion: v1
                metadata:
                  labels: {}
                  name: a
                spec:
                  list:
                  - name: x
                    ports:
                    - 80
                    - a: true
                  - - 1
                    - - 2
                  - []
                  - s
                  script: |
                    #!/bin/sh
                    echo hi
                  empty: ""
                  "null": null

                """
        )
    }

    @Test(arguments: [
        ("a", "a"), ("yes", "\"yes\""), ("y", "\"y\""), ("1", "\"1\""), ("0x1F", "\"0x1F\""), ("1e3", "\"1e3\""),
        ("", "\"\""), ("~", "\"~\""),
        ("22:22", "\"22:22\""), ("2026-01-01", "\"2026-01-01\""), ("<<", "\"<<\""), ("a: b", "'a: b'"),
        ("a #b", "'a #b'"), ("a#b", "a#b"),
        ("*", "'*'"), ("{{ x }}", "'{{ x }}'"), ("it's", "it's"), ("'", "''''"), ("-", "'-'"),
        ("--port=80", "--port=80"), ("- a", "'- a'"),
        ("---", "'---'"), ("a:", "'a:'"), (" a", "' a'"), ("a ", "'a '"), ("nginx:1.27", "nginx:1.27"), ("é", "é"),
        ("🚢", "🚢"),
        ("\u{7}", "\"\\x07\""), ("\u{2028}", "\"\\u2028\""), ("a\tb", "\"a\\tb\""), ("\n", "\"\\n\""),
        ("a\r\n", "\"a\\r\\n\""),
        ("10Gi", "10Gi"), ("null", "\"null\""), ("%a", "'%a'"), ("@a", "'@a'"), ("1.2.3", "1.2.3"),
        (".inf", "\".inf\""), ("=", "\"=\""),
    ]) func `quotes what would be read otherwise`(_ text: String, _ expected: String) {
        #expect(YAML.emit(.string(text)) == expected + "\n")
    }

    @Test(arguments: [
        ("a\nb", "|-\n  a\n  b"), ("a\nb\n", "|\n  a\n  b"), ("a\n\n", "|+\n  a\n"), (" a\nb", "|2-\n   a\n  b"),
        ("\na\n", "|2\n\n  a"),
        ("\ta\n", "|2\n  \ta"), ("a\n\nb \n", "|\n  a\n\n  b "),
    ]) func `has several lines as a literal block`(_ text: String, _ expected: String) {
        #expect(YAML.emit(.string(text)) == expected + "\n")
        #expect(YAML.emit(["k": .string(text)]) == "k: " + expected + "\n")
    }

    @Test func `separates documents`() {
        let text = YAML.emit(documents: [["a": "x\n\n"], ["b": 1], [1]])
        #expect(text == "a: |+\n  x\n\n---\nb: 1\n---\n- 1\n")
        #expect(YAML.parse(Array(text.utf8), file: "").documents.map(\.value) == [["a": "x\n\n"], ["b": 1], [1]])
    }

    @Test(arguments: ScalarTable.values.map(\.text) + ScalarTable.keys.map(\.text) + ScalarTable.refused)
    func `gives back every scalar of the table as a string`(_ text: String) {
        expectRoundTrip([.string(text), .object([text: .string(text)])])
    }

    @Test(arguments: 0..<40) func `is read back as the same value`(_ seed: UInt64) {
        var generator = ValueGenerator(seed: seed)
        for _ in 0..<100 { expectRoundTrip(generator.value(depth: 4)) }
    }

    @Test(arguments: [999, 1_000, 1_020, 1_024, 1_025, 5_000]) func `can have a key of any length`(_ length: Int) {
        let key = String(repeating: "k", count: length)
        expectRoundTrip(.object([key: .object([key + ":": [1], "a": .object([" " + key: "x\ny"])])]))
    }

    /// The texts are compared, because the order of members counts, too.
    private func expectRoundTrip(_ value: JSONValue, _ location: SourceLocation = #_sourceLocation) {
        let text = YAML.emit(documents: [value, value])
        let stream = YAML.parse(Array(text.utf8), file: "emitted")
        #expect(stream.errors.isEmpty, "\(text)", sourceLocation: location)
        let expected = value.isNull ? [] : [value.json, value.json]
        #expect(stream.documents.map { $0.value.json } == expected, "\(text)", sourceLocation: location)
    }
}

/// Values with what is hard to write in YAML in them.
struct ValueGenerator {
    private var random: SeededGenerator

    private static let fragments = [
        "a", "b", "é", "🚢", "1", "0", "x", "-", "?", ":", ",", "[", "]", "{", "}", "#", "&", "*", "!", "|", ">", "'",
        "\"", "%", "@", "`", " ",
        "  ", "\n", "\n\n", "\t", "\r", "\\", "\u{85}", "\u{A0}", "\u{2028}", "\u{FEFF}", "\0", "\u{7F}", "\u{FFFE}",
        "---", "...", "<<", "=", "y",
        "no", "null", "~", "true", ".", ".inf", "_", "e", "0x", "2026-01-01", "22:22", "--- ", "k: v", " #", ": ", "- ",
        "\u{10FFFF}", "\u{301}",
    ]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 14 : 8), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .int(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
        case 3: return .uint(UInt64.random(in: UInt64(Int64.max) + 1...UInt64.max, using: &random))
        case 4: return number()
        case 5...7: return .string(text())
        case 8...10: return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in value(depth: depth - 1) })
        default:
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0..<5, using: &random)).map { _ in (key: text(), value: value(depth: depth - 1))
                    }
                )
            )
        }
    }

    mutating func text() -> String {
        (0..<Int.random(in: 0..<7, using: &random)).map { _ in Self.fragments.randomElement(using: &random) ?? "" }
            .joined()
    }

    /// A float as JSON prints it.
    private mutating func number() -> JSONValue {
        let double = Double(bitPattern: random.next())
        return Scalar.float(double.isFinite ? double : 0.1).json ?? .null
    }
}
