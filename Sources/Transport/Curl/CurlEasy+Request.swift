// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// How a loop's transfers share connections.
enum Multiplexing {
    /// HTTP/2 where the server speaks it: many requests on one connection.
    case shared
    /// HTTP/1.1, a connection for each transfer: in HTTP/2 a paused transfer holds up all others of its connection.
    case separate
}

extension CurlEasy {
    /// Sets everything but the callbacks.
    func prepare(
        _ request: HTTPRequest,
        to target: RequestTarget,
        _ settings: ConnectionSettings,
        _ multiplexing: Multiplexing
    ) throws(TransportError) {
        try setConduct(settings, multiplexing)
        try setRoute(to: target, settings)
        try setTLS(settings.tls)
        try setMessage(request, target)
    }

    private func setConduct(_ settings: ConnectionSettings, _ multiplexing: Multiplexing) throws(TransportError) {
        // No signals: libcurl would use SIGALRM for name resolution and leave SIGPIPE to the process.
        try set(CURLOPT_NOSIGNAL, true)
        // A resolver that hangs would block the end of the transfer, hence the loop, until it gives up.
        try set(CURLOPT_QUICK_EXIT, true)
        try set(CURLOPT_PROTOCOLS_STR, settings.allowsPlainHTTP ? "https,http" : "https")
        try set(CURLOPT_FOLLOWLOCATION, false)
        try set(CURLOPT_CONNECTTIMEOUT_MS, settings.limits.connectTimeout.milliseconds)
        try set(CURLOPT_TCP_KEEPALIVE, true)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        switch multiplexing {
        case .shared:
            try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            try set(CURLOPT_PIPEWAIT, true)
        case .separate:
            try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        }
    }

    private func setRoute(to target: RequestTarget, _ settings: ConnectionSettings) throws(TransportError) {
        try set(CURLOPT_URL, target.url)
        // The empty text, unlike nothing, keeps libcurl from asking the environment.
        let proxy = try settings.proxy.get()
        try set(CURLOPT_PROXY, proxy?.url ?? "")
        try set(CURLOPT_NOPROXY, "")
        if let user = proxy?.user {
            try set(CURLOPT_PROXYUSERNAME, user)
            try set(CURLOPT_PROXYPASSWORD, proxy?.password ?? "")
        }
        if settings.tls.serverName != nil {
            // The URL carries the name that TLS wants; this leads the connection back to the real host.
            try set(CURLOPT_CONNECT_TO, lines: ["::\(target.host):\(target.port)"])
        }
    }

    private func setTLS(_ tls: TLSConfiguration) throws(TransportError) {
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_SSL_VERIFYPEER, tls.verification == .full)
        try set(CURLOPT_SSL_VERIFYHOST, tls.verification == .full ? 2 : 0)
        if case .pem(let certificates) = tls.trust {
            try set(CURLOPT_CAINFO_BLOB, blob: certificates)
            // Or the system's authorities would be trusted as well.
            try set(CURLOPT_CAPATH, nil)
            // A proxy that speaks TLS is one of the same house, as it is for Go's clients.
            try set(CURLOPT_PROXY_CAINFO_BLOB, blob: certificates)
            try set(CURLOPT_PROXY_CAPATH, nil)
        }
        // Always: OpenSSL's password callback, as libcurl installs it, reads a missing one through a null pointer.
        try set(CURLOPT_KEYPASSWD, tls.clientCertificate?.passphrase ?? "")
        if let client = tls.clientCertificate {
            try set(CURLOPT_SSLCERTTYPE, "PEM")
            try set(CURLOPT_SSLCERT_BLOB, blob: client.certificate)
            try set(CURLOPT_SSLKEYTYPE, "PEM")
            try set(CURLOPT_SSLKEY_BLOB, blob: client.key)
        }
    }

    /// Whether libcurl gets a copy of the body, which then leaves with the head in one write; or asks for it in pieces, so
    /// that a large one is in memory only once.
    static func isCopied(_ body: [UInt8]) -> Bool { body.count <= 64 << 10 }

    private func setMessage(_ request: HTTPRequest, _ target: RequestTarget) throws(TransportError) {
        if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, true)
        } else if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            if Self.isCopied(request.body) {
                try set(copyOf: request.body)
            } else {
                try set(bodyLength: request.body.count)
            }
        }
        try set(CURLOPT_CUSTOMREQUEST, request.method)
        try set(CURLOPT_HTTPHEADER, lines: headerLines(request, target))
    }

    private func headerLines(_ request: HTTPRequest, _ target: RequestTarget) -> [String] {
        let given = Set(request.headers.map { $0.name.lowercased() })
        // A name with a colon and nothing after it takes a header of libcurl's own away.
        var lines = ["Expect:"]
        if !given.contains("content-type") { lines.append("Content-Type:") }
        if !given.contains("host") { lines.append("Host: \(target.authority)") }
        for header in request.headers {
            // With a semicolon, libcurl sends a header without a value.
            lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        return lines
    }
}

extension Duration {
    /// Rounded up, and within what a C `int` holds.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1_000 - 1 else { return Int(Int32.max) }
        return max(0, Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
