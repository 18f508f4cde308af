// SPDX-License-Identifier: Apache-2.0

/// The types of scalars by the rules of go-yaml v2, which sigs.k8s.io/yaml and so kubectl and the API server use.
///
/// They are neither those of YAML 1.1 (no base 60, no dates) nor of 1.2 (`yes` and `0777` count).
enum ScalarResolver {
    /// Why a scalar has no value.
    enum Failure: Error {
        case notAsTagged(ScalarTag)
        case invalidBase64
        /// Decoded from base64, but JSON's strings cannot hold it.
        case notText
    }

    static func resolve(_ text: UnsafeBufferPointer<UInt8>, _ tag: ScalarTag) throws(Failure) -> Scalar {
        switch tag {
        case .unresolved: return untagged(text) ?? .string(String(decoding: text, as: UTF8.self))
        case .string, .merge, .foreign: return .string(String(decoding: text, as: UTF8.self))
        case .binary: return .string(try decodedBase64(text))
        case .timestamp:
            guard Timestamp.matches(text) else { throw .notAsTagged(tag) }
            return .string(String(decoding: text, as: UTF8.self))
        case .null, .bool, .int, .float: return try tagged(text, tag)
        }
    }

    /// The value of a text that is not a string; `nil` for a string.
    static func untagged(_ text: UnsafeBufferPointer<UInt8>) -> Scalar? {
        guard let first = text.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return NumberText.resolve(text)
        case UInt8(ascii: "+"), UInt8(ascii: "-"): return word(text) ?? NumberText.resolve(text)
        case UInt8(ascii: "."): return word(text) ?? NumberText.resolveFraction(text)
        case UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "o"),
            UInt8(ascii: "O"), UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "y"), UInt8(ascii: "Y"),
            UInt8(ascii: "~"):
            return word(text)
        default: return nil
        }
    }

    private static func tagged(_ text: UnsafeBufferPointer<UInt8>, _ tag: ScalarTag) throws(Failure) -> Scalar {
        let value = untagged(text)
        switch (tag, value) {
        case (.null, .null), (.bool, .bool), (.int, .int), (.int, .uint), (.float, .float): return value ?? .null
        case (.float, .int(let integer)): return .float(Double(integer))
        default: throw .notAsTagged(tag)
        }
    }

    private static func decodedBase64(_ text: UnsafeBufferPointer<UInt8>) throws(Failure) -> String {
        guard let bytes = Base64.decode(text) else { throw .invalidBase64 }
        guard let string = String(validating: bytes, as: UTF8.self) else { throw .notText }
        return string
    }

    // MARK: Words

    private static func word(_ text: UnsafeBufferPointer<UInt8>) -> Scalar? {
        guard text.count <= 5 else { return nil }
        return words[String(decoding: text, as: UTF8.self)]
    }

    private static let words: [String: Scalar] = {
        var words: [String: Scalar] = [
            "~": .null, "y": .bool(true), "Y": .bool(true), "n": .bool(false), "N": .bool(false),
        ]
        func add(_ scalar: Scalar, _ spellings: String...) {
            for spelling in spellings { words[spelling] = scalar }
        }
        add(.bool(true), "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
        add(.bool(false), "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
        add(.null, "null", "Null", "NULL")
        add(.float(.nan), ".nan", ".NaN", ".NAN")
        add(.float(.infinity), ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF")
        add(.float(-.infinity), "-.inf", "-.Inf", "-.INF")
        return words
    }()
}
