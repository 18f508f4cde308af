// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import JSON
internal import Kubernetes

/// Works out what would become of one object. Reads and dry-runs; writes nothing.
struct ObjectPlanner: Sendable {
    let client: KubernetesClient
    let secrets: SecretKeeper
    let target: Target
    /// The kinds that the cluster serves already.
    let served: Set<GroupVersionKind>
    /// Namespaces of the same commit, whose content the server cannot judge yet.
    let coming: Set<String>
    let checking: Planner.Checking
    let view: LiveView?
    let deadline: Deadline

    enum Step: Sendable {
        case change(PlannedChange)
        case finding(Finding)
        case unhealable(PlannedChange, Finding)
        case refreshed(PlannedChange, resourceVersion: String)
    }

    func step(for desired: DesiredObject, live: LiveState, memory: Planner.Memory) async throws -> Step {
        if let reason = live.failure(for: desired.type, in: desired.key.namespace) {
            return .finding(
                finding(
                    desired,
                    "unreadable",
                    "its live state cannot be read: \(reason)\(SafeMessage.nextStep(after: reason))"
                )
            )
        }
        let settled = memory.settled[desired.key]
        let summary = live.objects[desired.key]
        if desired.rules.apply == .ifNotPresent, let summary, !summary.isTerminating {
            return .change(change(.none, desired, summary))
        }
        let comparison = Comparison.of(
            desired,
            settled: settled,
            live: summary,
            label: target.owner.labelValue,
            origin: memory.origin(of: desired.key)
        )
        switch comparison {
        case .unchanged:
            return .change(change(.none, desired, summary))
        case .absent(let wasSettled):
            return try await create(desired, operation: wasSettled ? .heal : .create)
        case .touched(let summary):
            guard !live.inSync.contains(desired.key) || summary.uid != settled?.uid else {
                return .refreshed(change(.none, desired, summary), resourceVersion: summary.resourceVersion)
            }
            return try await inspect(desired, summary, settled: settled)
        case .changed(let summary):
            return try await dryRun(desired, summary, operation: .update)
        case .unrecorded(let summary, let isMarked):
            let isOurs = isMarked && !memory.found.contains(desired.key)
            let step = try await dryRun(desired, summary, operation: isOurs ? .update : .adopt)
            // Without a record nobody knows whether it would have to learn of the object.
            guard !memory.isKnown, case .change(let planned) = step, planned.silentReason == .record else {
                return step
            }
            return .change(unchanged(desired, summary, besides: planned))
        case .foreign(let label):
            return .finding(
                finding(
                    desired,
                    "owned-by-another",
                    "another owner (\(label)) delivers this object: remove it from one of the two"
                )
            )
        case .ofAnotherLog(let origin):
            return .finding(
                finding(
                    desired,
                    "owned-by-another",
                    "it was applied from here by the log \(origin): use that log, or deliver under another --name; if that log is lost, take the "
                        + "annotation \(Ownership.auditIndexAnnotation) off the object to have it adopted"
                )
            )
        case .terminating:
            return .finding(finding(desired, "terminating", "it is being deleted, and is created anew once it is gone"))
        }
    }

    // MARK: - What is not there

    private func create(_ desired: DesiredObject, operation: Operation) async throws -> Step {
        let planned = PlannedChange(
            operation: operation,
            type: desired.type,
            key: desired.key,
            desired: desired,
            diffs: [FieldDiff(field: JSONPointer(tokens: []), before: nil, after: secrets.masked(desired.manifest))],
            notChecked: notCheckable(desired)
        )
        let isAsked = checking.includes(desired.key) || NumberLoss.isPossible(in: desired.manifest)
        guard isAsked, planned.notChecked == nil else { return .change(planned) }
        do {
            _ = try await dryRunApply(desired)
            return .change(planned)
        } catch let error as KubernetesError where error.httpStatus != nil || !error.isRetryable {
            return error.isRetryable
                ? .change(unchecked(operation, desired, nil, error)) : .finding(refused(desired, error))
        }
    }

    /// Why the server cannot be asked about an object yet.
    private func notCheckable(_ desired: DesiredObject) -> String? {
        if !served.contains(desired.type) { return "its kind is defined by the same commit" }
        return desired.key.namespace.map(coming.contains) == true ? "its namespace comes with the same commit" : nil
    }

    // MARK: - What is there

    /// The object has a newer version than the one that settled: looks whether what is ours changed, and whether somebody put something beside it.
    private func inspect(_ desired: DesiredObject, _ summary: LiveSummary, settled: SettledObject?) async throws -> Step
    {
        let object: JSONValue
        switch try await liveObject(desired) {
        case .found(let found): object = found
        case .absent: return .change(change(.heal, desired, nil))
        case .unreadable(let finding): return .finding(finding)
        }
        let digest = try settledDigest(of: object, desired)
        let additions = Coexistence(desired, target: target).additions(to: object)
        if digest != settled?.settled || (target.healing == .strict && !additions.isEmpty) {
            return try await compare(desired, with: object, summary, operation: .heal, ownedState: digest)
        }
        guard additions.isEmpty else {
            // Compared again at the next look, since it may have gone by then.
            return .change(try left(desired, object, summary, additions, ownedState: digest))
        }
        await view?.settle(object, desired.type, desired.key, target.owner)
        let version = object["metadata"]?["resourceVersion"]?.stringValue ?? summary.resourceVersion
        return .refreshed(change(.none, desired, summary), resourceVersion: version)
    }

