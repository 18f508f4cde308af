// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// A URL that was checked, with what may be said about it.
struct RequestTarget: Sendable {
    /// What libcurl is given: under a TLS server name, the URL with that name in the host's place.
    let url: String
    /// Without userinfo, query and fragment: for errors and logs.
    let redacted: String
    /// Whether it is reached by TLS.
    let isSecure: Bool
    /// IPv6 in brackets.
    let host: String
    let port: String
    /// What the `Host` field says: without a port that is the scheme's default.
    let authority: String

    /// - Parameter serverName: what TLS is to ask for instead of the URL's host.
    init(_ text: String, allowsPlainHTTP: Bool, serverName: String?) throws(TransportError) {
        let parts = try URLParts(text)
        redacted = parts.redacted
        let (scheme, host) = (parts.scheme, parts.host)
        guard scheme == "https" || (scheme == "http" && allowsPlainHTTP) else {
            throw TransportError(.invalidRequest, "\(redacted): \(scheme) is not allowed here; use https")
        }
        guard !host.isEmpty, let port = parts.value(of: CURLUPART_PORT, CURLU_DEFAULT_PORT) else {
            throw TransportError(.invalidRequest, "\(redacted): the URL names no host")
        }
        guard !parts.hasCredentials else {
            throw TransportError(
                .invalidRequest,
                "\(redacted): the URL carries credentials; take them out and send them in a header"
            )
        }
        isSecure = scheme == "https"
        self.host = host
        self.port = port
        authority = parts.value(of: CURLUPART_PORT, CURLU_NO_DEFAULT_PORT).map { "\(host):\($0)" } ?? host
        url = try parts.url(host: serverName)
    }
}
