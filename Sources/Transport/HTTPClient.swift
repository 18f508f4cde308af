// SPDX-License-Identifier: Apache-2.0

package import Concurrency

/// Sends requests and reads responses, over connections that it keeps.
///
/// Guarantees: the environment's proxies are ignored, redirects are responses like any other, no response is decoded
/// or judged. A task's cancellation ends its request at once, with `CancellationError`; all other failures are
/// `TransportError`s. Nothing runs, no thread either, before the first request.
///
/// Caveat: a request that finds its kept connection closed by the server, before any byte of a response, is sent again
/// on a new one.
package final class HTTPClient: Sendable {
    private let settings: ConnectionSettings
    private let exchanges: CurlLoop
    /// Apart from the others, because a reader that is slow holds up its whole HTTP/2 connection.
    private let streams: CurlLoop

    /// - Parameters:
    ///   - proxy: `http://`, `https://` or `socks5://`, with its credentials; `nil` for none. An `https` proxy is
    ///     verified always, also where the server need not be.
    ///   - allowsPlainHTTP: also takes `http` URLs.
    package init(
        tls: TLSConfiguration = TLSConfiguration(),
        limits: HTTPLimits = .standard,
        proxy: String? = nil,
        allowsPlainHTTP: Bool = false,
        reach: AddressReach = .anywhere
    ) {
        settings = ConnectionSettings(
            tls: tls,
            limits: limits,
            proxy: Result { () throws(TransportError) in
                guard let proxy else { return nil }
                return try ProxyAddress(proxy)
            },
            allowsPlainHTTP: allowsPlainHTTP,
            reach: reach
        )
        exchanges = CurlLoop(name: "http", settings, .shared)
        streams = CurlLoop(name: "http-streams", settings, .separate)
    }

    /// Ends everything under way with the error `.closed`, and refuses what comes after.
    package func close() {
        exchanges.close()
        streams.close()
    }

    /// Sends a request and takes the whole response, up to the limit of `maxBodyBytes`.
    package func send(_ request: HTTPRequest, deadline: Deadline) async throws -> HTTPResponse {
        let target = try check(request)
        let cancellation = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let collector = ResponseCollector(
                    limit: settings.limits.maxBodyBytes,
                    announcesOnly: request.method == "HEAD",
                    continuation
                )
                exchanges.submit(exchange(request, target, deadline, cancellation, collector))
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Sends a request and returns with the head of the response; the body is read from the stream.
    ///
    /// - Parameter deadline: for the whole stream, to its end.
    package func stream(_ request: HTTPRequest, deadline: Deadline) async throws -> HTTPStream {
        let target = try check(request)
        let cancellation = CancellationFlag()
        let receiver = StreamReceiver()
        let exchange = exchange(request, target, deadline, cancellation, receiver)
        let head = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                receiver.expectHead(continuation)
                streams.submit(exchange)
            }
        } onCancel: {
            cancellation.cancel()
        }
        return HTTPStream(head: head, receiver: receiver, exchange: exchange, loop: streams)
    }

    /// Sends a request and blocks the calling thread until the head of the response is there.
    ///
    /// For a thread of one's own, never for one of Swift's pool: those who wait there keep others from running.
    ///
    /// - Parameters:
    ///   - deadline: for the whole transfer, to its end.
    ///   - cancellation: ends the transfer from any thread, with the error `.cancelled`.
    package func openBlocking(
        _ request: HTTPRequest,
        deadline: Deadline,
        cancellation: CancellationFlag
    ) throws(TransportError) -> BlockingTransfer {
        let target = try check(request)
        let receiver = BlockingReceiver()
        let exchange = exchange(request, target, deadline, cancellation, receiver)
        streams.submit(exchange)
        return BlockingTransfer(head: try receiver.head(), receiver: receiver, exchange: exchange, loop: streams)
    }

    private func check(_ request: HTTPRequest) throws(TransportError) -> RequestTarget {
        try request.validate()
        _ = try settings.proxy.get()
        return try RequestTarget(
            request.url,
            allowsPlainHTTP: settings.allowsPlainHTTP,
            serverName: settings.tls.serverName
        )
    }

    private func exchange(
        _ request: HTTPRequest,
        _ target: RequestTarget,
        _ deadline: Deadline,
        _ cancellation: CancellationFlag,
        _ receiver: any ExchangeReceiver
    ) -> Exchange {
        Exchange(
            request: request,
            target: target,
            deadline: deadline,
            idleTimeout: request.idleTimeout ?? settings.limits.idleTimeout,
            cancellation: cancellation,
            receiver: receiver
        )
    }
}
