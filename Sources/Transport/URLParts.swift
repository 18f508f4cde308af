// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// libcurl's parsed URL, of any scheme: what checks a URL must read it as that which uses it does.
package final class URLParts {
    private let handle: OpaquePointer
    /// An empty one counts: what is put behind the URL would become part of it.
    package let hasQueryOrFragment: Bool

    /// - Throws: `invalidRequest`, without the text, which may hold a secret.
    package init(_ text: String) throws(TransportError) {
        guard let handle = curl_url() else {
            throw TransportError(.unavailable, "out of memory while reading a URL")
        }
        self.handle = handle
        // Neither character stands for itself anywhere in a URL. libcurl does not tell what is empty from what is not there.
        hasQueryOrFragment = text.utf8.contains { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        let code =
            text.utf8.contains(0)
            ? CURLUE_MALFORMED_INPUT
            : curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME))
        guard code == CURLUE_OK else {
            let reason = String(cString: curl_url_strerror(code)).lowercased()
            throw TransportError(
                .invalidRequest,
                "a URL cannot be read: \(reason); it is not shown as it may hold a secret"
            )
        }
    }

    deinit {
        curl_url_cleanup(handle)
    }

    /// In lower case.
    package var scheme: String { value(of: CURLUPART_SCHEME) ?? "" }
    /// IPv6 in brackets.
    var host: String { value(of: CURLUPART_HOST) ?? "" }
    /// As it is given: not the scheme's.
    var port: String? { value(of: CURLUPART_PORT) }

    /// A user, a password, or nothing but the `@` behind them.
    package var hasCredentials: Bool {
        value(of: CURLUPART_USER) != nil || value(of: CURLUPART_PASSWORD) != nil
    }

    /// - Parameter flags: libcurl's `CURLU_…`.
    func value(of part: CURLUPart, _ flags: Int32 = 0) -> String? { Self.value(of: part, in: handle, flags) }

    private static func value(of part: CURLUPart, in handle: OpaquePointer, _ flags: Int32) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// Without userinfo, query and fragment.
    var redacted: String {
        guard let copy = curl_url_dup(handle) else { return "(URL)" }
        defer { curl_url_cleanup(copy) }
        for part in [CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY, CURLUPART_FRAGMENT] {
            guard curl_url_set(copy, part, nil, 0) == CURLUE_OK else { return "(URL)" }
        }
        return Self.value(of: CURLUPART_URL, in: copy, 0) ?? "(URL)"
    }

    /// - Parameter host: what stands in the host's place.
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
