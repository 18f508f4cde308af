// SPDX-License-Identifier: Apache-2.0

internal import Audit
package import Change
internal import Git
package import Kubernetes

/// What becomes of that which was applied and which no file asks for any more. Pure.
package struct Prunes: Sendable {
    /// What is known of one such object.
    package enum Sight: Sendable, Hashable {
        case live(LiveSummary)
        case absent
        /// Its kind is not served any more, or its list failed: with the reason.
        case unknown(String)
    }

    /// Kinds whose deletion takes along what nobody named.
    package static let protectedKinds: Set<GroupKind> = [
        GroupKind(group: "", kind: "Namespace"),
        GroupKind(group: "", kind: "PersistentVolumeClaim"),
        GroupKind(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition"),
    ]

    /// Whether it is only deleted where its manifest confirmed that.
    package static func isProtected(_ entry: InventoryEntry) -> Bool {
        protectedKinds.contains(entry.type.groupKind) && entry.prune != .confirmed
    }

    /// In the order in which they are carried out.
    package private(set) var changes: [PlannedChange] = []
    /// What should go and does not, with the reason.
    package private(set) var findings: [Finding] = []
    /// What leaves the inventory without anything being written.
    package private(set) var released: Set<ObjectKey> = []

    /// What stays, and that is no fault.
    package private(set) var left: [LeftObject] = []

    private let target: Target
    private let memory: Planner.Memory

    /// - Parameter sight: what the cluster shows of an entry.
    package static func decide(
        _ submission: Submission,
        memory: Planner.Memory,
        target: Target,
        sight: (InventoryEntry) -> Sight
    ) -> Prunes {
        var prunes = Prunes(target: target, memory: memory)
        let verdict = submission.verdict
        let kept = submission.kept.union(verdict.allowed.map(\.key))
        // What was refused stays, wherever it would have gone: a refusal need not know the namespace.
        let refused = Set(verdict.findings.compactMap(\.object).map(Name.init))
        let gone = memory.inventory.values.filter { !kept.contains($0.key) && !refused.contains(Name($0.key)) }
        for entry in ApplyOrder.sorted(gone, type: \.type, key: \.key).reversed() {
            prunes.add(entry, sight(entry))
        }
        prunes.holdBack(because: submission.brokenPaths)
        prunes.refuseTooMany(revision: submission.revision)
        return prunes
    }

    /// An object in whatever namespace.
    private struct Name: Hashable {
        let kind: GroupKind
        let name: String

        init(_ key: ObjectKey) {
            kind = GroupKind(group: key.group, kind: key.kind)
            name = key.name
        }
    }

    private init(target: Target, memory: Planner.Memory) {
        self.target = target
        self.memory = memory
    }

    private mutating func add(_ entry: InventoryEntry, _ sight: Sight) {
        guard target.prunes else { return leave(entry, sight) }
        guard entry.prune != .disabled else {
            released.insert(entry.key)
            return
        }
        switch sight {
        case .unknown(let reason):
            refuse(entry, "it can be neither seen nor deleted: \(reason)")
        case .absent where memory.seen.contains(entry.key):
            // The record still has it: that it is gone belongs there, too.
            changes.append(prune(entry, nil))
        case .absent:
            // Gone, as the record knows; or it never came about.
            released.insert(entry.key)
        case .live(let live) where live.isTerminating:
            // Deleted already; it stays in the inventory until its finalizers are through.
            left.append(LeftObject(key: entry.key, reason: .terminating))
        case .live where memory.found.contains(entry.key):
            // Somebody else made it just before we would have.
            released.insert(entry.key)
        case .live(let live) where live.ownerLabel == nil && isAnother(entry, live):
            // Somebody else made it: before we could, or after ours was gone.
            released.insert(entry.key)
        case .live(let live) where live.ownerLabel == nil:
            refuse(
                entry,
                "somebody took away its label \(target.owner.labelKey)=\(target.owner.labelValue): put the label back to have it deleted, or delete it by hand"
            )
        case .live(let live) where live.ownerLabel != target.owner.labelValue || live.otherOwner != nil:
            // Another owner delivers it now.
            released.insert(entry.key)
        case .live where Self.isProtected(entry):
            refuse(
                entry,
                "with a \(entry.type.kind) goes what nobody named: put it back with the annotation \(PruneRule.annotation): confirmed and then remove it, or delete it by hand"
            )
        case .live(let live):
            changes.append(prune(entry, live))
        }
    }

    /// Whether an object is known not to be the one that we made.
    private func isAnother(_ entry: InventoryEntry, _ live: LiveSummary) -> Bool {
        memory.announced.contains(entry.key) || memory.settled[entry.key].map { $0.uid != live.uid } ?? false
    }

    private mutating func leave(_ entry: InventoryEntry, _ sight: Sight) {
        guard entry.prune != .disabled, case .live(let live) = sight, live.ownerLabel == target.owner.labelValue,
            live.otherOwner == nil
        else { return }
        left.append(LeftObject(key: entry.key, reason: live.isTerminating ? .terminating : .notPruned))
    }

    private func prune(_ entry: InventoryEntry, _ live: LiveSummary?) -> PlannedChange {
        PlannedChange(
            operation: .prune,
            type: entry.type,
            key: entry.key,
            uid: live?.uid,
            resourceVersion: live?.resourceVersion,
            before: entry.manifestDigest,
            formerSource: entry.sourcePath.isEmpty ? nil : entry.sourcePath
        )
    }

    private mutating func refuse(_ entry: InventoryEntry, _ reason: String) {
        findings.append(
            Finding(
                rule: "not-pruned",
                message: "no file asks for it any more, but \(reason)",
                object: entry.key
            )
        )
    }

    /// So few may always go: a share of a small set says nothing.
    private static let handful = 10

    /// A commit that takes away a large part of what there is was more often not meant so.
    private mutating func refuseTooMany(revision: Revision?) {
        let count = changes.count { $0.uid != nil }
        let total = memory.inventory.count
        guard count > Self.handful, count * 100 > Int(target.maxPrune) * total, !target.allowsEmpty else { return }
        let commit = revision.map { $0.commit.description } ?? "COMMIT"
        findings.append(
            Finding(
                rule: "too-many-prunes",
                message:
                    "\(count) of \(total) objects would be deleted, which is more than \(target.maxPrune) percent: if that is meant, "
                    + target.consent.words(commit: commit, flag: "--max-prune 100")
            )
        )
        changes = []
    }

    /// Nothing is deleted on the word of files that could not be read: what seems to be gone may have moved there.
    private mutating func holdBack(because broken: Set<String>) {
        guard let file = broken.min() else { return }
        released = []
        guard let first = changes.first else { return }
        let count = changes.count == 1 ? "\(first.key) is" : "\(changes.count) objects, first \(first.key), are"
        findings.append(
            Finding(
                rule: "prunes-held-back",
                message: "\(count) not pruned as long as \(file) cannot be read whole"
            )
        )
        changes = []
    }
}
