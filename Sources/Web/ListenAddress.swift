// SPDX-License-Identifier: Apache-2.0

/// Where to listen: `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:0`.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    /// 0 for any that is free.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// - Throws: `invalidAddress`, with what to write instead.
    package init(_ text: String) throws(WebError) {
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
            throw WebError(
                .invalidAddress,
                "'\(text)' is no address to listen at: write ADDRESS:PORT, such as 127.0.0.1:8080, with a port up to 65535"
            )
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw WebError(.invalidAddress, "'\(text)': write an IPv6 address in brackets: [\(host)]:\(port)")
        }
        guard !host.isEmpty else {
            throw WebError(
                .invalidAddress,
                "'\(text)' names no address: write 0.0.0.0:\(port) to listen at all of this machine's, or 127.0.0.1:\(port) at its own alone"
            )
        }
        self.init(host: String(host), port: port)
    }

    private static func port(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text) else {
            return nil
        }
        return Int(port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
