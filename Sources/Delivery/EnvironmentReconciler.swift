// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
package import Concurrency
internal import Git
package import JSON
package import Kubernetes
internal import TaffrailAPI

/// Keeps one Environment as its repository says.
package actor EnvironmentReconciler {
    package static let requestAnnotation = "taffrail.dev/requestedAt"

    private static let type = GroupVersionKind(group: "taffrail.dev", version: "v1alpha1", kind: "Environment")

    private let client: KubernetesClient
    private let recorder: Recorder
    private let clock: WallClock
    private var history: History = {
        // Nothing is known after a start.
        var history = History()
        history.unsettled = .all
        return history
    }()
    private var backoff = Backoff(base: .seconds(1), limit: .seconds(60))
    private var nextLook: ContinuousClock.Instant?
    /// The status that was written in this run, which the object at hand does not have yet.
    private var shown: JSONValue?
    private var handled: Handled?

    /// What the last look was about; anything else is a reason to look at once.
    private struct Handled: Hashable {
        let commit: String
        let generation: Int64
        let request: String?
        let allowedPrune: String?
    }

    package init(client: KubernetesClient, recorder: Recorder, clock: WallClock) {
        self.client = client
        self.recorder = recorder
        self.clock = clock
    }

    /// Compares and applies, if there is a reason to.
    ///
    /// - Parameters:
    ///   - object: the Environment as the API server holds it.
    ///   - source: its repository as it was last fetched.
    ///   - isSuperseded: whether a newer commit was fetched meanwhile.
    package func reconcile(
        _ object: JSONValue,
        source: EnvironmentSource,
        deadline: Deadline,
        isSuperseded: @escaping @Sendable () async -> Bool
    ) async throws {
        shown = nil
        let resource: TaffrailAPI.Environment
        do {
            resource = try TaffrailAPI.Environment.decode(object)
        } catch {
            return try await report(
                object,
                Report(ready: false, reason: "InvalidSpec", message: String(describing: error)),
                deadline: deadline
            )
        }
        guard !resource.metadata.isBeingDeleted else { return }
        guard !resource.spec.isSuspended else {
            return try await report(
                object,
                Report(ready: nil, reason: "Suspended", message: "suspended: everything is left as it is"),
                deadline: deadline
            )
        }
        guard case .fetched(let source) = source else {
            let name = resource.spec.repository.name
            let message =
                switch source {
                case .missing: "there is no ConfigRepository '\(name)' in this namespace"
                default: "the ConfigRepository '\(name)' was not fetched yet"
                }
            return try await report(
                object,
                Report(ready: nil, reason: "ArtifactMissing", message: message),
                deadline: deadline
            )
        }
        let annotations = resource.metadata.annotations
        let request = annotations[Self.requestAnnotation]
        let reason = Handled(
            commit: source.commit.description,
            generation: resource.metadata.generation ?? 0,
            request: request,
            allowedPrune: annotations[Ownership.allowPruneAnnotation]
        )
        guard handled != reason || nextLook.map({ $0 <= .now }) ?? true else { return }
        let outcome = await attempt(resource, object, source: source, deadline: deadline, isSuperseded: isSuperseded)
        handled = reason
        if outcome.retriesSoon {
            nextLook = .now + backoff.next()
        } else {
            backoff.reset()
            nextLook = .now + (resource.spec.interval?.duration ?? .seconds(60))
        }
        try await report(object, outcome, request: request, deadline: deadline)
    }

    private func attempt(
        _ resource: TaffrailAPI.Environment,
        _ object: JSONValue,
        source: FetchedRepository,
        deadline: Deadline,
        isSuperseded: @escaping @Sendable () async -> Bool
    ) async -> Report {
        do {
            return try await deliver(resource, object, source: source, deadline: deadline, isSuperseded: isSuperseded)
        } catch let error as DeliveryError where !error.isRetryable {
            return Report(
                ready: false,
                reason: "Refused",
                message: String(describing: error),
                attempted: source.revisionText
            )
        } catch let error as GitError where error.code == .limitExceeded || error.code == .malformedCommit {
            return Report(
                ready: false,
                reason: "Refused",
                message: String(describing: error),
                attempted: source.revisionText
            )
        } catch let error as GitError where error.code == .objectNotFound || error.code == .unsafePath {
            return Report(
                ready: false,
                reason: "InvalidPath",
                message: String(describing: error),
                attempted: source.revisionText
            )
        } catch {
            return Report(
                ready: false,
                reason: "ReconciliationFailed",
                message: String(describing: error),
                attempted: source.revisionText,
                retriesSoon: true
            )
        }
    }

    private func deliver(
        _ resource: TaffrailAPI.Environment,
        _ object: JSONValue,
        source: FetchedRepository,
        deadline: Deadline,
        isSuperseded: @escaping @Sendable () async -> Bool
    ) async throws -> Report {
        let reference = EnvironmentReference(
            namespace: resource.metadata.namespace ?? "default",
            name: resource.metadata.name
        )
        let path = resource.spec.path.split(separator: "/").joined(separator: "/")
        let checkout = try await Checkout.read(
            source.repository,
            commit: source.commit,
            url: source.url,
            branch: source.branch,
            path: path
        )
        let account = client.impersonating(
            serviceAccount: resource.spec.serviceAccountName,
            namespace: reference.namespace
        )
        let road = Road(
            client: account,
            secrets: recorder.secrets,
            target: target(resource, reference, commit: source.commit),
            observer: RoadObserver { await self.note($0, of: checkout.revision, object, deadline: deadline) }
        )
        let submission = try await road.judge(
            checkout,
            overlay: Overlay(resource.spec),
            namespace: resource.spec.targetNamespace
        )
        let delivered = try await road.deliver(
            submission,
            recorder: recorder,
            inventory: ClusterInventory(
                client: client,
                environment: reference,
                ownerUID: resource.metadata.uid ?? ""
            ),
            context: RunContext(
                runID: try RunContext.newRunID(),
                loop: .delivery,
                environment: reference,
                revision: checkout.revision,
                commitBytes: checkout.commitBytes
            ),
            history: history,
            deadline: deadline,
            isSuperseded: isSuperseded
        )
        history = delivered.history
        return Report(delivered.outcome, healing: resource.spec.healing, revision: checkout.revision.description)
    }

    private func target(
        _ resource: TaffrailAPI.Environment,
        _ reference: EnvironmentReference,
        commit: ObjectID
    ) -> Target {
        let allowed = resource.metadata.annotations[Ownership.allowPruneAnnotation]
        return Target(
            environment: reference,
            owner: Ownership.environment(namespace: reference.namespace, name: reference.name),
            prunes: resource.spec.prunes,
            healing: Target.Healing(resource.spec.healing),
            allowedManagers: Set(resource.spec.allowedManagers),
            healthTimeout: resource.spec.timeout?.duration ?? .seconds(300),
            allowsEmpty: allowed == commit.description,
            maxPrune: resource.spec.maxPrune
        )
    }

    // MARK: - Status

    /// Says what goes on while it takes long: a status for the beginning of each stage, and none where nothing is written. Nothing depends on
    /// it, so that one that cannot be written stops nothing.
    private func note(_ step: RoadStep, of revision: Revision, _ object: JSONValue, deadline: Deadline) async {
        let text: String
        switch step {
        case .applying(0, let count): text = "applying \(count) changes of \(revision)"
        case .waiting: text = "waiting for what was applied of \(revision) to become healthy"
        case .planning, .applying: return
        }
        let report = Report(ready: nil, reason: "Progressing", message: text)
        try? await self.report(object, report, deadline: deadline)
    }

    private struct Report {
        /// `nil` while nobody can say.
        let ready: Bool?
        let reason: String
        let message: String
        var attempted: String?
        var applied: String?
        var retriesSoon = false

        init(
            ready: Bool?,
            reason: String,
            message: String,
            attempted: String? = nil,
            retriesSoon: Bool = false
        ) {
            self.ready = ready
            self.reason = reason
            self.message = message
            self.attempted = attempted
            self.retriesSoon = retriesSoon
        }

        init(_ outcome: Outcome, healing: TaffrailAPI.Environment.Healing, revision: String) {
            attempted = revision
            let unhealthy = outcome.health.filter { $0.health != .current }
            let drifted = outcome.plan.changes.filter { !$0.drift.isEmpty }
            let skipped = outcome.results.first { $0.status == .skipped }
            if let failed = outcome.failed.first {
                ready = false
                reason = "ReconciliationFailed"
                let place = failed.change.desired.map { "\($0.location): " } ?? ""
                message =
                    "\(outcome.failed.count.counted("object")) failed, first \(place)\(failed.change.key): \(failed.message ?? "failed")"
                retriesSoon = true
            } else if let skipped {
                ready = false
                reason = "DependencyNotReady"
                message = "\(skipped.change.key) was not applied: \(skipped.message ?? "skipped")"
                retriesSoon = true
            } else if let finding = outcome.plan.findings.first {
                ready = false
                reason = "PartiallyRefused"
                message =
                    "\(outcome.plan.findings.count.counted("finding")), first \(finding); everything else is at \(revision)"
            } else if let first = unhealthy.first {
                ready = false
                reason = "HealthCheckFailed"
                message = "\(first.key) is \(first.health.rawValue): \(first.message)"
            } else if healing == .report, let first = drifted.first {
                ready = false
                reason = "Drifted"
                message = "the drift of \(drifted.count.counted("object")) is only reported, first \(first.key)"
            } else {
                ready = true
                reason = "ReconciliationSucceeded"
                message = "applied \(revision)"
                applied = revision
            }
        }
    }

    private func report(
        _ object: JSONValue,
        _ report: Report,
        request: String? = nil,
        deadline: Deadline
    ) async throws {
        let generation = object["metadata"]?["generation"]?.intValue ?? 0
        var object = object
        if let shown { object["status"] = shown }
        var conditions = Conditions(object["status"])
        conditions.set(
            "Ready",
            report.ready,
            reason: report.reason,
            message: report.message,
            generation: generation,
            now: clock.now
        )
        let isStalled = report.reason == "InvalidSpec" || report.reason == "Refused"
        if isStalled {
            conditions.set(
                "Stalled",
                true,
                reason: report.reason,
                message: report.message,
                generation: generation,
                now: clock.now
            )
        } else {
            conditions.remove("Stalled")
        }
        if report.reason == "Progressing" {
            conditions.set(
                "Reconciling",
                true,
                reason: report.reason,
                message: report.message,
                generation: generation,
                now: clock.now
            )
        } else {
            conditions.remove("Reconciling")
        }
        var status = object["status"] ?? [:]
        status["conditions"] = .array(conditions.list)
        status["observedGeneration"] = .int(generation)
        if let attempted = report.attempted { status["lastAttemptedRevision"] = .string(attempted) }
        if let applied = report.applied { status["lastAppliedRevision"] = .string(applied) }
        if let request { status["lastHandledReconcileAt"] = .string(request) }
        try await StatusWriter(client: client, fieldManager: Ownership.fieldManager).write(
            status,
            to: object,
            type: Self.type,
            deadline: deadline
        )
        shown = status
    }
}
