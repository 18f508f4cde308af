// SPDX-License-Identifier: Apache-2.0

package import Audit
internal import Change
package import Concurrency
internal import Delivery
package import JSON
package import Kubernetes
internal import Serving
internal import TaffrailAPI

/// Brings one ModelDeployment's children to what it asks for, a step at a time.
package struct ModelDeploymentReconciler: Sendable {
    package static let fieldManager = "taffrail-rollouts"
    package static let finalizer = "taffrail.dev/rollouts"

    private static let type = GroupVersionKind(group: "taffrail.dev", version: "v1alpha1", kind: "ModelDeployment")
    private static let workloadType = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    private static let serviceType = GroupVersionKind(group: "", version: "v1", kind: "Service")
    private static let budgetType = GroupVersionKind(group: "policy", version: "v1", kind: "PodDisruptionBudget")

    /// The controller's own account, for status and finalizers.
    private let client: KubernetesClient
    /// Whom children are applied as: no pod template goes beyond what its author's account may.
    private let applier: KubernetesClient
    private let recorder: Recorder
    private let clock: WallClock

    package init(client: KubernetesClient, applier: KubernetesClient, recorder: Recorder, clock: WallClock) {
        self.client = client
        self.applier = applier
        self.recorder = recorder
        self.clock = clock
    }

    /// Takes the next step.
    /// - Parameter object: the ModelDeployment as the API server holds it.
    package func reconcile(_ object: JSONValue, deadline: Deadline) async throws {
        let deployment: ModelDeployment
        do {
            deployment = try ModelDeployment.decode(object)
        } catch {
            return try await report(
                object,
                phase: nil,
                ready: false,
                "InvalidSpec",
                String(describing: error),
                deadline: deadline
            )
        }
        if deployment.metadata.isBeingDeleted {
            return try await finish(object, deployment, deadline: deadline)
        }
        try await addFinalizer(object, deployment, deadline: deadline)
        do {
            try await step(object, deployment, deadline: deadline)
        } catch {
            try await report(
                object,
                phase: nil,
                ready: false,
                "ReconciliationFailed",
                String(describing: error),
                deadline: deadline
            )
            throw error
        }
    }

    // MARK: - A step

    private func step(_ object: JSONValue, _ deployment: ModelDeployment, deadline: Deadline) async throws {
        let model = try ServedModel(deployment)
        let observed = try await observe(deployment, deadline: deadline)
        let decision = HandOver.decide(revision: model.revision, observed: observed)
        // Servers before 1.21 have no budgets of this version: the model is served all the same, and its status says so.
        let hasBudgets = try await applier.resource(for: Self.budgetType, deadline: deadline) != nil
        let delivered = try await road(deployment).deliver(
            submission(model, deployment, decision: decision, withBudget: hasBudgets),
            recorder: recorder,
            inventory: LogInventory(recorder: recorder, environment: Self.memory(of: deployment)),
            context: context(deployment),
            deadline: deadline
        )
        try await report(
            object,
            model: model,
            decision: decision,
            observed: observed,
            delivered,
            remark: hasBudgets ? "" : "; no PodDisruptionBudget, since the cluster does not serve policy/v1",
            deadline: deadline
        )
    }

    private func observe(_ deployment: ModelDeployment, deadline: Deadline) async throws -> HandOver.Observed {
        let namespace = deployment.metadata.namespace
        let workloads = try await applier.list(
            Self.workloadType,
            namespace: namespace,
            labelSelector: "\(ServedModel.modelLabel)=\(deployment.metadata.name)",
            deadline: deadline
        )
        var health: [String: Health] = [:]
        for workload in workloads {
            guard let revision = workload["metadata"]?["labels"]?[ServedModel.revisionLabel]?.stringValue else {
                continue
            }
            health[revision] = HealthRules.health(of: workload).health
        }
        return HandOver.Observed(
            servingRevision: try await servingRevision(deployment, deadline: deadline),
            workloads: health
        )
    }

    private func servingRevision(_ deployment: ModelDeployment, deadline: Deadline) async throws -> String? {
        do {
            let service = try await applier.get(
                Self.serviceType,
                namespace: deployment.metadata.namespace,
                name: deployment.metadata.name,
                deadline: deadline
            )
            return service["spec"]?["selector"]?[ServedModel.revisionLabel]?.stringValue
        } catch let error as KubernetesError where error.code == .notFound {
            return nil
        }
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
        if let service = model.service {
            if decision.movesTraffic {
                manifests.append(service)
            } else {
                kept.insert(key(of: Self.serviceType, deployment, name: model.name))
            }
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

    // MARK: - The end

    /// Deletes the children one by one, on the record, and then lets the ModelDeployment go.
    private func finish(_ object: JSONValue, _ deployment: ModelDeployment, deadline: Deadline) async throws {
        guard deployment.metadata.finalizers.contains(Self.finalizer) else { return }
        let nothing = Submission(verdict: Verdict(allowed: [], findings: []), revision: nil, revisionText: nil)
        _ = try await road(deployment).deliver(
            nothing,
            recorder: recorder,
            inventory: LogInventory(recorder: recorder, environment: Self.memory(of: deployment)),
            context: try context(deployment),
            deadline: deadline
        )
        try await patchFinalizers(
            deployment.metadata.finalizers.filter { $0 != Self.finalizer },
            object,
            deadline: deadline
        )
    }

    private func addFinalizer(_ object: JSONValue, _ deployment: ModelDeployment, deadline: Deadline) async throws {
        guard !deployment.metadata.finalizers.contains(Self.finalizer) else { return }
        try await patchFinalizers(deployment.metadata.finalizers + [Self.finalizer], object, deadline: deadline)
    }

    /// The resourceVersion in the patch makes it fail if anybody else changed the list meanwhile.
    private func patchFinalizers(_ finalizers: [String], _ object: JSONValue, deadline: Deadline) async throws {
        let patch: JSONValue = [
            "metadata": [
                "finalizers": .array(finalizers.map { .string($0) }),
                "resourceVersion": object["metadata"]?["resourceVersion"] ?? .null,
            ]
        ]
        do {
            _ = try await client.mergePatch(
                Self.type,
                namespace: object["metadata"]?["namespace"]?.stringValue,
                name: object["metadata"]?["name"]?.stringValue ?? "",
                patch: patch,
                fieldManager: Self.fieldManager,
                deadline: deadline
            )
        } catch let error as KubernetesError where error.code == .conflict || error.code == .notFound {
            // The next look sees the newer object.
        }
    }

    // MARK: - Status

    private func report(
        _ object: JSONValue,
        model: ServedModel,
        decision: HandOver,
        observed: HandOver.Observed,
        _ delivered: Delivered,
        remark: String,
        deadline: Deadline
    ) async throws {
        let failed = delivered.outcome.failed
        let serving = decision.movesTraffic ? model.revision : observed.servingRevision
        if let first = failed.first {
            let message = "\(first.change.key): \(first.message ?? "failed")"
            return try await report(
                object,
                phase: decision.phase,
                ready: false,
                "ReconciliationFailed",
                message,
                deadline: deadline
            )
        }
        let message =
            switch decision.phase {
            case .complete: "revision \(model.revision) serves"
            case .preparing: "revision \(model.revision) is not ready yet"
            case .switching: "traffic moves to revision \(model.revision)"
            case .retiring: "older revisions are removed"
            case .failed:
                "revision \(model.revision) failed; \(serving.map { "revision \($0) keeps the traffic" } ?? "nothing serves")"
            }
        try await report(
            object,
            phase: decision.phase,
            ready: decision.phase == .complete,
            decision.phase == .failed ? "RolloutFailed" : decision.phase == .complete ? "Serving" : "Progressing",
            message + remark,
            revisions: (serving, model.revision),
            deadline: deadline
        )
    }

    /// Writes the status, if its meaning changed.
    private func report(
        _ object: JSONValue,
        phase: HandOver.Phase?,
        ready: Bool,
        _ reason: String,
        _ message: String,
        revisions: (serving: String?, desired: String)? = nil,
        deadline: Deadline
    ) async throws {
        let generation = object["metadata"]?["generation"]?.intValue ?? 0
        var conditions = Conditions(object["status"])
        conditions.set("Ready", ready, reason: reason, message: message, generation: generation, now: clock.now)
        let isStalled = phase == .failed || reason == "InvalidSpec"
        if isStalled {
            conditions.set("Stalled", true, reason: reason, message: message, generation: generation, now: clock.now)
        } else {
            conditions.remove("Stalled")
        }
        if !ready, !isStalled {
            conditions.set(
                "Reconciling",
                true,
                reason: reason,
                message: message,
                generation: generation,
                now: clock.now
            )
        } else {
            conditions.remove("Reconciling")
        }
        var status = object["status"] ?? [:]
        status["conditions"] = .array(conditions.list)
        status["observedGeneration"] = .int(generation)
        if let phase { status["phase"] = .string(phase.rawValue) }
        if let revisions {
            status["revision"] = revisions.serving.map { .string($0) }
            status["desiredRevision"] = .string(revisions.desired)
        }
        try await StatusWriter(client: client, fieldManager: Self.fieldManager).write(
            status,
            to: object,
            type: Self.type,
            deadline: deadline
        )
    }

    // MARK: - Small parts

    private func road(_ deployment: ModelDeployment) -> Road {
        Road(
            client: applier,
            secrets: recorder.secrets,
            target: Target(
                environment: Self.memory(of: deployment),
                owner: Owner(
                    labelKey: ServedModel.modelLabel,
                    labelValue: deployment.metadata.name,
                    fieldManager: Self.fieldManager
                ),
                prunes: true,
                healing: .on,
                healthTimeout: .zero,
                allowsEmpty: true
            )
        )
    }

    private func context(_ deployment: ModelDeployment) throws -> RunContext {
        RunContext(
            runID: try RunContext.newRunID(),
            loop: .rollouts,
            environment: Self.memory(of: deployment),
            revision: nil,
            commitBytes: nil
        )
    }

    /// Under which name the record remembers the children: no Environment can have one with a slash.
    private static func memory(of deployment: ModelDeployment) -> EnvironmentReference {
        EnvironmentReference(
            namespace: deployment.metadata.namespace ?? "",
            name: "modeldeployment/\(deployment.metadata.name)"
        )
    }

    private func key(of type: GroupVersionKind, _ deployment: ModelDeployment, name: String) -> ObjectKey {
        ObjectKey(group: type.group, kind: type.kind, namespace: deployment.metadata.namespace, name: name)
    }
}
