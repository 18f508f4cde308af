// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

@testable import YAML

@Suite(.serialized) struct `kubectl agrees about` {
    @Test func `the values of the table`() async throws {
        try await expectAgreement(on: ScalarTable.values.map(\.text))
    }

    @Test(arguments: [2026, 7, 99])
    func `generated scalars, and refuses those that we refuse`(seed: UInt64) async throws {
        var generator = ScalarGenerator(seed: seed)
        let specs = (0..<2_000).map { _ in "v: \(generator.text())\n" }
        let theirs = try await Kubectl().specs(specs)
        var (accepted, refused) = (0, 0)
        for (spec, theirs) in zip(specs, theirs) {
            let ours = ours(Kubectl.manifest(spec))?["spec"]
            switch (ours, theirs) {
            case (nil, nil): refused += 1
            case (let ours?, let theirs?):
                accepted += 1
                #expect(isSame(ours, theirs), "\(spec.debugDescription): \(ours) and not \(theirs)")
            case (nil, _) where Self.isStricter(spec): continue
            default:
                Issue.record(
                    "\(spec.debugDescription): \(String(describing: ours)) and not \(String(describing: theirs))"
                )
            }
        }
        #expect(accepted > 500 && refused > 50, "\(accepted) \(refused)")
    }

    /// Whether libyaml refuses what the older scanner in kubectl takes: see `what we refuse although kubectl does not`.
    private static func isStricter(_ spec: String) -> Bool {
        spec.contains("\\'") || spec.contains(":]") || spec.contains(":}") || spec.contains("v: !")
    }

    /// Each of these is an error with its place; none is read differently.
    @Test(arguments: [#""it\'s""#, "[a:]", "{a: b:}", "!a,b c"])
    func `not everything: what we refuse although kubectl does not`(_ text: String) async throws {
        #expect(Self.isStricter("v: \(text)\n"))
        #expect(try await Kubectl().spec("v: \(text)\n") != JSONValue?.none)
        #expect(ours("v: \(text)\n") == JSONValue?.none)
    }

    @Test func `keys`() async throws {
        let kubectl = try Kubectl()
        let theirs = try await kubectl.spec(ScalarTable.keys.map { "- ? \($0.text)\n  : 1\n" }.joined())
        #expect(theirs?.arrayValue?.map { $0.objectValue?.keys } == ScalarTable.keys.map { [$0.name] })
    }

    @Test func `merges`() async throws {
        let kubectl = try Kubectl()
        let text = MergeCase.anchors + MergeCase.all.enumerated().map { "m\($0): \($1.text)\n" }.joined()
        #expect(try await kubectl.spec(text) == ours(text))
    }

    @Test func `strings that we emit`() async throws {
        let kubectl = try Kubectl()
        var generator = ValueGenerator(seed: 7)
        let strings = (0..<400).map { _ in JSONValue.string(generator.text()) }
        let theirs = try await kubectl.spec(YAML.emit(.array(strings)))
        #expect(theirs?.arrayValue?.count == strings.count)
        for (ours, theirs) in zip(strings, theirs?.arrayValue ?? []) { #expect(ours == theirs) }
    }

    @Test(
        arguments: ScalarTable.refused + [
            "*x", "&x [*x]", "{~: 1}", "{18446744073709551615: 1}", "{[a]: 1}", "{<<: 1}", "{<<: [1]}",
        ]
    )
    func `what is refused`(_ text: String) async throws {
        let kubectl = try Kubectl()
        #expect(try await kubectl.spec("v: \(text)\n") == JSONValue?.none)
        #expect(ours("v: \(text)\n") == JSONValue?.none)
    }

    /// Reads all in one batch with both.
    private func expectAgreement(on texts: [String]) async throws {
        let kubectl = try Kubectl()
        let theirs = try await kubectl.spec(texts.enumerated().map { "v\($0): \($1)\n" }.joined())?.objectValue
        #expect(theirs?.count == texts.count)
        for (index, text) in texts.enumerated() {
            guard let theirs = theirs?["v\(index)"], let ours = ours("v: \(text)\n")?["v"] else {
                Issue.record("\(text) has no value")
                continue
            }
            #expect(isSame(ours, theirs), "\(text): \(ours) and not \(theirs)")
        }
    }

    private func ours(_ text: String) -> JSONValue? {
        YAML.parse(Array(text.utf8), file: "").documents.first?.value
    }

    /// kubectl takes numbers beyond `Int64` through a double.
    private func isSame(_ ours: JSONValue, _ theirs: JSONValue) -> Bool {
        if ours == theirs { return true }
        if let ours = ours.objectValue, let theirs = theirs.objectValue {
            return ours.keys == theirs.keys && zip(ours, theirs).allSatisfy { isSame($0.value, $1.value) }
        }
        guard let ours = double(ours), let theirs = double(theirs) else { return false }
        return ours == theirs
    }

    private func double(_ value: JSONValue) -> Double? {
        switch value {
        case .uint(let value): Double(value)
        case .number(let text): Double(text)
        default: nil
        }
    }
}

/// Scalars that are, or nearly are, numbers, words, dates, quoted or blocks, and what stands beside them.
private struct ScalarGenerator {
    private var random: SeededGenerator
    private static let characters = Array("00112789__..++--eExXoObBfFaA:").map(String.init)
    private static let words = [
        "0x", "0b", "0o", ".inf", "1e", "true", "no", "y", "null", "~", "2026-01-0", "22:", "9223372036854775807", "-",
        "1_0",
    ]
    private static let text = [
        "a", "é", "1", " ", "  ", " ", "'", "''", "\"", "\\", "\\n", "\\x41", "\\u00e9", "\\q", "#", " #", ":", ": ",
        " :", "- ", "? ",
        ",", "[", "]", "{", "}", "%", "@", "`", "!", "=", "~", "yes", "\t", "\n", "\n  ", "\n\n  ",
    ]
    private static let headers = ["|", ">", "|-", ">+", "|+", ">-", "|2", ">1-", "|0", "|+ # x", "|x", ">  ", "|-2"]
    private static let lines = ["a", "  b", " c", "# d", "e: f", "", " ", "'g", "\th", "- i", "j #", "   "]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func text() -> String {
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1:
            return (Bool.random(using: &random) ? random.pick(from: Self.words) : "")
                + some(of: Self.characters, in: 1..<7)
        case 2: return some(of: Self.text, in: 1..<8)
        case 3:
            let quote = Bool.random(using: &random) ? "'" : "\""
            return quote + some(of: Self.text, in: 0..<7) + quote + (random.next() % 4 == 0 ? " # x" : "")
        default:
            let lines = (0..<Int.random(in: 0..<5, using: &random)).map { _ in "\n  " + random.pick(from: Self.lines) }
            return random.pick(from: Self.headers) + lines.joined()
        }
    }

    private mutating func some(of pieces: [String], in range: Range<Int>) -> String {
        (0..<Int.random(in: range, using: &random)).map { _ in random.pick(from: pieces) }.joined()
    }
}
