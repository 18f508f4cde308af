// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// A proxy, taken apart: libcurl quotes a proxy's URL in its errors, so that one with credentials must not reach it.
struct ProxyAddress: Sendable, Hashable {
    /// Without credentials, and with a port: libcurl's default of 1080 is nobody else's.
    let url: String
    /// Whether it is spoken to by TLS.
    let isSecure: Bool
    let user: String?
    let password: String?

    private static let defaultPorts = ["http": "80", "https": "443", "socks5h": "1080"]

    /// - Parameter text: as a user writes it, credentials percent-encoded: `http://user:password@host:port`.
    init(_ text: String) throws(TransportError) {
        let parts: URLParts
        do {
            parts = try URLParts(text, CURLU_NON_SUPPORT_SCHEME)
        } catch {
            throw TransportError(
                error.code == .unavailable ? .unavailable : .invalidConfiguration,
                "the proxy: \(error)"
            )
        }
        guard let scheme = parts.value(of: CURLUPART_SCHEME), let defaultPort = Self.defaultPorts[scheme],
            let host = parts.value(of: CURLUPART_HOST), !host.isEmpty
        else {
            throw TransportError(
                .invalidConfiguration,
                "the URL of the proxy begins with none of http, https and socks5h, or names no host"
            )
        }
        url = "\(scheme)://\(host):\(parts.value(of: CURLUPART_PORT) ?? defaultPort)"
        isSecure = scheme == "https"
        user = parts.value(of: CURLUPART_USER, CURLU_URLDECODE)
        password = parts.value(of: CURLUPART_PASSWORD, CURLU_URLDECODE)
    }
}
