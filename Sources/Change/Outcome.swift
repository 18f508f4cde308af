// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Kubernetes

/// What became of one planned change.
package struct ChangeResult: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable {
        case succeeded
        /// The server took the deletion, and the object is there until its finalizers, or the grace period, are through.
        case terminating
        case failed
        /// The server broke off, or was lost, and nobody can say whether it did what was asked.
        case unknown
        /// Not tried, because something that it depends on failed or the run was ended.
        case skipped
    }

    package let change: PlannedChange
    package let status: Status
    /// The HTTP status of the API server's answer; `nil` where there was none.
    package let httpStatus: Int?
    package let uid: String?
    package let resourceVersion: String?
    /// Joins this write with the API server's own audit log.
    package let auditID: String?
    /// Further writes of the same change, such as those that move the ownership of fields.
    package let otherAuditIDs: [String]
    /// Why it failed, without Secret values.
    package let message: String?
    /// The digest of what the server holds after the write, cut to the fields that we own.
    package let settled: ContentDigest?
    /// What others have beside ours in the object as it is after the write.
    package let additions: [JSONPointer]
    /// What has to be there, or well, before it can be tried.
    package let waitsFor: ObjectKey?

    package init(
        change: PlannedChange,
        status: Status,
        httpStatus: Int? = nil,
        uid: String? = nil,
        resourceVersion: String? = nil,
        auditID: String? = nil,
        otherAuditIDs: [String] = [],
        message: String? = nil,
        settled: ContentDigest? = nil,
        additions: [JSONPointer] = [],
        waitsFor: ObjectKey? = nil
    ) {
        self.additions = additions
        self.waitsFor = waitsFor
        self.change = change
        self.status = status
        self.httpStatus = httpStatus
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.auditID = auditID
        self.otherAuditIDs = otherAuditIDs
        self.message = message
        self.settled = settled
    }

    /// Whether the server did what was intended. Of an object that was not there any more nothing was deleted.
    package var wasCarriedOut: Bool {
        switch status {
        case .succeeded: change.operation != .prune || httpStatus != 404
        case .terminating: true
        case .failed, .unknown, .skipped: false
        }
    }
}

/// How an object does, in the words of kstatus.
package enum Health: String, Sendable, Hashable {
    case current = "Current"
    case inProgress = "InProgress"
    case failed = "Failed"
    case terminating = "Terminating"
    case notFound = "NotFound"
    case unknown = "Unknown"
}

/// One object's health and the reason for it.
package struct ObjectHealth: Sendable, Hashable {
    package let key: ObjectKey
    package let health: Health
    package let message: String

    package init(key: ObjectKey, health: Health, message: String) {
        self.key = key
        self.health = health
        self.message = message
    }
}

/// What came of a plan.
package struct Outcome: Sendable, Hashable {
    package let plan: Plan
    package let results: [ChangeResult]
    package let health: [ObjectHealth]

    package init(plan: Plan, results: [ChangeResult], health: [ObjectHealth]) {
        self.plan = plan
        self.results = results
        self.health = health
    }

    package var failed: [ChangeResult] { results.filter { $0.status == .failed || $0.status == .unknown } }
}
