// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
internal import Concurrency
internal import JSON
package import Kubernetes

/// Closes intents that were left open: looks which of the announced writes landed, and records it.
///
/// Every write puts the mark of its intent on the object, so a live object tells by itself whether the write reached it.
package struct Recovery: Sendable {
    private let client: KubernetesClient
    private let recorder: Recorder

    package init(client: KubernetesClient, recorder: Recorder) {
        self.client = client
        self.recorder = recorder
    }

    /// - Returns: how many intents were open.
    /// - Throws: while the server does not answer: what landed is then told later, and not given up.
    @discardableResult
    package func closeOpenIntents() async throws -> Int {
        let open = try await recorder.openIntents()
        for intent in open {
            let client = client
            let landings = try await intent.changes.concurrentMap(limit: 8) { change in
                try await Self.landing(of: change, intent: intent.intent, client: client)
            }
            try await recorder.close(intent: intent, landings: landings)
        }
        return open.count
    }

    private static func landing(
        of change: IntendedChange,
        intent: Intent,
        client: KubernetesClient
    ) async throws -> Landing {
        switch await client.look(at: change.type, change.key) {
        case .absent:
            return Landing(
                key: change.key,
                state: change.operation == .prune ? .landed : .notLanded,
                message: "the object does not exist"
            )
        case .live(let object): return landing(of: change, on: object, intent: intent)
        case .unknown(let error):
            guard let refusal = error as? KubernetesError, !refusal.isRetryable else { throw error }
            return Landing(key: change.key, state: .unknown, message: String(describing: refusal))
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
