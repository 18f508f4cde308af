// SPDX-License-Identifier: Apache-2.0

/// Base64 as Go's `StdEncoding` decodes it (RFC 4648 section 4): padded, line breaks ignored.
enum Base64 {
    /// The bytes; `nil` if the text is not Base64.
    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var digits = text.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard digits.count % 4 == 0 else { return nil }
        let length = digits.count
        while length - digits.count < 2, digits.last == UInt8(ascii: "=") { digits.removeLast() }
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        for (index, digit) in digits.enumerated() {
            guard let value = value(digit) else { return nil }
            group = group << 6 | UInt32(value)
            let bits = (index % 4 + 1) * 6
            // The first digit of a group completes no byte, each of the others does.
            if bits > 6 { bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits % 8))) }
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