    /// An object that is in sync, but for what others added.
    private func left(
        _ desired: DesiredObject,
        _ object: JSONValue,
        _ summary: LiveSummary,
        _ additions: FieldSet,
        ownedState: ContentDigest
    ) throws -> PlannedChange {
        let fields = fieldDiffs(of: additions, in: object)
        let state: JSONValue = [
            .string(ownedState.description),
            .array(fields.map { [.string($0.field.description), $0.before ?? .null] }),
        ]
        return PlannedChange(
            operation: .none,
            type: desired.type,
            key: desired.key,
            desired: desired,
            foreignManagers: ManagedFields(of: object).owners(of: additions, except: target.owner.fieldManager),
            uid: summary.uid,
            resourceVersion: summary.resourceVersion,
            ownedState: try secrets.digest(of: state, isSecret: SecretKeeper.isSecret(desired.manifest)),
            additions: fields
        )
    }

    private func fieldDiffs(of fields: FieldSet, in object: JSONValue) -> [FieldDiff] {
        let masked = secrets.masked(object)
        return fields.pointers(in: object).map { FieldDiff(field: $0, before: masked[$0], after: nil) }
    }

    private func dryRun(_ desired: DesiredObject, _ summary: LiveSummary, operation: Operation) async throws -> Step {
        switch try await liveObject(desired) {
        case .found(let object): return try await compare(desired, with: object, summary, operation: operation)
        case .absent: return .change(change(.create, desired, nil))
        case .unreadable(let finding): return .finding(finding)
        }
    }

    private func compare(
        _ desired: DesiredObject,
        with object: JSONValue,
        _ summary: LiveSummary,
        operation: Operation,
        ownedState: ContentDigest? = nil
    ) async throws -> Step {
        do {
            let answer = try await dryRunApply(desired)
            return .change(
                try await planned(desired, object, answer, summary, operation: operation, ownedState: ownedState)
            )
        } catch let error as KubernetesError where error.httpStatus != nil || !error.isRetryable {
            guard !error.isRetryable else { return .change(unchecked(operation, desired, summary, error)) }
            if let step = await recreation(of: desired, object, summary, operation, ownedState, error) { return step }
            guard operation == .heal else { return .finding(refused(desired, error)) }
            let drift = PlannedChange(
                operation: .heal,
                type: desired.type,
                key: desired.key,
                desired: desired,
                foreignManagers: Projection.foreignManagers(of: object, fieldManager: target.owner.fieldManager),
                uid: summary.uid,
                resourceVersion: summary.resourceVersion,
                ownedState: ownedState
            )
            return .unhealable(drift, refused(desired, error))
        }
    }

    /// - Parameter answer: what the server says that an apply alone would make of the object.
    private func planned(
        _ desired: DesiredObject,
        _ object: JSONValue,
        _ answer: JSONValue,
        _ summary: LiveSummary,
        operation: Operation,
        ownedState: ContentDigest?
    ) async throws -> PlannedChange {
        let coexistence = Coexistence(desired, target: target)
        let additions = coexistence.additions(to: answer, isAdoption: operation == .adopt)
        let ownership = coexistence.ownership(
            of: object,
            isAdoption: operation == .adopt,
            additions: additions,
            isStrict: target.healing == .strict
        )
        var prediction = coexistence.prediction(answer, live: object, ownership: ownership)
        if ownership.takesOver || ownership.removesAdditions {
            prediction = try await completed(prediction, of: desired, from: object)
        }
        let diffs = ObjectDiff.between(object, prediction, secrets: secrets)
        return PlannedChange(
            operation: operation,
            type: desired.type,
            key: desired.key,
            desired: desired,
            diffs: diffs,
            silentReason: diffs.isEmpty ? silentReason(desired, from: object, to: answer) : nil,
            foreignManagers: operation == .heal || operation == .adopt || !additions.isEmpty
                ? Projection.foreignManagers(
                    of: object,
                    fieldManager: target.owner.fieldManager,
                    changed: operation == .heal ? diffs.map(\.field) + additions.pointers(in: object) : nil
                ) : [],
            uid: summary.uid,
            resourceVersion: summary.resourceVersion,
            before: try secrets.digest(
                of: ObjectDiff.comparable(object),
                isSecret: SecretKeeper.isSecret(desired.manifest)
            ),
            ownedState: ownedState,
            ownership: ownership,
            additions: fieldDiffs(of: additions, in: answer)
        )
    }

    private func silentReason(_ desired: DesiredObject, from live: JSONValue, to next: JSONValue) -> SilentReason {
        let ours = [live, next].map {
            Projection(of: $0, request: desired.manifest, fieldManager: target.owner.fieldManager).value
        }
        return ours[0] == ours[1] ? .record : .ownership
    }

