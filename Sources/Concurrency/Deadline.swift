// SPDX-License-Identifier: Apache-2.0

/// A point in monotonic time by which something must have happened.
package struct Deadline: Sendable, Hashable, Comparable {
    /// The instant, or `nil` for no limit.
    package let instant: ContinuousClock.Instant?

    private init(_ instant: ContinuousClock.Instant?) {
        self.instant = instant
    }

    /// No limit: for operations that end by cancellation alone.
    package static let never = Deadline(nil)

    /// The deadline `duration` from now.
    package static func after(_ duration: Duration) -> Deadline {
        Deadline(.now + duration)
    }

    /// The time that is left, never negative; `nil` for no limit.
    package var remaining: Duration? {
        guard let instant else { return nil }
        return max(.zero, instant - .now)
    }

    package var isPast: Bool { remaining == .zero }

    package static func < (left: Deadline, right: Deadline) -> Bool {
        switch (left.instant, right.instant) {
        case (let left?, let right?): left < right
        case (nil, _): false
        case (_, nil): true
        }
    }
}

/// Thrown when a deadline passed before the operation ended.
package struct DeadlineExceeded: Error, Hashable, CustomStringConvertible {
    /// What was being waited for, in the words of an error message: "connecting to …".
    package let operation: String

    package init(_ operation: String) {
        self.operation = operation
    }

    package var description: String { "deadline exceeded while \(operation)" }
}

/// Runs `body`, cancels it when the deadline passes, and throws `DeadlineExceeded` in that case.
package func withDeadline<Result: Sendable>(
    _ deadline: Deadline,
    _ operation: String,
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    guard let remaining = deadline.remaining else { return try await body() }
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: remaining)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else {
            throw DeadlineExceeded(operation)
        }
        return result
    }
}
