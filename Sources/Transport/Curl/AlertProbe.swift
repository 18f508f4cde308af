// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Concurrency

/// A connection that is made for the alert with which the server may end it, in place of a request that was lost.
///
/// Nothing is sent after the handshake, so that nothing can fail before the alert is read. Lives on the loop's thread.
final class AlertProbe {
    /// The alert follows the handshake at once, if it comes at all.
    private static let patience = Duration.seconds(2)

    let transfer: Transfer
    /// What is said if no alert comes.
    private let lost: TransportError
    private let end = ContinuousClock.now + patience
    private var isListening = false

    init(_ exchange: Exchange, _ settings: ConnectionSettings, after lost: TransportError) throws(TransportError) {
        self.lost = lost
        transfer = try Transfer(exchange, settings, .separate)
        try transfer.easy.set(CURLOPT_CONNECT_ONLY, true)
        // Else libcurl could take a connection of another request.
        try transfer.easy.set(CURLOPT_FRESH_CONNECT, true)
    }

    /// When to look again, whatever the socket does.
    var nextTimer: ContinuousClock.Instant { transfer.exchange.deadline.instant.map { min($0, end) } ?? end }

    /// The socket to wait for, once it is connected.
    var socket: curl_socket_t? { isListening ? transfer.easy.activeSocket : nil }

    /// Takes libcurl's result of the handshake.
    ///
    /// - Returns: what the exchange ends with, if that is known by now.
    func handshakeEnded(_ result: CURLcode) -> TransportError? {
        guard result == CURLE_OK else { return error(of: result) }
        isListening = true
        return hear()
    }

    /// Looks whether the server has said something.
    func hear() -> TransportError? {
        if .now >= nextTimer { return lost }
        guard isListening else { return nil }
        let result = transfer.easy.receiveNothing()
        return result == CURLE_AGAIN ? nil : error(of: result)
    }

    private func error(of result: CURLcode) -> TransportError {
        guard result != CURLE_OK, case .failure(let error) = transfer.outcome(result), error.code == .clientNotTrusted
        else { return lost }
        return error
    }
}
