// SPDX-License-Identifier: Apache-2.0

/// Numbers as `Number.prototype.toString` prints them (ECMA-262, "Number::toString").
enum ECMAScriptNumber {
    /// - Parameter value: finite.
    static func text(of value: Double) -> String {
        // Swift's description has the digits that ECMAScript asks for: the fewest that read back as the same double,
        // and of these the nearest to it. Only the layout differs.
        guard value != 0, let decimal = DecimalNumber(value.description) else { return "0" }
        let sign = decimal.isNegative ? "-" : ""
        let digits = decimal.digits
        let point = decimal.exponent
        // A double has 17 digits at the most.
        switch point {
        case digits.count...21:
            return sign + digits + String(repeating: "0", count: point - digits.count)
        case 1...21:
            return sign + digits.prefix(point) + "." + digits.dropFirst(point)
        case -5...0:
            return sign + "0." + String(repeating: "0", count: -point) + digits
        default:
            let power = point - 1
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            return "\(sign)\(digits.prefix(1))\(fraction)e\(power < 0 ? "-" : "+")\(power.magnitude)"
        }
    }
}

/// The value of a number's text, exactly: `0.digits × 10^exponent`. Texts of the same value make equal ones.
struct DecimalNumber: Hashable {
    let isNegative: Bool
    /// Without zeros at either end; empty for zero.
    let digits: String
    let exponent: Int

    /// Reads a JSON number or a double's description; `nil` for anything else and for absurd exponents.
    init?(_ text: String) {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        let unsigned = parts[0].drop { $0 == "-" }
        let mantissa = unsigned.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let integer = mantissa.first, let power = parts.count == 2 ? Int32(parts[1]) : 0 else { return nil }
        let all = integer + (mantissa.count == 2 ? mantissa[1] : "")
        guard !integer.isEmpty, all.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        let significant = all.drop { $0 == "0" }
        let trailingZeros = significant.reversed().prefix { $0 == "0" }.count
        digits = String(significant.dropLast(trailingZeros))
        isNegative = !digits.isEmpty && parts[0].first == "-"
        exponent = digits.isEmpty ? 0 : Int(power) + integer.count - (all.count - significant.count)
    }
}
