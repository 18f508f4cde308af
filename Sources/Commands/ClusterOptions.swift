// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Concurrency
internal import JSON
internal import Kubernetes

/// Which cluster, and as whom.
struct ClusterOptions: ParsableArguments {
    @Option(help: "The kubeconfig to use, before $KUBECONFIG and ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context to use, instead of its current one.")
    var context: String?

    @Option(name: .customLong("as"), help: "A user to impersonate.")
    var impersonatedUser: String?

    /// Whether any of these was given.
    var isGiven: Bool { kubeconfig != nil || context != nil || impersonatedUser != nil }

    func open(environment: [String: String]) async throws -> Cluster {
        let configuration = try ClusterConfiguration.resolve(
            kubeconfig: kubeconfig,
            context: context,
            environment: environment
        )
        var client = KubernetesClient(configuration: configuration, userAgent: "taffrail/\(Version.text)")
        if let impersonatedUser { client = client.impersonating(user: impersonatedUser, groups: []) }
        return Cluster(client: client, namespace: configuration.namespace)
    }
}

/// A connection to a cluster.
struct Cluster: Sendable {
    let client: KubernetesClient
    /// The context's namespace.
    let namespace: String?

    /// What the log binds itself to. The uid of the namespace `kube-system` is what the field takes for a cluster's identity.
    func identity(deadline: Deadline) async throws -> ClusterIdentity {
        let system = try await client.get(
            GroupVersionKind(group: "", version: "v1", kind: "Namespace"),
            namespace: nil,
            name: "kube-system",
            deadline: deadline
        )
        return ClusterIdentity(
            uid: system["metadata"]?["uid"]?.stringValue ?? "",
            apiServerVersion: try await client.serverVersion(deadline: deadline)
        )
    }
}
