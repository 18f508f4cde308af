// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import YAML

@Suite struct `A position` {
    private static let text = """
        # models
        first: true
        ---
        spec:
          containers:
          - name: a
            0777: x
          - name: b
            ports: [80, 443]
          shared: &s
            k: {v: 1}
          copy: *s
          merged:
            <<: *s
            own: 1
            ? [complex]
            : 2
        ---
        last: [1]
        """

    @Test(arguments: [
        ("", 1, "4:1"), ("/spec", 1, "4:1"), ("/spec/containers/0", 1, "6:5"), ("/spec/containers/0/511", 1, "7:5"),
        ("/spec/containers/1/name", 1, "8:5"), ("/spec/containers/1/ports/1", 1, "9:17"),
        ("/spec/shared/k/v", 1, "11:9"),
        ("/spec/copy/k/v", 1, "12:3"), ("/spec/merged/k/v", 1, "14:5"), ("/spec/merged/own", 1, "15:5"),
        ("/first", 0, "2:1"),
        ("/last/0", 2, "19:8"),
    ]) func `leads to what a pointer names`(_ pointer: String, _ document: Int, _ position: String) throws {
        let pointer = try JSONPointer(pointer)
        let found = YAML.position(of: pointer, document: document, in: Array(Self.text.utf8))
        #expect(found?.description == position)
    }

    @Test(arguments: [("/nothing", 1), ("/spec/containers/2", 1), ("/spec/containers/-", 1), ("/first/x", 0), ("", 3)])
    func `of what is not there is none`(_ pointer: String, _ document: Int) throws {
        let pointer = try JSONPointer(pointer)
        #expect(YAML.position(of: pointer, document: document, in: Array(Self.text.utf8)) == nil)
    }

    @Test func `of ten thousand values is found in one reading`() throws {
        let text = "items:\n" + (0..<10_000).map { "- name: n\($0)\n  value: \($0)\n" }.joined()
        let places = try (0..<10_000).map { (document: 0, pointer: try JSONPointer("/items/\($0)/value")) }
        let found = YAML.positions(of: places.reversed(), in: Array(text.utf8))
        #expect(found.map { $0?.line } == (0..<10_000).reversed().map { 3 + 2 * $0 })
    }

    @Test func `of equivalent keys is that of the one that is written`() throws {
        let text = Array("\u{E9}: 1\ne\u{301}: 2\n".utf8)
        #expect(YAML.parse(text, file: "a").documents.first?.value.objectValue?.count == 2)
        #expect(YAML.position(of: try JSONPointer("/e\u{301}"), document: 0, in: text)?.line == 2)
    }

    @Test(arguments: [("/web", 2), ("/d/8080", 5), ("/d/8080/x", 6)])
    func `of a key that is an alias is that of the alias`(_ pointer: String, _ line: Int) throws {
        let text = "a: &n web\n*n : 1\nb: {c: [&p 8080]}\nd:\n  *p :\n    x: 1\n"
        let found = YAML.position(of: try JSONPointer(pointer), document: 0, in: Array(text.utf8))
        #expect(found?.line == line)
    }

    @Test func `in a broken text is none`() throws {
        #expect(YAML.position(of: try JSONPointer("/b"), document: 0, in: Array("a: [\n".utf8)) == nil)
    }
}
