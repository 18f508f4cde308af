// SPDX-License-Identifier: Apache-2.0

/// What a server said in TLS itself, as far as a transfer's end is to be judged by it.
///
/// Read from the messages: libcurl's text of an error is that of the first thing that failed, which is often another.
struct TLSRecord: Sendable {
    /// An alert with which a server breaks off (RFC 8446, section 6.2).
    struct Alert: Sendable, Hashable, CustomStringConvertible {
        let code: UInt8

        static let handshakeFailure = Alert(code: 40)
        static let certificateRequired = Alert(code: 116)

        private static let names: [UInt8: String] = [
            40: "handshake failure", 42: "bad certificate", 43: "unsupported certificate", 44: "certificate revoked",
            45: "certificate expired", 46: "certificate unknown", 48: "unknown ca", 49: "access denied",
            70: "protocol version", 116: "certificate required",
        ]

        var description: String { "TLS alert \(code), \(Self.names[code] ?? "see RFC 8446")" }

        /// Whether a server that has seen our certificate says by it that it does not do.
        var refusesCertificate: Bool { [42, 43, 44, 45, 46, 48, 49].contains(code) }
    }

    /// Whether a handshake asked for a client certificate. Many servers do and serve without.
    private(set) var wantsClientCertificate = false
    /// Whether the server said that it sends no more: an end that nobody on the way can have made up.
    private(set) var hasFarewell = false
    /// With what the server broke off.
    private(set) var alert: Alert?

    /// Takes one message of a handshake or an alert, or some other piece: those have none of the two forms below.
    mutating func note(_ message: UnsafeRawBufferPointer) {
        if message.count >= 4, message[0] == 13 {
            // A request for a certificate: its type, its length in 3 bytes, and that many bytes.
            let length = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
            if length == message.count - 4 { wantsClientCertificate = true }
        } else if message.count == 2, [1, 2].contains(message[0]) {
            // An alert: its level, which means nothing any more, and its code.
            if message[1] == 0 { hasFarewell = true } else { alert = Alert(code: message[1]) }
        }
    }
}
