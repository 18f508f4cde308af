// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// A URL that was checked, with what may be said about it.
struct RequestTarget: Sendable {
    /// What libcurl is given: under a TLS server name, the URL with that name in the host's place.
    let url: String
    /// Without userinfo, query and fragment: for errors and logs.
    let redacted: String
    /// IPv6 in brackets.
    let host: String
    let port: String
    /// What the `Host` field says: without a port that is the scheme's default.
    let authority: String

    /// - Parameter serverName: what TLS is to ask for instead of the URL's host.
    init(_ text: String, allowsPlainHTTP: Bool, serverName: String?) throws(TransportError) {
        let parts = try URLParts(text)
        redacted = parts.redacted
        guard let scheme = parts.value(of: CURLUPART_SCHEME), let host = parts.value(of: CURLUPART_HOST),
            let port = parts.value(of: CURLUPART_PORT, CURLU_DEFAULT_PORT)
        else {
            throw TransportError(.invalidRequest, "\(redacted): the URL names no host")
        }
        guard scheme == "https" || (scheme == "http" && allowsPlainHTTP) else {
            throw TransportError(.invalidRequest, "\(redacted): \(scheme) is not allowed here; use https")
        }
        guard parts.value(of: CURLUPART_USER) == nil, parts.value(of: CURLUPART_PASSWORD) == nil else {
            throw TransportError(
                .invalidRequest,
                "\(redacted): the URL carries credentials; take them out and send them in a header"
            )
        }
        self.host = host
        self.port = port
        authority = parts.value(of: CURLUPART_PORT, CURLU_NO_DEFAULT_PORT).map { "\(host):\($0)" } ?? host
        url = try parts.url(host: serverName)
    }
}

/// libcurl's parsed URL: what checks a URL must read it as that which uses it does.
private final class URLParts {
    private let handle: OpaquePointer

    init(_ text: String) throws(TransportError) {
        guard let handle = curl_url() else {
            throw TransportError(.unavailable, "out of memory while reading a URL")
        }
        self.handle = handle
        let code = text.utf8.contains(0) ? CURLUE_MALFORMED_INPUT : curl_url_set(handle, CURLUPART_URL, text, 0)
        guard code == CURLUE_OK else {
            let reason = String(cString: curl_url_strerror(code)).lowercased()
            throw TransportError(
                .invalidRequest,
                "a URL cannot be read: \(reason); it is not shown as it may hold a secret"
            )
        }
    }

    private init(owning handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        curl_url_cleanup(handle)
    }

    func value(of part: CURLUPart, _ flags: Int32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    var redacted: String {
        guard let copy = curl_url_dup(handle) else { return "(URL)" }
        let parts = URLParts(owning: copy)
        for part in [CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY, CURLUPART_FRAGMENT] {
            guard curl_url_set(copy, part, nil, 0) == CURLUE_OK else { return "(URL)" }
        }
        return parts.value(of: CURLUPART_URL) ?? "(URL)"
    }

    func url(host: String?) throws(TransportError) -> String {
        if let host, curl_url_set(handle, CURLUPART_HOST, host, 0) != CURLUE_OK {
            throw TransportError(.invalidConfiguration, "the TLS server name \"\(host)\" is not a host name")
        }
        guard let url = value(of: CURLUPART_URL) else {
            throw TransportError(.unavailable, "\(redacted): out of memory while writing the URL")
        }
        return url
    }
}
