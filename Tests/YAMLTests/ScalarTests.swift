// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import YAML

@Suite struct `A scalar` {
    @Test(arguments: ScalarTable.values) func `has the type that kubectl gives it`(_ scalar: ScalarCase) throws {
        let stream = parse("a: \(scalar.text)\n")
        #expect(stream.errors.isEmpty)
        #expect(stream.documents.first?.value["a"] == scalar.value)
    }

    @Test(arguments: ScalarTable.refused) func `is refused when JSON cannot hold it or its tag lies`(_ text: String) {
        let stream = parse("b: 1\na: \(text)\n")
        #expect(stream.documents.isEmpty)
        #expect(stream.errors.map(\.code) == [.unsupportedValue])
        #expect(stream.errors.first?.position == SourcePosition(line: 2, column: 4))
    }

    @Test func `that is binary but not text is refused`() {
        #expect(parse("a: !!binary /w==\n").errors.map(\.code) == [.unsupportedValue])
    }

    @Test(arguments: ScalarTable.keys) func `becomes the name of a member as in Go`(_ key: (text: String, name: String))
    {
        let stream = parse("? \(key.text)\n: 1\n")
        #expect(stream.errors.isEmpty)
        #expect(stream.documents.first?.value == .object([key.name: 1]))
    }

    @Test(arguments: ["~", "null", "", "18446744073709551615", "[a]", "{a: 1}"]) func `of another type cannot be a key`(
        _ key: String
    ) {
        let stream = parse("? \(key)\n: 1\n")
        #expect(stream.documents.isEmpty)
        #expect(stream.errors.map(\.code) == [.unsupportedKey])
    }

    @Test func `never appears in an error`() {
        for tag in ["!!int", "!!binary", "!!null", "!!timestamp"] {
            let stream = parse("password: \(tag) hunter2\n")
            #expect(!stream.errors.isEmpty)
            #expect(!stream.errors.contains { $0.description.contains("hunter2") })
        }
    }

    private func parse(_ text: String) -> YAMLStream {
        YAML.parse(Array(text.utf8), file: "a.yaml")
    }
}
