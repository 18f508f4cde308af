// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
package import JSON

/// The objects of one scope, as a watch tells them: for kinds of which there are few, since each is kept whole.
///
/// What we wrote ourselves is known at once: it is put in with the server's answer, and events from before are passed over.
package final class ObjectStore: Sendable {
    /// What a reader has to look at again.
    package struct Change: Sendable {
        /// `nil` for an object that is new.
        package let before: JSONValue?
        /// `nil` for an object that is gone.
        package let after: JSONValue?
    }

    private struct State {
        var objects: [String: JSONValue] = [:]
        /// What a list that is under way has brought so far; `nil` if none is.
        var listed: Set<String>?
        var hasSynced = false
        var failure: KubernetesError?
        var told = ToldVersion()
    }

    private let state = Locked(State())

    package init() {}

    /// Whether a list came to its end once: until then nobody can say what is not there.
    package var isSynced: Bool { state.withLock { $0.hasSynced } }

    /// Whether it holds what the server holds, but for what comes this moment.
    package var isCurrent: Bool { state.withLock { $0.hasSynced && $0.failure == nil } }

    /// Why the server cannot be followed at the moment.
    package var failure: KubernetesError? { state.withLock { $0.failure } }

    /// All objects, in no order.
    package var objects: [JSONValue] { state.withLock { Array($0.objects.values) } }

    package func object(namespace: String?, name: String) -> JSONValue? {
        state.withLock { $0.objects[Self.key(namespace, name)] }
    }

    /// Takes in what a watch tells.
    ///
    /// - Returns: what is another than before.
    package func receive(_ output: Watcher.Output) -> [Change] {
        state.withLock { state in
            switch output {
            case .began:
                state.listed = []
                return []
            case .applied(let object):
                state.failure = nil
                state.told.pass(object["metadata"]?["resourceVersion"]?.stringValue)
                return Self.put(object, into: &state).map { [$0] } ?? []
            case .removed(let object):
                state.failure = nil
                state.told.pass(object["metadata"]?["resourceVersion"]?.stringValue)
                let key = Self.key(of: object)
                guard let known = state.objects[key], Self.isNewer(object, than: known) else { return [] }
                state.objects[key] = nil
                return [Change(before: known, after: nil)]
            case .synced(let version):
                state.told.pass(version)
                let listed = state.listed ?? []
                state.listed = nil
                state.hasSynced = true
                state.failure = nil
                // What we wrote after the list was made is not in it.
                let gone = state.objects.filter { key, object in
                    !listed.contains(key)
                        && object["metadata"]?["resourceVersion"]?.stringValue.map {
                            ResourceVersion.isKnown($0, in: version)
                        } ?? true
                }
                for key in gone.keys { state.objects[key] = nil }
                return gone.values.map { Change(before: $0, after: nil) }
            case .following:
                state.failure = nil
                return []
            case .failed(let error):
                state.failure = error
                return []
            }
        }
    }

    /// Takes in the server's answer to a write of ours. The event that tells the same comes later, and is no news.
    ///
    /// - Returns: what is another than before.
    package func write(_ object: JSONValue) -> Change? {
        state.withLock { state in
            let isKnown = state.objects[Self.key(of: object)] != nil
            let version = object["metadata"]?["resourceVersion"]?.stringValue ?? ""
            // One that is not known although it would have been told by now is gone again.
            guard isKnown || !state.told.covers(version) else { return nil }
            return Self.put(object, into: &state)
        }
    }

    private static func put(_ object: JSONValue, into state: inout State) -> Change? {
        let key = key(of: object)
        state.listed?.insert(key)
        let known = state.objects[key]
        guard known.map({ isNewer(object, than: $0) }) ?? true else { return nil }
        state.objects[key] = object
        return Change(before: known, after: object)
    }

    private static func isNewer(_ object: JSONValue, than known: JSONValue) -> Bool {
        guard let version = object["metadata"]?["resourceVersion"]?.stringValue,
            let newest = known["metadata"]?["resourceVersion"]?.stringValue
        else { return true }
        return !ResourceVersion.isKnown(version, in: newest)
    }

    private static func key(of object: JSONValue) -> String {
        key(object["metadata"]?["namespace"]?.stringValue, object["metadata"]?["name"]?.stringValue ?? "")
    }

    private static func key(_ namespace: String?, _ name: String) -> String { "\(namespace ?? "")/\(name)" }
}
