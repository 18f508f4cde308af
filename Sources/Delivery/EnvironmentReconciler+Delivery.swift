// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import Git
internal import JSON
internal import Kubernetes
internal import TaffrailAPI

/// One walk down the road with everything that an Environment asks for.
extension EnvironmentReconciler {
    func attempt(
        _ resource: TaffrailAPI.Environment,
        _ object: JSONValue,
        source: FetchedRepository,
        deadline: Deadline,
        isSuperseded: @escaping @Sendable () async -> Bool
    ) async -> EnvironmentReport {
        do {
            return try await deliver(resource, object, source: source, deadline: deadline, isSuperseded: isSuperseded)
        } catch let error as DeliveryError where error.code == .clusterUnusable {
            return EnvironmentReport(
                ready: false,
                reason: "InvalidKubeConfig",
                message: String(describing: error),
                attempted: source.revisionText,
                retriesSoon: true
            )
        } catch let error as DeliveryError where !error.isRetryable {
            return EnvironmentReport(
                ready: false,
                reason: "Refused",
                message: String(describing: error),
                attempted: source.revisionText
            )
        } catch let error as GitError where error.code == .limitExceeded || error.code == .malformedCommit {
            return EnvironmentReport(
                ready: false,
                reason: "Refused",
                message: String(describing: error),
                attempted: source.revisionText
            )
        } catch let error as GitError where error.code == .objectNotFound || error.code == .unsafePath {
            return EnvironmentReport(
                ready: false,
                reason: "InvalidPath",
                message: String(describing: error),
                attempted: source.revisionText
            )
        } catch {
            return EnvironmentReport(
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
    ) async throws -> EnvironmentReport {
        let delivery = try await prepare(resource, object, source: source, deadline: deadline)
        let revision = delivery.checkout.revision
        let inventory = inventory(of: object, delivery.reference)
        try await ClusterBinding(recorder: recorder, context: delivery.context).hold(
            delivery.reference,
            to: delivery.cluster,
            allowed: resource.metadata.annotations[Ownership.allowClusterAnnotation],
            inventory,
            deadline: deadline
        )
        let road = road(
            delivery,
            resource,
            RoadObserver { await self.note($0, of: revision, object, deadline: deadline) }
        )
        let submission = try await road.judge(
            delivery.checkout,
            overlay: Overlay(resource.spec),
            namespace: resource.spec.targetNamespace
        )
        let delivered = try await road.deliver(
            submission,
            recorder: recorder,
            inventory: inventory,
            context: delivery.context,
            history: history,
            deadline: deadline,
            isSuperseded: isSuperseded
        )
        history = delivered.history
        tellHeals(delivered.outcome, of: object)
        isSettled = delivered.isSettled
        if isSettled, let view = followed.view {
            let places = delivered.outcome.plan.changes.map { ($0.type, $0.key.namespace) }
            settledScopes = await view.scopes(of: places, road.target.owner)
        }
        return EnvironmentReport(
            delivered.outcome,
            healing: resource.spec.healing,
            revision: revision.description
        )
    }

    /// Names some of what was healed, with those who had changed it: nothing else shows it once all is well again.
    func tellHeals(_ outcome: Outcome, of object: JSONValue) {
        let healed = outcome.results.filter { $0.status == .succeeded && $0.change.operation == .heal }.map(\.change)
        guard !healed.isEmpty else { return }
        let names = healed.prefix(3).map { change in
            let by =
                change.foreignManagers.isEmpty ? "" : " (changed by \(change.foreignManagers.joined(separator: ", ")))"
            return "\(change.key)\(by)"
        }
        let more = healed.count > 3 ? " and \(healed.count - 3) more" : ""
        let note = "healed \(names.joined(separator: ", "))\(more)"
        followed.events?.tell(object, .warning, reason: "DriftHealed", action: "Heal", note: note)
    }

    /// What a delivery needs to know before it begins.
    struct Delivery {
        let reference: EnvironmentReference
        let checkout: Checkout
        let cluster: TargetCluster
        let context: RunContext
    }

    /// - Parameter wanted: the files whose objects are asked for; `nil` for all.
    func prepare(
        _ resource: TaffrailAPI.Environment,
        _ object: JSONValue,
        source: FetchedRepository,
        only wanted: Set<String>? = nil,
        deadline: Deadline
    ) async throws -> Delivery {
        let reference = EnvironmentReference(
            namespace: resource.metadata.namespace ?? "default",
            name: resource.metadata.name
        )
        let checkout = try await Checkout.read(
            source.repository,
            commit: source.commit,
            url: source.url,
            branch: source.branch,
            path: resource.spec.path.split(separator: "/").joined(separator: "/"),
            only: wanted
        )
        let cluster = try await clusters.cluster(of: object, deadline: deadline)
        let context = RunContext(
            runID: try RunContext.newRunID(),
            loop: .delivery,
            environment: reference,
            revision: checkout.revision,
            commitBytes: checkout.commitBytes,
            generation: resource.metadata.generation,
            overlay: try Overlay(resource.spec).digest(recorder.secrets),
            targetCluster: cluster.remote
        )
        return Delivery(reference: reference, checkout: checkout, cluster: cluster, context: context)
    }

    func road(_ delivery: Delivery, _ resource: TaffrailAPI.Environment, _ observer: RoadObserver) -> Road {
        Road(
            client: delivery.cluster.account,
            secrets: recorder.secrets,
            target: target(resource, delivery.reference, commit: delivery.checkout.revision.commit),
            observer: observer,
            claims: delivery.cluster.claims,
            view: delivery.cluster.remote == nil ? followed.view : nil,
            clock: clock
        )
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

    func inventory(of object: JSONValue, _ reference: EnvironmentReference) -> ClusterInventory {
        ClusterInventory(
            client: client,
            environment: reference,
            ownerUID: object["metadata"]?["uid"]?.stringValue ?? "",
            followed: followed
        )
    }
}
