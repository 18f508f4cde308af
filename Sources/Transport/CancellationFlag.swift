// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// A request to give up, made from any thread and heard by whoever waits.
///
/// For work that is no task, such as a C library's call on a thread of its own. Cancelling is for good.
package final class CancellationFlag: Sendable {
    private struct State {
        var isCancelled = false
        var handlers: [ObjectIdentifier: @Sendable () -> Void] = [:]
    }

    private let state = Locked(State())

    package init() {}

    package var isCancelled: Bool { state.withLock(\.isCancelled) }

    /// Cancels, and runs the handlers on the calling thread. Further calls do nothing.
    package func cancel() {
        let handlers = state.withLock { state in
            state.isCancelled = true
            defer { state.handlers.removeAll() }
            return state.handlers
        }
        for handler in handlers.values { handler() }
    }

    /// Has `handler` run when the flag is cancelled; at once if it is already.
    ///
    /// - Parameter owner: identifies the handler for `removeHandler(of:)`; one handler per owner.
    package func onCancel(of owner: AnyObject, _ handler: @escaping @Sendable () -> Void) {
        let isCancelled = state.withLock { state in
            if !state.isCancelled { state.handlers[ObjectIdentifier(owner)] = handler }
            return state.isCancelled
        }
        if isCancelled { handler() }
    }

    /// Forgets the owner's handler. It may be running still when this returns.
    package func removeHandler(of owner: AnyObject) {
        let handler = state.withLock { $0.handlers.removeValue(forKey: ObjectIdentifier(owner)) }
        // Released here, outside the lock: the handler may hold the last reference to something that locks.
        _ = handler
    }
}
