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

    /// What may be read again to look places up, in bytes: each place costs reading the file once.
    private static let mostBytes = 64 << 20

    static func restored(_ document: YAMLDocument, in bytes: [UInt8]) -> JSONValue {
        guard mayHoldWords(bytes) else { return document.value }
        let places = mostBytes / max(1, bytes.count)
        var lookup = Lookup(bytes: bytes, document: document.index, remaining: places)
        return lookup.restored(document.value, at: [])
    }

    /// Whether a word stands alone between what begins and what ends a scalar.
    private static func mayHoldWords(_ bytes: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count {
            guard isLetter(bytes[start]) else {
                start += 1
                continue
            }
            let end = bytes[start...].firstIndex { !isLetter($0) } ?? bytes.count
            if end - start <= 3, words.contains(text(bytes[start..<end])), begins(bytes, start), ends(bytes, end) {
                return true
            }
            start = end
        }
        return false
    }

    private static func begins(_ bytes: [UInt8], _ start: Int) -> Bool {
        guard let byte = bytes[..<start].last(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) else {
            return true
        }
        return Array(":-[{,?\n\r".utf8).contains(byte)
    }

    private static func ends(_ bytes: [UInt8], _ end: Int) -> Bool {
        guard let byte = bytes[end...].first(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) else {
            return true
        }
        return Array(":,]}#\n\r".utf8).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
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
                var hasWords = false
                for (key, member) in members {
                    let path = tokens + [key]
                    let word = key == "true" || key == "false" ? word(at: path, isKey: true) : nil
                    hasWords = hasWords || word != nil
                    result.append((word ?? key, restored(member, at: path)))
                }
                return .object(hasWords ? JSONObject(result) : JSONObject(uniqueMembers: result))
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
            let letters = bytes[offset...].prefix(while: PlainWords.isLetter)
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
