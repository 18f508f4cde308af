// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// Puts a whole response together, up to a limit, for one waiting task.
final class ResponseCollector: ExchangeReceiver {
    private struct State {
        var continuation: CheckedContinuation<HTTPResponse, any Error>?
        var head: HTTPResponseHead?
        var body: [UInt8] = []
    }

    private let limit: Int
    /// Whether the length in the head is that of a body which does not come.
    private let announcesOnly: Bool
    private let state: Locked<State>

    init(limit: Int, announcesOnly: Bool, _ continuation: CheckedContinuation<HTTPResponse, any Error>) {
        self.limit = limit
        self.announcesOnly = announcesOnly
        state = Locked(State(continuation: continuation))
    }

    func receive(_ head: HTTPResponseHead) -> Demand {
        let isAnnounced = !announcesOnly && head.status != 304
        let announced = isAnnounced ? head.header("content-length").flatMap { Int($0) } ?? 0 : 0
        if announced > limit { return tooLarge }
        state.withLock { state in
            state.head = head
            // A server's word is good for a reservation only up to a point.
            state.body.reserveCapacity(min(announced, 1 << 20))
        }
        return .more
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Demand {
        state.withLock { state in
            guard bytes.count <= limit - state.body.count else { return tooLarge }
            state.body.append(contentsOf: bytes)
            return .more
        }
    }

    func finish(_ outcome: Result<Void, TransportError>) {
        let state = state.withLock { state in
            defer { state = State() }
            return state
        }
        guard let continuation = state.continuation else { return }
        switch outcome {
        case .success:
            if let head = state.head {
                continuation.resume(returning: HTTPResponse(head: head, body: state.body))
            } else {
                continuation.resume(throwing: TransportError.withoutHead)
            }
        case .failure(let error):
            continuation.resume(throwing: error.asTaskError)
        }
    }

    private var tooLarge: Demand {
        .refuse(.responseTooLarge, "the response is longer than the limit of \(limit) bytes")
    }
}

extension TransportError {
    static let withoutHead = TransportError(.malformedResponse, "the response has no head")

    /// What a task is told: its own cancellation as `CancellationError`, the rest as it is.
    var asTaskError: any Error {
        code == .cancelled ? CancellationError() : self
    }
}
