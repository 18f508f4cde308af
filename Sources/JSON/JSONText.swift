// SPDX-License-Identifier: Apache-2.0

/// The strings of a text that has been scanned: what they stand for, and whether two are the same.
enum JSONText {
    static func decode(_ word: JSONTape.Word, in bytes: UnsafeBufferPointer<UInt8>) -> String {
        let raw = UnsafeBufferPointer(rebasing: bytes[word.offset..<word.offset + word.length])
        guard word.hasEscapes else { return String(decoding: raw, as: UTF8.self) }
        return String(decoding: unescaped(raw), as: UTF8.self)
    }

    /// Whether a string of the text is, byte for byte, this one.
    static func isEqual(
        _ word: JSONTape.Word,
        to string: UnsafeBufferPointer<UInt8>,
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard !word.hasEscapes else { return decode(word, in: bytes).utf8.elementsEqual(string) }
        guard word.length == string.count else { return false }
        var index = 0
        while index < string.count, bytes[word.offset + index] == string[index] { index += 1 }
        return index == string.count
    }

    /// The first of an object's keys that equals one before it.
    static func firstDuplicate(
        of keys: ArraySlice<JSONTape.Word>,
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> JSONTape.Word? {
        // While there are few, comparing each with each is fastest; without escapes it needs no memory.
        guard keys.count <= 16, !keys.contains(where: \.hasEscapes) else {
            var seen = Set<[UInt8]>(minimumCapacity: keys.count)
            // Bytes and not strings: to Swift, strings that Unicode calls equivalent are equal.
            return keys.first { !seen.insert(Array(decode($0, in: bytes).utf8)).inserted }
        }
        for index in keys.indices.dropFirst() {
            let key = keys[index]
            for earlier in keys[..<index] where earlier.length == key.length {
                let raw = UnsafeBufferPointer(rebasing: bytes[key.offset..<key.offset + key.length])
                if isEqual(earlier, to: raw, in: bytes) { return key }
            }
        }
        return nil
    }

    /// The code unit of an escape `\uXXXX` that begins here; `nil` if none does.
    static func escapedUnit(at offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> UInt16? {
        guard bytes.count - offset >= 6, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for byte in bytes[offset + 2..<offset + 6] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return unit
    }

    private static func unescaped(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        // An escape is never shorter than what it stands for.
        result.reserveCapacity(raw.count)
        var offset = 0
        while offset < raw.count {
            guard raw[offset] == UInt8(ascii: "\\") else {
                result.append(raw[offset])
                offset += 1
                continue
            }
            offset += appendEscaped(at: offset, in: raw, to: &result)
        }
        return result
    }

    /// Appends what one escape stands for, and returns the escape's length.
    private static func appendEscaped(
        at offset: Int,
        in raw: UnsafeBufferPointer<UInt8>,
        to result: inout [UInt8]
    ) -> Int {
        guard let unit = escapedUnit(at: offset, in: raw) else {
            result.append(byte(forEscape: raw[offset + 1]))
            return 2
        }
        guard UTF16.isLeadSurrogate(unit), let trail = escapedUnit(at: offset + 6, in: raw) else {
            result.append(contentsOf: String(decoding: CollectionOfOne(unit), as: UTF16.self).utf8)
            return 6
        }
        result.append(contentsOf: String(decoding: [unit, trail], as: UTF16.self).utf8)
        return 12
    }

    private static func byte(forEscape letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "r"): 0x0D
        default: letter
        }
    }
}
