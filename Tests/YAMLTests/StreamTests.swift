// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import YAML

@Suite struct `A YAML stream` {
    @Test func `gives each document with its place`() {
        let stream = parse("# head\n---\na: 1\n...\n---\n- b\n---\n# only a comment\n--- \n~\n--- text\n")
        #expect(stream.errors.isEmpty)
        #expect(stream.documents.map(\.value) == [["a": 1], ["b"], "text"])
        #expect(stream.documents.map(\.index) == [0, 1, 4])
        #expect(stream.documents.map(\.position.description) == ["3:1", "6:1", "11:5"])
    }

    @Test(arguments: ["", "\n", "# comment\n", "---\n", "---\n---\n...\n", "null\n", "\u{FEFF}"])
    func `without content has neither documents nor errors`(_ text: String) {
        let stream = parse(text)
        #expect(stream.documents.isEmpty)
        #expect(stream.errors.isEmpty)
    }

    @Test func `keeps the order of keys`() {
        let value = parse("z: 1\na: 2\nm: {x: 1, b: 2}\n").documents.first?.value
        #expect(value?.json == #"{"z":1,"a":2,"m":{"x":1,"b":2}}"#)
    }

    @Test func `may begin with a byte order mark`() {
        let stream = parse("\u{FEFF}a: 1\n")
        #expect(stream.documents.map(\.value) == [["a": 1]])
        #expect(stream.documents.first?.position == SourcePosition(line: 1, column: 1))
    }

    @Test(arguments: [[0xFE, 0xFF, 0, 0x61], [0xFF, 0xFE, 0x61, 0], [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0]] as [[UInt8]])
    func `in another encoding is refused`(_ bytes: [UInt8]) {
        let errors = YAML.parse(bytes, file: "a.yaml").errors
        #expect(errors.map(\.description) == ["a.yaml: the file is in UTF-16 or UTF-32: save it as UTF-8"])
    }

    @Test func `that is not UTF-8 is refused with the place`() {
        let errors = YAML.parse(Array("a: 1\nbé: ".utf8) + [0xFF, 0x0A], file: "a.yaml").errors
        #expect(errors.map(\.code) == [.encoding])
        #expect(errors.first?.position == SourcePosition(line: 2, column: 5))
    }

    @Test func `goes on behind a document with an error`() {
        let stream = parse("a: 1\n---\nb: 1\nb: 2\n---\nc: 1\n")
        #expect(stream.documents.map(\.value) == [["a": 1], ["c": 1]])
        #expect(stream.documents.map(\.index) == [0, 2])
        #expect(
            stream.errors.map(\.description) == [
                "a.yaml:4:1: duplicate key 'b', which stands at line 3, column 1 already"
            ]
        )
    }

    @Test func `ends at a syntax error`() {
        let stream = parse("a: 1\n---\nb: [1\n---\nc: 1\n")
        #expect(stream.documents.map(\.value) == [["a": 1]])
        #expect(stream.errors.map(\.code) == [.syntax])
        #expect(stream.errors.first?.position?.line == 4)
    }

    @Test func `reports all errors of a document`() {
        let stream = parse("a: .inf\nb: *x\n~: 1\na: 2\nc: {<<: 1}\n")
        #expect(stream.documents.isEmpty)
        #expect(stream.errors.map(\.code) == [.unsupportedValue, .alias, .unsupportedKey, .duplicateKey, .merge])
        #expect(stream.errors.compactMap(\.position?.line) == [1, 2, 3, 4, 5])
    }

    @Test(arguments: [
        ("a:\n\tb: 1\n", "2:1"), ("a:\n  b: 1\n\tc: 2\n", "3:1"), ("a:\n  - 1\n  \t- 2\n", "3:3"),
        ("a:\n  b: 1\n  \tc: 2\n", "3:3"),
    ]) func `says that a tab does not indent`(_ text: String, _ place: String) {
        #expect(
            parse(text).errors.map(\.description) == ["a.yaml:\(place): tab character used for indentation: use spaces"]
        )
    }

    @Test func `says where an open construct began`() {
        let errors = parse("a:\n  b: [1,\n  c: 2\nd: 3\n").errors
        #expect(errors.map(\.code) == [.syntax])
        #expect(errors.first?.message.contains("line 2, column 6") == true)
    }

    @Test(arguments: [
        "a: 1\n'a': 2\n", "1: a\n'1': b\n", "y: 1\non: 2\n", "a: {b: 1, b: 1}\n", "<<: {a: 1}\na: 1\na: 2\n",
        "&x a: 1\n*x : 2\n",
    ]) func `with a duplicate key is refused`(_ text: String) {
        #expect(parse(text).errors.map(\.code) == [.duplicateKey])
    }

    @Test func `with a duplicate among many keys is refused`() {
        let keys = (0..<100).map { "key\($0): \($0)\n" }.joined()
        #expect(parse(keys).documents.first?.value.objectValue?.count == 100)
        for duplicate in [0, 15, 16, 17, 99] {
            let errors = parse(keys + "key\(duplicate): x\n").errors
            #expect(
                errors.first?.message
                    == "duplicate key 'key\(duplicate)', which stands at line \(duplicate + 1), column 1 already"
            )
        }
    }

    @Test func `reads block scalars`() {
        let value = parse("a: |\n  x\n   y\n\nb: >-\n  x\n  y\nc: |+\n  x\n\nd: 1\n").documents.first?.value
        #expect(value == ["a": "x\n y\n", "b": "x y", "c": "x\n\n", "d": 1])
    }

    private func parse(_ text: String) -> YAMLStream {
        YAML.parse(Array(text.utf8), file: "a.yaml")
    }
}
