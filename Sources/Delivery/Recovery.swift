// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
internal import Concurrency
internal import JSON
package import Kubernetes

/// Closes intents that were left open: looks which of the announced writes landed, and records it.
///
/// Every apply puts the mark of its intent on the object, so a live object tells by itself whether the apply reached it.
package struct Recovery: Sendable {
    private let client: KubernetesClient
    private let recorder: Recorder

    package init(client: KubernetesClient, recorder: Recorder) {
        self.client = client
        self.recorder = recorder
    }

    /// - Returns: how many intents were open.
    /// - Throws: while the server as a whole does not answer: what landed is then told later, and not given up. One object that cannot be read
    ///   keeps nobody waiting.
    @discardableResult
    package func closeOpenIntents() async throws -> Int {
        let open = try await recorder.openIntents()
        for intent in open {
            let client = client
            let landings = try await intent.changes.concurrentMap(limit: 8) { change in
                let sight = await client.look(at: change.type, change.key)
                if case .unknown(let error) = sight, Self.mayBeTheServers(error) { try await Self.ask(client) }
                return Self.landing(of: change, seen: sight, intent: intent.intent)
            }
            try await recorder.close(intent: intent, landings: landings)
        }
        return open.count
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

    static func landing(of change: IntendedChange, seen sight: ObjectSight, intent: Intent) -> Landing {
        switch sight {
        case .absent:
            Landing(
                key: change.key,
                state: change.operation == .prune ? .landed : .notLanded,
                message: "the object does not exist"
            )
        case .live(let object): landing(of: change, on: object, intent: intent)
        case .unknown(let error): Landing(key: change.key, state: .unknown, message: String(describing: error))
        }
    }

    private static func landing(of change: IntendedChange, on object: JSONValue, intent: Intent) -> Landing {
        guard change.operation != .prune else {
            let isTerminating = object["metadata"]?["deletionTimestamp"] != nil
            return Landing(
                key: change.key,
                state: isTerminating ? .landed : .notLanded,
                message: isTerminating ? "the object is being deleted" : "the object is still there"
            )
        }
        let mark = object["metadata"]?["annotations"]?[Ownership.auditIndexAnnotation]?.stringValue
        let hasLanded = Ownership.carries(object, intent)
        return Landing(
            key: change.key,
            state: hasLanded ? .landed : .notLanded,
            message: hasLanded
                ? "the live object carries this intent's mark"
                : "the live object carries \(mark.map { "the mark of intent \($0)" } ?? "no intent's mark")"
        )
    }
}
