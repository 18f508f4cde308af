// SPDX-License-Identifier: Apache-2.0

package import Audit
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
    ///   - intent: announced them.
    ///   - revision: what is written on each object as its revision.
    ///   - establish: waits until the definitions that were applied can be used, for as long as it makes sense.
    ///   - carriedOut: called after each change.
    package func run(
        _ changes: [PlannedChange],
        intent: Intent,
        revision: String?,
        establish: @Sendable ([PlannedChange]) async -> Void,
        deadline: Deadline,
        carriedOut: @escaping @Sendable () async -> Void = {}
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
                let result = await apply(change, intent: intent, revision: revision, deadline: deadline)
                await carriedOut()
                return result
            }
        }
        for change in changes where change.operation == .prune {
            results.append(await prune(change, intent: intent, deadline: deadline))
            await carriedOut()
        }
        return results
    }

    private func apply(
        _ change: PlannedChange,
        intent: Intent,
        revision: String?,
        deadline: Deadline
    ) async -> ChangeResult {
        guard let desired = change.desired, !Task.isCancelled else { return Self.skipped(change) }
        let auditID = intent.auditID(of: change.key)
        do {
            let options = ApplyOptions(
                fieldManager: target.owner.fieldManager,
                force: true,
                dryRun: false,
                auditID: auditID
            )
            let manifest = Ownership.marked(desired, owner: target.owner, revision: revision, intent: intent)
            let answer = try await client.apply(manifest, options: options, deadline: deadline)
            return try applied(change, desired, answer.object, httpStatus: answer.httpStatus, auditID: auditID)
        } catch {
            let failure = ChangeResult(
                change: change,
                status: .failed,
                httpStatus: (error as? KubernetesError)?.httpStatus,
                auditID: auditID,
                message: SafeMessage.of(error, for: desired)
            )
            guard Self.leavesUnknown(error), case .live(let live) = await client.look(at: change.type, change.key),
                Ownership.carries(live, intent)
            else { return failure }
            // The answer was lost, and the write was not.
            return (try? applied(change, desired, live, httpStatus: nil, auditID: auditID)) ?? failure
        }
    }

    private func applied(
        _ change: PlannedChange,
        _ desired: DesiredObject,
        _ object: JSONValue,
        httpStatus: Int?,
        auditID: String
    ) throws -> ChangeResult {
        let live = LiveSummary(object, labelKey: target.owner.labelKey)
        return ChangeResult(
            change: change,
            status: .succeeded,
            httpStatus: httpStatus,
            uid: live?.uid,
            resourceVersion: live?.resourceVersion,
            auditID: auditID,
            settled: try SettledDigest.of(
                object,
                request: desired.manifest,
                fieldManager: target.owner.fieldManager,
                secrets: secrets
            )
        )
    }

    private func prune(_ change: PlannedChange, intent: Intent, deadline: Deadline) async -> ChangeResult {
        guard !Task.isCancelled else { return Self.skipped(change) }
        let auditID = intent.auditID(of: change.key)
        func result(
            _ status: ChangeResult.Status,
            _ httpStatus: Int?,
            _ message: String? = nil
        ) -> ChangeResult {
            ChangeResult(
                change: change,
                status: status,
                httpStatus: httpStatus,
                uid: change.uid,
                auditID: auditID,
                message: message
            )
        }
        guard let uid = change.uid else {
            // It was not there when this was planned; nothing is deleted without knowing what.
            switch await client.look(at: change.type, change.key) {
            case .absent: return result(.succeeded, 404, Self.goneAlready)
            case .live: return result(.failed, 200, "it was made anew meanwhile, and is looked at again")
            case .unknown(let error): return result(.failed, nil, String(describing: error))
            }
        }
        do {
            let isGone = try await client.delete(
                change.type,
                namespace: change.key.namespace,
                name: change.key.name,
                options: DeleteOptions(
                    uid: uid,
                    resourceVersion: change.resourceVersion,
                    propagation: .background,
                    auditID: auditID
                ),
                deadline: deadline
            )
            return isGone ? result(.succeeded, 200) : result(.terminating, 200, Self.stillThere)
        } catch let error as KubernetesError where error.code == .notFound {
            return result(.succeeded, 404, Self.goneAlready)
        } catch {
            let status = (error as? KubernetesError)?.httpStatus
            let failure = result(.failed, status, String(describing: error))
            guard Self.leavesUnknown(error) else { return failure }
            switch await client.look(at: change.type, change.key) {
            case .absent: return result(.succeeded, nil)
            case .live(let live) where live["metadata"]?["deletionTimestamp"] != nil:
                return result(.terminating, nil, Self.stillThere)
            case .live, .unknown: return failure
            }
        }
    }

    // MARK: - Small parts

    private static let goneAlready = "it was not there any more, so nothing was deleted"
    private static let stillThere =
        "the server took the deletion; the object goes when its finalizers and its grace period are through"

    private static func skipped(_ change: PlannedChange) -> ChangeResult {
        ChangeResult(change: change, status: .skipped, message: "the run was ended before its turn")
    }

    /// Whether a request may have been carried out although nobody answered.
    private static func leavesUnknown(_ error: any Error) -> Bool {
        (error as? KubernetesError).map { $0.httpStatus == nil && $0.code == .unreachable } ?? false
    }
}
