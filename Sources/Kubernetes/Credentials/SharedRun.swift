// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// Has one of those who want the same thing do the work, while the others wait for its result, good or bad.
///
/// Whoever waits leaves when their task is cancelled. When it is the one at work, another of those who wait takes over.
final class SharedRun<Value: Sendable>: Sendable {
    /// What somebody who waited is to do.
    private enum Turn: Sendable {
        case take(Result<Value, any Error>)
        case tryAgain
    }

    private struct State {
        var isRunning = false
        var waiting: [Int: CheckedContinuation<Turn, any Error>] = [:]
        var arrivals = 0
    }

    private let state = Locked(State())

    /// The result of `work`, by us or by whoever is at it.
    func value(_ work: @Sendable () async throws -> Value) async throws -> Value {
        while true {
            try Task.checkCancellation()
            let isOurs = state.withLock { state in
                defer { state.isRunning = true }
                return !state.isRunning
            }
            if isOurs { return try await lead(work) }
            if case .take(let result) = try await wait() { return try result.get() }
        }
    }

    private func lead(_ work: @Sendable () async throws -> Value) async throws -> Value {
        do {
            let value = try await work()
            finish(.take(.success(value)))
            return value
        } catch {
            // That we were called away says nothing to the others.
            finish(Task.isCancelled ? .tryAgain : .take(.failure(error)))
            throw error
        }
    }

    private func finish(_ turn: Turn) {
        let waiting = state.withLock { state in
            state.isRunning = false
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(returning: turn) }
    }

    private func wait() async throws -> Turn {
        let number = state.withLock { state in
            state.arrivals += 1
            return state.arrivals
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isWaiting = state.withLock { state in
                    // Cancelled before it could be noted here: the handler has found nothing to resume.
                    guard state.isRunning, !Task.isCancelled else { return false }
                    state.waiting[number] = continuation
                    return true
                }
                if !isWaiting { continuation.resume(returning: .tryAgain) }
            }
        } onCancel: {
            let continuation = state.withLock { $0.waiting.removeValue(forKey: number) }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
