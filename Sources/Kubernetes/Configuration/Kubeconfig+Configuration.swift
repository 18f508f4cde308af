// SPDX-License-Identifier: Apache-2.0

/// What is chosen by flags, before what a kubeconfig says. What is empty is not chosen.
struct KubeconfigSelection: Sendable {
    var context = ""
    var cluster = ""
    var user = ""
    var impersonation = Impersonation.nobody
}

extension Kubeconfig {
    /// The cluster, the user and the namespace that the flags, the context and the current context lead to.
    /// - Parameter environment: what credential plugins are run with.
    /// - Throws: `configuration`, with file, line, field and the next step.
    func configuration(
        _ selection: KubeconfigSelection,
        environment: [String: String]
    ) throws(KubernetesError) -> ClusterConfiguration {
        let (contextName, context) = try chosenContext(selection.context)
        let (clusterName, cluster) = try chosenCluster(selection.cluster, contextName, context)
        let (userName, user) = try chosenUser(selection.user, contextName, context)
        let address = try cluster.address()
        let clientCertificate = try user?.clientCertificate()
        return ClusterConfiguration(
            server: address,
            tls: try cluster.tls(clientCertificate: clientCertificate),
            credentials: try user?.credentials(for: cluster, environment: environment) ?? .none,
            namespace: context.flatMap { $0.namespace.isEmpty ? nil : $0.namespace },
            proxy: try cluster.proxyURL(),
            impersonation: try impersonation(user, selection.impersonation),
            origin: ClusterConfiguration.Origin(context: contextName, cluster: clusterName, user: userName)
        )
    }

    private func chosenContext(_ flag: String) throws(KubernetesError) -> (String, KubeconfigContext?) {
        let name = flag.isEmpty ? currentContext : flag
        // The flags may name cluster and user without any context.
        guard contexts[name] != nil || name.isEmpty else {
            let reason =
                flag.isEmpty ? "the current context is '\(name)', which is not there" : "there is no context '\(name)'"
            throw error("\(reason): \(Self.choice("--context", contexts.keys))")
        }
        return (name, contexts[name])
    }

    private func chosenCluster(
        _ flag: String,
        _ contextName: String,
        _ context: KubeconfigContext?
    ) throws(KubernetesError) -> (String, KubeconfigCluster) {
        let name = flag.isEmpty ? context?.cluster ?? "" : flag
        if let cluster = clusters[name] { return (name, cluster) }
        guard flag.isEmpty else {
            throw error("there is no cluster '\(flag)': \(Self.choice("--cluster", clusters.keys))")
        }
        guard let context else { throw error("no context is chosen: \(Self.choice("--context", contexts.keys))") }
        throw context.entry.error(
            "cluster",
            name.isEmpty
                ? "is missing in the context '\(contextName)': name one there or with --cluster"
                : "names '\(name)', and there is no such cluster: \(Self.choice("--cluster", clusters.keys))"
        )
    }

    private func chosenUser(
        _ flag: String,
        _ contextName: String,
        _ context: KubeconfigContext?
    ) throws(KubernetesError) -> (String, KubeconfigUser?) {
        let name = flag.isEmpty ? context?.user ?? "" : flag
        if let user = users[name] { return (name, user) }
        guard flag.isEmpty else { throw error("there is no user '\(flag)': \(Self.choice("--user", users.keys))") }
        guard let context, !name.isEmpty else { return (name, nil) }
        throw context.entry.error(
            "user",
            "names '\(name)', and there is no such user: \(Self.choice("--user", users.keys))"
        )
    }

    private func impersonation(
        _ user: KubeconfigUser?,
        _ flags: Impersonation
    ) throws(KubernetesError) -> Impersonation {
        let whole = (user?.impersonation ?? .nobody).overridden(by: flags)
        guard whole.user.isEmpty, !whole.isNobody else { return whole }
        guard let user, flags.isNobody else {
            throw error("groups or a uid are to be impersonated without a user: name one with --as")
        }
        throw user.entry.error(
            "as",
            "is missing, which as-uid, as-groups and as-user-extra need: add it, or remove them"
        )
    }

    private func error(_ message: String) -> KubernetesError {
        KubernetesError(.configuration, "\(source): \(message)")
    }

    /// What to do next: of many names, the first few.
    private static func choice(_ flag: String, _ names: some Sequence<String>) -> String {
        let named = names.filter { !$0.isEmpty }.sorted()
        guard !named.isEmpty else { return "none is defined there; name another kubeconfig with --kubeconfig" }
        if named.count == 1 { return "there is only '\(named[0])': choose it with \(flag) \(named[0])" }
        let more = named.count > 10 ? " and \(named.count - 10) more" : ""
        return "choose one with \(flag), of \(named.prefix(10).joined(separator: ", "))\(more)"
    }
}
