// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
internal import Concurrency
internal import JSON
package import Kubernetes

/// Closes intents that were left open: looks which of the announced writes landed, and records it.
///
/// Every apply puts the mark of its intent on the object, so a live object tells by itself whether the apply reached it. A patch that moves
/// the ownership of fields leaves no mark.
package struct Recovery: Sendable {
    /// Finds the server that an intent was for, where that is not the log's own cluster.
    package typealias Elsewhere = @Sendable (OpenIntent) async throws -> KubernetesClient

    private let client: KubernetesClient
    private let recorder: Recorder
    private let elsewhere: Elsewhere
    /// How long the server may take to show an object.
    private let patience: Duration

    /// - Parameter elsewhere: throws where that server cannot be asked: then nobody can tell what landed there, and nothing else waits for it.
    package init(
        client: KubernetesClient,
        recorder: Recorder,
        patience: Duration = .seconds(15),
        elsewhere: @escaping Elsewhere = { _ in
            throw DeliveryError(.clusterUnusable, "it was written to another cluster, which is not at hand")
        }
    ) {
        self.elsewhere = elsewhere
        self.client = client
        self.recorder = recorder
        self.patience = patience
    }

    /// - Returns: how many intents were open.
    /// - Throws: while the server as a whole does not answer: what landed is then told later, and not given up. One object that cannot be read
    ///   keeps nobody waiting.
    @discardableResult
    package func closeOpenIntents() async throws -> Int {
        let open = try await recorder.openIntents()
        let silent = Locked<Set<GroupVersionKind>>([])
        for intent in open {
            let landings =
                intent.targetCluster == nil
                ? try await intent.changes.concurrentMap(limit: 8) { change in
                    Self.landing(of: change, seen: try await look(at: change, silent), intent: intent.intent)
                } : try await landingsElsewhere(of: intent)
            try await recorder.close(intent: intent, landings: landings)
        }
        return open.count
    }

    /// For all objects of an intent together.
    private static let patienceElsewhere = Duration.seconds(30)

    /// Another cluster that is down keeps nobody waiting: it is one team's, and may never come back.
    private func landingsElsewhere(of intent: OpenIntent) async throws -> [Landing] {
        let server: KubernetesClient
        do {
            server = try await elsewhere(intent)
        } catch let error as DeliveryError {
            // Trouble of our own cluster is another matter: it is thrown, and what landed is told later.
            return intent.changes.map { Self.landing(of: $0, seen: .unknown(error), intent: intent.intent) }
        } catch let error as KubernetesError where !error.isRetryable {
            return intent.changes.map { Self.landing(of: $0, seen: .unknown(error), intent: intent.intent) }
        }
        let isSilent = Locked(false)
        let limit = Deadline.after(Self.patienceElsewhere)
        return await intent.changes.concurrentMap(limit: 8) { change in
            guard !isSilent.withLock({ $0 }) else {
                let error = KubernetesError(.unreachable, "the server of that cluster does not answer")
                return Self.landing(of: change, seen: .unknown(error), intent: intent.intent)
            }
            let sight = await server.look(at: change.type, change.key, deadline: limit)
            if case .unknown(let error) = sight, limit.isPast || (error as? KubernetesError)?.isRetryable ?? true {
                isSilent.withLock { $0 = true }
            }
            return Self.landing(of: change, seen: sight, intent: intent.intent)
        }
    }

    /// - Parameter silent: kinds of which the server has kept an object to itself. Who waited for each of a thousand would wait for hours.
    /// - Throws: if the server as a whole does not answer.
    private func look(at change: IntendedChange, _ silent: Locked<Set<GroupVersionKind>>) async throws -> ObjectSight {
        guard !silent.withLock({ $0.contains(change.type) }) else {
            return .unknown(KubernetesError(.unreachable, "the server does not answer for objects of this kind"))
        }
        let sight = await client.look(at: change.type, change.key, deadline: .after(patience))
        guard case .unknown(let error) = sight else { return sight }
        if Self.mayBeTheServers(error) { try await Self.ask(client) }
        if (error as? KubernetesError)?.code == .unreachable { silent.withLock { _ = $0.insert(change.type) } }
        return sight
    }

    /// Whether it may be the trouble of the server as a whole, and not of this object: what is down comes back, and can then tell more.
    private static func mayBeTheServers(_ error: any Error) -> Bool {
        guard let error = error as? KubernetesError, error.httpStatus != nil else { return true }
        return error.isRetryable || error.code == .unauthorized
    }

    /// Reads what every server has and every user of Taffrail may read.
    /// - Throws: what is wrong with the server as a whole.
    private static func ask(_ client: KubernetesClient) async throws {
        let type = GroupVersionKind(group: "", version: "v1", kind: "Namespace")
        _ = try await client.find(type, namespace: nil, name: "kube-system", deadline: .after(.seconds(15)))
    }

    /// What an object tells of a write that was announced. It never denies a write that may have been carried out and undone since, as far
    /// as the object shows that.
    static func landing(of change: IntendedChange, seen sight: ObjectSight, intent: Intent) -> Landing {
        let (state, message): (Landing.State, String) =
            switch sight {
            case .unknown(let error): (.unknown, String(describing: error))
            case .absent where change.operation == .prune: pruning(change, nil)
            case .live(let object) where change.operation == .prune: pruning(change, object)
            case .absent where change.uid == nil: (.notLanded, "the object does not exist")
            case .absent: (.unknown, "the object was deleted since, and may have been written before")
            case .live(let object): applying(change, object, intent)
            }
        return Landing(key: change.key, state: state, message: message)
    }

    private static func pruning(_ change: IntendedChange, _ object: JSONValue?) -> (Landing.State, String) {
        // Nothing is deleted without knowing what.
        guard let uid = change.uid else { return (.notLanded, "there was nothing to delete") }
        guard let metadata = object?["metadata"] else { return (.landed, "the object does not exist") }
        guard metadata["uid"]?.stringValue == uid else {
            return (.landed, "the object is gone; there is another one of its name")
        }
        let isTerminating = metadata["deletionTimestamp"] != nil
        return isTerminating ? (.landed, "the object is being deleted") : (.notLanded, "the object is still there")
    }

    private static func applying(
        _ change: IntendedChange,
        _ object: JSONValue,
        _ intent: Intent
    ) -> (Landing.State, String) {
        guard !Ownership.carries(object, intent) else { return (.landed, "the live object carries this intent's mark") }
        let metadata = object["metadata"]
        if let uid = change.uid, metadata?["uid"]?.stringValue != uid {
            return (.unknown, "the object was made anew since, and may have been written before")
        }
        let mark = metadata?["annotations"]?[Ownership.auditIndexAnnotation]?.stringValue
        let words = "the live object carries \(mark.map { "the mark of intent \($0)" } ?? "no intent's mark")"
        guard change.movesOwnership, hasOurs(object) else { return (.notLanded, words) }
        return (.unknown, words + "; whether the ownership of its fields was moved, it does not show")
    }

    /// Whether any of its fields is ours: each move of ownership takes one to a manager of ours, or from one.
    private static func hasOurs(_ object: JSONValue) -> Bool {
        (object["metadata"]?["managedFields"]?.arrayValue ?? []).contains {
            $0["manager"]?.stringValue?.hasPrefix(Ownership.fieldManager) == true
        }
    }
}
