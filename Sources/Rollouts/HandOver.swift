// SPDX-License-Identifier: Apache-2.0

package import Change

/// A plain rolling hand-over between two revisions of a model: the new workload becomes ready, then traffic moves to it, then the old
/// workload goes. A revision that never becomes ready never gets traffic, and the one that serves is never taken away for it.
package struct HandOver: Sendable, Hashable {
    /// What runs of a ModelDeployment.
    package struct Observed: Sendable, Hashable {
        /// The revision that the Service sends traffic to; `nil` where there is no Service.
        package let servingRevision: String?
        /// The revision that served when this was last looked at: what a Service that was deleted pointed at.
        package let lastServing: String?
        /// Whether there is a Service of that name that sends traffic to something else than a revision of this model.
        package let servesOthers: Bool
        /// The health of each workload, by its revision.
        package let workloads: [String: Health]
        /// Of each workload, by its revision.
        package let readyReplicas: [String: Int64]

        package init(
            servingRevision: String?,
            lastServing: String? = nil,
            servesOthers: Bool = false,
            workloads: [String: Health],
            readyReplicas: [String: Int64] = [:]
        ) {
            self.servesOthers = servesOthers
            self.readyReplicas = readyReplicas
            self.servingRevision = servingRevision
            self.lastServing = lastServing
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
    /// The revision that serves after this step; `nil` where none does.
    package let serving: String?
    /// The revision that the Service is applied with; `nil` leaves the Service as it is.
    package let traffic: String?
    /// Revisions whose workloads are left running.
    package let keptRevisions: Set<String>

    /// - Parameters:
    ///   - revision: the one that the ModelDeployment asks for.
    ///   - hasService: whether it has ports, and so a Service. Without one, a workload serves as soon as it is ready.
    package static func decide(revision: String, hasService: Bool, observed: Observed) -> HandOver {
        let others = Set(observed.workloads.keys).subtracting([revision])
        let health = observed.workloads[revision]
        let serving = serving(revision: revision, hasService: hasService, observed: observed)
        guard let serving else {
            // Nobody is known to be served, so there is nothing to protect: the Service may point at what is starting. Unless it serves something else, or pods
            // whose workload somebody took away.
            let isFree = !observed.servesOthers && [nil, revision].contains(observed.servingRevision)
            return HandOver(
                phase: health == .failed ? .failed : .preparing,
                serving: nil,
                traffic: hasService && isFree ? revision : nil,
                keptRevisions: others
            )
        }
        guard serving == revision else {
            let isReady = health == .current
            // A Service that somebody deleted, or turned to a revision that does not run, comes back where it was.
            let restored = hasService && observed.servingRevision != serving ? serving : nil
            return HandOver(
                phase: isReady ? .switching : health == .failed ? .failed : .preparing,
                serving: isReady ? revision : serving,
                traffic: isReady && hasService ? revision : restored,
                keptRevisions: others
            )
        }
        let isHealthy = health == .current
        return HandOver(
            phase: isHealthy ? (others.isEmpty ? .complete : .retiring) : health == .failed ? .failed : .preparing,
            serving: revision,
            traffic: hasService ? revision : nil,
            keptRevisions: isHealthy ? [] : others
        )
    }

    private static func serving(revision: String, hasService: Bool, observed: Observed) -> String? {
        if hasService, let revision = observed.servingRevision, observed.workloads[revision] != nil { return revision }
        let ready = observed.workloads.filter { $0.value == .current }.keys.sorted()
        if !hasService, ready.contains(revision) { return revision }
        if let last = observed.lastServing, ready.contains(last) { return last }
        return ready.first { $0 != revision } ?? ready.first
    }
}
