// SPDX-License-Identifier: Apache-2.0

/// What a client does, for whoever counts it. It names kinds and never objects.
package enum ClientEvent: Sendable {
    /// A request was answered, or lost.
    ///
    /// - Parameter status: of the answer; `nil` where none came.
    case answered(method: String, status: Int?, took: Duration)
    /// A list was begun from the beginning.
    case listBegan(GroupVersionKind)
    /// The server took a watch.
    case watchOpened(GroupVersionKind)
    /// A list or a watch could not be had, or broke off.
    case watchFailed(GroupVersionKind)
    /// Something came through a watch: an object, or that nothing happened.
    case watchEvent(GroupVersionKind, WatchEvent)
}

/// Is told what a client does; must not wait.
package typealias ClientObserver = @Sendable (ClientEvent) -> Void
