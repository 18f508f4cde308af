// SPDX-License-Identifier: Apache-2.0

/// A response whose body a thread reads by calls that block.
///
/// For one thread at a time. What ends a wait early is the deadline, the idle limit, the cancellation flag or `close`.
package final class BlockingTransfer: Sendable {
    package let head: HTTPResponseHead
    private let receiver: BlockingReceiver
    private let exchange: Exchange
    private let loop: CurlLoop

    init(head: HTTPResponseHead, receiver: BlockingReceiver, exchange: Exchange, loop: CurlLoop) {
        self.head = head
        self.receiver = receiver
        self.exchange = exchange
        self.loop = loop
    }

    deinit {
        close()
    }

    package var status: Int { head.status }
    package var headers: [HTTPHeader] { head.headers }

    /// Blocks until there are bytes, and copies as many as fit; at least one, or 0 at the end of the body.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int {
        guard !buffer.isEmpty else { return 0 }
        let (count, resumes) = try receiver.read(into: buffer).get()
        if resumes { loop.resume(exchange) }
        return count
    }

    /// Ends the transfer, if it has not ended; a thread that reads gets the error `.cancelled`.
    package func close() {
        loop.cancel(exchange)
    }
}

/// Hands a head and then bytes to a thread that blocks for them.
final class BlockingReceiver: ExchangeReceiver {
    private struct State {
        var head: HTTPResponseHead?
        var buffer = BodyBuffer()
    }

    private let state = Monitor(State())

    /// Blocks until the head is there.
    func head() throws(TransportError) -> HTTPResponseHead {
        try state.wait { state -> Result<HTTPResponseHead, TransportError>? in
            if let head = state.head { return .success(head) }
            return switch state.buffer.content {
            case .failure(let error): .failure(error)
            case .end: .failure(.withoutHead)
            case .bytes, .nothingYet: nil
            }
        }.get()
    }

    /// Blocks until there are bytes; also says whether the transfer is to be resumed.
    func read(into target: UnsafeMutableRawBufferPointer) -> Result<(count: Int, resumes: Bool), TransportError> {
        state.wait { state in
            switch state.buffer.content {
            case .bytes:
                let count = state.buffer.take(into: target)
                return .success((count, state.buffer.releasesPause()))
            case .end: return .success((0, false))
            case .failure(let error): return .failure(error)
            case .nothingYet: return nil
            }
        }
    }

    func receive(_ head: HTTPResponseHead) -> Demand {
        state.update { $0.head = head }
        return .more
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Demand {
        state.update { $0.buffer.append(bytes) } ? .more : .pause
    }

    func finish(_ outcome: Result<Void, TransportError>) {
        state.update { $0.buffer.end(outcome) }
    }
}
