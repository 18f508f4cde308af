// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Concurrency

/// The loop itself: takes commands, drives libcurl, ends what takes too long. Lives on one thread's stack.
struct Reactor {
    private let mailbox: Mailbox
    private let settings: ConnectionSettings
    private let multiplexing: Multiplexing
    private let limit: Int
    private let multi: CurlMulti
    private var waiting: ArraySlice<Exchange> = []
    private var running: [ObjectIdentifier: Transfer] = [:]
    /// Those of the running transfers that are no requests any more.
    private var probes: [ObjectIdentifier: AlertProbe] = [:]
    /// No timer is due before this. It is never too late, but may be too early: then there is one look for nothing.
    private var nextTimer: ContinuousClock.Instant?

    init(_ mailbox: Mailbox, _ settings: ConnectionSettings, _ multiplexing: Multiplexing) throws(TransportError) {
        self.mailbox = mailbox
        self.settings = settings
        self.multiplexing = multiplexing
        limit =
            switch multiplexing {
            case .shared: max(1, settings.limits.maxInFlight)
            case .separate: .max
            }
        multi = try CurlMulti(maxStreams: max(100, settings.limits.maxInFlight))
        mailbox.attach(multi.wakeHandle)
    }

    /// Runs until the mailbox is closed or libcurl fails, and leaves no exchange unfinished.
    mutating func run() {
        do throws(TransportError) {
            while true {
                switch mailbox.take() {
                case .commands(let commands):
                    for command in commands { obey(command) }
                case .closed(let commands):
                    return leave(commands) { $0.error(.closed, "the HTTP client was closed") }
                }
                try turn()
            }
        } catch {
            leave([]) { $0.error(error.code, error.message) }
        }
    }

    /// One round: no more than one wait.
    private mutating func turn() throws(TransportError) {
        startWaiting()
        try multi.perform()
        while let (handle, result) = multi.nextFinished() {
            guard let transfer = Transfer.of(handle) else { continue }
            finished(transfer, result)
        }
        startWaiting()
        let now = ContinuousClock.now
        if let due = nextTimer, due <= now { expire(at: now) }
        let pause = nextTimer.map { $0 - now } ?? .seconds(3_600)
        try multi.poll(milliseconds: Int32(pause.milliseconds), more: probes.values.compactMap(\.socket))
        for probe in Array(probes.values) {
            if let error = probe.hear() { end(probe.transfer, .failure(error)) }
        }
    }

    private mutating func obey(_ command: Mailbox.Command) {
        switch command {
        case .start(let exchange):
            guard !exchange.cancellation.isCancelled else { return exchange.finish(.failure(exchange.cancelled)) }
            waiting.append(exchange)
            note(timer: exchange.deadline.instant)
        case .cancel(let exchange):
            if let transfer = running[ObjectIdentifier(exchange)] {
                end(transfer, .failure(exchange.cancelled))
            } else if let index = waiting.firstIndex(where: { $0 === exchange }) {
                waiting.remove(at: index)
                exchange.finish(.failure(exchange.cancelled))
            }
        case .resume(let exchange):
            guard let transfer = running[ObjectIdentifier(exchange)] else { return }
            let result = transfer.resume()
            guard result == CURLE_OK else { return end(transfer, transfer.outcome(result)) }
            note(timer: transfer.nextTimer())
        }
    }

    private mutating func startWaiting() {
        while running.count < limit, let exchange = waiting.popFirst() {
            do throws(TransportError) {
                let transfer = try Transfer(exchange, settings, multiplexing)
                try multi.add(transfer.easy)
                running[ObjectIdentifier(exchange)] = transfer
                note(timer: transfer.nextTimer())
            } catch {
                exchange.finish(.failure(exchange.error(error.code, error.message)))
            }
        }
    }

    private mutating func finished(_ transfer: Transfer, _ result: CURLcode) {
        if let probe = probes[ObjectIdentifier(transfer.exchange)] {
            if let error = probe.handshakeEnded(result) { end(transfer, .failure(error)) }
            return
        }
        let outcome = transfer.outcome(result)
        if case .failure(let error) = outcome, transfer.mayHideAlert(error), probe(transfer, error) { return }
        end(transfer, outcome)
    }

    /// Has a probe take the transfer's place.
    private mutating func probe(_ lost: Transfer, _ error: TransportError) -> Bool {
        guard let probe = try? AlertProbe(lost.exchange, settings, after: error) else { return false }
        multi.remove(lost.easy)
        guard (try? multi.add(probe.transfer.easy)) != nil else { return false }
        running[ObjectIdentifier(lost.exchange)] = probe.transfer
        probes[ObjectIdentifier(lost.exchange)] = probe
        note(timer: probe.nextTimer)
        return true
    }

    private mutating func end(_ transfer: Transfer, _ outcome: Result<Void, TransportError>) {
        multi.remove(transfer.easy)
        running[ObjectIdentifier(transfer.exchange)] = nil
        probes[ObjectIdentifier(transfer.exchange)] = nil
        transfer.exchange.finish(outcome)
    }

    // MARK: - Timers

    private mutating func note(timer: ContinuousClock.Instant?) {
        guard let timer else { return }
        nextTimer = nextTimer.map { min($0, timer) } ?? timer
    }

    private mutating func expire(at now: ContinuousClock.Instant) {
        nextTimer = nil
        let late = waiting.filter { $0.isLate(at: now) }
        waiting.removeAll { $0.isLate(at: now) }
        for exchange in late {
            let what = "deadline exceeded while \(limit) requests before it were under way"
            exchange.finish(.failure(exchange.error(.deadlineExceeded, what)))
        }
        for exchange in waiting { note(timer: exchange.deadline.instant) }
        for probe in probes.values { note(timer: probe.nextTimer) }
        for transfer in Array(running.values) {
            if let error = transfer.expiry(at: now) {
                end(transfer, .failure(error))
            } else {
                note(timer: transfer.nextTimer())
            }
        }
    }

    // MARK: - The end

    private mutating func leave(_ commands: [Mailbox.Command], _ error: (Exchange) -> TransportError) {
        // First of all, so that nobody wakes a handle that is about to go.
        let commands = commands + mailbox.detach()
        for transfer in Array(running.values) { end(transfer, .failure(error(transfer.exchange))) }
        for exchange in waiting { exchange.finish(.failure(error(exchange))) }
        waiting = []
        for case .start(let exchange) in commands { exchange.finish(.failure(error(exchange))) }
    }
}