    /// The server has trouble with this object, such as a webhook that is down: that must not hold up the others. Whether it can be
    /// applied will be seen when it is.
    private func unchecked(
        _ operation: Operation,
        _ desired: DesiredObject,
        _ live: LiveSummary?,
        _ error: KubernetesError
    ) -> PlannedChange {
        PlannedChange(
            operation: operation,
            type: desired.type,
            key: desired.key,
            desired: desired,
            uid: live?.uid,
            resourceVersion: live?.resourceVersion,
            notChecked: "the server could not tell: \(SafeMessage.of(error, for: desired))",
            // Whether there is anything to do about ownership will be seen then, too.
            ownership: OwnershipChange(
                takesOver: operation == .adopt && desired.rules.apply == .overwrite,
                lets: !desired.rules.ignored.isEmpty
            )
        )
    }

    // MARK: - Requests

    private func dryRunApply(_ desired: DesiredObject) async throws -> JSONValue {
        let answer = try await client.apply(
            Ownership.labelled(desired, owner: target.owner),
            options: ApplyOptions(fieldManager: target.owner.fieldManager, force: true, dryRun: true),
            deadline: deadline
        ).object
        if let loss = NumberLoss.first(in: desired.manifest, answer) { throw KubernetesError(.invalid, loss) }
        return answer
    }

    /// What the server makes of an object that is to be so: fields that go come back with their defaults, or are refused to go.
    private func completed(
        _ prediction: JSONValue,
        of desired: DesiredObject,
        from live: JSONValue
    ) async throws -> JSONValue {
        let operations =
            Self.difference(prediction, live, at: [])
            + Self.metadata.flatMap { field in
                Self.difference(prediction["metadata"] ?? [:], live["metadata"] ?? [:], at: ["metadata"], only: [field])
            }
        guard !operations.isEmpty else { return prediction }
        return try await client.jsonPatch(
            desired.type,
            namespace: desired.key.namespace,
            name: desired.key.name,
            patch: JSONPatch(operations),
            fieldManager: target.owner.fieldManager,
            dryRun: true,
            deadline: deadline
        )
    }

    private static let metadata = ["labels", "annotations"]
    private static let fixed: Set<String> = ["apiVersion", "kind", "metadata", "status"]

    /// What makes the members of one object those of another.
    private static func difference(
        _ wanted: JSONValue,
        _ live: JSONValue,
        at place: [String],
        only names: [String]? = nil
    ) -> [JSONPatch.Operation] {
        let all =
            names ?? Set((wanted.objectValue?.keys ?? []) + (live.objectValue?.keys ?? [])).subtracting(fixed).sorted()
        return all.compactMap { name in
            let pointer = JSONPointer(tokens: place + [name])
            guard wanted[name] != live[name] else { return nil }
            return wanted[name].map { .add(pointer, $0) } ?? .remove(pointer)
        }
    }

    private enum Live {
        case found(JSONValue)
        case absent
        /// The server refuses to show it, which is no reason to stop at the others.
        case unreadable(Finding)
    }

    private func liveObject(_ desired: DesiredObject) async throws -> Live {
        do {
            let object = try await client.find(
                desired.type,
                namespace: desired.key.namespace,
                name: desired.key.name,
                deadline: deadline
            )
            return object.map { .found($0) } ?? .absent
        } catch let error as KubernetesError where error.httpStatus != nil {
            return .unreadable(finding(desired, "unreadable", "its live state cannot be read: \(error)"))
        }
    }

    // MARK: - Small parts

    private func settledDigest(of object: JSONValue, _ desired: DesiredObject) throws -> ContentDigest {
        try SettledDigest.of(
            object,
            request: desired.manifest,
            fieldManager: target.owner.fieldManager,
            secrets: secrets
        )
    }

    private func change(_ operation: Operation, _ desired: DesiredObject, _ live: LiveSummary?) -> PlannedChange {
        PlannedChange(
            operation: operation,
            type: desired.type,
            key: desired.key,
            desired: desired,
            uid: live?.uid,
            resourceVersion: live?.resourceVersion
        )
    }

    /// An object that nothing is to be done about, with what others put into it.
    private func unchanged(
        _ desired: DesiredObject,
        _ live: LiveSummary,
        besides planned: PlannedChange
    ) -> PlannedChange {
        PlannedChange(
            operation: .none,
            type: desired.type,
            key: desired.key,
            desired: desired,
            foreignManagers: planned.additions.isEmpty ? [] : planned.foreignManagers,
            uid: live.uid,
            resourceVersion: live.resourceVersion,
            additions: planned.additions
        )
    }

    private func refused(_ desired: DesiredObject, _ error: KubernetesError) -> Finding {
        finding(desired, Planner.refusal, SafeMessage.of(error, for: desired))
    }

    private func finding(_ desired: DesiredObject, _ rule: String, _ message: String) -> Finding {
        Finding(rule: rule, message: message, location: desired.location, object: desired.key)
    }
}
