// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// Serves routes at an address, for as long as something else runs.
package struct WebServer: Sendable {
    /// Is told what was answered: the path among those that there are, or `nil`; the method; the status; how long it took.
    package typealias Observer = @Sendable (_ path: String?, _ method: String, _ status: Int, Duration) -> Void

    private let address: ListenAddress
    private let routes: Routes
    private let limits: WebLimits
    private let observer: Observer

    package init(
        at address: ListenAddress,
        routes: Routes,
        limits: WebLimits = WebLimits(),
        observer: @escaping Observer = { _, _, _, _ in }
    ) {
        self.address = address
        self.routes = routes
        self.limits = limits
        self.observer = observer
    }

    /// Serves while something runs; when that has ended, exchanges that are under way come to their end first.
    ///
    /// - Parameter body: begins once connections are taken; is told where.
    /// - Throws: `cannotListen` before anything is begun, or what `body` throws.
    package func serve<Result: Sendable>(
        while body: @escaping @Sendable (ListenAddress) async throws -> Result
    ) async throws -> Result {
        // One thread is enough for what is small and seldom asked for.
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result = await outcome(of: body, on: threads)
        try? await threads.shutdownGracefully()
        return try result.get()
    }

    private func outcome<Value: Sendable>(
        of body: @escaping @Sendable (ListenAddress) async throws -> Value,
        on threads: MultiThreadedEventLoopGroup
    ) async -> Result<Value, any Error> {
        // Nothing here logs: what a client does wrong is not the operator's concern, and what it says must not get into a log.
        let logger = Logger(label: "web") { _ in SwiftLogNoOpLogHandler() }
        let listening = AsyncStream.makeStream(of: ListenAddress.self, bufferingPolicy: .bufferingOldest(1))
        let services: ServiceGroup
        do {
            services = serviceGroup(
                try server(on: threads, logger) { channel in
                    listening.continuation.yield(bound(channel.localAddress))
                    listening.continuation.finish()
                },
                logger
            )
        } catch {
            return .failure(WebError(.cannotListen, "cannot listen at \(address)", cause: error))
        }
        return await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                defer { listening.continuation.finish() }
                do {
                    try await services.run()
                    return nil
                } catch {
                    return error
                }
            }
            var places = listening.stream.makeAsyncIterator()
            guard let place = await places.next() else {
                let cause = await group.next().flatMap(\.self)
                return .failure(WebError(.cannotListen, "cannot listen at \(address)", cause: cause))
            }
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(place))
            } catch {
                result = .failure(error)
            }
            await services.triggerGracefulShutdown()
            await group.waitForAll()
            return result
        }
    }

    private func serviceGroup(_ server: any Service, _ logger: Logger) -> ServiceGroup {
        // Signals are the controller's: it ends first, and then the server does.
        var configuration = ServiceGroupConfiguration(services: [server], logger: logger)
        configuration.maximumGracefulShutdownDuration = limits.farewell
        return ServiceGroup(configuration: configuration)
    }

    private func server(
        on threads: MultiThreadedEventLoopGroup,
        _ logger: Logger,
        whenListening: @escaping @Sendable (any Channel) async -> Void
    ) throws -> any Service {
        let exchange = limits.exchange
        let builder = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ExchangeClock(limit: exchange)],
                idleTimeout: TimeAmount(limits.idle),
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: limits.headerBytes,
                    maxHeaderListSize: limits.headBytes,
                    maxHeaderFieldCount: limits.headerCount
                )
            )
        )
        return try builder.buildServer(
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger)
            ),
            eventLoopGroup: threads,
            logger: logger,
            responder: { request, writer, _ in try await respond(to: request, writer) },
            onServerRunning: whenListening
        )
    }

    private func bound(_ place: SocketAddress?) -> ListenAddress {
        ListenAddress(host: place?.ipAddress ?? address.host, port: place?.port ?? address.port)
    }

    @concurrent
    private func respond(to request: Request, _ writer: consuming ResponseWriter) async throws {
        let begin = ContinuousClock.now
        let method = request.method.rawValue
        let answered = await routes.answer(
            WebRequest(
                method: method,
                target: request.head.path ?? "",
                authorization: request.headers[values: .authorization]
            )
        )
        let answer = answered.answer
        var fields: HTTPFields = [
            .contentType: answer.contentType, .contentLength: String(answer.body.count), .cacheControl: "no-store",
            .xContentTypeOptions: "nosniff",
        ]
        for (name, value) in answer.headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        let hasBody = method != "HEAD" && !answer.body.isEmpty
        try await writer.write(
            response: HTTPResponse(status: .init(code: answer.status), headerFields: fields),
            body: hasBody ? ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)) : ResponseBody()
        )
        observer(answered.path, method, answer.status, .now - begin)
    }
}
