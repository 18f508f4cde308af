// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// libcurl's parsed URL: what checks a URL must read it as that which uses it does.
final class URLParts {
    private let handle: OpaquePointer

    /// - Parameter flags: libcurl's `CURLU_…`.
    init(_ text: String, _ flags: Int32 = 0) throws(TransportError) {
        guard let handle = curl_url() else {
            throw TransportError(.unavailable, "out of memory while reading a URL")
        }
        self.handle = handle
        let code =
            text.utf8.contains(0) ? CURLUE_MALFORMED_INPUT : curl_url_set(handle, CURLUPART_URL, text, UInt32(flags))
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
