// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// What a loop's thread is asked to do, by any thread.
final class Mailbox: Sendable {
    enum Command: Sendable {
        case start(Exchange)
        case cancel(Exchange)
        /// The exchange's receiver has room again.
        case resume(Exchange)
    }

    /// What the loop does next.
    enum Delivery: Sendable {
        case commands([Command])
        case closed([Command])
    }

    /// What became of an exchange that was sent.
    enum Receipt {
        case accepted
        /// Accepted, and there is no thread: the sender is to start one.
        case startThread
        case closed
    }

    private struct State {
        var commands: [Command] = []
        var wakeHandle: WakeHandle?
        var hasThread = false
        var isClosed = false

        mutating func post(_ command: Command) {
            commands.append(command)
            // Only the first needs to wake: the loop takes all there are.
            if commands.count == 1 { wakeHandle?.wake() }
        }
    }

    private let state = Locked(State())

    func start(_ exchange: Exchange) -> Receipt {
        state.withLock { state in
            if state.isClosed { return .closed }
            state.post(.start(exchange))
            defer { state.hasThread = true }
            return state.hasThread ? .accepted : .startThread
        }
    }

    /// Means nothing when the loop has no such exchange, hence no thread.
    func cancel(_ exchange: Exchange) {
        state.withLock { if $0.hasThread { $0.post(.cancel(exchange)) } }
    }

    /// As with `cancel`.
    func resume(_ exchange: Exchange) {
        state.withLock { if $0.hasThread { $0.post(.resume(exchange)) } }
    }

    /// Says that nothing more is wanted; the loop ends what is under way.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.wakeHandle?.wake()
        }
    }

    // MARK: - For the loop's thread

    /// From here on the loop can be woken.
    func attach(_ wakeHandle: WakeHandle) {
        state.withLock { $0.wakeHandle = wakeHandle }
    }

    func take() -> Delivery {
        state.withLock { state in
            defer { state.commands = [] }
            return state.isClosed ? .closed(state.commands) : .commands(state.commands)
        }
    }

    /// The thread leaves: what it has not taken is given to it now, and the next command starts another thread.
    func detach() -> [Command] {
        state.withLock { state in
            defer {
                state.commands = []
                state.wakeHandle = nil
                state.hasThread = false
            }
            return state.commands
        }
    }
}
