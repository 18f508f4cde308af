// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// Percent-encoding of RFC 3986: everything but unreserved characters.
enum PercentEncoding {
    static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += encode(byte: byte)
            }
        }
        return result
    }

    static func encode(byte: UInt8) -> String {
        "%" + Hex.encode([byte]).uppercased()
    }
}
