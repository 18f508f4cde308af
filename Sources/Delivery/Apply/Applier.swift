// SPDX-License-Identifier: Apache-2.0

internal import Audit
package import Change
package import Concurrency
internal import JSON
package import Kubernetes

/// Carries out a plan whose intent is on record: applies in order, prunes in reverse, and answers for every object.
package struct Applier: Sendable {
    private let client: KubernetesClient
    private let secrets: SecretKeeper
    private let target: Target

    package init(client: KubernetesClient, secrets: SecretKeeper, target: Target) {
        self.client = client
        self.secrets = secrets
        self.target = target
    }

    /// Throws nothing: from the first write on, every object gets an answer that can be recorded. What a cancellation leaves undone is skipped.
    ///
    /// - Parameters:
    ///   - changes: in the plan's order; those without a write are passed over.
    ///   - intent: the index of the record that announced them.
    ///   - revision: what is written on each object as its revision.
    ///   - establish: waits until the definitions that were applied can be used, for as long as it makes sense.
    package func run(
        _ changes: [PlannedChange],
        intent: UInt64,
        revision: String?,
        establish: @Sendable ([PlannedChange]) async -> Void,
        deadline: Deadline
    ) async -> [ChangeResult] {
        var results: [ChangeResult] = []
        let applies = changes.filter { $0.operation != .none && $0.operation != .prune }
        var stage = ApplyOrder.Stage.definitions
        for group in ApplyOrder.groups(applies) {
            let next = group.first.map { ApplyOrder.stage(of: $0.type) } ?? stage
            if next > stage {
                let applied = results.filter { $0.status == .succeeded }.map(\.change)
                await establish(applied.filter { ApplyOrder.stage(of: $0.type) == .definitions })
                stage = next
            }
            results += await group.concurrentMap(limit: target.concurrency) { change in
                await apply(change, intent: intent, revision: revision, deadline: deadline)
            }
        }
        for change in changes where change.operation == .prune {
            results.append(await prune(change, intent: intent, deadline: deadline))
        }
        return results
    }

    private func apply(
        _ change: PlannedChange,
        intent: UInt64,
        revision: String?,
        deadline: Deadline
    ) async -> ChangeResult {
        let auditID = Recorder.auditID(intent: intent, key: change.key, attempt: 1)
        guard let desired = change.desired, !Task.isCancelled else {
            return ChangeResult(change: change, status: .skipped, message: "the run was ended before its turn")
        }
        do {
            let manifest = Ownership.marked(desired, owner: target.owner, revision: revision, intent: intent)
            let options = ApplyOptions(
                fieldManager: target.owner.fieldManager,
                force: true,
                dryRun: false,
                auditID: auditID
            )
            let answer = try await client.apply(manifest, options: options, deadline: deadline)
            let live = LiveSummary(answer.object, labelKey: target.owner.labelKey)
            return ChangeResult(
                change: change,
                status: .succeeded,
                httpStatus: answer.httpStatus,
                uid: live?.uid,
                resourceVersion: live?.resourceVersion,
                auditID: auditID,
                settled: try SettledDigest.of(
                    answer.object,
                    request: desired.manifest,
                    fieldManager: target.owner.fieldManager,
                    secrets: secrets
                )
            )
        } catch {
            return ChangeResult(
                change: change,
                status: .failed,
                httpStatus: (error as? KubernetesError)?.httpStatus,
                auditID: auditID,
                message: SafeMessage.of(error, for: desired)
            )
        }
    }

    private func prune(_ change: PlannedChange, intent: UInt64, deadline: Deadline) async -> ChangeResult {
        let auditID = Recorder.auditID(intent: intent, key: change.key, attempt: 1)
        guard !Task.isCancelled else {
            return ChangeResult(change: change, status: .skipped, message: "the run was ended before its turn")
        }
        do {
            try await client.delete(
                change.type,
                namespace: change.key.namespace,
                name: change.key.name,
                options: DeleteOptions(
                    uid: change.uid,
                    resourceVersion: change.resourceVersion,
                    propagation: .background,
                    auditID: auditID
                ),
                deadline: deadline
            )
            return ChangeResult(change: change, status: .succeeded, httpStatus: 200, uid: change.uid, auditID: auditID)
        } catch let error as KubernetesError where error.code == .notFound {
            // Gone already: what was intended holds.
            return ChangeResult(change: change, status: .succeeded, httpStatus: 404, uid: change.uid, auditID: auditID)
        } catch {
            return ChangeResult(
                change: change,
                status: .failed,
                httpStatus: (error as? KubernetesError)?.httpStatus,
                auditID: auditID,
                message: String(describing: error)
            )
        }
    }
}
