// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Kubernetes

/// What is to happen to one object.
package enum Operation: String, Sendable, Hashable, CaseIterable {
    case create
    case update
    /// The object is there but nobody recorded it as ours: its fields are taken over.
    case adopt
    /// The object was ours and settled, and somebody else changed it.
    case heal
    case prune
    case none
}

/// One field that differs. Values of Secrets are marks, never the values.
package struct FieldDiff: Sendable, Hashable {
    package let field: JSONPointer
    /// `nil` where the field is added.
    package let before: JSONValue?
    /// `nil` where the field goes.
    package let after: JSONValue?

    package init(field: JSONPointer, before: JSONValue?, after: JSONValue?) {
        self.field = field
        self.before = before
        self.after = after
    }
}

/// Why an object is written although none of its fields would differ.
package enum SilentReason: String, Sendable, Hashable {
    /// Fields would become ours, or would cease to be, whose values stay.
    case ownership
    /// The record does not know the object as it is, and is to.
    case record
}

/// One object's part of a plan.
package struct PlannedChange: Sendable, Hashable {
    package let operation: Operation
    package let type: GroupVersionKind
    package let key: ObjectKey
    /// `nil` for a prune.
    package let desired: DesiredObject?
    package let diffs: [FieldDiff]
    /// Why it is written nevertheless, where there are no diffs.
    package let silentReason: SilentReason?
    /// Who changed the object behind our back, for a heal.
    package let foreignManagers: [String]
    /// The live object's identity, for preconditions; `nil` where it does not exist yet.
    package let uid: String?
    package let resourceVersion: String?
    /// What could not be known here, in words: *not checked by the server: its namespace is created by the same commit*.
    package let notChecked: String?
    /// The digest of what was there before, masked and keyed for Secrets.
    package let before: ContentDigest?
    /// The digest of what is ours in the object as it is live, for a heal.
    package let ownedState: ContentDigest?
    package let ownership: OwnershipChange
    /// What others put beside what is ours: each with the value that is there.
    package let additions: [FieldDiff]
    /// What Git says about deleting the object.
    package let prune: PruneRule
    /// For a prune, the file that asked for the object last.
    package let formerSource: String?
    /// Whether the object is deleted and made anew, since the server does not let it be changed in place.
    package let recreates: Bool

    package init(
        operation: Operation,
        type: GroupVersionKind,
        key: ObjectKey,
        desired: DesiredObject? = nil,
        diffs: [FieldDiff] = [],
        silentReason: SilentReason? = nil,
        foreignManagers: [String] = [],
        uid: String? = nil,
        resourceVersion: String? = nil,
        notChecked: String? = nil,
        before: ContentDigest? = nil,
        ownedState: ContentDigest? = nil,
        ownership: OwnershipChange = .none,
        additions: [FieldDiff] = [],
        prune: PruneRule? = nil,
        formerSource: String? = nil,
        recreates: Bool = false
    ) {
        self.recreates = recreates
        self.formerSource = formerSource
        self.prune = prune ?? desired?.rules.prune ?? .allowed
        self.ownership = ownership
        self.additions = additions
        self.silentReason = silentReason
        self.ownedState = ownedState
        self.operation = operation
        self.type = type
        self.key = key
        self.desired = desired
        self.diffs = diffs
        self.foreignManagers = foreignManagers
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.notChecked = notChecked
        self.before = before
    }

    /// The additions that stay as they are: whoever heals strictly takes them away.
    package var leftAdditions: [FieldDiff] { ownership.removesAdditions ? [] : additions }

    /// In which ways the live object differs from what was applied; empty where it does not, or was not applied before.
    package var drift: Set<DriftClass> {
        var classes: Set<DriftClass> = additions.isEmpty ? [] : [.addition]
        guard operation == .heal else { return classes }
        guard uid != nil else { return [.removed] }
        let fields = diffs.filter { $0.after != nil }
        if fields.contains(where: { $0.before == nil }) { classes.insert(.removed) }
        if fields.contains(where: { $0.before != nil }) || classes.isEmpty { classes.insert(.changed) }
        return classes
    }
}

/// The judge's word on a revision: what may go on, and what stops where.
package struct Verdict: Sendable, Hashable {
    /// What may be applied.
    package let allowed: [DesiredObject]
    /// What its author wants to be left alone: neither applied nor deleted.
    package let left: [ObjectKey: PruneRule]
    /// Why each of the others may not; findings without an object stop a whole file.
    package let findings: [Finding]

    package init(allowed: [DesiredObject], left: [ObjectKey: PruneRule] = [:], findings: [Finding]) {
        self.allowed = allowed
        self.left = left
        self.findings = findings
    }
}

/// An object that no file asks for any more, and that is there nevertheless.
package struct LeftObject: Sendable, Hashable {
    package enum Reason: String, Sendable, Hashable {
        /// Nobody allowed prunes.
        case notPruned = "not-pruned"
        /// It was deleted, and something still holds it.
        case terminating
    }

    package let key: ObjectKey
    package let reason: Reason

    package init(key: ObjectKey, reason: Reason) {
        self.key = key
        self.reason = reason
    }
}

/// Everything that would change, in the order in which it would.
package struct Plan: Sendable, Hashable {
    /// `nil` where no commit is behind it.
    package let revision: Revision?
    package let changes: [PlannedChange]
    package let findings: [Finding]
    package let left: [LeftObject]

    package init(
        revision: Revision?,
        changes: [PlannedChange],
        findings: [Finding],
        left: [LeftObject] = []
    ) {
        self.left = left
        self.revision = revision
        self.changes = changes
        self.findings = findings
    }

    /// Those that write to the cluster.
    package var writes: [PlannedChange] { changes.filter { $0.operation != .none } }
}
