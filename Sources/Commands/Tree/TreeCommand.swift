// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes

/// `taffrail tree`
struct TreeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Show what Environments have applied, what that owns, and how each object does.",
        discussion: """
            Below each Environment stand the objects of its Inventory, and below each of these what it owns: the Deployments of a ModelDeployment, their ReplicaSets, \
            the Pods of those. What 'taffrail apply' delivered from a workstation is not among it: that is in the log alone. Objects in another cluster are named, and not looked at. Health is in kstatus's words: Current, InProgress, Failed, Terminating, NotFound, Unknown.

            Exit status: 0 whatever the health, 1 an error.

            Examples:
              taffrail tree production -n models
              taffrail tree -A -o json
            """
    )

    @Argument(help: "The name of an Environment; all if left out.")
    var environment: String?

    @OptionGroup var cluster: ClusterOptions

    @Option(name: .shortAndLong, help: "The Environment's namespace, instead of the context's.")
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "The Environments of all namespaces.")
    var allNamespaces = false

    @Option(name: .shortAndLong, help: "How to print.")
    var output = OutputFormat.table

    func validate() throws {
        guard !allNamespaces || (environment == nil && namespace == nil) else {
            throw ValidationError("-A is for all Environments of all namespaces: leave out the name and -n")
        }
    }

    func run() async throws {
        let connection = try await cluster.open(environment: Environment.variables)
        let place = allNamespaces ? nil : namespace ?? connection.namespace ?? "default"
        let look = TreeLook(client: connection.client)
        let environments = try await look.environments(named: environment, namespace: place)
        if environments.isEmpty {
            Terminal.note("there are no Environments in \(place.map { "namespace \($0)" } ?? "the cluster")")
        }
        let (trees, notChecked) = try await look.trees(of: environments)
        let presenter = ObjectTreePresenter(trees: trees)
        output.write(presenter.json) { trees.isEmpty ? [] : presenter.table }
        for note in notChecked { Terminal.note("not checked: \(note)") }
    }
}

/// Gathers what a tree is made of: objects by name, and by kind whatever they may own.
struct TreeLook {

    /// Kinds that are owned by others, as a workload's controllers make them. Content is only read where health is in it.
    private static let owned: [(type: GroupVersionKind, metadataOnly: Bool)] = [
        (GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"), false),
        (GroupVersionKind(group: "apps", version: "v1", kind: "ReplicaSet"), false),
        (GroupVersionKind(group: "apps", version: "v1", kind: "StatefulSet"), false),
        (GroupVersionKind(group: "apps", version: "v1", kind: "DaemonSet"), false),
        (GroupVersionKind(group: "batch", version: "v1", kind: "CronJob"), false),
        (GroupVersionKind(group: "batch", version: "v1", kind: "Job"), false),
        (GroupVersionKind(group: "", version: "v1", kind: "Pod"), false),
        (GroupVersionKind(group: "", version: "v1", kind: "PersistentVolumeClaim"), false),
        (GroupVersionKind(group: "", version: "v1", kind: "Service"), false),
        (GroupVersionKind(group: "", version: "v1", kind: "ServiceAccount"), true),
        (GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"), true),
        (GroupVersionKind(group: "", version: "v1", kind: "Secret"), true),
        (GroupVersionKind(group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice"), true),
        (GroupVersionKind(group: "networking.k8s.io", version: "v1", kind: "Ingress"), true),
        (GroupVersionKind(group: "policy", version: "v1", kind: "PodDisruptionBudget"), true),
        (GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler"), true),
    ]

    let client: KubernetesClient

    func environments(named name: String?, namespace: String?) async throws -> [JSONValue] {
        guard let name else {
            return try await client.list(.environment, namespace: namespace, deadline: .after(.seconds(30)))
        }
        let deadline = Deadline.after(.seconds(30))
        guard
            let environment = try await client.find(
                .environment,
                namespace: namespace,
                name: name,
                deadline: deadline
            )
        else {
            throw CommandError(
                "there is no Environment '\(name)' in namespace \(namespace ?? "default"): 'taffrail tree -A' shows all of them"
            )
        }
        return [environment]
    }

    /// - Returns: also what could not be looked at, and why.
    func trees(of environments: [JSONValue]) async throws -> (trees: [ObjectTree], notChecked: [String]) {
        let applied = try await environments.concurrentMap(limit: 8) { try await self.applied(by: $0) }
        let here = zip(environments, applied).filter { !TargetClusters.isElsewhere($0.0) }.flatMap(\.1)
        let namespaces = Set(here.compactMap { $0.entry.key.namespace }).sorted()
        let (candidates, notChecked) = await self.candidates(in: namespaces)
        let builder = ObjectTreeBuilder(candidates: candidates)
        let trees = zip(environments, applied).compactMap { builder.tree(environment: $0, applied: $1) }
        return (trees, notChecked)
    }

    private func applied(by environment: JSONValue) async throws -> [ObjectTreeBuilder.Applied] {
        let inventory = ClusterInventory(
            client: client,
            environment: EnvironmentReference(
                namespace: environment["metadata"]?["namespace"]?.stringValue ?? "",
                name: environment["metadata"]?["name"]?.stringValue ?? ""
            ),
            ownerUID: environment["metadata"]?["uid"]?.stringValue ?? ""
        )
        let entries = try await inventory.load(deadline: .after(.seconds(30)))
        guard !TargetClusters.isElsewhere(environment) else {
            let reason = CommandError("it is in another cluster, which is not looked at from here")
            return entries.values.map { ObjectTreeBuilder.Applied(entry: $0, sight: .unknown(reason)) }
        }
        return await Array(entries.values).concurrentMap(limit: 8) { entry in
            ObjectTreeBuilder.Applied(entry: entry, sight: await client.look(at: entry.type, entry.key))
        }
    }

    private func candidates(in namespaces: [String]) async -> (objects: [JSONValue], notChecked: [String]) {
        let requests = namespaces.flatMap { namespace in
            Self.owned.map { Request(type: $0.type, metadataOnly: $0.metadataOnly, namespace: namespace) }
        }
        let answers = await requests.concurrentMap(limit: 8) { request -> Result<[JSONValue], any Error> in
            do { return .success(try await list(request)) } catch { return .failure(error) }
        }
        var objects: [JSONValue] = []
        var notChecked: [String] = []
        for (request, answer) in zip(requests, answers) {
            switch answer {
            case .success(let found): objects += found
            case .failure(let error):
                notChecked.append("what is owned of kind \(request.type.kind) in \(request.namespace): \(error)")
            }
        }
        return (objects, notChecked)
    }

    private struct Request: Sendable {
        let type: GroupVersionKind
        let metadataOnly: Bool
        let namespace: String
    }

    private func list(_ request: Request) async throws -> [JSONValue] {
        let deadline = Deadline.after(.seconds(30))
        // A kind that an older server does not have owns nothing there, and is owned by nothing.
        guard try await client.resource(for: request.type, deadline: deadline) != nil else { return [] }
        return try await client.list(
            request.type,
            namespace: request.namespace,
            metadataOnly: request.metadataOnly,
            deadline: deadline
        )
    }
}
