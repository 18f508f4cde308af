// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTPTypes

/// Closes a connection whose exchange takes too long: a body that trickles in, or an answer that nobody reads.
///
/// The server's own clock only counts while nothing is under way. It belongs to one connection, and so to one event loop.
final class ExchangeClock: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private var alarm: Scheduled<Void>?
    /// Requests whose end has not come, and answers that are not written to the end.
    private var open = 0

    init(limit: Duration) {
        self.limit = TimeAmount(limit)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            // The request, and its answer.
            open += 2
            if alarm == nil { start(context) }
        case .body: break
        case .end: close(context)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        let written = promise ?? context.eventLoop.makePromise()
        let place = NIOLoopBound(context, eventLoop: context.eventLoop)
        written.futureResult.assumeIsolated().whenComplete { _ in self.close(place.value) }
        context.write(data, promise: written)
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    /// One of the two ends of an exchange.
    private func close(_ context: ChannelHandlerContext) {
        // The answer to what was no request belongs to no exchange.
        guard open > 0 else { return }
        open -= 1
        stop()
        if open > 0, context.channel.isActive { start(context) }
    }

    private func start(_ context: ChannelHandlerContext) {
        alarm = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { context.close(promise: nil) }
    }

    private func stop() {
        alarm?.cancel()
        alarm = nil
    }
}

@available(*, unavailable)
extension ExchangeClock: Sendable {}
