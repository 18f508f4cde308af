// SPDX-License-Identifier: Apache-2.0

import JSON

/// JSON texts: as a document and as a value, printed, in canonical form, and at their pointers. An array is also taken for a value and a
/// patch of it.
enum JSONTarget {
    /// Places of one value that are looked at: each costs a walk.
    private static let mostPlaces = 64

    static func run(_ bytes: [UInt8]) {
        let document = try? JSONDocument(parsing: bytes)
        let value = try? JSONValue(parsing: bytes)
        expect((document == nil) == (value == nil), "document and value agree on what JSON is")
        guard let document, let value else { return }
        expect(document.root.materialized() == value, "document and value read the same")
        printing(value)
        canonicalising(value)
        pointing(into: value, document.root)
        if case .array(let items) = value, items.count > 1 { patching(items[0], items[1]) }
    }

    private static func printing(_ value: JSONValue) {
        for isPretty in [false, true] {
            let text = value.serialized(pretty: isPretty)
            let again = try? JSONValue(parsing: text)
            expect(again == value, "what is printed reads as it was")
            expect(again?.serialized(pretty: isPretty) == text, "and prints the same")
        }
    }

    private static func canonicalising(_ value: JSONValue) {
        guard let text = try? value.canonicalized() else { return }
        let again = try? JSONValue(parsing: text)
        expect((try? again?.canonicalized()) == text, "the canonical form is its own")
    }

    private static func pointing(into value: JSONValue, _ view: JSONView) {
        for (pointer, part) in value.places(atMost: mostPlaces) {
            let again = try? JSONPointer(pointer.description)
            expect(again == pointer, "a pointer reads as it is written")
            expect(value[pointer] == part, "a pointer leads to its value")
            expect(view[pointer]?.materialized() == part, "in a document, too")
            var edited = value
            edited[pointer] = part
            expect(edited == value, "what is put where it was changes nothing")
        }
    }

    private static func patching(_ value: JSONValue, _ patch: JSONValue) {
        let merged = value.mergePatched(with: patch)
        expect(merged.mergePatched(with: patch) == merged, "a merge patch changes nothing a second time")
        guard let patch = try? JSONPatch(patch) else { return }
        expect((try? JSONPatch(patch.document)) == patch, "a patch reads as it is written")
        _ = try? patch.applied(to: value)
    }
}

extension JSONValue {
    /// The value and what is in it, from the outside in.
    func places(atMost limit: Int) -> [(pointer: JSONPointer, value: JSONValue)] {
        var places = [(pointer: JSONPointer(tokens: []), value: self)]
        var index = 0
        while index < places.count, places.count < limit {
            let (pointer, value) = places[index]
            let room = limit - places.count
            switch value {
            case .array(let items):
                for (number, item) in items.prefix(room).enumerated() {
                    places.append((pointer.appending(String(number)), item))
                }
            case .object(let object):
                for (key, member) in object.prefix(room) { places.append((pointer.appending(key), member)) }
            default: break
            }
            index += 1
        }
        return places
    }
}
