// SPDX-License-Identifier: Apache-2.0

package import Change

/// A plain rolling hand-over between two revisions of a model: the new workload becomes ready, then traffic moves to it, then the old
/// workload goes. A revision that never becomes ready never gets traffic.
package struct HandOver: Sendable, Hashable {
    /// What runs of a ModelDeployment.
    package struct Observed: Sendable, Hashable {
        /// The revision that the Service sends traffic to; `nil` where there is no Service yet.
        package let servingRevision: String?
        /// The health of each workload, by its revision.
        package let workloads: [String: Health]

        package init(servingRevision: String?, workloads: [String: Health]) {
            self.servingRevision = servingRevision
            self.workloads = workloads
        }
    }

    package enum Phase: String, Sendable, Hashable {
        /// The new revision is not ready; traffic stays where it is.
        case preparing = "Preparing"
        /// The new revision is ready; traffic moves now.
        case switching = "Switching"
        /// The new revision has the traffic; older workloads go now.
        case retiring = "Retiring"
        /// One revision runs and serves.
        case complete = "Complete"
        /// The new revision failed; traffic stays where it is.
        case failed = "Failed"
    }

    package let phase: Phase
    /// Whether the Service is applied, with the new revision as its target; otherwise it is left as it is.
    package let movesTraffic: Bool
    /// Revisions whose workloads are left running.
    package let keptRevisions: Set<String>

    /// - Parameter revision: the one that the ModelDeployment asks for.
    package static func decide(revision: String, observed: Observed) -> HandOver {
        let others = Set(observed.workloads.keys).subtracting([revision])
        let health = observed.workloads[revision]
        guard let serving = observed.servingRevision else {
            // Nobody is served yet, so there is nothing to protect: the Service may point at what is starting.
            return HandOver(phase: health == .failed ? .failed : .preparing, movesTraffic: true, keptRevisions: [])
        }
        guard serving == revision else {
            switch health {
            case .current:
                return HandOver(phase: .switching, movesTraffic: true, keptRevisions: others)
            case .failed:
                return HandOver(phase: .failed, movesTraffic: false, keptRevisions: others)
            default:
                return HandOver(phase: .preparing, movesTraffic: false, keptRevisions: others)
            }
        }
        switch health {
        case .current:
            return HandOver(phase: others.isEmpty ? .complete : .retiring, movesTraffic: true, keptRevisions: [])
        case .failed:
            return HandOver(phase: .failed, movesTraffic: true, keptRevisions: others)
        default:
            return HandOver(phase: .preparing, movesTraffic: true, keptRevisions: others)
        }
    }
}
