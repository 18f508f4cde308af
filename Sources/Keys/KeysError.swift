// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Why a key, an encoding or a signature cannot be used.
package struct KeysError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case malformedKey = "malformed-key"
        case malformedNote = "malformed-note"
        case malformedEnvelope = "malformed-envelope"
        case badSignature = "bad-signature"
        case noKnownKey = "no-known-key"
        case unsafeFile = "unsafe-file"
        case fileExists = "file-exists"
        case unreadableFile = "unreadable-file"
        case unwritableFile = "unwritable-file"
        case cryptography
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// An error of OpenSSL, with the reason from its queue, which is emptied.
    static func openSSL(_ operation: String) -> KeysError {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { break }
            var text = [CChar](repeating: 0, count: 256)
            ERR_error_string_n(code, &text, text.count)
            let end = text.firstIndex(of: 0) ?? text.endIndex
            reasons.append(String(decoding: text[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        let reason = reasons.isEmpty ? "no reason given" : reasons.joined(separator: "; ")
        return KeysError(.cryptography, "\(operation) failed: \(reason)")
    }
}
