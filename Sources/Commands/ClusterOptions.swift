// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Concurrency
internal import Kubernetes

/// Which cluster, and as whom.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The kubeconfig to use, alone, before $KUBECONFIG (a list, merged) and ~/.kube/config.",
            valueName: "file"
        )
    )
    var kubeconfig: String?

    @Option(help: ArgumentHelp("The kubeconfig's context to use, instead of its current one.", valueName: "name"))
    var context: String?

    @Option(help: ArgumentHelp("The kubeconfig's cluster to use, instead of the context's.", valueName: "name"))
    var cluster: String?

    @Option(help: ArgumentHelp("The kubeconfig's user to use, instead of the context's.", valueName: "name"))
    var user: String?

    @Option(name: .customLong("as"), help: ArgumentHelp("A user to impersonate.", valueName: "user"))
    var impersonatedUser: String?

    @Option(
        name: .customLong("as-group"),
        help: ArgumentHelp("A group to impersonate; can be given several times, and needs a user.", valueName: "group")
    )
    var impersonatedGroups: [String] = []

    @Option(name: .customLong("as-uid"), help: ArgumentHelp("The uid of the user to impersonate.", valueName: "uid"))
    var impersonatedUID: String?

    /// Whether any of these was given.
    var isGiven: Bool {
        [kubeconfig, context, cluster, user, impersonatedUser, impersonatedUID].contains { $0 != nil }
            || !impersonatedGroups.isEmpty
    }

    /// Finds the cluster, and logs in where a credential plugin has to ask somebody.
    ///
    /// - Parameter observer: is told what is asked of it.
    func open(
        environment: [String: String],
        observer: @escaping ClientObserver = { _ in }
    ) async throws -> Cluster {
        let configuration = try ClusterConfiguration.resolve(
            kubeconfig: kubeconfig,
            context: context,
            cluster: cluster,
            user: user,
            impersonation: Impersonation(
                user: impersonatedUser ?? "",
                uid: impersonatedUID ?? "",
                groups: impersonatedGroups
            ),
            environment: environment
        )
        for note in configuration.notes { Terminal.note("note: \(note)") }
        let client = KubernetesClient(
            configuration: configuration,
            userAgent: "taffrail/\(Version.text)",
            observer: observer
        )
        try await client.logIn(deadline: .after(.seconds(300)))
        return Cluster(client: client, namespace: configuration.namespace)
    }
}

/// A connection to a cluster.
struct Cluster: Sendable {
    let client: KubernetesClient
    /// The context's namespace.
    let namespace: String?

    /// What the log binds itself to.
    func identity(deadline: Deadline) async throws -> ClusterIdentity {
        ClusterIdentity(
            uid: try await client.clusterUID(deadline: deadline),
            apiServerVersion: try await client.serverVersion(deadline: deadline)
        )
    }
}
