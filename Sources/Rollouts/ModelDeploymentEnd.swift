// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes
internal import Serving

extension ModelDeploymentReconciler {
    /// What is live of a ModelDeployment that is being deleted.
    private struct Children {
        /// Still its own, each with what it waits for where it is being deleted.
        var own: [ObjectKey: String] = [:]
        /// No longer its own: the garbage collector made orphans of them, as somebody asked for.
        var orphans: Set<ObjectKey> = []
    }

    /// What an attempt to delete the children came to, each with a reason.
    private struct Remains {
        let open: [ObjectKey: String]
        let orphans: [ObjectKey: String]
        let hasFailed: Bool
    }

    /// Of the garbage collector, until it has taken the children's owner references away.
    private static let orphanFinalizer = "orphan"
    private static let orphaned =
        "it no longer belongs to the ModelDeployment, as 'kubectl delete --cascade=orphan' has it"

    /// Deletes the children one by one, on the record, and then lets the ModelDeployment go.
    ///
    /// It stays until they are gone, or its time is up.
    func finish(_ object: JSONValue, deadline: Deadline) async throws -> Attempt {
        guard finalizer.isOn(object) else { return .done }
        let departure = Departure(
            of: object,
            on: road(object),
            recorder: recorder,
            context: try context(object),
            patience: patience,
            now: clock.now
        )
        let recorded = Set(try await recorder.recorded(in: Self.memory(of: object)).map(\.key))
        let namespace = object["metadata"]?["namespace"]?.stringValue ?? ""
        if Finalizer.all(of: object).contains(Self.orphanFinalizer) {
            return try await letGo(object, departure, departure.left(Self.all(recorded, Self.orphaned)), deadline)
        }
        if await !client.leaving([namespace]).isEmpty {
            return try await letGo(object, departure, departure.taken(recorded), deadline)
        }
        let remains: Remains
        do {
            remains = try await prune(object, departure, deadline: deadline)
        } catch let error where !(error is CancellationError) {
            // Nothing could even be looked at.
            let words = String(describing: error)
            if departure.isOverdue {
                return try await letGo(
                    object,
                    departure,
                    departure.unseen(recorded, words, .garbageCollector),
                    deadline
                )
            }
            return try await stay(object, "DeletionFailed", words, deadline)
        }
        guard let first = remains.open.min(by: { $0.key < $1.key }), !departure.isOverdue else {
            let findings = departure.left(remains.open, .garbageCollector) + departure.left(remains.orphans)
            return try await letGo(object, departure, findings, deadline)
        }
        let words = "\(first.key): \(first.value)"
        return try await stay(object, remains.hasFailed ? "DeletionFailed" : "Deleting", words, deadline)
    }

    /// Deletes what is its own, and looks what is still there then.
    private func prune(_ object: JSONValue, _ departure: Departure, deadline: Deadline) async throws -> Remains {
        let orphans = Self.all(try await children(of: object, deadline: deadline).orphans, Self.orphaned)
        let inventory = LogInventory(recorder: recorder, environment: Self.memory(of: object))
        let failures = try await departure.prune(inventory, sparing: Set(orphans.keys), deadline: deadline)
        let own = try await children(of: object, deadline: deadline).own
        return Remains(open: own.merging(failures) { $1 }, orphans: orphans, hasFailed: !failures.isEmpty)
    }

    private func stay(
        _ object: JSONValue,
        _ reason: String,
        _ words: String,
        _ deadline: Deadline
    ) async throws -> Attempt {
        let message = "its children are still there: \(words)"
        try await report(.failed(reason, message), of: object, deadline: deadline)
        // What only waits for its finalizers is looked at with the next look.
        return reason == "Deleting" ? .done : .failed
    }

    /// Says what stays, on record first, and lets the ModelDeployment go.
    private func letGo(
        _ object: JSONValue,
        _ departure: Departure,
        _ findings: [Finding],
        _ deadline: Deadline
    ) async throws -> Attempt {
        let words = try await departure.leave(findings)
        var object = object
        if let words {
            let told = try? await report(.failed("LeftBehind", words), of: object, deadline: deadline)
            object = told ?? object
        }
        guard try await finalizer.takeOff(object, deadline: deadline) else { return .done }
        return words.map { .gone($0) } ?? .done
    }

    /// Looks for children by their label, also for those that are being deleted and no longer on record.
    private func children(of object: JSONValue, deadline: Deadline) async throws -> Children {
        let uid = object["metadata"]?["uid"]
        let namespace = object["metadata"]?["namespace"]?.stringValue
        var children = Children()
        for type in [Self.workloadType, Self.serviceType, Self.budgetType, Self.accountType] {
            guard try await applier.resource(for: type, deadline: deadline) != nil else { continue }
            let found = try await applier.list(
                type,
                namespace: namespace,
                labelSelector: "\(ServedModel.modelLabel)=\(Self.name(of: object))",
                metadataOnly: true,
                deadline: deadline
            )
            for child in found {
                let name = child["metadata"]?["name"]?.stringValue ?? ""
                let key = ObjectKey(group: type.group, kind: type.kind, namespace: namespace, name: name)
                let owners = child["metadata"]?["ownerReferences"]?.arrayValue ?? []
                if owners.contains(where: { $0["uid"] == uid }) {
                    children.own[key] = Departure.held(by: Finalizer.all(of: child))
                } else {
                    children.orphans.insert(key)
                }
            }
        }
        return children
    }

    private static func all(_ keys: Set<ObjectKey>, _ reason: String) -> [ObjectKey: String] {
        Dictionary(uniqueKeysWithValues: keys.map { ($0, reason) })
    }
}
