// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
package import Concurrency
internal import Git
package import JSON
package import Kubernetes
internal import TaffrailAPI

/// What came of one look at an Environment.
package struct EnvironmentTurn: Sendable {
    /// What the operator of the controller should hear of, as the Environment cannot tell it any more.
    package var left: String?
    /// When to look again; `nil` if only something that happens is a reason to.
    package var next: Duration?
}

/// Keeps one Environment as its repository says, until its end.
package actor EnvironmentReconciler {
    package static let requestAnnotation = "taffrail.dev/requestedAt"
    package static let finalizer = "taffrail.dev/environment"

    private static let type = GroupVersionKind(group: "taffrail.dev", version: "v1alpha1", kind: "Environment")

    let client: KubernetesClient
    let recorder: Recorder
    let clock: WallClock
    let finalizer: Finalizer
    let clusters: TargetClusters
    let followed: Followed
    var history: History = {
        // Nothing is known after a start.
        var history = History()
        history.unsettled = .all
        return history
    }()
    var backoff = Backoff(base: .seconds(1), limit: .seconds(60))
    var nextLook: ContinuousClock.Instant?
    /// The status that was written in this run, which the object at hand does not have yet.
    private var shown: JSONValue?
    private var handled: Handled?
    /// Whether there is nothing to do until a watch tells of something.
    var isSettled = false
    /// Where its objects are followed, as of then.
    var settledScopes: Set<ObjectScope> = []
    /// What is left of the objects, once the Environment is being deleted.
    var departing: DepartingInventory?

    /// What the last look was about; anything else is a reason to look at once.
    private struct Handled: Hashable {
        let commit: String
        let generation: Int64
        let request: String?
        let allowedPrune: String?
        let allowedCluster: String?
    }

    /// - Parameter clusters: shared by all Environments.
    package init(
        client: KubernetesClient,
        recorder: Recorder,
        clock: WallClock,
        clusters: TargetClusters,
        followed: Followed = .nothing
    ) {
        self.followed = followed
        self.clusters = clusters
        self.client = client
        self.recorder = recorder
        self.clock = clock
        finalizer = Finalizer(
            Self.finalizer,
            on: Self.type,
            client: client,
            fieldManager: Ownership.fieldManager
        )
    }

    /// Compares and applies, if there is a reason to.
    ///
    /// - Parameters:
    ///   - object: the Environment as the API server holds it.
    ///   - environments: all that may be depended on, as they were seen together with it.
    ///   - source: its repository as it was last fetched.
    ///   - touch: what happened to its objects: they are compared at once.
    ///   - isSuperseded: whether a newer commit was fetched meanwhile, or health is not worth waiting for any more.
    package func reconcile(
        _ object: JSONValue,
        among environments: [JSONValue],
        source: EnvironmentSource,
        touch: Touch = .none,
        deadline: Deadline,
        isSuperseded: @escaping @Sendable () async -> Bool
    ) async throws -> EnvironmentTurn {
        shown = nil
        // Whatever its spec says: also what nobody can read must be able to go.
        if object["metadata"]?["deletionTimestamp"] != nil {
            let left = try await finish(object, deadline: deadline)
            return EnvironmentTurn(left: left, next: timeToNextLook)
        }
        let resource: TaffrailAPI.Environment
        do {
            resource = try TaffrailAPI.Environment.decode(object)
        } catch {
            try await report(
                object,
                EnvironmentReport(ready: false, reason: "InvalidSpec", message: String(describing: error)),
                deadline: deadline
            )
            return EnvironmentTurn()
        }
        guard try await settleFinalizer(resource, object, deadline: deadline) else {
            unsettle()
            return EnvironmentTurn(next: Self.patience)
        }
        switch idle(resource, source) {
        case .report(let report):
            unsettle()
            let request = resource.metadata.annotations[Self.requestAnnotation]
            try await self.report(object, report, request: request, deadline: deadline)
            return EnvironmentTurn()
        case .source(let source):
            let isWaiting = try await keep(
                resource,
                object,
                among: environments,
                source: source,
                touch: touch,
                deadline: deadline,
                isSuperseded: isSuperseded
            )
            return EnvironmentTurn(next: isWaiting ? Self.patience : timeToNextLook)
        }
    }

    /// Has the next look be about everything, also where nothing new is asked for: what the status says by then is another matter.
    private func unsettle() { (handled, isSettled) = (nil, false) }

    /// When to look again for what should have been told by then.
    private static let patience = Duration.seconds(30)

    private var isDue: Bool { nextLook.map { $0 <= .now } ?? true }

    private static func interval(_ resource: TaffrailAPI.Environment) -> Duration {
        resource.spec.interval?.duration ?? .seconds(60)
    }

    private var untilFightEnds: Duration? {
        history.fights.nextEnd(after: clock.now).map { .seconds($0.seconds - clock.now.seconds) }
    }

    private var timeToNextLook: Duration? { nextLook.map { max(.zero, $0 - .now) } }

    /// Says why it is not reconciled now, whatever it asks for. Once it can be, it is due.
    package func hold(_ object: JSONValue, _ message: String, deadline: Deadline) async throws {
        (shown, handled, nextLook) = (nil, nil, nil)
        try await report(
            object,
            EnvironmentReport(ready: false, reason: "LogUnusable", message: message),
            deadline: deadline
        )
    }

    /// Objects without the finalizer could be left behind unrecorded: so it is there before the first of them.
    ///
    /// - Returns: whether to go on; otherwise the next look sees a newer object.
    private func settleFinalizer(
        _ resource: TaffrailAPI.Environment,
        _ object: JSONValue,
        deadline: Deadline
    ) async throws -> Bool {
        guard resource.spec.deletionPolicy == .prune else {
            return try await finalizer.takeOff(object, deadline: deadline)
        }
        return resource.spec.isSuspended ? true : try await finalizer.putOn(object, deadline: deadline)
    }

    private enum Turn {
        /// There is nothing to do, for this reason.
        case report(EnvironmentReport)
        case source(FetchedRepository)
    }

    private func idle(_ resource: TaffrailAPI.Environment, _ source: EnvironmentSource) -> Turn {
        guard !resource.spec.isSuspended else {
            let message = "suspended: everything is left as it is"
            return .report(EnvironmentReport(ready: nil, reason: "Suspended", message: message))
        }
        let name = resource.spec.repository.name
        let message: String
        switch source {
        case .fetched(let source): return .source(source)
        case .missing: message = "there is no ConfigRepository '\(name)' in this namespace"
        case .notFetched: message = "the ConfigRepository '\(name)' was not fetched yet"
        }
        return .report(EnvironmentReport(ready: nil, reason: "ArtifactMissing", message: message))
    }

    /// - Returns: whether it waits for others.
    private func keep(
        _ resource: TaffrailAPI.Environment,
        _ object: JSONValue,
        among environments: [JSONValue],
        source: FetchedRepository,
        touch: Touch,
        deadline: Deadline,
        isSuperseded: @escaping @Sendable () async -> Bool
    ) async throws -> Bool {
        let annotations = resource.metadata.annotations
        let request = annotations[Self.requestAnnotation]
        let reason = Handled(
            commit: source.commit.description,
            generation: resource.metadata.generation ?? 0,
            request: request,
            allowedPrune: annotations[Ownership.allowPruneAnnotation],
            allowedCluster: annotations[Ownership.allowClusterAnnotation]
        )
        let isNew = handled != reason
        guard isNew || isDue || isWorthALook(touch) else { return false }
        // It stays due as long as it waits, so that every look at the cluster asks again.
        if let waiting = obstacle(resource, source, environments) {
            unsettle()
            try await report(object, waiting, request: request, deadline: deadline)
            return true
        }
        if !isNew, isSettled, await isDone(touch, resource, object, source: source, deadline: deadline) {
            if isDue { nextLook = .now + Self.interval(resource) }
            return false
        }
        isSettled = false
        let outcome = await attempt(resource, object, source: source, deadline: deadline, isSuperseded: isSuperseded)
        handled = reason
        if outcome.retriesSoon {
            nextLook = .now + backoff.next()
        } else {
            backoff.reset()
            nextLook = .now + min(Self.interval(resource), untilFightEnds ?? .seconds(3_600))
        }
        try await report(object, outcome, request: request, deadline: deadline)
        return false
    }

    /// What it depends on and is not there.
    private func obstacle(
        _ resource: TaffrailAPI.Environment,
        _ source: FetchedRepository,
        _ environments: [JSONValue]
    ) -> EnvironmentReport? {
        let question = EnvironmentDependencies.Question(
            name: resource.metadata.name,
            namespace: resource.metadata.namespace ?? "default",
            dependencies: resource.spec.dependencies.map(\.name),
            repository: resource.spec.repository.name,
            commit: source.commit.description
        )
        switch EnvironmentDependencies.state(for: question, among: environments) {
        case .ready: return nil
        case .waiting(let message):
            return EnvironmentReport(ready: false, reason: "DependencyNotReady", message: message)
        case .cycle(let road):
            let message = "it depends on itself, and is never applied: \(road.joined(separator: " → "))"
            return EnvironmentReport(ready: false, reason: "DependencyCycle", message: message)
        }
    }

    // MARK: - Status

    /// Says what goes on while it takes long: a status for the beginning of each stage, and none where nothing is written. Nothing depends on
    /// it, so that one that cannot be written stops nothing.
    func note(_ step: RoadStep, of revision: Revision, _ object: JSONValue, deadline: Deadline) async {
        guard let report = EnvironmentReport(step, of: revision.description) else { return }
        _ = try? await self.report(object, report, deadline: deadline)
    }

    /// - Returns: the Environment as it is with that status.
    @discardableResult
    func report(
        _ object: JSONValue,
        _ report: EnvironmentReport,
        request: String? = nil,
        deadline: Deadline
    ) async throws -> JSONValue {
        var object = object
        if let shown { object["status"] = shown }
        let status = report.status(
            after: object["status"],
            generation: object["metadata"]?["generation"]?.intValue ?? 0,
            request: request,
            now: clock.now
        )
        let written = try await StatusWriter(client: client, fieldManager: Ownership.fieldManager).write(
            status,
            to: object,
            type: Self.type,
            deadline: deadline
        )
        if let written {
            followed.tellReadiness(object, written)
            followed.wrote(written)
            object = written
        }
        shown = status
        return object
    }
}
