// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Walks down a document's events to the value that a pointer names.
struct PositionFinder: ~Copyable {
    private var reader: EventReader

    init(_ input: UnsafeBufferPointer<UInt8>) throws(YAMLError) {
        reader = try .open(input, file: "")
    }

    mutating func position(of pointer: JSONPointer, document index: Int) throws(YAMLError) -> SourcePosition? {
        guard try findDocument(index) else { return nil }
        var position = reader.position
        for token in pointer.tokens {
            // Behind an alias, everything is where the alias is.
            if reader.kind == .alias { return position }
            guard let next = try step(to: token) else { return nil }
            position = next.position
            if next.isMerged { return position }
        }
        return position
    }

    /// Goes to the root of a document.
    private mutating func findDocument(_ index: Int) throws(YAMLError) -> Bool {
        var number = -1
        while reader.kind != .streamEnd {
            try reader.advance()
            if reader.kind == .documentStart { number += 1 }
            if number == index {
                try reader.advance()
                return true
            }
        }
        return false
    }

    private typealias Step = (position: SourcePosition, isMerged: Bool)

    /// Goes to the member or item of the container at hand; `nil` if there is none.
    private mutating func step(to token: String) throws(YAMLError) -> Step? {
        switch reader.kind {
        case .mappingStart: try member(token)
        case .sequenceStart: try item(token)
        default: nil
        }
    }

    private mutating func member(_ name: String) throws(YAMLError) -> Step? {
        var merge: Step?
        try reader.advance()
        while reader.kind != .mappingEnd {
            let position = reader.position
            if reader.isMergeKey {
                merge = (position, true)
            } else if reader.kind == .scalar, (try? ScalarResolver.resolve(reader.text, reader.tag))?.key == name {
                try reader.advance()
                return (position, false)
            }
            try reader.skipNode()
            try reader.advance()
            try reader.skipNode()
            try reader.advance()
        }
        return merge
    }

    private mutating func item(_ token: String) throws(YAMLError) -> Step? {
        guard let wanted = Int(token), wanted >= 0 else { return nil }
        try reader.advance()
        for _ in 0..<wanted {
            if reader.kind == .sequenceEnd { return nil }
            try reader.skipNode()
            try reader.advance()
        }
        return reader.kind == .sequenceEnd ? nil : (reader.position, false)
    }
}
