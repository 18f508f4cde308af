// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// A request on its way, from the caller's thread to the loop's and back.
final class Exchange: Sendable {
    let request: HTTPRequest
    let target: RequestTarget
    let deadline: Deadline
    let idleTimeout: Duration
    let cancellation: CancellationFlag
    private let receiver: any ExchangeReceiver

    init(
        request: HTTPRequest,
        target: RequestTarget,
        deadline: Deadline,
        idleTimeout: Duration,
        cancellation: CancellationFlag,
        receiver: any ExchangeReceiver
    ) {
        self.request = request
        self.target = target
        self.deadline = deadline
        self.idleTimeout = idleTimeout
        self.cancellation = cancellation
        self.receiver = receiver
    }

    /// Hands the head to the receiver. Called on the loop's thread, at most once.
    func receive(_ head: HTTPResponseHead) -> Demand { receiver.receive(head) }

    /// Hands bytes of the body to the receiver. Called on the loop's thread, after the head.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Demand { receiver.receive(bytes) }

    /// Ends the exchange. Called once, by whoever owns it then.
    func finish(_ outcome: Result<Void, TransportError>) {
        cancellation.removeHandler(of: self)
        receiver.finish(outcome)
    }

    func isLate(at now: ContinuousClock.Instant) -> Bool {
        deadline.instant.map { $0 <= now } ?? false
    }

    /// An error that begins with what was asked for.
    func error(_ code: TransportError.Code, _ what: String) -> TransportError {
        TransportError(code, "\(request.method) \(target.redacted): \(what)")
    }

    var cancelled: TransportError { error(.cancelled, "cancelled") }
}

/// What a receiver says to what it was given.
enum Demand {
    case more
    /// Not taken: to be given again after the receiver asked for it.
    case pause
    /// Not taken, and the exchange is to end with this error.
    case refuse(TransportError.Code, String)
}

/// Takes a response, piece by piece, on the loop's thread. It must not block.
protocol ExchangeReceiver: Sendable {
    func receive(_ head: HTTPResponseHead) -> Demand
    func receive(_ bytes: UnsafeRawBufferPointer) -> Demand
    func finish(_ outcome: Result<Void, TransportError>)
}
