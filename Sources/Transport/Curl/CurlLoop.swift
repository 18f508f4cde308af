// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Concurrency

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A thread that carries out exchanges; it starts with the first of them and ends when the last reference goes.
///
/// libcurl's handles live on that thread. Receivers are called on it, with no lock held.
final class CurlLoop: Sendable {
    private let name: String
    private let settings: ConnectionSettings
    private let multiplexing: Multiplexing
    private let mailbox = Mailbox()

    init(name: String, _ settings: ConnectionSettings, _ multiplexing: Multiplexing) {
        self.name = name
        self.settings = settings
        self.multiplexing = multiplexing
    }

    deinit {
        close()
    }

    /// Takes an exchange over; its receiver hears of the end in every case.
    func submit(_ exchange: Exchange) {
        // Before the exchange is sent off, so that its end finds the handler to remove. Cancelled in between, the loop
        // sees the flag when it starts.
        exchange.cancellation.onCancel(of: exchange) { [mailbox] in mailbox.cancel(exchange) }
        switch mailbox.start(exchange) {
        case .accepted: break
        case .startThread: startThread()
        case .closed: exchange.finish(.failure(exchange.error(.closed, "the HTTP client was closed")))
        }
    }

    func cancel(_ exchange: Exchange) {
        mailbox.cancel(exchange)
    }

    func resume(_ exchange: Exchange) {
        mailbox.resume(exchange)
    }

    /// Ends all exchanges with an error, soon after this returns.
    func close() {
        mailbox.close()
    }

    private func startThread() {
        // Without the loop itself: the thread must not keep it.
        let body = LoopThread(name: name, mailbox: mailbox, settings: settings, multiplexing: multiplexing)
        guard libcurlIsReady else {
            return body.leave(TransportError(.unavailable, "libcurl could not be initialised"))
        }
        let status = body.start()
        if status != 0 { body.leave(TransportError(.unavailable, "no thread can be started (error \(status))")) }
    }
}

/// libcurl's one initialisation, before its first use and for as long as the process runs.
private let libcurlIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

/// What runs on the thread.
private final class LoopThread: Sendable {
    /// libcurl and OpenSSL need a tenth of it; the default of 8 MiB is an address range that nobody uses.
    private static let stackBytes = 1 << 20

    private let name: String
    private let mailbox: Mailbox
    private let settings: ConnectionSettings
    private let multiplexing: Multiplexing

    init(name: String, mailbox: Mailbox, settings: ConnectionSettings, multiplexing: Multiplexing) {
        self.name = name
        self.mailbox = mailbox
        self.settings = settings
        self.multiplexing = multiplexing
    }

    /// Starts the thread, and returns the error number of `pthread_create` or 0.
    func start() -> Int32 {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let context = Unmanaged.passRetained(self)
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let status = pthread_create(&thread, &attributes, runLoopThread, context.toOpaque())
        if status != 0 { context.release() }
        return status
    }

    func run() {
        nameCurrentThread(name)
        do throws(TransportError) {
            var reactor = try Reactor(mailbox, settings, multiplexing)
            reactor.run()
        } catch {
            leave(error)
        }
    }

    /// Ends what the loop was asked for, when there is no loop.
    func leave(_ error: TransportError) {
        for case .start(let exchange) in mailbox.detach() {
            exchange.finish(.failure(exchange.error(error.code, error.message)))
        }
    }
}

private func runLoopThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<LoopThread>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}
