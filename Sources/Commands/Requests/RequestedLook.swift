// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes

/// Asks the controller to look at a resource now, and waits until it has.
struct RequestedLook: Sendable {
    /// Who writes what a person asks for on the command line.
    static let fieldManager = "taffrail-cli"
    private static let pause = Duration.milliseconds(300)

    let client: KubernetesClient
    let namespace: String
    let limit: Duration
    let progress: Progress

    init(_ names: ResourceNames, _ cluster: Cluster, limit: Duration = .zero, progress: Progress = Progress(.none)) {
        client = cluster.client
        namespace = names.namespace ?? cluster.namespace ?? "default"
        self.limit = limit
        self.progress = progress
    }

    /// What the controller said after it had looked.
    struct Answer: Sendable {
        let resource: NamedResource
        let isReady: Bool
        let reason: String
        let message: String

        var value: JSONValue {
            [
                "kind": .string(resource.type.kind), "name": .string(resource.name), "ready": .bool(isReady),
                "reason": .string(reason), "message": .string(message),
            ]
        }
    }

    func find(_ resource: NamedResource) async throws -> JSONValue {
        let deadline = Deadline.after(.seconds(30))
        guard
            let object = try await client.find(
                resource.type,
                namespace: namespace,
                name: resource.name,
                deadline: deadline
            )
        else {
            throw CommandError(
                "there is no \(resource.type.kind) '\(resource.name)' in namespace \(namespace): "
                    + "'kubectl get taffrail -A' shows what there is"
            )
        }
        return object
    }

    /// Asks for a look at each, and waits for all answers.
    ///
    /// - Parameters:
    ///   - spec: what else is to be changed in each.
    ///   - waits: whether to wait at all.
    func ask(_ resources: [NamedResource], changing spec: JSONValue? = nil, waits: Bool = true) async throws -> [Answer]
    {
        var tokens: [String] = []
        for resource in resources {
            _ = try await find(resource)
            // Like no other: nobody asks twice within a nanosecond.
            let token = WallClock.system.now.description
            var patch: JSONValue = [
                "metadata": ["annotations": [EnvironmentReconciler.requestAnnotation: .string(token)]]
            ]
            if let spec { patch["spec"] = spec }
            try await change(resource, to: patch)
            tokens.append(token)
        }
        guard waits else { return [] }
        var answers: [Answer] = []
        for (resource, token) in zip(resources, tokens) { answers.append(try await answer(to: token, of: resource)) }
        return answers
    }

    func change(_ resource: NamedResource, to patch: JSONValue) async throws {
        _ = try await client.mergePatch(
            resource.type,
            namespace: namespace,
            name: resource.name,
            patch: patch,
            fieldManager: Self.fieldManager,
            deadline: .after(.seconds(30))
        )
    }

    /// Waits until the status echoes a token.
    ///
    /// - Throws: `CommandError` when the time is up, with what the resource said last.
    private func answer(to token: String, of resource: NamedResource) async throws -> Answer {
        let deadline = Deadline.after(limit)
        var told = ""
        while true {
            let object = try await find(resource)
            if object["spec"]?["suspend"]?.boolValue == true {
                throw CommandError(
                    "\(resource) is suspended: 'taffrail resume \(resource) -n \(namespace)' lets it go on"
                )
            }
            let ready = Conditions(object["status"])["Ready"]
            let (reason, message) = (ready?["reason"]?.stringValue ?? "", ready?["message"]?.stringValue ?? "")
            if object["status"]?["lastHandledReconcileAt"]?.stringValue == token {
                let isReady = ready?["status"]?.stringValue == "True"
                return Answer(resource: resource, isReady: isReady, reason: reason, message: message)
            }
            if told != message, !message.isEmpty { progress.tell("\(resource): \(reason): \(message)") }
            told = message
            guard !deadline.isPast else {
                let last =
                    told.isEmpty ? "it has no status: see that a controller runs, and looks at this namespace" : told
                throw CommandError("\(resource) was not looked at within \(limit.words): \(last)")
            }
            try await Task.sleep(for: Self.pause)
        }
    }
}

extension Duration {
    fileprivate var words: String { "\(components.seconds) s" }
}
