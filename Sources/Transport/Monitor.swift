// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A value guarded by a mutex, with a condition on which threads wait until the value suits them.
///
/// Blocks threads: nothing for tasks.
final class Monitor<Value: Sendable>: Sendable {
    // Touched only between lock and unlock of `mutex`, which is why the accesses below cannot race.
    private nonisolated(unsafe) var value: Value
    // Constant pointers, only passed to calls that are safe from any thread.
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private nonisolated(unsafe) let condition: UnsafeMutablePointer<pthread_cond_t>

    init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        let status = (pthread_mutex_init(mutex, nil), pthread_cond_init(condition, nil))
        precondition(status == (0, 0), "a mutex or a condition cannot be made: \(status)")
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Changes the value and wakes those who wait.
    func update<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        defer { pthread_cond_broadcast(condition) }
        return body(&value)
    }

    /// Blocks until `body`, called with the lock held whenever the value has changed, returns something.
    func wait<Result>(_ body: (inout Value) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }
}
