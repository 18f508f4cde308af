// SPDX-License-Identifier: Apache-2.0

/// A value within a `JSONDocument`, which it keeps alive. Copying a view copies no JSON.
package struct JSONView: Sendable {
    fileprivate let document: JSONDocument
    /// Of the value's word in the tape.
    fileprivate let index: Int

    init(document: JSONDocument, index: Int) {
        self.document = document
        self.index = index
    }

    fileprivate var word: JSONTape.Word { document.tape[index] }

    /// The index of the word after this value.
    fileprivate var end: Int { document.tape.indexAfterValue(at: index) }

    // MARK: - Scalars

    package var isNull: Bool { word.tag == .null }

    package var boolValue: Bool? {
        switch word.tag {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The number, if it is an integer that fits.
    package var intValue: Int64? {
        word.tag == .integer ? Int64(document.text(of: word)) : nil
    }

    package var stringValue: String? {
        word.tag == .string ? document.text(of: word) : nil
    }

    /// The name of the value's type in the words of JSON Schema, for error messages.
    package var typeName: String {
        switch word.tag {
        case .null: "null"
        case .false, .true: "boolean"
        case .integer: "integer"
        case .decimal: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    // MARK: - Containers

    /// How many items or members there are; 0 in a scalar.
    package var count: Int { word.isContainer ? word.count : 0 }

    /// The member of an object; `nil` for an absent key and for anything but an object.
    package subscript(key: String) -> JSONView? {
        guard word.tag == .object else { return nil }
        var key = key
        let found = key.withUTF8 { key in document.bytes.withUnsafeBufferPointer { findMember(key, in: $0) } }
        return found.map { JSONView(document: document, index: $0) }
    }

    /// The item of an array, found by walking; `nil` outside its bounds and for anything but an array.
    package subscript(index: Int) -> JSONView? {
        guard index >= 0, index < array.count else { return nil }
        var items = array
        for _ in 0..<index { _ = items.next() }
        return items.next()
    }

    /// The items of an array; nothing for anything else.
    package var array: Items { Items(of: self) }

    /// The members of an object in the text's order; nothing for anything else.
    package var members: Members { Members(of: self) }

    /// The value as a tree of its own.
    package func materialized() -> JSONValue {
        document.bytes.withUnsafeBufferPointer { bytes in
            var builder = JSONTreeBuilder(bytes: bytes, tape: document.tape, index: index)
            return builder.next()
        }
    }

    private func findMember(_ key: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let tape = document.tape
        let end = word.end
        var index = index + 1
        while index < end {
            if JSONText.isEqual(tape[index], to: key, in: bytes) { return index + 1 }
            index = tape.indexAfterValue(at: index + 1)
        }
        return nil
    }
}

extension JSONDocument {
    /// The string or the number that a word stands for.
    fileprivate func text(of word: JSONTape.Word) -> String {
        bytes.withUnsafeBufferPointer { JSONText.decode(word, in: $0) }
    }
}

extension JSONView {
    /// The items of an array, one after the other.
    package struct Items: Sequence, IteratorProtocol, Sendable {
        private let document: JSONDocument
        private var index: Int
        /// How many items are still to come.
        package private(set) var count: Int

        fileprivate init(of view: JSONView) {
            document = view.document
            index = view.index + 1
            count = view.word.tag == .array ? view.word.count : 0
        }

        package mutating func next() -> JSONView? {
            guard count > 0 else { return nil }
            defer {
                count -= 1
                index = document.tape.indexAfterValue(at: index)
            }
            return JSONView(document: document, index: index)
        }

        package var isEmpty: Bool { count == 0 }
        package var underestimatedCount: Int { count }
    }

    /// The members of an object, one after the other.
    package struct Members: Sequence, IteratorProtocol, Sendable {
        private let document: JSONDocument
        private var index: Int
        /// How many members are still to come.
        package private(set) var count: Int

        fileprivate init(of view: JSONView) {
            document = view.document
            index = view.index + 1
            count = view.word.tag == .object ? view.word.count : 0
        }

        package mutating func next() -> (key: String, value: JSONView)? {
            guard count > 0 else { return nil }
            let value = JSONView(document: document, index: index + 1)
            let key = document.text(of: document.tape[index])
            count -= 1
            index = value.end
            return (key, value)
        }

        package var isEmpty: Bool { count == 0 }
        package var underestimatedCount: Int { count }
    }
}
