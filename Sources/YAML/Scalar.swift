// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// A scalar whose type is known, in go-yaml's types, because its keys and its JSON are made from them in different ways.
enum Scalar: Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Beyond `Int64.max`.
    case uint(UInt64)
    case float(Double)
    case string(String)

    /// The value in JSON; `nil` for infinities and what is not a number.
    var json: JSONValue? {
        // A bare `nil` would be JSON's null here.
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .uint(let value): .uint(value)
        case .float(let value): value.isFinite ? Self.json(value) : JSONValue?.none
        case .string(let text): .string(text)
        }
    }

    /// The name of a JSON member; `nil` for what sigs.k8s.io/yaml does not take as a key.
    var key: String? {
        switch self {
        case .null, .uint: nil
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .float(let value): Self.key(value)
        case .string(let text): text
        }
    }

    /// A float without a fraction is printed without a point, and then is an integer.
    private static func json(_ value: Double) -> JSONValue {
        if let integer = Int64(exactly: value), integer.magnitude <= 1 << 53 { return .int(integer) }
        // Go prints floats in JSON as ECMAScript does. Below a double's range nothing can be wrong with them.
        let text = (try? JSONValue.number(value.description).canonicalized()).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard let text else { return .number(value.description) }
        return Int64(text).map(JSONValue.int) ?? UInt64(text).map(JSONValue.uint) ?? .number(text)
    }

    /// A key as Go's `%g` prints it in single precision, which is what sigs.k8s.io/yaml does to floats.
    private static func key(_ value: Double) -> String {
        let single = Float(value)
        if single.isNaN { return ".nan" }
        let sign = single.sign == .minus ? "-" : ""
        if single.isInfinite { return sign + ".inf" }
        let text = single.magnitude.description
        if text.contains("e") { return sign + text.replacing(".0e", with: "e") }
        let parts = text.split(separator: ".")
        let (whole, fraction) = (parts[0], parts[1] == "0" ? "" : parts[1])
        // From a million on, Go uses an exponent; Swift does later.
        guard whole.count > 6 else { return fraction.isEmpty ? sign + whole : "\(sign)\(whole).\(fraction)" }
        var digits = whole + fraction
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        let exponent = whole.count - 1
        let mantissa = digits.count == 1 ? String(digits) : "\(digits.prefix(1)).\(digits.dropFirst())"
        return "\(sign)\(mantissa)e+\(exponent < 10 ? "0" : "")\(exponent)"
    }
}
