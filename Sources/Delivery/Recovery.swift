// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
internal import Concurrency
internal import JSON
package import Kubernetes

/// Closes intents that a crash left open: looks which of the announced writes landed, and records it.
///
/// Every write puts the index of its intent on the object, so a live object tells by itself whether the write reached it.
package struct Recovery: Sendable {
    private let client: KubernetesClient
    private let recorder: Recorder

    package init(client: KubernetesClient, recorder: Recorder) {
        self.client = client
        self.recorder = recorder
    }

    /// - Returns: how many intents were open.
    @discardableResult
    package func closeOpenIntents() async throws -> Int {
        let open = try await recorder.openIntents()
        for intent in open {
            let client = client
            let landings = try await intent.changes.concurrentMap(limit: 8) { change in
                try await Self.landing(of: change, intent: intent.index, client: client)
            }
            try await recorder.close(intent: intent, landings: landings)
        }
        return open.count
    }

    private static func landing(
        of change: IntendedChange,
        intent: UInt64,
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
            let index = object["metadata"]?["annotations"]?[Ownership.auditIndexAnnotation]?.stringValue
            let hasLanded = index == String(intent)
            return Landing(
                key: change.key,
                state: hasLanded ? .landed : .notLanded,
                message: hasLanded
                    ? "the live object carries this intent's index"
                    : "the live object carries \(index.map { "the index of intent \($0)" } ?? "no intent's index")"
            )
        } catch let error as KubernetesError where error.code == .notFound {
            return Landing(
                key: change.key,
                state: isPrune ? .landed : .notLanded,
                message: "the object does not exist"
            )
        } catch let error as KubernetesError {
            return Landing(key: change.key, state: .unknown, message: String(describing: error))
        }
    }
}
