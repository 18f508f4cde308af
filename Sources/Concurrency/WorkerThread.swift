// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// One thread that runs blocking work in the order in which it was asked for.
///
/// Guarantees: jobs run one at a time, on the same thread, first come first served; a job that was accepted runs, also when its caller
/// was cancelled meanwhile (cancel by a flag that the job itself looks at). The thread ends when the last reference goes.
package final class WorkerThread: Sendable {
    private typealias Job = @Sendable () -> Void

    private let queue: Queue

    package init(name: String) {
        let queue = Queue(name: name)
        self.queue = queue
        queue.start()
    }

    deinit {
        queue.close()
    }

    /// Runs `body` on the thread and returns what it returned.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.submit { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }

    /// The jobs that wait, shared between the thread and those who submit.
    private final class Queue: Sendable {
        private struct State {
            var jobs: [Job] = []
            var isClosed = false
        }

        private let name: String
        private let state = Locked(State())
        // A semaphore has no Sendable type; it is only used through its thread-safe calls.
        private nonisolated(unsafe) let available: UnsafeMutablePointer<sem_t>

        init(name: String) {
            self.name = name
            available = .allocate(capacity: 1)
            sem_init(available, 0, 0)
        }

        deinit {
            sem_destroy(available)
            available.deallocate()
        }

        func start() {
            let context = Unmanaged.passRetained(self)
            #if canImport(Glibc)
            var thread = pthread_t()
            #else
            var thread: pthread_t?
            #endif
            let status = pthread_create(&thread, nil, workerThreadMain, context.toOpaque())
            precondition(status == 0, "pthread_create failed: \(status)")
            #if canImport(Glibc)
            pthread_detach(thread)
            #else
            if let thread { pthread_detach(thread) }
            #endif
        }

        func submit(_ job: @escaping Job) {
            state.withLock { $0.jobs.append(job) }
            sem_post(available)
        }

        func close() {
            state.withLock { $0.isClosed = true }
            sem_post(available)
        }

        func run() {
            nameCurrentThread(name)
            while true {
                while sem_wait(available) != 0 {}
                let (jobs, isClosed) = state.withLock { state in
                    defer { state.jobs.removeAll() }
                    return (state.jobs, state.isClosed)
                }
                for job in jobs { job() }
                if isClosed { return }
            }
        }
    }

    fileprivate static func main(_ context: UnsafeMutableRawPointer) {
        Unmanaged<Queue>.fromOpaque(context).takeRetainedValue().run()
    }
}

private func workerThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { WorkerThread.main(context) }
    return nil
}
