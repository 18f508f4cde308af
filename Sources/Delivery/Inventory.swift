// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Change
package import Concurrency
package import Kubernetes

/// One object that an Environment has applied, or was about to.
package struct InventoryEntry: Sendable, Hashable {
    package let type: GroupVersionKind
    package let key: ObjectKey
    /// The commit that was accepted for the object.
    package let commit: String
    package let manifestDigest: ContentDigest?
    package let sourcePath: String
    package var prune: PruneRule

    package init(
        type: GroupVersionKind,
        key: ObjectKey,
        commit: String,
        manifestDigest: ContentDigest?,
        sourcePath: String,
        prune: PruneRule = .allowed
    ) {
        self.prune = prune
        self.type = type
        self.key = key
        self.commit = commit
        self.manifestDigest = manifestDigest
        self.sourcePath = sourcePath
    }

    func moved(to type: GroupVersionKind) -> InventoryEntry {
        InventoryEntry(
            type: type,
            key: key,
            commit: commit,
            manifestDigest: manifestDigest,
            sourcePath: sourcePath,
            prune: prune
        )
    }
}

extension [ObjectKey: InventoryEntry] {
    /// What the record says was applied, or was about to be.
    package init(_ recorded: [RecordedObject]) {
        let entries = recorded.map { object in
            InventoryEntry(
                type: object.type,
                key: object.key,
                commit: object.commit,
                manifestDigest: object.settled?.manifest,
                sourcePath: object.sourcePath,
                prune: object.prune
            )
        }
        self.init(uniqueKeysWithValues: entries.map { ($0.key, $0) })
    }
}

/// Where an Environment's inventory is kept.
package protocol InventoryStore: Sendable {
    func load(deadline: Deadline) async throws -> [ObjectKey: InventoryEntry]
    func save(_ entries: [ObjectKey: InventoryEntry], deadline: Deadline) async throws
    /// Why so many entries cannot be kept; `nil` if they can.
    func fault(of entries: [ObjectKey: InventoryEntry]) -> String?
}

extension InventoryStore {
    package func fault(of entries: [ObjectKey: InventoryEntry]) -> String? { nil }
}
