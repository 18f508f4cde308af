// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Concurrency
internal import Kubernetes

/// What is left of the objects of an Environment that is being deleted.
///
/// It is kept here as well as in the `Inventory`, which may be gone before the Environment is, as where the whole namespace is deleted. That is no
/// reason to stop: every prune is on record before it is made.
actor DepartingInventory: InventoryStore {
    private let kept: ClusterInventory
    private let recorded: LogInventory
    private var entries: [ObjectKey: InventoryEntry]?

    init(kept: ClusterInventory, recorded: LogInventory) {
        self.kept = kept
        self.recorded = recorded
    }

    func load(deadline: Deadline) async throws -> [ObjectKey: InventoryEntry] {
        if let entries { return entries }
        let loaded = try await recorded.load(deadline: deadline)
            .merging(kept.load(deadline: deadline)) { _, kept in kept }
        entries = loaded
        return loaded
    }

    func holds(_ key: ObjectKey) -> Bool { entries?[key] != nil }

    /// What is known where not everything can be read.
    func known(deadline: Deadline) async throws -> [ObjectKey: InventoryEntry] {
        if let entries { return entries }
        return try await recorded.load(deadline: deadline)
    }

    func save(_ entries: [ObjectKey: InventoryEntry], deadline: Deadline) async throws {
        self.entries = entries
        try? await kept.save(entries, deadline: deadline)
    }
}
