// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
package import Concurrency
package import Delivery
package import JSON
package import Kubernetes
internal import Serving
internal import TaffrailAPI

/// What came of one look at a ModelDeployment.
package enum Attempt: Sendable, Hashable {
    /// There is nothing to do until a watch tells of something.
    case done
    /// Something was written, so that the next step may be due, of which no watch tells.
    case stepped
    /// It has to be tried again later.
    case failed
    /// It is gone, and left something behind: in words, as it cannot tell any more.
    case gone(String)
}

/// Brings one ModelDeployment's children to what it asks for, a step at a time.
package struct ModelDeploymentReconciler: Sendable {
    package static let fieldManager = "taffrail-rollouts"
    package static let finalizer = "taffrail.dev/rollouts"

    static let type = GroupVersionKind.modelDeployment
    static let workloadType = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    static let serviceType = GroupVersionKind(group: "", version: "v1", kind: "Service")
    static let budgetType = GroupVersionKind(group: "policy", version: "v1", kind: "PodDisruptionBudget")
    static let accountType = GroupVersionKind(group: "", version: "v1", kind: "ServiceAccount")

    /// The controller's own account, for status and finalizers.
    let client: KubernetesClient
    /// Whom children are applied as: no pod template goes beyond what its author's account may.
    let applier: KubernetesClient
    let recorder: Recorder
    let clock: WallClock
    /// How long children may take to be gone, from when the deletion was asked for.
    let patience: Duration
    /// Shared by all that deliver to the cluster.
    let claims: CreationClaims
    let followed: Followed
    let finalizer: Finalizer

    package init(
        client: KubernetesClient,
        applier: KubernetesClient,
        recorder: Recorder,
        clock: WallClock,
        patience: Duration = .seconds(300),
        claims: CreationClaims,
        followed: Followed = .nothing
    ) {
        self.followed = followed
        self.claims = claims
        self.client = client
        self.applier = applier
        self.recorder = recorder
        self.clock = clock
        self.patience = patience
        finalizer = Finalizer(Self.finalizer, on: Self.type, client: client, fieldManager: Self.fieldManager)
    }

    /// Takes the next step.
    /// - Parameter object: the ModelDeployment as the API server holds it.
    /// - Parameter memory: what the last look at the same ModelDeployment left behind.
    /// - Returns: whether everything went through; trying again at once would not help where it did not.
    package func reconcile(
        _ object: JSONValue,
        memory: Locked<History> = Locked(History()),
        deadline: Deadline
    ) async throws -> Attempt {
        // Whatever its spec says: also what nobody can read must be able to go.
        if object["metadata"]?["deletionTimestamp"] != nil { return try await finish(object, deadline: deadline) }
        let deployment: ModelDeployment
        do {
            deployment = try ModelDeployment.decode(object)
        } catch {
            try await report(.failed("InvalidSpec", String(describing: error)), of: object, deadline: deadline)
            return .failed
        }
        // Children without the finalizer could be left behind unrecorded.
        guard try await finalizer.putOn(object, deadline: deadline) else { return .done }
        do {
            return try await step(object, deployment, memory: memory, deadline: deadline)
        } catch {
            try await report(.failed("ReconciliationFailed", String(describing: error)), of: object, deadline: deadline)
            throw error
        }
    }

    // MARK: - A step

    private func step(
        _ object: JSONValue,
        _ deployment: ModelDeployment,
        memory: Locked<History>,
        deadline: Deadline
    ) async throws -> Attempt {
        let model = try ServedModel(deployment)
        let observed = try await observe(object, deployment, deadline: deadline)
        let decision = HandOver.decide(
            revision: model.revision,
            hasService: model.hasService,
            observed: observed
        )
        // Servers before 1.21 have no budgets of this version: the model is served all the same, and its status says so.
        let hasBudgets = try await applier.resource(for: Self.budgetType, deadline: deadline) != nil
        let delivered = try await road(object).deliver(
            submission(model, deployment, decision: decision, withBudget: hasBudgets),
            recorder: recorder,
            inventory: LogInventory(recorder: recorder, environment: Self.memory(of: object)),
            context: context(object),
            history: memory.withLock { $0 },
            deadline: deadline
        )
        memory.withLock { $0 = delivered.history }
        let status = RolloutStatus.after(
            decision,
            of: model,
            observed: observed,
            delivered: delivered,
            remark: hasBudgets ? "" : "; no PodDisruptionBudget, since the cluster does not serve policy/v1"
        )
        try await report(status, of: object, deadline: deadline)
        guard delivered.outcome.failed.isEmpty, delivered.outcome.plan.findings.isEmpty else { return .failed }
        return delivered.outcome.results.isEmpty ? .done : .stepped
    }

    private func observe(
        _ object: JSONValue,
        _ deployment: ModelDeployment,
        deadline: Deadline
    ) async throws -> HandOver.Observed {
        let namespace = deployment.metadata.namespace
        let workloads = try await applier.list(
            Self.workloadType,
            namespace: namespace,
            labelSelector: "\(ServedModel.modelLabel)=\(deployment.metadata.name)",
            deadline: deadline
        )
        var health: [String: Health] = [:]
        var ready: [String: Int64] = [:]
        for workload in workloads {
            guard let revision = workload["metadata"]?["labels"]?[ServedModel.revisionLabel]?.stringValue else {
                continue
            }
            health[revision] = HealthRules.health(of: workload).health
            ready[revision] = workload["status"]?["readyReplicas"]?.intValue ?? 0
        }
        let service = try await applier.find(
            Self.serviceType,
            namespace: namespace,
            name: deployment.metadata.name,
            deadline: deadline
        )
        let serving = service?["spec"]?["selector"]?[ServedModel.revisionLabel]?.stringValue
        return HandOver.Observed(
            servingRevision: serving,
            lastServing: object["status"]?["revision"]?.stringValue,
            servesOthers: service != nil && serving == nil,
            workloads: health,
            readyReplicas: ready
        )
    }

    /// What is applied now; what else runs is kept until it is its turn to go.
    private func submission(
        _ model: ServedModel,
        _ deployment: ModelDeployment,
        decision: HandOver,
        withBudget: Bool
    ) throws -> Submission {
        var manifests = [model.serviceAccount, model.workload] + (withBudget ? [model.disruptionBudget] : [])
        var kept = Set(
            decision.keptRevisions.map { key(of: Self.workloadType, deployment, name: "\(model.name)-\($0)") }
        )
        if let service = decision.traffic.flatMap({ model.service(for: $0) }) {
            manifests.append(service)
        } else if model.hasService || decision.serving != model.revision {
            // Also where the ports went: until the revision without them serves, the one with them does.
            kept.insert(key(of: Self.serviceType, deployment, name: model.name))
        }
        return Submission(
            verdict: Verdict(allowed: try manifests.map { try desired($0, deployment) }, findings: []),
            revision: nil,
            revisionText: deployment.metadata.annotations[Ownership.revisionAnnotation],
            kept: kept
        )
    }

    private func desired(_ manifest: JSONValue, _ deployment: ModelDeployment) throws -> DesiredObject {
        let type =
            GroupVersionKind(
                apiVersion: manifest["apiVersion"]?.stringValue ?? "",
                kind: manifest["kind"]?.stringValue ?? ""
            ) ?? Self.workloadType
        return DesiredObject(
            type: type,
            key: key(of: type, deployment, name: manifest["metadata"]?["name"]?.stringValue ?? ""),
            manifest: manifest,
            location: SourceLocation(path: deployment.metadata.annotations[Ownership.sourcePathAnnotation] ?? ""),
            digest: try recorder.secrets.digest(of: manifest, isSecret: false)
        )
    }

    // MARK: - Small parts

    /// Writes the status, if its meaning changed.
    /// - Returns: the ModelDeployment as it is with that status.
    @discardableResult
    func report(_ status: RolloutStatus, of object: JSONValue, deadline: Deadline) async throws -> JSONValue {
        let written = try await StatusWriter(client: client, fieldManager: Self.fieldManager).write(
            status.written(into: object, now: clock.now),
            to: object,
            type: Self.type,
            deadline: deadline
        )
        guard let written else { return object }
        followed.tellReadiness(object, written)
        followed.wrote(written)
        return written
    }

    func road(_ object: JSONValue) -> Road {
        Road(
            client: applier,
            secrets: recorder.secrets,
            target: Target(
                environment: Self.memory(of: object),
                owner: Owner(
                    labelKey: ServedModel.modelLabel,
                    labelValue: Self.name(of: object),
                    fieldManager: Self.fieldManager
                ),
                prunes: true,
                healing: .on,
                healthTimeout: .zero,
                allowsEmpty: true
            ),
            claims: claims,
            view: followed.view
        )
    }

    func context(_ object: JSONValue) throws -> RunContext {
        RunContext(
            runID: try RunContext.newRunID(),
            loop: .rollouts,
            environment: Self.memory(of: object),
            revision: nil,
            commitBytes: nil
        )
    }

    /// Under which name the record remembers the children: no Environment can have one with a slash.
    static func memory(of object: JSONValue) -> EnvironmentReference {
        EnvironmentReference(
            namespace: object["metadata"]?["namespace"]?.stringValue ?? "",
            name: "modeldeployment/\(name(of: object))"
        )
    }

    static func name(of object: JSONValue) -> String { object["metadata"]?["name"]?.stringValue ?? "" }

    private func key(of type: GroupVersionKind, _ deployment: ModelDeployment, name: String) -> ObjectKey {
        ObjectKey(group: type.group, kind: type.kind, namespace: deployment.metadata.namespace, name: name)
    }
}
