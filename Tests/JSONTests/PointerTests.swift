// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@Suite struct PointerTests {
    /// The document and the results of RFC 6901, section 5.
    @Test(
        arguments: [
            ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3),
            ("/g|h", 4), ("/i\\j", 5), ("/k\"l", 6), ("/ ", 7), ("/m~0n", 8),
        ] as [(String, JSONValue)]
    )
    func `the examples of RFC 6901 are found`(path: String, expected: JSONValue) throws {
        let document: JSONValue = [
            "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7,
            "m~n": 8,
        ]
        let pointer = try JSONPointer(path)
        #expect(document[pointer] == expected)
        #expect(pointer.description == path)
        #expect(document[try JSONPointer("")] == document)
    }

    @Test(arguments: ["a", "a/b", "/~", "/~2", "/a~"])
    func `a malformed pointer is refused`(path: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONPointer(path) }
        #expect(error.code == .pointer)
        #expect(error.message.contains("'\(path)'"))
    }

    @Test(arguments: ["/list/3", "/list/-", "/list/01", "/list/-1", "/list/x", "/text/0", "/list/1e0"])
    func `a place that is not there is nil`(path: String) throws {
        let value: JSONValue = ["list": [1, 2, 3], "text": "abc"]
        #expect(value[try JSONPointer(path)] == nil)
    }

    @Test func `setting replaces, adds, appends and removes`() throws {
        var value: JSONValue = ["list": [1, 2], "keep": true]
        value[try JSONPointer("/list/0")] = 9
        value[try JSONPointer("/list/-")] = 3
        value[try JSONPointer("/list/3")] = 4
        value[try JSONPointer("/new")] = ["deep": [:]]
        value[try JSONPointer("/new/deep/er")] = "x"
        value[try JSONPointer("/nowhere/at/all")] = "ignored"
        value[try JSONPointer("/list/1")] = nil
        #expect(value == ["list": [9, 3, 4], "keep": true, "new": ["deep": ["er": "x"]]])
    }
}
