// SPDX-License-Identifier: Apache-2.0

internal import CCurl

extension Exchange {
    /// Puts libcurl's result into words: what failed, and what to do.
    ///
    /// - Parameter record: what the server said in TLS itself.
    func error(of result: CURLcode, _ easy: CurlEasy, _ record: TLSRecord) -> TransportError {
        let detail = easy.explanation(of: result)
        if let refused = refusedByProxy(result, status: easy.long(CURLINFO_HTTP_CONNECTCODE)) { return refused }
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return error(.nameNotResolved, "\(detail); check the name and this machine's DNS")
        case CURLE_COULDNT_CONNECT:
            return error(.connectFailed, "\(detail); check that the server runs and that the network lets us through")
        case CURLE_OPERATION_TIMEDOUT:
            return error(.connectTimedOut, "\(detail); check that the server runs and that the network lets us through")
        case CURLE_PEER_FAILED_VERIFICATION:
            return untrustedServer(detail, verification: easy.long(CURLINFO_SSL_VERIFYRESULT))
        case CURLE_SSL_CACERT_BADFILE:
            return error(.invalidConfiguration, "the certificate authorities cannot be read (\(detail)); give PEM")
        case CURLE_SSL_CERTPROBLEM:
            return error(
                .invalidConfiguration,
                "the client certificate or its key cannot be used (\(detail)); check that both are PEM, that the key "
                    + "belongs to the certificate, and the passphrase"
            )
        case CURLE_SSL_CONNECT_ERROR:
            return brokenHandshake(detail, record)
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            return refusedClient(record) ?? error(.connectionLost, "the connection was lost: \(detail)")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
            return error(.malformedResponse, "\(detail); the server may not be an HTTP server")
        case CURLE_PROXY:
            return error(.connectFailed, "the proxy did not connect us: \(detail)")
        case CURLE_OUT_OF_MEMORY where easy.size(CURLINFO_PRETRANSFER_TIME_T) > 0:
            return error(.responseTooLarge, "a line of the header is longer than libcurl takes, or memory has run out")
        default:
            return error(.unavailable, "\(detail) (libcurl's code \(result.rawValue))")
        }
    }

    /// - Parameter verification: OpenSSL's `X509_V_ERR_…`, meaningful unless it is the name that is wrong.
    private func untrustedServer(_ detail: String, verification: Int) -> TransportError {
        if detail.contains("subject name") {
            return error(
                .serverNotTrusted,
                "the server's certificate is for another name (\(detail)); connect by a name that is in it, or set the "
                    + "TLS server name"
            )
        }
        let advice =
            switch verification {
            case 9: "the server's certificate is not valid yet; check this machine's clock"
            case 10: "the server's certificate has expired; renew it on the server, or check this machine's clock"
            case 18, 19: "the server's certificate is self-signed; give its certificate authority"
            case 2, 20, 21:
                "the server's certificate was signed by an unknown authority; give that authority's certificate"
            case 23: "the server's certificate was revoked"
            default: "the server's certificate is not trusted; check it against the certificate authorities given"
            }
        return error(.serverNotTrusted, "\(advice) (\(detail))")
    }

    /// - Parameter status: of the last answer to CONNECT, or 0.
    private func refusedByProxy(_ result: CURLcode, status: Int) -> TransportError? {
        // After a 2xx the tunnel was there, and what failed is the transfer through it.
        guard result == CURLE_RECV_ERROR || result == CURLE_PROXY, status >= 300 else { return nil }
        return switch status {
        case 407:
            error(.proxyRefused, "the proxy wants credentials, or others than these (it answered 407); check them")
        case 500...:
            error(.connectFailed, "the proxy could not connect us (it answered \(status)); check that the server runs")
        default:
            error(.proxyRefused, "the proxy does not connect us (it answered \(status)); check whom it lets go where")
        }
    }

    private func brokenHandshake(_ detail: String, _ record: TLSRecord) -> TransportError {
        if let refused = refusedClient(record) { return refused }
        let oldVersion = ["protocol version", "unsupported protocol", "legacy sigalg"]
        if oldVersion.contains(where: detail.contains) {
            return error(.handshakeFailed, "the server does not speak TLS 1.2 or newer (\(detail))")
        }
        if detail.contains("wrong version number") || detail.contains("packet length too long") {
            return error(.handshakeFailed, "the server does not speak TLS on this port (\(detail)); check the port")
        }
        if record.alert == .handshakeFailure {
            return error(
                .handshakeFailed,
                "the server broke the TLS handshake off (\(detail)); it may want another name or other ciphers"
            )
        }
        return error(.handshakeFailed, "the TLS handshake failed: \(detail)")
    }

    /// What the server's alert says about our certificate, if anything.
    ///
    /// In TLS 1.3 it arrives after the handshake, while the request is sent or its answer is waited for.
    private func refusedClient(_ record: TLSRecord) -> TransportError? {
        guard let alert = record.alert else { return nil }
        // TLS 1.2 has no alert of its own for this; after the request for a certificate it means no other.
        let isUnspecific = alert == .handshakeFailure && record.wantsClientCertificate
        if alert == .certificateRequired || isUnspecific {
            return error(
                .clientNotTrusted,
                "the server wants a client certificate, or another one (\(alert)); give one that it accepts"
            )
        }
        guard alert.refusesCertificate else { return nil }
        return error(
            .clientNotTrusted,
            "the server does not accept our client certificate (\(alert)); check its dates and who signed it"
        )
    }
}
