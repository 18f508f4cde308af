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
        let isPrune = change.operation == .prune
        do {
            let object = try await client.get(
                change.type,
                namespace: change.key.namespace,
                name: change.key.name,
                deadline: .after(.seconds(15))
            )
            if isPrune {
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
        } catch let error as KubernetesError where error.code == .notFound {
            return Landing(
                key: change.key,
                state: isPrune ? .landed : .notLanded,
                message: "the object does not exist"
            )
        } catch let error as KubernetesError where !error.isRetryable {
            return Landing(key: change.key, state: .unknown, message: String(describing: error))
        }
    }
}
