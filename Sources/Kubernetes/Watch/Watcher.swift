// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import JSON

/// Follows the objects of one kind: lists them, watches from there, and knows what to do when either breaks off. Pure: it says what to ask next, and is told
/// what came of it.
///
/// Guarantees: nothing is watched without a version, since that would make the server list everything for each watch; a stream that ends goes on where it
/// ended; a version that the server has forgotten leads to a new list, whose difference tells what was deleted meanwhile; after a failure there is a pause that
/// grows, with jitter.
package struct Watcher: Sendable {
    /// What to ask the server.
    package enum Step: Sendable, Hashable {
        /// A page of the list: the first one, or the one that a token leads to.
        case list(token: String?)
        /// The objects that there are and then what changes, in one stream.
        case watchList
        /// What changes after a version.
        case watch(resourceVersion: String)
    }

    /// What the reader learns.
    package enum Output: Sendable {
        /// A list begins: what is not in it by its end is not there any more.
        case began
        /// An object is there, or is another than before.
        case applied(JSONValue)
        /// An object is gone, or is not selected any more.
        case removed(JSONValue)
        /// The list is whole, as of this version.
        case synced(resourceVersion: String)
        /// What is known is followed on, after a stream that ended or a failure.
        case following
        /// The server could not be followed, and will be asked again.
        case failed(KubernetesError)
    }

    private enum State: Sendable, Hashable {
        case empty
        case listing(token: String)
        case streaming
        case listed(resourceVersion: String)
    }

    private var state = State.empty
    private var backoff: Backoff
    /// Whether the server takes a list as a stream (Kubernetes 1.32, `sendInitialEvents`); found out once.
    private var streamsLists: Bool

    /// - Parameter streamsLists: whether to try lists that come as a stream.
    package init(
        streamsLists: Bool,
        backoff: Backoff = Backoff(base: .milliseconds(800), limit: .seconds(30))
    ) {
        self.streamsLists = streamsLists
        self.backoff = backoff
    }

    /// What to ask now.
    package var step: Step {
        switch state {
        case .empty, .streaming: streamsLists ? .watchList : .list(token: nil)
        case .listing(let token): .list(token: token)
        case .listed(let version): .watch(resourceVersion: version)
        }
    }

    // MARK: - What came of it

    /// A page of the list.
    ///
    /// - Throws: `malformedAnswer` for what is none, which is a failure like any other.
    package mutating func receive(page: JSONValue, asked step: Step) throws(KubernetesError) -> [Output] {
        guard let version = page["metadata"]?["resourceVersion"]?.stringValue, !version.isEmpty else {
            throw KubernetesError(.malformedAnswer, "a list has no resourceVersion")
        }
        var outputs: [Output] = step == .list(token: nil) ? [.began] : []
        outputs += (page["items"]?.arrayValue ?? []).map { .applied($0) }
        if let token = page["metadata"]?["continue"]?.stringValue, !token.isEmpty {
            state = .listing(token: token)
        } else {
            state = .listed(resourceVersion: version)
            outputs.append(.synced(resourceVersion: version))
        }
        return outputs
    }

    /// The server answers a watch: events follow.
    package mutating func receiveHead(of step: Step) -> [Output] {
        guard step == .watchList else { return [.following] }
        state = .streaming
        return [.began]
    }

    /// An event of the stream.
    ///
    /// - Throws: what the server ends the stream with, which is a failure like any other.
    package mutating func receive(_ event: WatchEvent) throws(KubernetesError) -> Output? {
        switch event {
        case .applied(let object):
            settle(at: object)
            return .applied(object)
        case .removed(let object):
            settle(at: object)
            return .removed(object)
        case .bookmark(let version, let endsInitialEvents):
            backoff.reset()
            let isListing = state == .streaming
            guard !isListing || endsInitialEvents else { return nil }
            state = .listed(resourceVersion: version)
            return isListing ? .synced(resourceVersion: version) : nil
        case .failed(let error): throw error
        case .unknown: return nil
        }
    }

    /// The stream came to its end, as each does after a while.
    ///
    /// - Returns: how long to pause: a server that ends every stream at once must not be asked without end.
    package mutating func streamEnded(afterEvents hadEvents: Bool) -> Duration {
        // A list that broke off is none.
        if state == .streaming { giveUpStreaming() }
        if hadEvents { backoff.reset() }
        return hadEvents ? .zero : backoff.next()
    }

    /// A request, or a stream, failed.
    ///
    /// - Returns: what the reader hears of it, and how long to pause.
    package mutating func fail(_ error: KubernetesError) -> (output: Output?, pause: Duration) {
        let pause = max(backoff.next(), error.retryAfter ?? .zero)
        switch state {
        case .listed where error.code == .gone, .listing where error.code == .gone: state = .empty
        case .streaming: giveUpStreaming()
        // A server that does not know the parameter calls it invalid.
        case .empty where error.code == .invalid: giveUpStreaming()
        case .empty, .listing, .listed: break
        }
        // That a version is forgotten is nothing that anybody has to hear of.
        return (error.code == .gone ? nil : .failed(error), pause)
    }

    /// A server that cannot bring such a list to its end (its etcd may be too old for it) gets plain ones from now on.
    private mutating func giveUpStreaming() {
        streamsLists = false
        state = .empty
    }

    /// Goes on after an object's version from now on. During a list that comes as a stream, versions are in no order.
    private mutating func settle(at object: JSONValue) {
        backoff.reset()
        guard case .listed = state, let version = object["metadata"]?["resourceVersion"]?.stringValue, !version.isEmpty
        else { return }
        state = .listed(resourceVersion: version)
    }
}
