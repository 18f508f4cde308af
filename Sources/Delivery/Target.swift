// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Change
package import Kubernetes
package import TaffrailAPI

/// The marks by which a set of objects is told from everything else in the cluster.
package struct Owner: Sendable, Hashable {
    package let labelKey: String
    package let labelValue: String
    package let fieldManager: String

    package init(labelKey: String, labelValue: String, fieldManager: String) {
        self.labelKey = labelKey
        self.labelValue = labelValue
        self.fieldManager = fieldManager
    }
}

/// Where and how a set of objects is delivered: what an Environment says, or the flags of `taffrail apply`.
package struct Target: Sendable {
    /// What to do with an object that somebody else changed.
    package enum Healing: String, Sendable {
        /// Apply it again.
        case on
        /// Apply it again, and take away what others added.
        case strict
        /// Record it, and leave it.
        case report

        package init(_ healing: TaffrailAPI.Environment.Healing) {
            switch healing {
            case .on: self = .on
            case .strict: self = .strict
            case .report: self = .report
            }
        }
    }

    /// Where a person says that a commit may delete as much as it does.
    package enum Consent: Sendable {
        /// On the Environment.
        case annotation
        /// On the command line: what is delivered from a workstation has no Environment.
        case flags

        /// - Parameter flag: the one that says it.
        func words(commit: String, flag: String) -> String {
            switch self {
            case .annotation: "annotate the Environment with \(Ownership.allowPruneAnnotation): \(commit)"
            case .flags: "run it with \(flag)"
            }
        }
    }

    /// The share that an Environment has where it says nothing.
    package static let standardMaxPrune: Int64 = 50

    /// Under which name the record remembers what was applied.
    package let environment: EnvironmentReference
    package let owner: Owner
    package let prunes: Bool
    package let healing: Healing
    /// Field managers that may add to our objects, beside a cluster's own.
    package let allowedManagers: Set<String>
    /// How long applied objects may take to become healthy; zero does not wait.
    package let healthTimeout: Duration
    /// Applies that may be in flight at once.
    package let concurrency: Int
    /// Whether everything that was applied may go at once.
    package let allowsEmpty: Bool
    /// The share of what was applied, in percent, that may be pruned at once. A handful always may.
    package let maxPrune: Int64
    package let consent: Consent

    package init(
        environment: EnvironmentReference,
        owner: Owner,
        prunes: Bool,
        healing: Healing,
        allowedManagers: Set<String> = [],
        healthTimeout: Duration,
        concurrency: Int = 8,
        allowsEmpty: Bool = false,
        maxPrune: Int64 = 100,
        consent: Consent = .annotation
    ) {
        self.consent = consent
        self.maxPrune = maxPrune
        self.environment = environment
        self.owner = owner
        self.prunes = prunes
        self.healing = healing
        self.allowedManagers = allowedManagers
        self.healthTimeout = healthTimeout
        self.concurrency = concurrency
        self.allowsEmpty = allowsEmpty
    }
}

/// A set of objects that was judged and is to be delivered.
package struct Submission: Sendable {
    package let verdict: Verdict
    /// `nil` where no commit is behind it, as for a ModelDeployment that was made by hand.
    package let revision: Revision?
    /// What is written on each object as its revision.
    package let revisionText: String?
    /// Files that could not be read whole: what came from them is not pruned.
    package let brokenPaths: Set<String>
    /// Objects that are left as they are: neither applied nor pruned.
    package let kept: Set<ObjectKey>

    package init(
        verdict: Verdict,
        revision: Revision?,
        revisionText: String?,
        brokenPaths: Set<String> = [],
        kept: Set<ObjectKey> = []
    ) {
        self.verdict = verdict
        self.revision = revision
        self.revisionText = revisionText
        self.brokenPaths = brokenPaths
        self.kept = kept
    }
}
