// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import JSON
internal import Transport

/// Carries out what a `Watcher` asks for, until it is cancelled.
package struct WatchLoop: Sendable {
    /// A page of a list.
    private static let pageSize = 500

    private let client: KubernetesClient
    private let scope: ObjectScope
    /// How long the server keeps a watch open.
    private let lifetime: Duration
    private let patience: Duration

    /// - Parameters:
    ///   - lifetime: after it the server ends the stream; a stream in which nothing comes for a few seconds longer is taken for dead.
    ///   - patience: how long the head of an answer may take, a page of a list, or a list that comes as a stream.
    package init(
        _ client: KubernetesClient,
        _ scope: ObjectScope,
        lifetime: Duration = .seconds(290),
        patience: Duration = .seconds(60)
    ) {
        self.patience = patience
        self.client = client
        self.scope = scope
        self.lifetime = lifetime
    }

    /// Ends by cancellation, or when the reader throws.
    ///
    /// - Parameter handle: is told one thing after another; the server waits while it is at work.
    package func run(
        streamsLists: Bool = false,
        _ handle: (Watcher.Output) async throws -> Void
    ) async throws {
        var watcher = Watcher(streamsLists: streamsLists)
        while true {
            try Task.checkCancellation()
            let pause: Duration
            do {
                pause = try await turn(&watcher, handle)
            } catch let error as KubernetesError {
                client.connection.observer(.watchFailed(scope.type))
                let failure = watcher.fail(error)
                if let output = failure.output { try await handle(output) }
                pause = failure.pause
            }
            if pause > .zero { try await Task.sleep(for: pause) }
        }
    }

    /// One request, and what comes of it.
    private func turn(
        _ watcher: inout Watcher,
        _ handle: (Watcher.Output) async throws -> Void
    ) async throws -> Duration {
        let step = watcher.step
        if case .list(let token) = step {
            if token == nil { client.connection.observer(.listBegan(scope.type)) }
            let page = try await client.page(scope, token: token, size: Self.pageSize, deadline: .after(patience))
            for output in try watcher.receive(page: page, asked: step) { try await handle(output) }
            return .zero
        }
        let stream = try await client.openWatch(scope, step, lifetime: lifetime, deadline: .after(patience))
        defer { stream.close() }
        client.connection.observer(.watchOpened(scope.type))
        for output in watcher.receiveHead(of: step) { try await handle(output) }
        let isLate = Locked(false)
        let limit = Task {
            guard step == .watchList, (try? await Task.sleep(for: patience)) != nil else { return }
            isLate.withLock { $0 = true }
            stream.close()
        }
        defer { limit.cancel() }
        var lines = WatchLines()
        var hadEvents = false
        do {
            for try await chunk in stream {
                for line in try lines.append(chunk) {
                    hadEvents = true
                    let event = try WatchEvent(line: line).named(by: scope)
                    client.connection.observer(.watchEvent(scope.type, event))
                    guard let output = try watcher.receive(event) else { continue }
                    if case .synced = output { limit.cancel() }
                    try await handle(output)
                }
            }
        } catch  where isLate.withLock({ $0 }) {
            throw KubernetesError(.unavailable, "the list of \(scope.type) did not come to its end as a stream")
        } catch let error as TransportError {
            guard error.code != .cancelled else { throw CancellationError() }
            throw KubernetesError(.unreachable, "the watch of \(scope.type) broke off", cause: error)
        }
        return watcher.streamEnded(afterEvents: hadEvents)
    }
}

extension WatchEvent {
    /// Metadata-only objects are of the kind `PartialObjectMetadata`; the reader knows them by their own.
    fileprivate func named(by scope: ObjectScope) -> WatchEvent {
        switch self {
        case .applied(let object): .applied(scope.named(object))
        case .removed(let object): .removed(scope.named(object))
        case .bookmark, .failed, .unknown: self
        }
    }
}

extension KubernetesClient {
    fileprivate func openWatch(
        _ scope: ObjectScope,
        _ step: Watcher.Step,
        lifetime: Duration,
        deadline: Deadline
    ) async throws -> HTTPStream {
        var call = try await call(scope, deadline: deadline)
        call.query += [
            ("watch", "1"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", String(lifetime.components.seconds)),
        ]
        if case .watch(let version) = step {
            call.query.append(("resourceVersion", version))
        } else {
            call.query += [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
        }
        call.headers = scope.accept("PartialObjectMetadata")
        return try await open(call, idleTimeout: lifetime + .seconds(5), deadline: deadline)
    }
}
