// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Change
package import Concurrency
internal import Git
internal import JSON
package import Kubernetes

/// The road of a change, from what a commit holds to its record. `plan`, `apply` and the controller all walk this one.
package struct Road: Sendable {
    let client: KubernetesClient
    let secrets: SecretKeeper
    let target: Target
    let observer: RoadObserver
    let claims: CreationClaims
    let view: LiveView?
    let clock: WallClock

    /// - Parameters:
    ///   - client: impersonates whom the Environment names, so that no change goes beyond that account's rights.
    ///   - view: what is followed of the cluster; without one it is asked at every look.
    ///   - claims: shared by all that deliver to the cluster from this process.
    package init(
        client: KubernetesClient,
        secrets: SecretKeeper,
        target: Target,
        observer: RoadObserver = .none,
        claims: CreationClaims = CreationClaims(),
        view: LiveView? = nil,
        clock: WallClock = .system
    ) {
        self.clock = clock
        self.view = view
        self.claims = claims
        self.observer = observer
        self.client = client
        self.secrets = secrets
        self.target = target
    }

    /// Renders and judges what a commit holds.
    package func judge(_ checkout: Checkout, overlay: Overlay, namespace: String?) async throws -> Submission {
        let rendering = Renderer(overlay: overlay).render(checkout.sources)
        let (resources, unreadable) = try await resources(Set(rendering.objects.map(\.type)))
        var likely: [GroupVersionKind: [String]] = [:]
        for type in Set(rendering.objects.map(\.type)) where resources[type] == nil && unreadable[type] == nil {
            likely[type] = await client.likelyVersions(for: type, deadline: .after(.seconds(30)))
        }
        let judge = Judge(targetNamespace: namespace, secrets: secrets)
        let verdict = try judge.judge(rendering, resources: resources, unreadable: unreadable, likely: likely)
        return Submission(
            verdict: verdict,
            revision: checkout.revision,
            revisionText: checkout.revision.description,
            brokenPaths: rendering.brokenPaths,
            kept: Set(verdict.left.keys)
        )
    }

    /// Compares with the cluster; writes nothing.
    package func plan(
        _ submission: Submission,
        memory: Planner.Memory,
        checking: Planner.Checking = .all,
        deadline: Deadline
    ) async throws -> Planner.Result {
        var types = Set(submission.verdict.allowed.map(\.type))
        types.formUnion(memory.settled.values.map(\.type))
        types.formUnion(memory.inventory.values.map(\.type))
        await observer.note(.planning(objects: submission.verdict.allowed.count))
        let result = try await look(submission, types, memory: memory, checking: checking, deadline: deadline)
        guard result.hasStaleKinds else { return try refuseEmpty(result, submission) }
        // A kind went since it was looked up, which the second look knows.
        return try refuseEmpty(
            await look(submission, types, memory: memory, checking: checking, deadline: deadline),
            submission
        )
    }

    private func look(
        _ submission: Submission,
        _ types: Set<GroupVersionKind>,
        memory: Planner.Memory,
        checking: Planner.Checking,
        deadline: Deadline
    ) async throws -> Planner.Result {
        var (resources, unreadable) = try await resources(types)
        let unserved = types.filter { resources[$0] == nil && unreadable[$0] == nil }
        let (moved, gone) = await whereabouts(of: unserved.subtracting(submission.verdict.allowed.map(\.type)))
        for resource in moved.values { resources[resource.type] = resource }
        let planner = Planner(
            client: client,
            resources: resources,
            secrets: secrets,
            target: target,
            unreadable: unreadable,
            gone: gone,
            checking: checking,
            view: view
        )
        return try await planner.plan(
            submission,
            memory: memory.moved(moved.mapValues(\.type)),
            deadline: deadline
        )
    }

    /// Plans, records what is intended, carries it out, waits for health, and records what came of it.
    ///
    /// - Parameters:
    ///   - history: what the last walk left behind.
    ///   - keys: the objects that the submission is about, where it is not about all of the environment's.
    /// - Throws: before the first write whatever stops the whole revision, a log that cannot be written among it.
    package func deliver(
        _ submission: Submission,
        recorder: Recorder,
        inventory: some InventoryStore,
        context: RunContext,
        history: History = History(),
        only keys: Set<ObjectKey>? = nil,
        deadline: Deadline,
        isSuperseded: @escaping @Sendable () async -> Bool = { false }
    ) async throws -> Delivered {
        let walk = Walk(
            road: self,
            recorder: recorder,
            inventory: inventory,
            context: context,
            history: history,
            keys: keys,
            deadline: deadline,
            isSuperseded: isSuperseded
        )
        let run = await claims.begin()
        do {
            let delivered = try await walk.deliver(submission)
            await claims.end(run)
            return delivered
        } catch {
            await claims.end(run)
            throw error
        }
    }

    // MARK: - Stages

    private typealias Discovered = (found: [GroupVersionKind: APIResource], unreadable: [GroupVersionKind: String])

    /// - Throws: where the server does not answer at all. A group that alone is in trouble, such as one of an aggregated server, stops its own kinds.
    private func resources(_ types: Set<GroupVersionKind>) async throws -> Discovered {
        var result: Discovered = ([:], [:])
        for type in types.sorted(by: { $0.description < $1.description }) {
            do {
                result.found[type] = try await client.resource(for: type, deadline: .after(.seconds(30)))
            } catch let error as KubernetesError where error.httpStatus != nil {
                result.unreadable[type] = String(describing: error)
            } catch {
                throw DeliveryError(.clusterUnreadable, "the cluster's kinds cannot be read", cause: error)
            }
        }
        return result
    }

    /// What became of kinds that were applied earlier: at which version they are served now, or that they went with all their objects. Of one that
    /// cannot be looked up, neither is said.
    private func whereabouts(
        of types: Set<GroupVersionKind>
    ) async -> (moved: [GroupVersionKind: APIResource], gone: Set<GroupVersionKind>) {
        var moved: [GroupVersionKind: APIResource] = [:]
        var gone: Set<GroupVersionKind> = []
        for type in types {
            let deadline = Deadline.after(.seconds(30))
            guard let served = try? await client.versions(serving: type.groupKind, deadline: deadline) else { continue }
            moved[type] = served.first
            if served.isEmpty { gone.insert(type) }
        }
        return (moved, gone)
    }

    /// A commit that holds nothing is more often a mistake than a wish: it prunes nothing unless that is allowed. What else is wrong with it
    /// is still told.
    private func refuseEmpty(_ result: Planner.Result, _ submission: Submission) throws -> Planner.Result {
        let prunes = result.plan.changes.count { $0.operation == .prune }
        guard prunes > 0, submission.verdict.allowed.isEmpty, submission.kept.isEmpty, !target.allowsEmpty else {
            return result
        }
        let message =
            "the commit holds no manifest for \(target.environment) that can be applied, and would prune \(prunes.counted("object")): "
            + "if that is meant, "
            + target.consent.words(
                commit: submission.revision.map { $0.commit.description } ?? "COMMIT",
                flag: "--allow-empty"
            )
        let findings = submission.verdict.findings
        guard !findings.isEmpty else { throw DeliveryError(.emptyRevision, message) }
        let plan = Plan(
            revision: result.plan.revision,
            changes: result.plan.changes.filter { $0.operation != .prune },
            findings: result.plan.findings + [Finding(rule: "empty-revision", message: message)],
            left: result.plan.left
        )
        return Planner.Result(
            plan: plan,
            refreshed: result.refreshed,
            unhealable: result.unhealable,
            released: [],
            hasStaleKinds: false,
            isSettled: false
        )
    }
}
