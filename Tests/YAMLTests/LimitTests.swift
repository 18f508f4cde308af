// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import YAML

@Suite struct `A limit` {
    @Test func `on bytes holds`() {
        #expect(parse("a: 1\n", YAMLLimits(bytes: 5)).errors.isEmpty)
        #expect(parse("a: 12\n", YAMLLimits(bytes: 5)).errors.map(\.code) == [.limit])
    }

    @Test func `on depth holds and ends the stream`() {
        let limits = YAMLLimits(depth: 3)
        #expect(parse("a: [{b: 1}]\n", limits).errors.isEmpty)
        let stream = parse("c: 1\n---\na: [{b: [1, [2]]}]\n---\nd: 1\n", limits)
        #expect(stream.documents.map(\.value) == [["c": 1]])
        #expect(
            stream.errors.map(\.description) == [
                "a.yaml:3:9: mappings and lists are nested deeper than 3: nest them less"
            ]
        )
    }

    @Test func `on documents holds`() {
        let stream = parse("--- 1\n--- 2\n--- 3\n", YAMLLimits(documents: 2))
        #expect(stream.documents.map(\.value) == [1, 2])
        #expect(stream.errors.map(\.code) == [.limit])
    }

    @Test func `on errors holds and says how many there are`() {
        let stream = parse(String(repeating: "a: 1\n", count: 50), YAMLLimits(errors: 10))
        #expect(stream.errors.count == 11)
        #expect(stream.errors.last?.message == "49 errors, of which the first 10 are listed")
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "{? &a ", "? &a ", "? [", "&a ["])
    func `on depth stops endless nesting`(_ opening: String) {
        let stream = parse(String(repeating: opening, count: 500_000), .standard)
        #expect(stream.documents.isEmpty)
        #expect(!stream.errors.isEmpty)
    }

    private func parse(_ text: String, _ limits: YAMLLimits) -> YAMLStream {
        YAML.parse(Array(text.utf8), file: "a.yaml", limits: limits)
    }
}
