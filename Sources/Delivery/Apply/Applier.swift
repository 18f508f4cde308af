// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Change
package import Concurrency
internal import JSON
package import Kubernetes

/// Carries out a plan whose intent is on record: applies in order, prunes in reverse, and answers for every object.
package struct Applier: Sendable {
    let client: KubernetesClient
    private let secrets: SecretKeeper
    private let target: Target
    private let claims: CreationClaims
    private let view: LiveView?

    /// - Parameter view: is told what was written, so that the event which tells the same is no news.
    package init(
        client: KubernetesClient,
        secrets: SecretKeeper,
        target: Target,
        claims: CreationClaims,
        view: LiveView? = nil
    ) {
        self.view = view
        self.client = client
        self.secrets = secrets
        self.target = target
        self.claims = claims
    }

    /// What a run needs from those who call it.
    package struct Waits: Sendable {
        /// Waits until the definitions that were applied can be used, for as long as it makes sense.
        package let establish: @Sendable ([PlannedChange]) async -> Void
        /// Waits until objects that others depend on are healthy, for as long as it makes sense. Empty where nobody waits for health.
        package let settle: @Sendable ([PlannedChange]) async -> [ObjectHealth]

        package init(
            establish: @escaping @Sendable ([PlannedChange]) async -> Void,
            settle: @escaping @Sendable ([PlannedChange]) async -> [ObjectHealth]
        ) {
            self.establish = establish
            self.settle = settle
        }
    }

    /// Throws nothing: from the first write on, every object gets an answer that can be recorded. What a cancellation leaves undone is skipped.
    ///
    /// - Parameters:
    ///   - changes: what is to be written, in the plan's order.
    ///   - standing: what is not written, and others may depend on.
    ///   - withheld: what is not written this time, so that nothing that depends on it is either.
    ///   - intent: announced the changes.
    ///   - revision: what is written on each object as its revision.
    ///   - carriedOut: called after each change.
    package func run(
        _ changes: [PlannedChange],
        standing: [PlannedChange] = [],
        withheld: [ChangeResult] = [],
        intent: Intent,
        revision: String?,
        waits: Waits,
        deadline: Deadline,
        carriedOut: @escaping @Sendable () async -> Void = {}
    ) async -> [ChangeResult] {
        var results: [ChangeResult] = []
        let all = changes + standing + withheld.map(\.change)
        let dependencies = ObjectDependencies(all.compactMap(\.desired))
        let levels = dependencies.levels(of: all.map(\.key))
        let applies = changes.filter { $0.operation != .prune }
        let groups = Dictionary(grouping: applies) { levels[$0.key] ?? 0 }
        for (level, group) in groups.sorted(by: { $0.key < $1.key }) {
            let faults = await obstacles(group, dependencies, among: changes + standing, withheld + results, waits)
            let waiting = Self.waiting(group, dependencies, because: faults)
            for _ in waiting { await carriedOut() }
            results += waiting
            let stopped = Set(waiting.map(\.change.key))
            results += await apply(
                group.filter { !stopped.contains($0.key) },
                waits: waits,
                carriedOut: carriedOut
            ) { await apply($0, isLate: level > 0, intent: intent, revision: revision, deadline: deadline) }
        }
        for change in changes where change.operation == .prune {
            results.append(await prune(change, intent: intent, deadline: deadline))
            await carriedOut()
        }
        return results
    }

    /// What of that which a group depends on failed, or is not healthy.
    private func obstacles(
        _ group: [PlannedChange],
        _ dependencies: ObjectDependencies,
        among changes: [PlannedChange],
        _ results: [ChangeResult],
        _ waits: Waits
    ) async -> [ObjectKey: String] {
        let needed = Set(group.flatMap { dependencies.needs(of: $0.key) })
        guard !needed.isEmpty else { return [:] }
        var faults: [ObjectKey: String] = [:]
        for result in results where needed.contains(result.change.key) && result.status != .succeeded {
            faults[result.change.key] = result.status == .skipped ? Self.notApplied : "which failed"
        }
        let waited = changes.filter { needed.contains($0.key) && faults[$0.key] == nil && $0.operation != .prune }
        for health in await waits.settle(waited) where health.health != .current {
            faults[health.key] = Self.fault(health)
        }
        return faults
    }

    /// Applies objects that do not depend on each other, kind after kind.
    private func apply(
        _ changes: [PlannedChange],
        waits: Waits,
        carriedOut: @escaping @Sendable () async -> Void,
        _ apply: @escaping @Sendable (PlannedChange) async -> ChangeResult
    ) async -> [ChangeResult] {
        var results: [ChangeResult] = []
        var stage = ApplyOrder.Stage.definitions
        for group in ApplyOrder.groups(changes) {
            let next = group.first.map { ApplyOrder.stage(of: $0.type) } ?? stage
            if next > stage {
                let applied = results.filter { $0.status == .succeeded }.map(\.change)
                await waits.establish(applied.filter { ApplyOrder.stage(of: $0.type) == .definitions })
                stage = next
            }
            results += await group.concurrentMap(limit: target.concurrency) { change in
                let result = await apply(change)
                await carriedOut()
                return result
            }
        }
        return results
    }

    /// - Parameter isLate: whether the object waited for others since it was planned.
    private func apply(
        _ change: PlannedChange,
        isLate: Bool,
        intent: Intent,
        revision: String?,
        deadline: Deadline
    ) async -> ChangeResult {
        guard let desired = change.desired, !Task.isCancelled else { return Self.skipped(change) }
        if isLate || desired.rules.apply == .ifNotPresent, let reason = await surprise(change) {
            return ChangeResult(change: change, status: .skipped, message: reason)
        }
        if change.recreates { return await recreate(change, desired, intent, revision, deadline) }
        guard change.uid == nil else { return await send(change, desired, intent, revision, deadline) }
        guard await claims.mayCreate(change.key, by: "\(target.owner.labelKey)=\(target.owner.labelValue)") else {
            return ChangeResult(change: change, status: .skipped, message: Self.madeMeanwhile)
        }
        let result = await send(change, desired, intent, revision, deadline)
        switch result.status {
        case .succeeded, .unknown, .terminating: await claims.made(change.key)
        case .failed, .skipped: await claims.release(change.key)
        }
        return result
    }

    func send(
        _ change: PlannedChange,
        _ desired: DesiredObject,
        _ intent: Intent,
        _ revision: String?,
        _ deadline: Deadline,
        after deletion: String? = nil
    ) async -> ChangeResult {
        var requests = SentRequests(intent: intent, key: change.key)
        if let deletion { requests.note(deletion) }
        do {
            var manifest = Ownership.marked(desired, owner: target.owner, revision: revision, intent: intent)
            // An object that was made anew since is another one.
            if let uid = change.uid, !change.recreates { manifest["metadata"]?["uid"] = .string(uid) }
            let answer = try await apply(manifest, change, desired, &requests, deadline: deadline)
            // Of a request that was sent again, the first may have made it.
            if isCreated(change), answer.httpStatus == 200, !answer.wasSentAgain {
                return ChangeResult(
                    change: change,
                    status: .failed,
                    httpStatus: answer.httpStatus,
                    auditID: requests.first,
                    otherAuditIDs: requests.others,
                    message:
                        "somebody else made it just before, and this was applied on top of it: it is looked at again"
                )
            }
            return try await applied(change, desired, answer.object, httpStatus: answer.httpStatus, requests)
        } catch {
            let words = SafeMessage.of(error, for: desired)
            // Nothing that was sent, or all of it answered: then nothing can have been carried out unnoticed.
            let isKnown = !requests.areSent || requests.isApplied || !Self.leavesUnknown(error)
            let sight = isKnown ? nil : await client.look(at: change.type, change.key)
            if case .live(let live)? = sight, Ownership.carries(live, intent),
                // The answer was lost, and the write was not.
                let result = try? await applied(change, desired, live, httpStatus: nil, requests)
            {
                return result
            }
            let isLost = if case .unknown? = sight { true } else { false }
            return ChangeResult(
                change: change,
                status: isLost ? .unknown : .failed,
                httpStatus: (error as? KubernetesError)?.httpStatus,
                auditID: requests.first,
                otherAuditIDs: requests.others,
                message: requests.isApplied
                    ? "it was applied, but what former owners left could not be taken away: \(words)"
                    : requests.hasMoved ? "\(words); the ownership of its fields was moved already" : words
            )
        }
    }

    /// Why an object is not any more what it was when this was planned; `nil` if it is.
    private func surprise(_ change: PlannedChange) async -> String? {
        switch await client.look(at: change.type, change.key) {
        case .absent:
            return change.uid == nil ? nil : "it was deleted meanwhile, and is looked at again"
        case .live(let object):
            guard change.uid != nil else { return Self.madeMeanwhile }
            let live = LiveSummary(object, labelKey: target.owner.labelKey)
            let isOurs = [nil, target.owner.labelValue].contains(live?.ownerLabel) && live?.otherOwner == nil
            return live?.uid == change.uid && isOurs
                ? nil : "it was made anew or taken by another owner meanwhile, and is looked at again"
        case .unknown(let error):
            // Its kind may come with the same run.
            return (error as? KubernetesError)?.code == .unknownKind ? nil : String(describing: error)
        }
    }

    /// Applies the object, and moves the ownership of fields before that, where it is to be moved.
    ///
    /// Fields of one API version are taken over at a time, so that it may take several rounds.
    private func apply(
        _ manifest: JSONValue,
        _ change: PlannedChange,
        _ desired: DesiredObject,
        _ requests: inout SentRequests,
        deadline: Deadline
    ) async throws -> ApplyResult {
        let mover = OwnershipMover(client: client, target: target, change: change, desired: desired)
        func send(_ auditID: String) async throws -> ApplyResult {
            let options = ApplyOptions(
                fieldManager: target.owner.fieldManager,
                // What is to be made is nobody's: if it is, that is a conflict.
                force: !isCreated(change),
                dryRun: false,
                auditID: auditID
            )
            return try await client.apply(manifest, options: options, deadline: deadline)
        }
        guard !change.recreates else { return try await send(requests.begin()) }
        _ = try await mover.move(letsGo: true, deadline: deadline, &requests)
        var answer = try await send(requests.begin())
        requests.isApplied = true
        for _ in 0..<Self.mostRounds {
            guard try await mover.move(letsGo: false, deadline: deadline, &requests) else { break }
            answer = try await send(requests.next())
        }
        return answer
    }

    private func applied(
        _ change: PlannedChange,
        _ desired: DesiredObject,
        _ object: JSONValue,
        httpStatus: Int?,
        _ requests: SentRequests
    ) async throws -> ChangeResult {
        let live = LiveSummary(object, labelKey: target.owner.labelKey)
        let coexistence = Coexistence(desired, target: target)
        let additions = coexistence.additions(to: object)
        // With something of others beside ours it is looked at again.
        if additions.isEmpty { await view?.settle(object, change.type, change.key, target.owner) }
        return ChangeResult(
            change: change,
            status: .succeeded,
            httpStatus: httpStatus,
            uid: live?.uid,
            resourceVersion: live?.resourceVersion,
            auditID: requests.first,
            otherAuditIDs: requests.others,
            settled: try SettledDigest.of(
                object,
                request: desired.manifest,
                fieldManager: target.owner.fieldManager,
                secrets: secrets
            ),
            additions: additions.pointers(in: object)
        )
    }

    private func isCreated(_ change: PlannedChange) -> Bool { change.uid == nil || change.recreates }

    private func prune(_ change: PlannedChange, intent: Intent, deadline: Deadline) async -> ChangeResult {
        guard !Task.isCancelled else { return Self.skipped(change) }
        return await delete(change, auditID: intent.auditID(of: change.key), deadline: deadline)
    }

    /// Deletes what a change knows the uid of.
    func delete(_ change: PlannedChange, auditID: String, deadline: Deadline) async -> ChangeResult {
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
            // It went with its kind.
            case .unknown(let error) where (error as? KubernetesError)?.code == .unknownKind:
                return result(.succeeded, 404, Self.goneAlready)
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
            await claims.release(change.key)
            return isGone ? result(.succeeded, 200) : result(.terminating, 200, Self.stillThere)
        } catch let error as KubernetesError where error.code == .notFound {
            return result(.succeeded, 404, Self.goneAlready)
        } catch {
            let status = (error as? KubernetesError)?.httpStatus
            let words = String(describing: error)
            guard Self.leavesUnknown(error) else { return result(.failed, status, words) }
            switch await client.look(at: change.type, change.key) {
            case .absent: return result(.succeeded, nil)
            case .live(let live) where live["metadata"]?["deletionTimestamp"] != nil:
                return result(.terminating, nil, Self.stillThere)
            case .live: return result(.failed, status, words)
            case .unknown: return result(.unknown, status, words)
            }
        }
    }

    // MARK: - Small parts

    /// More API versions than any kind has.
    private static let mostRounds = 8

    private static let madeMeanwhile = "somebody else made it meanwhile, and it is looked at again"
    private static let goneAlready = "it was not there any more, so nothing was deleted"
    private static let stillThere =
        "the server took the deletion; the object goes when its finalizers and its grace period are through"

    private static func skipped(_ change: PlannedChange) -> ChangeResult {
        ChangeResult(change: change, status: .skipped, message: "the run was ended before its turn")
    }

    /// Whether a request may have been carried out although nobody said so.
    private static func leavesUnknown(_ error: any Error) -> Bool {
        guard let error = error as? KubernetesError else { return error is CancellationError }
        let isLost = error.code == .unreachable || error.code == .malformedAnswer
        return error.httpStatus.map { interruptions.contains($0) } ?? isLost
    }

    /// Answers of a server, or of something before it, that lost track of a request: it may go on behind them.
    private static let interruptions: Set<Int> = [500, 502, 503, 504]
}
