// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// Words that the YAML of kubectl takes for booleans and that of kustomize (go-yaml v3) for text: `yes`, `on`, `y`.
///
/// `YAML.parse` reads the former. Where a file may hold such a word, its booleans are looked up in the text once more.
enum PlainWords {
    private static let words: Set<String> = [
        "y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF",
    ]

    /// More places than these are not looked up, since each of them costs reading the file once.
    private static let mostPlaces = 500

    static func restored(_ document: YAMLDocument, in bytes: [UInt8]) -> JSONValue {
        guard mayHoldWords(bytes) else { return document.value }
        var lookup = Lookup(bytes: bytes, document: document.index, remaining: mostPlaces)
        return lookup.restored(document.value, at: [])
    }

    /// Whether a word stands where a scalar begins and ends.
    private static func mayHoldWords(_ bytes: [UInt8]) -> Bool {
        var start: Int?
        var isAfterBreak = true
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                if start == nil, isAfterBreak { start = index }
                isAfterBreak = false
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"), UInt8(ascii: ","),
                UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                if let begin = start, index - begin <= 3, words.contains(text(bytes[begin..<index])) { return true }
                start = nil
                isAfterBreak = true
            default:
                start = nil
                isAfterBreak = false
            }
        }
        guard let start else { return false }
        return words.contains(text(bytes[start...]))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private struct Lookup {
        let bytes: [UInt8]
        let document: Int
        var remaining: Int

        mutating func restored(_ value: JSONValue, at tokens: [String]) -> JSONValue {
            switch value {
            case .bool:
                return word(at: tokens, isKey: false).map(JSONValue.string) ?? value
            case .array(let items):
                return .array(items.enumerated().map { restored($1, at: tokens + [String($0)]) })
            case .object(let members):
                var result: [(key: String, value: JSONValue)] = []
                for (key, member) in members {
                    let path = tokens + [key]
                    let isWord = key == "true" || key == "false"
                    result.append(((isWord ? word(at: path, isKey: true) : nil) ?? key, restored(member, at: path)))
                }
                return .object(JSONObject(result))
            default:
                return value
            }
        }

        /// The word that stands at a place; `nil` if it is another text.
        private mutating func word(at tokens: [String], isKey: Bool) -> String? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            let pointer = JSONPointer(tokens: tokens)
            guard let position = YAML.position(of: pointer, document: document, in: bytes),
                var offset = offset(of: position)
            else { return nil }
            let isMember = tokens.last.map { Int($0) == nil } ?? false
            if !isKey, isMember { offset = valueOffset(behindKeyAt: offset) }
            let letters = bytes[offset...].prefix {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
            }
            let word = PlainWords.text(letters)
            return PlainWords.words.contains(word) ? word : nil
        }

        private func offset(of position: SourcePosition) -> Int? {
            var line = 1
            var offset = 0
            while line < position.line {
                guard let next = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
                offset = next + 1
                line += 1
            }
            var column = 1
            while column < position.column, offset < bytes.count {
                offset += 1
                // What continues a character does not count.
                while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
                column += 1
            }
            return offset < bytes.count ? offset : nil
        }

        private func valueOffset(behindKeyAt start: Int) -> Int {
            var offset = start
            var quote: UInt8?
            while offset < bytes.count {
                let byte = bytes[offset]
                if let open = quote {
                    if byte == open { quote = nil }
                } else if offset == start, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                } else if byte == UInt8(ascii: ":") {
                    break
                }
                offset += 1
            }
            offset += 1
            while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x09 || bytes[offset] == 0x0A {
                offset += 1
            }
            return min(offset, bytes.count)
        }
    }
}
