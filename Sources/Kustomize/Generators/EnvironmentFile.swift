// SPDX-License-Identifier: Apache-2.0

/// Files of variables, one `NAME=value` a line.
enum EnvironmentFile {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    /// Go's scanner gives up on longer lines, without a word.
    private static let longestLine = 64 << 10

    /// - Throws: `invalid`. Messages do not show the line, which may be a password.
    static func pairs(_ bytes: [UInt8], name: String) throws(Refusal) -> [(key: String, content: [UInt8])] {
        var pairs: [(key: String, content: [UInt8])] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            var line = line
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            guard line.count < longestLine else { throw .invalid("line \(index + 1) of '\(name)' is too long") }
            if index == 0, line.starts(with: byteOrderMark) { line = line.dropFirst(3) }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw .invalid("line \(index + 1) of '\(name)' is not UTF-8")
            }
            let trimmed = text.unicodeScalars.drop { $0.properties.isWhitespace }
            guard let first = trimmed.first, first != "#" else { continue }
            let sign = trimmed.firstIndex(of: "=") ?? trimmed.endIndex
            guard sign > trimmed.startIndex else { continue }
            let value = sign == trimmed.endIndex ? "" : String(trimmed[trimmed.index(after: sign)...])
            pairs.append((String(trimmed[..<sign]), Array(value.utf8)))
        }
        return pairs
    }
}
