// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Concurrency
package import Kubernetes

/// The inventory of `taffrail apply` from a workstation: what its own log says it has applied.
package struct LogInventory: InventoryStore {
    private let recorder: Recorder
    private let environment: EnvironmentReference

    package init(recorder: Recorder, environment: EnvironmentReference) {
        self.recorder = recorder
        self.environment = environment
    }

    package func load(deadline: Deadline) async throws -> [ObjectKey: InventoryEntry] {
        Dictionary(try await recorder.recorded(in: environment))
    }

    /// Nothing to do: the next run reads the intent, and the outcome if there is one.
    package func save(_ entries: [ObjectKey: InventoryEntry], deadline: Deadline) async throws {}
}
