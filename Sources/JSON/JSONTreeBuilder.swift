// SPDX-License-Identifier: Apache-2.0

/// Turns a stretch of a document's tape into a `JSONValue`.
struct JSONTreeBuilder {
    let bytes: UnsafeBufferPointer<UInt8>
    let tape: [JSONTape.Word]
    /// Of the next word to be turned.
    var index: Int

    /// Builds the next value; recurses as deep as the scanner let the text be.
    mutating func next() -> JSONValue {
        let word = tape[index]
        index += 1
        switch word.tag {
        case .null: return .null
        case .false: return .bool(false)
        case .true: return .bool(true)
        case .integer: return integer(word)
        case .decimal: return .number(JSONText.decode(word, in: bytes))
        case .string: return .string(JSONText.decode(word, in: bytes))
        case .array: return .array(items(count: word.count))
        case .object: return .object(JSONObject(uniqueMembers: members(count: word.count)))
        }
    }

    private func integer(_ word: JSONTape.Word) -> JSONValue {
        let digits = JSONText.decode(word, in: bytes)
        if let value = Int64(digits) { return .int(value) }
        if let value = UInt64(digits) { return .uint(value) }
        return .number(digits)
    }

    private mutating func items(count: Int) -> [JSONValue] {
        var items: [JSONValue] = []
        items.reserveCapacity(count)
        for _ in 0..<count { items.append(next()) }
        return items
    }

    private mutating func members(count: Int) -> [JSONObject.Element] {
        var members: [JSONObject.Element] = []
        members.reserveCapacity(count)
        for _ in 0..<count {
            let key = JSONText.decode(tape[index], in: bytes)
            index += 1
            members.append((key, next()))
        }
        return members
    }
}
