// SPDX-License-Identifier: Apache-2.0

/// Numbers as go-yaml v2 reads them, by the rules of Go's `strconv`.
enum NumberText {
    private static let underscore = UInt8(ascii: "_")
    private static let zero = UInt8(ascii: "0")

    /// The number of a text that begins with a digit or a sign; `nil` if it is none.
    static func resolve(_ text: UnsafeBufferPointer<UInt8>) -> Scalar? {
        if let value = shortDecimal(text) { return .int(value) }
        // Underscores may stand anywhere behind the first character.
        let digits = text.contains(underscore) ? text.filter { $0 != underscore } : Array(text)
        return integer(digits[...]) ?? float(digits) ?? signedBinary(digits)
    }

    /// The number of a text that begins with a point. Here, underscores must stand between digits.
    static func resolveFraction(_ text: UnsafeBufferPointer<UInt8>) -> Scalar? {
        var previous: UInt8 = 0
        for byte in text {
            if byte == underscore || previous == underscore {
                let other = byte == underscore ? previous : byte
                guard isDigit(other) else { return nil }
            }
            previous = byte
        }
        guard previous != underscore else { return nil }
        return float(text.filter { $0 != underscore })
    }

    /// Whether YAML 1.1 has the text as a number in base 60, such as `22:22`. go-yaml does not, but quotes it.
    static func isSexagesimal(_ text: some Collection<UInt8>) -> Bool {
        guard text.contains(UInt8(ascii: ":")), let first = text.first else { return false }
        let isSigned = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
        let groups = text.dropFirst(isSigned ? 1 : 0).split(
            separator: UInt8(ascii: ":"),
            omittingEmptySubsequences: false
        )
        return groups.allSatisfy {
            !$0.isEmpty && $0.allSatisfy { isDigit($0) || $0 == underscore || $0 == UInt8(ascii: ".") }
        }
    }

    // MARK: Integers

    /// What nearly every number is: decimal digits without a leading zero, too few to overflow.
    private static func shortDecimal(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count <= 18, text[0] != zero || text.count == 1 else { return nil }
        var value: Int64 = 0
        for byte in text {
            guard isDigit(byte) else { return nil }
            value = value * 10 + Int64(byte - zero)
        }
        return value
    }

    /// `ParseInt` with base 0, then `ParseUint`: the prefixes `0x`, `0o`, `0b` and `0`. What does not fit in 64 bits is none.
    private static func integer(_ text: ArraySlice<UInt8>) -> Scalar? {
        let isSigned = text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+")
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isSigned ? text.dropFirst() : text
        let (radix, prefix) = base(of: digits)
        guard let magnitude = magnitude(digits.dropFirst(prefix), radix: radix) else { return nil }
        if isNegative { return magnitude <= 1 << 63 ? .int(Int64(truncatingIfNeeded: 0 &- magnitude)) : nil }
        if let value = Int64(exactly: magnitude) { return .int(value) }
        return isSigned ? nil : .uint(magnitude)
    }

    private static func base(of digits: ArraySlice<UInt8>) -> (radix: UInt64, prefix: Int) {
        guard digits.count > 1, digits.first == zero else { return (10, 0) }
        switch digits[digits.startIndex + 1] | 0x20 {
        case UInt8(ascii: "x"): return (16, 2)
        case UInt8(ascii: "o"): return (8, 2)
        case UInt8(ascii: "b"): return (2, 2)
        default: return (8, 1)
        }
    }

    private static func magnitude(_ digits: ArraySlice<UInt8>, radix: UInt64) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard let digit = digit(byte), digit < radix else { return nil }
            let (product, overflowed) = value.multipliedReportingOverflow(by: radix)
            let (sum, carried) = product.addingReportingOverflow(digit)
            guard !overflowed, !carried else { return nil }
            value = sum
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case zero...UInt8(ascii: "9"): UInt64(byte - zero)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// go-yaml parses what follows `0b` once more by itself and so takes a sign there: `0b-11` is -3.
    private static func signedBinary(_ text: [UInt8]) -> Scalar? {
        guard text.starts(with: [zero, UInt8(ascii: "b")]), text.count > 3 else { return nil }
        let sign = text[2]
        guard sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") else { return nil }
        guard let magnitude = magnitude(text[3...], radix: 2) else { return nil }
        if sign == UInt8(ascii: "+") { return Int64(exactly: magnitude).map(Scalar.int) }
        return magnitude <= 1 << 63 ? .int(Int64(truncatingIfNeeded: 0 &- magnitude)) : nil
    }

    // MARK: Floats

    /// A decimal number that a double can hold; what is too large for one is a string.
    private static func float(_ text: [UInt8]) -> Scalar? {
        guard isDecimal(text), let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
            return nil
        }
        return .float(value)
    }

    /// Whether the text is a sign, digits with at most one point among them, and an exponent; all but some digits may be missing.
    private static func isDecimal(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        func dropSign() {
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        }
        func dropDigits() -> Int {
            let digits = rest.prefix(while: isDigit).count
            rest.removeFirst(digits)
            return digits
        }
        dropSign()
        var digits = dropDigits()
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            digits += dropDigits()
        }
        guard digits > 0 else { return false }
        if let letter = rest.first {
            guard letter | 0x20 == UInt8(ascii: "e") else { return false }
            rest.removeFirst()
            dropSign()
            guard dropDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        zero <= byte && byte <= UInt8(ascii: "9")
    }
}
