// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

@Suite struct ObjectTests {
    /// The reference: an array that is looked through.
    private struct Plain {
        var members: [(key: String, value: JSONValue)] = []

        mutating func set(_ key: String, _ value: JSONValue?) {
            let index = members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
            switch (index, value) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((key, value))
            case (nil, nil): break
            }
        }
    }

    @Test(arguments: [3, 16, 17, 40, 200]) func `an object of any size is what its edits make it`(keys: Int) {
        var generator = SeededGenerator(seed: UInt64(keys))
        // Some of them are one string to Unicode, and two to JSON.
        let names = (0..<keys).map { $0 % 3 == 0 ? "e\u{301}\($0 / 6)" : $0 % 3 == 1 ? "\u{E9}\($0 / 6)" : "k\($0)" }
        var object = JSONObject()
        var plain = Plain()
        for step in 0..<2_000 {
            let key = generator.pick(from: names)
            let value: JSONValue? = step % 3 == 0 ? nil : .int(Int64(step))
            object[key] = value
            plain.set(key, value)
        }
        #expect(object.keys == plain.members.map(\.key))
        for (key, value) in plain.members { #expect(object[key] == value) }
        #expect(object == JSONObject(plain.members.reversed()))
        #expect(object == JSONObject(uniqueMembers: plain.members))
        #expect(object["missing"] == nil)
    }

    @Test func `looking up every member of a large object takes no square of its size`() {
        let count = 200_000
        let object = JSONObject((0..<count).lazy.map { (key: "key-\($0)", value: JSONValue.int(Int64($0))) })
        let sum = (0..<count).reduce(0) { $0 + (object["key-\($1)"]?.intValue ?? 0) }
        #expect(sum == Int64(count) * Int64(count - 1) / 2)
    }

    @Test func `pointers of equivalent spelling name different places`() throws {
        #expect(try JSONPointer("/\u{E9}") != JSONPointer("/e\u{301}"))
        let value: JSONValue = ["\u{E9}": 1]
        let moved = try JSONPatch([.move(from: JSONPointer("/\u{E9}"), to: JSONPointer("/e\u{301}"))]).applied(
            to: value
        )
        #expect(moved.objectValue?.keys.map { Array($0.utf8) } == [Array("e\u{301}".utf8)])
    }

    @Test func `a patch cannot make a value without end`() throws {
        let doubling = JSONPatch(try (0..<60).map { .copy(from: try JSONPointer(""), to: try JSONPointer("/k\($0)")) })
        #expect(throws: JSONError.self) { try doubling.applied(to: ["a": [1, 2, 3]]) }
        let nesting = JSONPatch(
            try (0..<5_000).flatMap { _ -> [JSONPatch.Operation] in
                [
                    .add(try JSONPointer("/w"), [:]), .move(from: try JSONPointer("/x"), to: try JSONPointer("/w/x")),
                    .move(from: try JSONPointer("/w"), to: try JSONPointer("/x")),
                ]
            }
        )
        #expect(throws: JSONError.self) { try nesting.applied(to: ["x": 1]) }
    }
}
