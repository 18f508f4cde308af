// SPDX-License-Identifier: Apache-2.0

internal import CCurl

extension Exchange {
    /// Puts libcurl's result into words: what failed, and what to do.
    func error(of result: CURLcode, _ easy: CurlEasy) -> TransportError {
        let detail = easy.explanation(of: result)
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
            return brokenHandshake(detail)
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            return refusedClient(detail) ?? error(.connectionLost, "the connection was lost: \(detail)")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
            return error(.malformedResponse, "\(detail); the server may not be an HTTP server")
        case CURLE_PROXY:
            return error(.connectFailed, "the proxy did not connect us: \(detail)")
        case CURLE_URL_MALFORMAT:
            return error(.invalidConfiguration, "the URL of the proxy cannot be read")
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

    private func brokenHandshake(_ detail: String) -> TransportError {
        if let refused = refusedClient(detail) { return refused }
        if detail.contains("protocol version") || detail.contains("unsupported protocol") {
            return error(.handshakeFailed, "the server does not speak TLS 1.2 or newer (\(detail))")
        }
        if detail.contains("wrong version number") || detail.contains("packet length too long") {
            return error(.handshakeFailed, "the server does not speak TLS on this port (\(detail)); check the port")
        }
        if detail.contains("handshake failure") {
            return error(
                .handshakeFailed,
                "the server broke the TLS handshake off (\(detail)); it may want a client certificate"
            )
        }
        return error(.handshakeFailed, "the TLS handshake failed: \(detail)")
    }

    /// The alerts with which a server turns a client away (RFC 8446, section 6.2), if this is one of them.
    ///
    /// In TLS 1.3 they arrive after the handshake, as an error of reading or writing.
    private func refusedClient(_ detail: String) -> TransportError? {
        if detail.contains("certificate required") {
            return error(.clientNotTrusted, "the server wants a client certificate (\(detail)); give one")
        }
        let alerts = ["bad certificate", "unsupported certificate", "certificate revoked", "certificate expired"]
        let others = ["certificate unknown", "unknown ca", "access denied"]
        guard detail.contains("alert"), (alerts + others).contains(where: detail.contains) else { return nil }
        return error(
            .clientNotTrusted,
            "the server does not accept our client certificate (\(detail)); check its dates and who signed it"
        )
    }
}
