// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Concurrency

/// An exchange that libcurl is working on. Lives on the loop's thread and nowhere else.
final class Transfer {
    /// How far it has come.
    private enum Phase {
        case connecting
        case sending
        case awaitingResponse
        case readingBody
    }

    let exchange: Exchange
    let easy: CurlEasy
    private let reach: AddressReach
    /// Whether TLS's farewell can only be the server's, not a proxy's.
    private let isDirect: Bool
    /// The response's, once it is there.
    private var head: HTTPResponseHead?
    private var record = TLSRecord()
    private var parser = ResponseHeadParser()
    private var isPaused = false
    /// When something last moved, and how much had been sent by then: libcurl tells of received bytes alone.
    private var lastMovement = ContinuousClock.now
    private var bytesSent = 0
    /// How much of the request's body libcurl has asked for.
    private var bodyTaken = 0
    /// What made a callback refuse to go on: libcurl itself only knows that it did.
    private var refusal: TransportError?
    /// As above, but another address of the same name may still do.
    private var addressRefusal: TransportError?

    init(_ exchange: Exchange, _ settings: ConnectionSettings, _ multiplexing: Multiplexing) throws(TransportError) {
        self.exchange = exchange
        reach = settings.reach
        isDirect = try settings.proxy.get()?.isSecure != true
        easy = try CurlEasy()
        try easy.prepare(exchange.request, to: exchange.target, settings, multiplexing)
        // Not retained: the transfer owns the handle whose callbacks these are.
        let context = Unmanaged.passUnretained(self).toOpaque()
        try easy.setCallbacks(context)
        if !CurlEasy.isCopied(exchange.request.body) { try easy.setBodySource(context) }
    }

    /// The transfer to which libcurl's handle belongs.
    static func of(_ handle: UnsafeMutableRawPointer) -> Transfer? {
        var context: UnsafeMutableRawPointer?
        guard taffrail_curl_get_pointer(handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: - From libcurl

    /// Takes a header line; `false` ends the transfer.
    func receive(headerLine: UnsafeRawBufferPointer) -> Bool {
        lastMovement = .now
        switch parser.consume(headerLine) {
        case .more: return true
        case .malformed(let reason): return refuse(.malformedResponse, reason)
        case .tooLarge(let reason): return refuse(.responseTooLarge, reason)
        case .complete(let head):
            self.head = head
            guard case .refuse(let code, let reason) = exchange.receive(head) else { return true }
            return refuse(code, reason)
        }
    }

    /// Takes bytes of the body, and says what libcurl is to make of it.
    func receive(body bytes: UnsafeRawBufferPointer) -> Int {
        lastMovement = .now
        switch exchange.receive(bytes) {
        case .more:
            return bytes.count
        case .pause:
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        case .refuse(let code, let reason):
            _ = refuse(code, reason)
            return bytes.isEmpty ? 1 : 0
        }
    }

    /// Copies the next piece of the request's body, and says how long it is.
    func copyBody(into target: UnsafeMutableRawBufferPointer) -> Int {
        exchange.request.body.withUnsafeBytes { body in
            let count = min(body.count - bodyTaken, target.count)
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: body[bodyTaken..<bodyTaken + count]))
            bodyTaken += count
            return count
        }
    }

    /// Has the body begin anew from there.
    func seekBody(to offset: Int) -> Bool {
        guard (0...exchange.request.body.count).contains(offset) else { return false }
        bodyTaken = offset
        return true
    }

    /// Takes what was received as TLS, before the messages that it carries.
    func note(tls message: UnsafeRawBufferPointer) {
        record.note(message)
    }

    /// Whether a socket to that address may be opened.
    func mayConnect(to address: UnsafePointer<sockaddr>, length: Int) -> Bool {
        guard !reach.allows(address, length: length) else { return true }
        addressRefusal = exchange.error(
            .addressRefused,
            "\(exchange.target.host) is at this host or at a link-local or multicast address, where this URL may not lead"
        )
        return false
    }

    private func refuse(_ code: TransportError.Code, _ reason: String) -> Bool {
        refusal = exchange.error(code, reason)
        return false
    }

    // MARK: - From the loop

    /// Goes on after a pause. May call back before it returns.
    func resume() -> CURLcode {
        isPaused = false
        lastMovement = .now
        return curl_easy_pause(easy.handle, CURLPAUSE_CONT)
    }

    /// What became of it, once libcurl is done.
    func outcome(_ result: CURLcode) -> Result<Void, TransportError> {
        if result == CURLE_OK { return mayBeCut ? .failure(exchange.error(.connectionLost, Self.cut)) : .success(()) }
        if result == CURLE_COULDNT_CONNECT, let addressRefusal { return .failure(addressRefusal) }
        return .failure(refusal ?? exchange.error(of: result, easy, record))
    }

    /// Whether the server closed on a new connection without a word, having asked for a client certificate.
    ///
    /// In TLS 1.3 it judges the certificate while the client goes on sending, which then fails before libcurl has read
    /// the alert that says why.
    func mayHideAlert(_ error: TransportError) -> Bool {
        error.code == .connectionLost && record.wantsClientCertificate && head == nil
    }

    private static let cut =
        "the connection ended without TLS's farewell, and the response announces no length: it may have been cut short"

    /// Whether the body ended with the connection, which over TLS anybody on the way can bring about.
    private var mayBeCut: Bool {
        guard let head, head.version == .http1, exchange.target.isSecure, !(record.hasFarewell && isDirect) else {
            return false
        }
        let hasBody = exchange.request.method != "HEAD" && ![204, 304].contains(head.status)
        return hasBody && head.header("content-length") == nil && head.header("transfer-encoding") == nil
    }

    /// When to look again whether it takes too long; `nil` for never.
    func nextTimer() -> ContinuousClock.Instant? {
        let idleLimit = isPaused ? nil : lastMovement + exchange.idleTimeout
        return [exchange.deadline.instant, idleLimit].compactMap(\.self).min()
    }

    /// The error, if it has taken too long.
    func expiry(at now: ContinuousClock.Instant) -> TransportError? {
        if exchange.isLate(at: now) {
            return exchange.error(.deadlineExceeded, "deadline exceeded while \(doing)")
        }
        let sent = easy.size(CURLINFO_SIZE_UPLOAD_T)
        if sent != bytesSent {
            bytesSent = sent
            lastMovement = now
        }
        // Connecting has a limit of its own.
        guard !isPaused, phase != .connecting, lastMovement + exchange.idleTimeout <= now else {
            if phase == .connecting { lastMovement = now }
            return nil
        }
        let what = "nothing moved for \(exchange.idleTimeout) while \(doing)"
        return exchange.error(.idleTimedOut, what)
    }

    private var phase: Phase {
        if parser.isComplete { return .readingBody }
        guard easy.size(CURLINFO_PRETRANSFER_TIME_T) > 0 else { return .connecting }
        return easy.size(CURLINFO_SIZE_UPLOAD_T) < exchange.request.body.count ? .sending : .awaitingResponse
    }

    private var doing: String {
        switch phase {
        case .connecting: "connecting"
        case .sending: "sending the request"
        case .awaitingResponse: "waiting for the response"
        case .readingBody: "reading the response"
        }
    }
}
