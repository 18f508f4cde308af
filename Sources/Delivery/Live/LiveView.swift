// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Concurrency
internal import JSON
package import Kubernetes

/// What a cluster holds of what we deliver to it, as watches of the controller's own account tell.
///
/// Memory grows with what is managed, and not with what the cluster holds: objects without an owner's label never come here. The label is a filter and no claim;
/// who asks for an object compares it with what the record says.
package actor LiveView {
    /// Something that an owner may have to look at.
    package struct Notice: Sendable, Hashable {
        package let key: ObjectKey
        package let labelKey: String
        /// The value of that label.
        package let owner: String
        /// Whether only its health is another.
        package let isHealthOnly: Bool
    }

    /// What is known of one object.
    struct Sight: Sendable {
        let summary: LiveSummary
        /// Whether it looks as it settled.
        let isInSync: Bool
        let health: ObjectHealth
    }

    /// How long a list may take that is waited for.
    private static let patience = Duration.seconds(10)
    private static let secrets = GroupVersionKind(group: "", version: "v1", kind: "Secret")

    private let client: KubernetesClient
    /// Follows a kind namespace by namespace, where the controller may not see the whole cluster.
    private let isByNamespace: Bool
    private let notify: @Sendable (Notice) -> Void
    private var scopes: [ObjectScope: LiveObjects] = [:]
    private let requests = AsyncStream.makeStream(of: ObjectScope.self)
    /// Those who wait for a change.
    private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    private var lastWaiter = 0

    /// - Parameter notify: is told what changed; must not wait.
    package init(
        client: KubernetesClient,
        isByNamespace: Bool,
        notify: @escaping @Sendable (Notice) -> Void
    ) {
        self.client = client
        self.isByNamespace = isByNamespace
        self.notify = notify
    }

    /// Follows what is asked for, until it is cancelled.
    package func run() async {
        let stream = requests.stream
        await withDiscardingTaskGroup { group in
            for await scope in stream {
                group.addTask { await self.follow(scope) }
            }
            group.cancelAll()
        }
    }

    private nonisolated func follow(_ scope: ObjectScope) async {
        // It ends by cancellation alone: whatever the server says is told as an output, and tried again.
        try? await WatchLoop(client, scope).run { output in await self.receive(output, scope) }
    }

    private func receive(_ output: Watcher.Output, _ scope: ObjectScope) {
        guard let notices = scopes[scope]?.receive(output) else { return }
        for notice in notices { tell(notice, scope) }
        wakeAll()
    }

    private func tell(_ notice: LiveObjects.Notice, _ scope: ObjectScope) {
        guard let owner = notice.owner, let labelKey = scope.labelSelector else { return }
        notify(Notice(key: notice.key, labelKey: labelKey, owner: owner, isHealthOnly: notice.reason == .health))
    }

    // MARK: - What is known

    /// How many objects are known of each kind.
    package var counts: [GroupVersionKind: Int] {
        scopes.reduce(into: [:]) { $0[$1.key.type, default: 0] += $1.value.entries.count }
    }

    /// What is known of some objects; kinds that are not followed yet are from now on, and waited for a while.
    func sights(of objects: [ObjectKey: GroupVersionKind], _ owner: Owner) async -> [ObjectKey: Sight] {
        let needed = Set(objects.map { scope(of: $0.value, $0.key.namespace, owner.labelKey) })
        for scope in needed where scopes[scope] == nil { begin(scope, owner) }
        let limit = ContinuousClock.now + Self.patience
        // A list is on its way, which a second one would not bring any sooner.
        while needed.contains(where: { scopes[$0]?.isBeginning == true }), !Task.isCancelled, .now < limit {
            await change(within: limit - .now)
        }
        var sights: [ObjectKey: Sight] = [:]
        for (key, type) in objects {
            let scope = scope(of: type, key.namespace, owner.labelKey)
            guard let live = scopes[scope], live.isCurrent else { continue }
            guard let entry = live.entries[key] else { continue }
            sights[key] = Sight(
                summary: entry.summary,
                isInSync: entry.isInSync,
                health: ObjectHealth(
                    key: key,
                    health: entry.health,
                    message: entry.message ?? "the object exists"
                )
            )
        }
        return sights
    }

    /// Where objects are followed.
    func scopes(of objects: [(type: GroupVersionKind, namespace: String?)], _ owner: Owner) -> Set<ObjectScope> {
        Set(objects.map { scope(of: $0.type, $0.namespace, owner.labelKey) })
    }

    /// Whether all of this is followed at the moment, so that what happens is told.
    func isFollowing(_ wanted: Set<ObjectScope>) -> Bool { wanted.allSatisfy { scopes[$0]?.isCurrent ?? false } }

    /// Takes in an object that is in sync: what the server answered to our own write, or what it showed when it was asked.
    func settle(_ object: JSONValue, _ type: GroupVersionKind, _ key: ObjectKey, _ owner: Owner) {
        let scope = scope(of: type, key.namespace, owner.labelKey)
        let metadata = object["metadata"]
        guard metadata?["name"]?.stringValue == key.name, metadata?["namespace"]?.stringValue == key.namespace else {
            return
        }
        if let notice = scopes[scope]?.settle(object) { tell(notice, scope) }
        wakeAll()
    }

    /// Objects that are in sync by the record.
    func confirm(_ objects: [(type: GroupVersionKind, key: ObjectKey, uid: String, version: String)], _ owner: Owner) {
        for object in objects {
            let scope = scope(of: object.type, object.key.namespace, owner.labelKey)
            scopes[scope]?.confirm(object.key, uid: object.uid, resourceVersion: object.version)
        }
    }

    /// Waits for the next change of anything, or for a while.
    func change(within limit: Duration) async {
        lastWaiter += 1
        let number = lastWaiter
        let alarm = Task {
            try? await Task.sleep(for: limit)
            self.wake(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { continuation.resume() } else { waiters[number] = continuation }
            }
        } onCancel: {
            Task { await self.wake(number) }
        }
        alarm.cancel()
    }

    private func wake(_ number: Int) { waiters.removeValue(forKey: number)?.resume() }

    private func wakeAll() {
        let all = waiters.values
        waiters = [:]
        for waiter in all { waiter.resume() }
    }

    // MARK: - Scopes

    /// Secrets are followed by their metadata alone, and only where some are delivered.
    private func scope(of type: GroupVersionKind, _ namespace: String?, _ labelKey: String) -> ObjectScope {
        let isSecret = type == Self.secrets
        return ObjectScope(
            type,
            namespace: isByNamespace || isSecret ? namespace : nil,
            labelSelector: labelKey,
            metadataOnly: isSecret
        )
    }

    private func begin(_ scope: ObjectScope, _ owner: Owner) {
        scopes[scope] = LiveObjects(scope, labelKey: owner.labelKey, fieldManager: owner.fieldManager)
        requests.continuation.yield(scope)
    }
}
