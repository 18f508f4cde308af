// SPDX-License-Identifier: Apache-2.0

/// A string and the ways in which it can be written in block style.
///
/// The choice is the one that kubectl's output shows: plain if possible, double quotes for what would be another type, single quotes for
/// what would be syntax, a literal block for several lines.
struct ScalarText {
    private let text: String
    /// Contains what YAML does not print, or what libyaml would fold into a line feed.
    private var needsEscapes = false
    private var hasLineFeed = false
    private var hasTab = false
    /// Would be read as something else than one plain scalar.
    private var isSyntax = false

    init(_ text: String) {
        self.text = text
        var previous: Unicode.Scalar = "\n"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": hasLineFeed = true
            case "\t": hasTab = true
            case "#" where previous == " ": isSyntax = true
            case " " where previous == ":": isSyntax = true
            default: if !Self.isPrintable(scalar) { needsEscapes = true }
            }
            previous = scalar
        }
        isSyntax = isSyntax || previous == ":" || previous == " " || beginsAsSyntax
    }

    func writeKey(to bytes: inout [UInt8]) {
        if needsEscapes || hasLineFeed || hasTab || isOfOtherType {
            writeDoubleQuoted(to: &bytes)
        } else if isSyntax {
            writeSingleQuoted(to: &bytes)
        } else {
            bytes.append(contentsOf: text.utf8)
        }
    }

    /// - Parameter indentation: of the lines of a literal block.
    func writeValue(to bytes: inout [UInt8], indentation: Int) {
        if hasLineFeed, !needsEscapes, text.utf8.contains(where: { $0 != UInt8(ascii: "\n") }) {
            writeLiteral(to: &bytes, indentation: indentation)
        } else {
            writeKey(to: &bytes)
        }
    }

    // MARK: What the text is

    private var beginsAsSyntax: Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first else { return false }
        if text.hasPrefix("---") || text.hasPrefix("...") { return true }
        switch first {
        case ",", "[", "]", "{", "}", "#", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`", " ": return true
        case "-", "?", ":":
            let second = scalars.dropFirst().first
            return second == nil || second == " "
        default: return false
        }
    }

    /// Whether a plain scalar of this text is not a string, for our reader or for others that know base 60 and dates.
    private var isOfOtherType: Bool {
        if text == "<<" || text == "=" { return true }
        var text = text
        return text.withUTF8 { bytes in
            ScalarResolver.untagged(bytes) != nil || Timestamp.matches(bytes) || NumberText.isSexagesimal(bytes)
        }
    }

    /// The characters that libyaml reads, without the line breaks of YAML 1.1 that it makes line feeds of.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: true
        case 0x2028, 0x2029, 0xFEFF: false
        case 0xA0...0xD7FF, 0xE000...0xFFFD, 0x1_0000...0x10_FFFF: true
        default: false
        }
    }

    // MARK: Styles

    private func writeSingleQuoted(to bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "'")
        bytes.append(quote)
        for byte in text.utf8 {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }

    private func writeDoubleQuoted(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": bytes += [UInt8(ascii: "\\"), UInt8(ascii: scalar)]
            case "\n": bytes.append(contentsOf: "\\n".utf8)
            case "\t": bytes.append(contentsOf: "\\t".utf8)
            case "\r": bytes.append(contentsOf: "\\r".utf8)
            default:
                let isPrintable = Self.isPrintable(scalar)
                bytes.append(contentsOf: isPrintable ? Array(String(scalar).utf8) : Self.escape(scalar))
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ scalar: Unicode.Scalar) -> [UInt8] {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let (letter, width) =
            switch scalar.value {
            case ...0xFF: ("x", 2)
            case ...0xFFFF: ("u", 4)
            default: ("U", 8)
            }
        return Array("\\\(letter)\(String(repeating: "0", count: width - digits.count))\(digits)".utf8)
    }

    /// The caller ends the last line.
    private func writeLiteral(to bytes: inout [UInt8], indentation: Int) {
        let lineFeed = UInt8(ascii: "\n")
        let utf8 = text.utf8
        bytes.append(UInt8(ascii: "|"))
        // The reader takes the indentation from the first line, unless that begins with white space of its own.
        if let first = utf8.first, [lineFeed, UInt8(ascii: " "), UInt8(ascii: "\t")].contains(first) {
            bytes.append(UInt8(ascii: "2"))
        }
        let trailing = utf8.reversed().prefix { $0 == lineFeed }.count
        if trailing == 0 { bytes.append(UInt8(ascii: "-")) }
        if trailing > 1 { bytes.append(UInt8(ascii: "+")) }
        for line in utf8.dropLast(min(trailing, 1)).split(separator: lineFeed, omittingEmptySubsequences: false) {
            bytes.append(lineFeed)
            guard !line.isEmpty else { continue }
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
            bytes.append(contentsOf: line)
        }
    }
}
