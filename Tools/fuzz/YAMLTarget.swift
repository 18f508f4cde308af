// SPDX-License-Identifier: Apache-2.0

import JSON
import YAML

/// YAML streams: read, printed and read again, and the places of what is in them.
enum YAMLTarget {
    private static let mostPlaces = 32

    static func run(_ bytes: [UInt8]) {
        let stream = YAML.parse(bytes, file: "input")
        for error in stream.errors {
            expect(!error.message.isEmpty, "an error says what is wrong")
            expect(error.position.map(isPossible) ?? true, "and where")
        }
        for document in stream.documents {
            roundTrip(document.value)
            locate(document, in: bytes)
        }
    }

    /// What reads must print, and what is printed must read as it was.
    static func roundTrip(_ value: JSONValue) {
        let again = YAML.parse(Array(YAML.emit(value).utf8), file: "printed")
        expect(again.errors.isEmpty, "what is printed reads: \(again.errors)")
        expect(again.documents.map(\.value) == (value.isNull ? [] : [value]), "and as it was")
    }

    private static func locate(_ document: YAMLDocument, in bytes: [UInt8]) {
        let places = document.value.places(atMost: mostPlaces).map { (document: document.index, pointer: $0.pointer) }
        let positions = YAML.positions(of: places, in: bytes)
        expect(positions.first == document.position, "a document is where it begins")
        for (place, position) in zip(places, positions) {
            expect(position.map(isPossible) ?? false, "'\(place.pointer)' is somewhere")
        }
    }

    private static func isPossible(_ position: SourcePosition) -> Bool { position.line > 0 && position.column > 0 }
}
