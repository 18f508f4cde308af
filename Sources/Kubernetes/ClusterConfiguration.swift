// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
package import Transport

/// Which API server, and as whom.
package struct ClusterConfiguration: Sendable {
    /// How requests say who they are, besides a client certificate.
    package enum Credentials: Sendable, Hashable {
        case none
        case token(String)
        /// Read again when it is a minute old: tokens in pods are replaced while they run.
        case tokenFile(String)
        case basic(user: String, password: String)
    }

    /// Without a slash at its end.
    package let server: String
    package let tls: TLSConfiguration
    package let credentials: Credentials
    /// The context's namespace.
    package let namespace: String?

    package init(server: String, tls: TLSConfiguration, credentials: Credentials, namespace: String?) {
        self.server = String(server.hasSuffix("/") ? server.dropLast() : server[...])
        self.tls = tls
        self.credentials = credentials
        self.namespace = namespace
    }

    /// As kubectl chooses: the named file alone, else `$KUBECONFIG`, else `~/.kube/config`, else the pod's own account.
    package static func resolve(
        kubeconfig path: String?,
        context: String?,
        environment: [String: String]
    ) throws -> ClusterConfiguration {
        if let path { return try Kubeconfig.load([path], required: true).configuration(context: context) }
        let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        if !listed.isEmpty { return try Kubeconfig.load(listed, required: false).configuration(context: context) }
        let standard = (environment["HOME"] ?? "") + "/.kube/config"
        if FileReader.exists(standard) {
            return try Kubeconfig.load([standard], required: true).configuration(context: context)
        }
        guard environment["KUBERNETES_SERVICE_HOST"] != nil else {
            throw KubernetesError(
                .configuration,
                "there is no cluster to talk to: name a kubeconfig with --kubeconfig or $KUBECONFIG, or run in a pod"
            )
        }
        return try inCluster(environment: environment)
    }

    /// The account of the pod that this process runs in.
    package static func inCluster(
        environment: [String: String],
        folder: String = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws -> ClusterConfiguration {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"]
        else {
            throw KubernetesError(
                .configuration,
                "this process does not run in a pod: KUBERNETES_SERVICE_HOST is not set"
            )
        }
        let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let namespace = try? FileReader.text(folder + "/namespace")
        return ClusterConfiguration(
            server: "https://\(authority)",
            tls: TLSConfiguration(trust: .pem(try FileReader.bytes(folder + "/ca.crt"))),
            credentials: .tokenFile(folder + "/token"),
            namespace: namespace
        )
    }
}

/// A token in a file, which is replaced there before it expires.
final class TokenFile: Sendable {
    private let path: String
    private let cached = Locked<(token: String, until: ContinuousClock.Instant)?>(nil)

    init(_ path: String) {
        self.path = path
    }

    func token() throws -> String {
        if let cached = cached.withLock({ $0 }), cached.until > .now { return cached.token }
        let token = try FileReader.text(path)
        cached.withLock { $0 = (token, .now + .seconds(60)) }
        return token
    }
}
