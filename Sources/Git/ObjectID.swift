// SPDX-License-Identifier: Apache-2.0

/// The name of a Git object: the SHA-1 of its content, 20 bytes, written as 40 lower-case hexadecimal digits.
package struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The bytes in order, big-endian in each word: the order of the words is the order of the bytes.
    private let words: (UInt64, UInt64, UInt32)

    /// The number of bytes of an identifier.
    package static let byteCount = 20

    /// Parses exactly 40 lower-case hexadecimal digits; `nil` for everything else.
    package init?(_ text: some StringProtocol) {
        self.init(hex: text.utf8)
    }

    /// Parses 40 lower-case hexadecimal digits out of raw bytes.
    init?(hex: some Collection<UInt8>) {
        guard hex.count == Self.byteCount * 2 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        var high: UInt8?
        for digit in hex {
            guard let value = Self.value(ofDigit: digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self.init(bytes: bytes)
    }

    /// Takes the 20 bytes as they are; `nil` for any other number.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        let first = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let second = bytes.dropFirst(8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let third = bytes.dropFirst(16).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        words = (first, second, third)
    }

    /// The 20 bytes.
    package var bytes: [UInt8] {
        withUnsafeBytes(of: words.0.bigEndian, Array.init)
            + withUnsafeBytes(of: words.1.bigEndian, Array.init)
            + withUnsafeBytes(of: words.2.bigEndian, Array.init)
    }

    package var description: String {
        Self.padded(words.0, 16) + Self.padded(words.1, 16) + Self.padded(UInt64(words.2), 8)
    }

    package static func == (left: ObjectID, right: ObjectID) -> Bool { left.words == right.words }

    package static func < (left: ObjectID, right: ObjectID) -> Bool { left.words < right.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
    }

    private static func padded(_ word: UInt64, _ width: Int) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: width - digits.count) + digits
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
