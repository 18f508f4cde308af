// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// A proxy, taken apart: libcurl quotes a proxy's URL in its errors, so that one with credentials must not reach it.
package struct ProxyAddress: Sendable, Hashable {
    /// Without credentials, and with a port: libcurl's default of 1080 is nobody else's.
    let url: String
    /// Whether it is spoken to by TLS.
    let isSecure: Bool
    let user: String?
    let password: String?

    /// By the scheme that a user writes, libcurl's and the port that is meant without one.
    ///
    /// Of SOCKS, libcurl has a scheme for names that we resolve and one for names that the proxy does. The latter is meant always.
    private static let schemes = [
        "http": (curl: "http", port: "80"), "https": (curl: "https", port: "443"),
        "socks5": (curl: "socks5h", port: "1080"), "socks5h": (curl: "socks5h", port: "1080"),
    ]

    /// - Parameter text: as a user writes it, credentials percent-encoded: `http://user:password@host:port`.
    /// - Throws: `invalidConfiguration`, without the text.
    package init(_ text: String) throws(TransportError) {
        let parts: URLParts
        do {
            parts = try URLParts(text)
        } catch {
            throw TransportError(
                error.code == .unavailable ? .unavailable : .invalidConfiguration,
                "the proxy: \(error)"
            )
        }
        guard let scheme = Self.schemes[parts.scheme], !parts.host.isEmpty else {
            throw TransportError(
                .invalidConfiguration,
                "the URL of the proxy begins with none of http, https and socks5, or names no host"
            )
        }
        url = "\(scheme.curl)://\(parts.host):\(parts.port ?? scheme.port)"
        isSecure = scheme.curl == "https"
        user = parts.value(of: CURLUPART_USER, CURLU_URLDECODE)
        password = parts.value(of: CURLUPART_PASSWORD, CURLU_URLDECODE)
    }
}
