// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

@testable import YAML

@Suite(.serialized) struct `kubectl agrees about` {
    @Test func `the values of the table`() async throws {
        try await expectAgreement(on: ScalarTable.values.map(\.text))
    }

    @Test func `generated scalars`() async throws {
        var generator = ScalarGenerator(seed: 2026)
        let texts = (0..<2_000).map { _ in generator.text() }.filter { ours("v: \($0)\n") != nil }
        try #require(texts.count > 500)
        try await expectAgreement(on: texts)
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

/// Plain scalars that are, or nearly are, numbers, words and dates.
private struct ScalarGenerator {
    private var random: SeededGenerator
    private static let characters = Array("00112789__..++--eExXoObBfFaA:")
    private static let words = [
        "0x", "0b", "0o", ".inf", "1e", "true", "no", "y", "null", "~", "2026-01-0", "22:", "9223372036854775807", "-",
        "1_0",
    ]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func text() -> String {
        var text = Bool.random(using: &random) ? Self.words.randomElement(using: &random) ?? "" : ""
        for _ in 0..<Int.random(in: 1..<7, using: &random) {
            text.append(Self.characters.randomElement(using: &random) ?? "0")
        }
        return text
    }
}
