// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Concurrency
package import JSON
internal import Keys
package import Kubernetes
package import Transport

/// A cluster that an Environment delivers to.
struct TargetCluster: Sendable {
    /// May see namespaces: the controller's own account, or whom the kubeconfig names.
    let client: KubernetesClient
    /// As whom everything is read and written that concerns the Environment's objects.
    let account: KubernetesClient
    let uid: String
    /// `nil` for the controller's own, which is the one that the log is about.
    let remote: ClusterIdentity?
    /// Shared by all that deliver to this cluster.
    let claims: CreationClaims
}

/// Knows which cluster each Environment delivers to: the controller's own, or one that a kubeconfig in a Secret leads to.
///
/// A kubeconfig comes from a tenant: it runs no program, reads no file of this machine, trusts no server unseen, and leads to no address that tenants
/// may not reach.
package actor TargetClusters {
    /// The connection that a kubeconfig led to when it was last read.
    private struct Known {
        let kubeconfig: [UInt8]
        let client: KubernetesClient
        let version: String
    }

    private static let secretType = GroupVersionKind(group: "", version: "v1", kind: "Secret")

    private let home: KubernetesClient
    private let homeUID: String
    private let reach: AddressReach
    private let userAgent: String
    private let observer: ClientObserver
    /// By the uid of the Environment: a connection is never shared, not even where two kubeconfigs are alike.
    private var known: [String: Known] = [:]
    /// Of the controller's own cluster.
    private let ownClaims = CreationClaims()
    /// Of others, by the Environment, and of what each says to be: a server can say anything of itself, so that Environments of different teams share none.
    private var claims: [String: (uid: String, claims: CreationClaims)] = [:]
    /// How long another cluster may take to say which one it is.
    private static let patience = Duration.seconds(30)

    /// - Parameters:
    ///   - home: the controller's own account in its own cluster.
    ///   - homeUID: of the cluster that the log is about.
    ///   - reach: which addresses kubeconfigs, which tenants choose, may lead to.
    ///   - observer: is told what is asked of other clusters than the controller's own.
    package init(
        home: KubernetesClient,
        homeUID: String,
        reach: AddressReach,
        userAgent: String,
        observer: @escaping ClientObserver = { _ in }
    ) {
        self.observer = observer
        self.home = home
        self.homeUID = homeUID
        self.reach = reach
        self.userAgent = userAgent
    }

    /// What all share that deliver to the controller's own cluster.
    package func homeClaims() -> CreationClaims { ownClaims }

    /// Forgets the connections of Environments that are not there any more.
    package func keep(only environments: Set<String>) {
        known = known.filter { environments.contains($0.key) }
        claims = claims.filter { environments.contains($0.key) }
    }

    /// Whether an Environment's objects are in another cluster, as it says itself; also of one that nobody can read otherwise.
    package static func isElsewhere(_ environment: JSONValue) -> Bool { place(environment) != nil }

    /// The cluster of an Environment.
    ///
    /// - Parameters:
    ///   - environment: as the API server holds it; only what leads to its cluster is read.
    ///   - isLeaving: whether it is being deleted: then the last kubeconfig that was there is good enough, since the Secret may have gone first.
    /// - Throws: `clusterUnusable` for a kubeconfig that cannot be used; what a remote cluster that does not answer is told by.
    func cluster(of environment: JSONValue, isLeaving: Bool = false, deadline: Deadline) async throws -> TargetCluster {
        let metadata = environment["metadata"]
        let namespace = metadata?["namespace"]?.stringValue ?? "default"
        guard let place = Self.place(environment) else {
            let account = environment["spec"]?["serviceAccountName"]?.stringValue ?? "default"
            return TargetCluster(
                client: home,
                account: home.impersonating(serviceAccount: account, namespace: namespace),
                uid: homeUID,
                remote: nil,
                claims: homeClaims()
            )
        }
        let environmentUID = metadata?["uid"]?.stringValue ?? ""
        let limit = Deadline.after(min(Self.patience, deadline.remaining ?? Self.patience))
        let connection: Known
        do {
            connection = try await connect(environmentUID, namespace, place, deadline: limit)
        } catch {
            guard isLeaving, let last = known[environmentUID] else { throw error }
            connection = last
        }
        // Asked each time: another cluster may have come to the same address.
        let uid = try await Self.asking { try await connection.client.clusterUID(deadline: limit) }
        return TargetCluster(
            client: connection.client,
            account: connection.client,
            uid: uid,
            // Also where it says that it is the controller's own: who reached it by somebody's kubeconfig has only that server's word.
            remote: ClusterIdentity(uid: uid, apiServerVersion: connection.version),
            claims: claims(of: environmentUID, in: uid)
        )
    }

    /// What another cluster does not answer is no trouble of the controller's own.
    private static func asking<Answer: Sendable>(
        _ ask: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await ask()
        } catch let error as KubernetesError {
            let isRefused = (error.cause as? TransportError)?.code == .addressRefused
            throw DeliveryError(
                isRefused ? .clusterUnusable : .clusterUnreadable,
                isRefused ? "the kubeconfig leads where it may not" : "the other cluster does not say which one it is",
                cause: error
            )
        }
    }

    /// The server that an Environment's objects were written to, for whoever looks what became of them.
    ///
    /// - Parameter uid: of the cluster that it was.
    /// - Throws: where the Environment is gone, or leads to another one by now.
    package func server(
        of reference: EnvironmentReference,
        uid: String,
        deadline: Deadline
    ) async throws -> KubernetesClient {
        let environment = try await home.get(
            .environment,
            namespace: reference.namespace,
            name: reference.name,
            deadline: deadline
        )
        let cluster = try await cluster(of: environment, isLeaving: true, deadline: deadline)
        guard cluster.uid == uid else {
            throw DeliveryError(
                .clusterChanged,
                "it was written to the cluster \(uid), and the Environment leads to \(cluster.uid) by now"
            )
        }
        return cluster.account
    }

    /// Whether another cluster can be reached, for whoever only wants to know.
    ///
    /// - Returns: its uid, and what it runs.
    package func probe(_ environment: JSONValue, deadline: Deadline) async throws -> (uid: String, version: String) {
        let cluster = try await cluster(of: environment, deadline: deadline)
        return (cluster.uid, try await cluster.client.serverVersion(deadline: deadline))
    }

    private func claims(of environment: String, in uid: String) -> CreationClaims {
        if let known = claims[environment], known.uid == uid { return known.claims }
        let new = CreationClaims()
        claims[environment] = (uid, new)
        return new
    }

    // MARK: - Kubeconfigs

    private struct Place {
        let secret: String
        let key: String
    }

    private static func place(_ environment: JSONValue) -> Place? {
        guard let reference = environment["spec"]?["kubeConfig"], !reference.isNull else { return nil }
        return Place(
            secret: reference["secretRef"]?["name"]?.stringValue ?? "",
            key: reference["secretRef"]?["key"]?.stringValue ?? "value"
        )
    }

    private func connect(
        _ environment: String,
        _ namespace: String,
        _ place: Place,
        deadline: Deadline
    ) async throws -> Known {
        let text = try await kubeconfig(namespace, place, deadline: deadline)
        if let known = known[environment], known.kubeconfig == text { return known }
        let name = "Secret \(namespace)/\(place.secret), key \(place.key)"
        let client: KubernetesClient
        do {
            let configuration = try ClusterConfiguration.parse(
                kubeconfig: text,
                name: name,
                trust: .untrusted,
                reach: reach
            )
            client = KubernetesClient(configuration: configuration, userAgent: userAgent, observer: observer)
        } catch {
            throw DeliveryError(.clusterUnusable, "the kubeconfig is refused", cause: error)
        }
        let connection = Known(
            kubeconfig: text,
            client: client,
            version: try await Self.asking { try await client.serverVersion(deadline: deadline) }
        )
        known[environment] = connection
        return connection
    }

    private func kubeconfig(_ namespace: String, _ place: Place, deadline: Deadline) async throws -> [UInt8] {
        let secret: JSONValue?
        do {
            secret = try await home.find(
                Self.secretType,
                namespace: namespace,
                name: place.secret,
                deadline: deadline
            )
        } catch let error as KubernetesError where !error.isRetryable {
            throw DeliveryError(.clusterUnusable, "the Secret with the kubeconfig cannot be read", cause: error)
        }
        guard let secret else {
            throw DeliveryError(
                .clusterUnusable,
                "there is no Secret '\(place.secret)' in the namespace \(namespace): make it, with a kubeconfig as its '\(place.key)'"
            )
        }
        guard let data = secret["data"]?[place.key]?.stringValue.flatMap({ Base64.decode($0) }), !data.isEmpty else {
            throw DeliveryError(
                .clusterUnusable,
                "the Secret '\(place.secret)' in the namespace \(namespace) has nothing as its '\(place.key)': put the kubeconfig there, or name its key"
            )
        }
        return data
    }
}
