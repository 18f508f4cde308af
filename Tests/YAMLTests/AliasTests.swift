// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import YAML

@Suite struct `An alias` {
    @Test func `stands for its anchor's value`() {
        #expect(
            value("a: &x {b: [1]}\nc: *x\nd: &y s\n*y : &x 2\ne: *x\n") == [
                "a": ["b": [1]], "c": ["b": [1]], "d": "s", "s": 2, "e": 2,
            ]
        )
    }

    @Test(arguments: ["a: *x\n", "a: &x [*x]\n", "a: &x {b: *x}\n", "a: &x 1\n---\nb: *x\n", "a: &x 1\nb: &x [*x]\n"])
    func `without a complete anchor is refused`(_ text: String) {
        #expect(YAML.parse(Array(text.utf8), file: "a.yaml").errors.map(\.code) == [.alias])
    }

    @Test func `to a float is a key as that float would be, and no value if JSON has none`() {
        #expect(value("a: &x 1e6\n*x : &y s\n&z .inf : 1\n") == ["a": 1_000_000, "1e+06": "s", ".inf": 1])
        let errors = YAML.parse(Array("&x .inf : 1\na: *x\nb: &y .nan\n".utf8), file: "a.yaml").errors
        #expect(errors.map(\.code) == [.unsupportedValue, .unsupportedValue])
    }

    @Test(arguments: MergeCase.all) func `merges as in go-yaml`(_ merge: MergeCase) {
        #expect(value(MergeCase.anchors + "m: " + merge.text + "\n")?["m"] == merge.value)
    }

    @Test(arguments: ["{<<: 1}", "{<<: }", "{<<: [1]}", "{<<: *list}", "{<<: [*list]}", "{<<: [*b, [*c]]}"])
    func `merges mappings only`(_ text: String) {
        let stream = YAML.parse(Array((MergeCase.anchors + "m: " + text + "\n").utf8), file: "a.yaml")
        #expect(stream.errors.map(\.code) == [.merge])
    }

    @Test func `bomb is refused before it goes off`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        let stream = YAML.parse(Array(text.utf8), file: "a.yaml")
        #expect(stream.documents.isEmpty)
        #expect(stream.errors.allSatisfy { $0.code == .limit })
        #expect(stream.errors.count <= YAMLLimits.standard.errors + 1)
    }

    @Test func `bomb of one long text is refused`() {
        let text =
            "a: &a " + String(repeating: "x", count: 100_000) + "\nb: [" + String(repeating: "*a, ", count: 1_000)
            + "]\n"
        #expect(YAML.parse(Array(text.utf8), file: "a.yaml").documents.isEmpty)
    }

    @Test func `bomb over many documents is refused`() {
        let document =
            "a: &a " + String(repeating: "x", count: 100) + "\nb: [" + String(repeating: "*a, ", count: 100)
            + "]\n---\n"
        var limits = YAMLLimits.standard
        limits.aliasAllowance = 50_000
        limits.aliasRatio = 1
        let stream = YAML.parse(Array(String(repeating: document, count: 50).utf8), file: "a.yaml", limits: limits)
        #expect(stream.documents.count < 50)
        #expect(stream.errors.contains { $0.code == .limit })
    }

    @Test func `cannot nest deeper than the limit`() {
        var text = "a0: &a0 [x]\n"
        for level in 1...200 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        let stream = YAML.parse(Array(text.utf8), file: "a.yaml")
        #expect(stream.documents.isEmpty)
        #expect(stream.errors.first?.code == .limit)
    }

    private func value(_ text: String) -> JSONValue? {
        YAML.parse(Array(text.utf8), file: "a.yaml").documents.first?.value
    }
}

struct MergeCase: CustomTestStringConvertible, Sendable {
    let text: String
    let value: JSONValue

    var testDescription: String { text }

    static let anchors = "b: &b {x: 1, y2: 2}\nc: &c {x: 3, z: 4}\nlist: &list [*b]\n"

    /// What kubectl prints for them: later members win, in a list of mappings the earlier.
    static let all = [
        MergeCase(text: "{x: 9, <<: *b}", value: ["x": 1, "y2": 2]),
        MergeCase(text: "{<<: *b, x: 9}", value: ["x": 9, "y2": 2]),
        MergeCase(text: "{<<: [*b, *c]}", value: ["x": 1, "y2": 2, "z": 4]),
        MergeCase(text: "{<<: *b, <<: *c}", value: ["x": 3, "y2": 2, "z": 4]),
        MergeCase(text: "{<<: {q: 1}, <<: [{q: 2}, *c]}", value: ["q": 2, "x": 3, "z": 4]),
        MergeCase(text: "{\"<<\": 5}", value: ["<<": 5]),
        MergeCase(text: "{? !!merge \"<<\" : *b}", value: ["x": 1, "y2": 2]),
        MergeCase(text: "{<<: []}", value: [:]),
        MergeCase(text: "{v: <<}", value: ["v": "<<"]),
    ]
}
