// SPDX-License-Identifier: Apache-2.0

/// A URL with an authority, cut at its seams (RFC 3986, section 3). Nothing is decoded.
struct URLParts: Sendable, Hashable {
    /// In lower case.
    var scheme: String
    /// What stands before the `@`, which may be a user and a password.
    var userinfo: String?
    /// IPv6 in brackets.
    var host: String
    var port: String?
    /// Path, query and fragment.
    var rest: String

    /// `nil` if the text is no such URL.
    init?(_ text: String) {
        guard let seam = text.firstRange(of: "://"), !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            return nil
        }
        scheme = text[..<seam.lowerBound].lowercased()
        guard !scheme.isEmpty, scheme.utf8.allSatisfy(Self.isSchemeByte) else { return nil }
        let afterScheme = text[seam.upperBound...]
        let end = afterScheme.firstIndex { "/?#".contains($0) } ?? afterScheme.endIndex
        rest = String(afterScheme[end...])
        var authority = afterScheme[..<end]
        if let at = authority.lastIndex(of: "@") {
            userinfo = String(authority[..<at])
            authority = authority[authority.index(after: at)...]
        }
        guard let (host, port) = Self.hostAndPort(authority) else { return nil }
        self.host = host
        self.port = port
    }

    var text: String {
        "\(scheme)://\(userinfo.map { $0 + "@" } ?? "")\(host)\(port.map { ":" + $0 } ?? "")\(rest)"
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func hostAndPort(_ authority: Substring) -> (host: String, port: String?)? {
        var host = authority
        var port: Substring?
        // The colons of an IPv6 address stand before the bracket.
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[bracket...].lastIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, host.hasPrefix("[") == host.hasSuffix("]") else { return nil }
        guard host.hasPrefix("[") || !host.contains(":") else { return nil }
        guard let port, !port.isEmpty else { return (String(host), nil) }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), UInt16(port) != nil else { return nil }
        return (String(host), String(port))
    }
}
