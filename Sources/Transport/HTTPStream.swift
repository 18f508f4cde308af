// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// A response whose body is read as it comes. For one reader.
///
/// Chunks are whatever has arrived, of any size above zero: they end at no boundary of the content. A reader that is
/// slow makes the server wait. Dropping the stream, or cancelling the task that reads, ends the transfer.
package final class HTTPStream: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    package let head: HTTPResponseHead
    private let receiver: StreamReceiver
    private let exchange: Exchange
    /// Kept, so that a stream outlives the client from which it came.
    private let loop: CurlLoop

    init(head: HTTPResponseHead, receiver: StreamReceiver, exchange: Exchange, loop: CurlLoop) {
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

    /// Ends the transfer, if it has not ended; a reader gets `CancellationError`.
    package func close() {
        loop.cancel(exchange)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: HTTPStream

        /// The next chunk, or `nil` at the end of the body.
        package func next() async throws -> [UInt8]? { try await stream.next() }
    }

    private func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if receiver.expectChunk(continuation) { loop.resume(exchange) }
            }
        } onCancel: {
            loop.cancel(exchange)
        }
    }
}

/// Hands a head and then chunks to a task that waits for them.
final class StreamReceiver: ExchangeReceiver {
    typealias Opener = CheckedContinuation<HTTPResponseHead, any Error>
    typealias Reader = CheckedContinuation<[UInt8]?, any Error>

    private struct State {
        var buffer = BodyBuffer()
        var opener: Opener?
        var reader: Reader?
    }

    private let state = Locked(State())

    /// Has a task wait for the head. Before the exchange is submitted.
    func expectHead(_ opener: Opener) {
        state.withLock { $0.opener = opener }
    }

    /// Has a task wait for the next chunk.
    ///
    /// - Returns: whether the transfer is to be resumed.
    func expectChunk(_ reader: Reader) -> Bool {
        let (answer, resumes) = state.withLock { state -> (Result<[UInt8]?, any Error>?, Bool) in
            switch state.buffer.content {
            case .bytes:
                let bytes = state.buffer.takeAll()
                return (.success(bytes), state.buffer.releasesPause())
            case .end:
                return (.success(nil), false)
            case .failure(let error):
                return (.failure(error.asTaskError), false)
            case .nothingYet:
                precondition(state.reader == nil, "an HTTP stream has one reader at a time")
                state.reader = reader
                return (nil, false)
            }
        }
        if let answer { reader.resume(with: answer) }
        return resumes
    }

    func receive(_ head: HTTPResponseHead) -> Demand {
        let opener = state.withLock { state in
            defer { state.opener = nil }
            return state.opener
        }
        opener?.resume(returning: head)
        return .more
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Demand {
        let (isTaken, reader, chunk) = state.withLock { state -> (Bool, Reader?, [UInt8]) in
            let isTaken = state.buffer.append(bytes)
            guard let reader = state.reader else { return (isTaken, nil, []) }
            state.reader = nil
            return (isTaken, reader, state.buffer.takeAll())
        }
        reader?.resume(returning: chunk)
        return isTaken ? .more : .pause
    }

    func finish(_ outcome: Result<Void, TransportError>) {
        let (opener, reader) = state.withLock { state in
            state.buffer.end(outcome)
            defer { (state.opener, state.reader) = (nil, nil) }
            return (state.opener, state.reader)
        }
        switch outcome {
        case .success:
            opener?.resume(throwing: TransportError.withoutHead)
            reader?.resume(returning: nil)
        case .failure(let error):
            opener?.resume(throwing: error.asTaskError)
            reader?.resume(throwing: error.asTaskError)
        }
    }
}
