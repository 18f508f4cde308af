// SPDX-License-Identifier: Apache-2.0

import Audit
import Change
import Delivery
import JSON
import Kubernetes
import Testing

@Suite struct PruneTests {
    private static let owner = Ownership.environment(namespace: "models", name: "production")
    private static let target = Target(
        environment: EnvironmentReference(namespace: "models", name: "production"),
        owner: owner,
        prunes: true,
        healing: .on,
        healthTimeout: .zero
    )

    private static func entry(
        _ kind: String = "ConfigMap",
        group: String = "",
        _ prune: PruneRule = .allowed
    ) -> InventoryEntry {
        InventoryEntry(
            type: GroupVersionKind(group: group, version: "v1", kind: kind),
            key: ObjectKey(group: group, kind: kind, namespace: "models", name: "a"),
            commit: "",
            manifestDigest: nil,
            sourcePath: "a.yaml",
            prune: prune
        )
    }

    private static func live(
        _ label: String? = owner.labelValue,
        otherOwner: String? = nil,
        isTerminating: Bool = false
    ) -> Prunes.Sight {
        .live(
            LiveSummary(
                uid: "u",
                resourceVersion: "7",
                ownerLabel: label,
                otherOwner: otherOwner,
                isTerminating: isTerminating
            )
        )
    }

    private func decide(
        _ entry: InventoryEntry,
        _ sight: Prunes.Sight,
        record: Record = .applied,
        findings: [Finding] = [],
        broken: Set<String> = []
    ) -> Prunes {
        var settled: SettledObject?
        if case .settled(let uid) = record {
            let digest = ContentDigest(algorithm: .sha256, hex: "00")
            settled = SettledObject(type: entry.type, uid: uid, resourceVersion: "", settled: digest, manifest: digest)
        }
        let recorded = RecordedObject(
            type: entry.type,
            key: entry.key,
            commit: "",
            sourcePath: "a.yaml",
            prune: entry.prune,
            wasThere: record != .announced && record != .found,
            wasFound: record == .found,
            settled: settled
        )
        return Prunes.decide(
            Submission(
                verdict: Verdict(allowed: [], findings: findings),
                revision: nil,
                revisionText: nil,
                brokenPaths: broken
            ),
            memory: Planner.Memory(recorded: record == .none ? [] : [recorded], inventory: [entry.key: entry]),
            target: Self.target,
            sight: { _ in sight }
        )
    }

    /// What the record says of the entry.
    enum Record: Sendable, Equatable {
        case none, announced, applied, found
        case settled(_ uid: String)
    }

    struct Row: Sendable {
        let what: String
        let entry: InventoryEntry
        let sight: Prunes.Sight
        var record = Record.applied
        /// Deleted, refused or let go; `nil` for left as it is.
        let end: End?

        enum End: Sendable { case deleted, refused, released }
    }

    @Test(arguments: [nil, "models", "other"])
    func `what is refused stays, whatever namespace the refusal names`(namespace: String?) {
        let entry = Self.entry()
        let key = ObjectKey(group: entry.key.group, kind: entry.key.kind, namespace: namespace, name: entry.key.name)
        let finding = Finding(rule: "bad-annotation", message: "x", object: key)
        let prunes = decide(entry, Self.live(), findings: [finding])
        #expect(prunes.changes.isEmpty && prunes.released.isEmpty)
    }

    @Test(arguments: [
        Row(what: "ours", entry: entry(), sight: live(), end: .deleted),
        Row(what: "gone, and the record does not know", entry: entry(), sight: .absent, end: .deleted),
        Row(what: "gone, as the record says", entry: entry(), sight: .absent, record: .none, end: .released),
        Row(what: "announced, and never made", entry: entry(), sight: .absent, record: .announced, end: .released),
        Row(what: "being deleted", entry: entry(), sight: live(isTerminating: true), end: nil),
        Row(what: "its list failed", entry: entry(), sight: .unknown("HTTP 403"), end: .refused),
        Row(what: "its label was taken away", entry: entry(), sight: live(nil), end: .refused),
        Row(what: "made by another, before us", entry: entry(), sight: live(nil), record: .announced, end: .released),
        Row(what: "found when it was to be made", entry: entry(), sight: live(), record: .found, end: .released),
        Row(what: "made anew by another", entry: entry(), sight: live(nil), record: .settled("v"), end: .released),
        Row(
            what: "without its label, but ours",
            entry: entry(),
            sight: live(nil),
            record: .settled("u"),
            end: .refused
        ),
        Row(what: "another Environment has it", entry: entry(), sight: live("other"), end: .released),
        Row(what: "a ModelDeployment has it", entry: entry(), sight: live(otherOwner: "x"), end: .released),
        Row(what: "told to stay", entry: entry("ConfigMap", .disabled), sight: live(), end: .released),
        Row(what: "a claim", entry: entry("PersistentVolumeClaim"), sight: live(), end: .refused),
        Row(what: "a namespace", entry: entry("Namespace"), sight: live(), end: .refused),
        Row(what: "a confirmed namespace", entry: entry("Namespace", .confirmed), sight: live(), end: .deleted),
        Row(
            what: "a definition",
            entry: entry("CustomResourceDefinition", group: "apiextensions.k8s.io"),
            sight: live(),
            end: .refused
        ),
    ])
    func `what no file asks for any more goes only where that is sure`(row: Row) {
        let prunes = decide(row.entry, row.sight, record: row.record)
        #expect(prunes.changes.map(\.key) == (row.end == .deleted ? [row.entry.key] : []), "\(row.what)")
        #expect(prunes.findings.map(\.rule) == (row.end == .refused ? ["not-pruned"] : []), "\(row.what)")
        #expect(prunes.released == (row.end == .released ? [row.entry.key] : []), "\(row.what)")
        if case .live(let summary) = row.sight, let change = prunes.changes.first {
            #expect(change.uid == summary.uid && change.resourceVersion == summary.resourceVersion)
        }
    }

    @Test func `what was refused stays, and so does everything while a file cannot be read`() {
        let entry = Self.entry()
        let finding = Finding(rule: "x", message: "refused", object: entry.key)
        #expect(decide(entry, Self.live(), findings: [finding]).changes.isEmpty)
        // It may have moved there, whatever the inventory says where it was.
        let held = decide(entry, Self.live(), broken: ["b.yaml"])
        #expect(held.changes.isEmpty && held.findings.map(\.rule) == ["prunes-held-back"])
        #expect(held.findings.first?.message.contains("ConfigMap/models/a is not pruned as long as b.yaml") == true)
    }
}
