// SPDX-License-Identifier: Apache-2.0

import Audit
import Concurrency
import Git
import JSON
import Kubernetes
import RecordedCluster
import TestSupport
import Testing
import Transport

@testable import Delivery

/// An Environment `e` in a namespace of its own on a real API server, a repository that it reads, and a log.
final class EnvironmentSite {
    static let type = GroupVersionKind.environment

    private let cluster: RecordedCluster
    private let repository: GitRepository
    private let reconciler: EnvironmentReconciler
    private let following: Following?
    let clusters: TargetClusters
    /// How far the clock of its reconciler is ahead.
    private let lateness = Locked<Int64>(0)
    private let delivered = Locked<FetchedRepository?>(nil)
    /// Long, since a busy machine is no failure.
    var soon: Deadline { .after(.seconds(600)) }
    var kubeconfig: String { cluster.kubeconfig }
    var namespace: String { cluster.namespace }
    var client: KubernetesClient { cluster.client }
    var recorder: Recorder { cluster.recorder }
    var log: AuditLog { cluster.log }

    /// - Parameters:
    ///   - kubeconfig: of an API server other than the one that all tests share.
    ///   - front: the kubeconfig of a server before it, by which the reconciler is to go.
    ///   - isFollowing: whether its objects are followed by watches.
    init(kubeconfig: String? = nil, through front: String? = nil, isFollowing: Bool = false) async throws {
        cluster = try await RecordedCluster(
            origin: "example.com/environments",
            kubeconfig: kubeconfig,
            through: front
        )
        let lateness = lateness
        let clock = WallClock { Timestamp(seconds: WallClock.system.now.seconds + lateness.withLock { $0 }) }
        clusters = TargetClusters(
            home: cluster.client,
            homeUID: cluster.recorder.clusterUID,
            reach: .anywhere,
            userAgent: "test"
        )
        following = isFollowing ? Following(cluster.client) : nil
        reconciler = EnvironmentReconciler(
            client: cluster.client,
            recorder: cluster.recorder,
            clock: clock,
            clusters: clusters,
            followed: following?.followed ?? .nothing
        )
        let script = "git init -q -b main . && git config user.name Ada && git config user.email a@example.com"
        #expect(try await run("bash", ["-c", script], directory: cluster.folder.url).status == 0)
        repository = try await GitRepository.open(bare: cluster.folder.path + "/.git")
        try await grant(in: cluster.namespace)
    }

    /// Gives the Environment's account the rights of an administrator of a namespace.
    func grant(in home: String) async throws {
        let account = "--serviceaccount=\(namespace):deployer"
        try await call("create", "rolebinding", "deployer", "-n", home, "--clusterrole=cluster-admin", account)
    }

    // MARK: - What people do

    func apply(_ manifests: String) async throws { try await call("apply", "-f", "-", input: manifests) }

    func call(_ words: String..., input: String = "") async throws {
        let words = ["--kubeconfig", kubeconfig, "-n", namespace] + words
        let result = try await run("kubectl", words, input: input)
        #expect(result.status == 0, "\(words): \(result.errors)")
    }

    func read(_ words: String...) async throws -> String {
        try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace, "get"] + words).output
    }

    func hold(_ object: String) async throws {
        try await call("patch", object, "--type=merge", "-p", #"{"metadata":{"finalizers":["example.com/held"]}}"#)
    }

    func release(_ object: String) async throws {
        try await call("patch", object, "--type=merge", "-p", #"{"metadata":{"finalizers":null}}"#)
    }

    /// Makes or changes the Environment.
    func environment(_ more: String) async throws {
        try await apply(
            """
            apiVersion: taffrail.dev/v1alpha1
            kind: Environment
            metadata: {name: e}
            spec: {repositoryRef: {name: m}, path: app, serviceAccountName: deployer, timeout: 1m, \(more)}
            """
        )
    }

    func delete() async throws { try await call("delete", "environment", "e", "--wait=false") }

    // MARK: - The reconciler

    /// Lets its clock run ahead.
    func wait(_ seconds: Int64) { lateness.withLock { $0 += seconds } }

    func object() async throws -> JSONValue? {
        try await client.find(Self.type, namespace: namespace, name: "e", deadline: soon)
    }

    func ready() async throws -> (reason: String, message: String) {
        let conditions = try await object()?["status"]?["conditions"]?.arrayValue ?? []
        let ready = conditions.first { $0["type"] == "Ready" }
        return (ready?["reason"]?.stringValue ?? "", ready?["message"]?.stringValue ?? "")
    }

    /// One look at the Environment as it is.
    ///
    /// - Parameter touch: what happened to its objects, beside what watches have told.
    @discardableResult
    func look(_ source: EnvironmentSource = .missing, touch: Touch = .none) async throws -> String? {
        guard let object = try await object() else { return nil }
        var touch = touch
        if let told = following?.take() { touch.add(told) }
        return try await reconciler.reconcile(
            object,
            among: [object],
            source: source,
            touch: touch,
            deadline: soon
        ) { true }.left
    }

    /// One look at what was delivered last, since something happened to it.
    func lookAgain() async throws {
        let source = try #require(delivered.withLock { $0 })
        try await look(.fetched(source), touch: .whole)
    }

    /// Commits manifests, and looks until they are applied, or until the Environment says something else.
    func deliver(_ manifests: String, until reason: String = "ReconciliationSucceeded") async throws {
        let script =
            "mkdir -p app && cat > app/all.yaml && git add -A && git commit -qm Change --allow-empty && git rev-parse HEAD"
        let words = ["-c", script]
        let result = try await run("bash", words, input: manifests, directory: cluster.folder.url)
        let text = result.output.split(separator: "\n").last.map(String.init) ?? ""
        let commit = try #require(ObjectID(text), "\(result.errors)")
        let source = FetchedRepository(repository: repository, commit: commit, url: "https://x/m.git", branch: "main")
        delivered.withLock { $0 = source }
        var told = (reason: "", message: "")
        do {
            try await eventually("\(reason) of the commit") {
                try await look(.fetched(source))
                told = try await ready()
                return told.reason == reason
            }
        } catch is NeverHappened {
            throw NeverHappened(what: "\(reason) of the commit, instead of \(told),")
        }
    }

    /// Looks until there is nothing to do before something happens.
    func settle() async throws {
        try await eventually("the Environment settles") {
            try await lookAgain()
            return await reconciler.isSettled
        }
        _ = following?.take()
    }

    /// Waits until a watch has brought an object's version, and does what is to be done about what it told.
    func heed(_ object: JSONValue, _ key: ObjectKey) async throws {
        let following = try #require(following)
        let type = try #require(
            GroupVersionKind(apiVersion: object["apiVersion"]?.stringValue ?? "", kind: key.kind)
        )
        let version = object["metadata"]?["resourceVersion"]?.stringValue ?? ""
        let owner = Ownership.environment(namespace: namespace, name: "e")
        try await eventually("the watch brings \(key)") {
            let sight = await following.view.sights(of: [key: type], owner)[key]
            return sight.map { ResourceVersion.isKnown(version, in: $0.summary.resourceVersion) } ?? false
        }
        let source = try #require(delivered.withLock { $0 })
        try await look(.fetched(source))
    }

    /// Looks until it is gone.
    /// - Returns: what it said to leave behind.
    func letGo() async throws -> String? {
        var words: String?
        try await eventually("the Environment is gone") {
            guard try await object() != nil else { return true }
            if let left = try await look() { words = left }
            return false
        }
        return words
    }

    /// The log as the next process opens it.
    func reopened() async throws -> Recorder { try await cluster.reopened() }

    /// What is on record of a rule, by object.
    func findings(_ rule: String) throws -> [String] {
        let denied = try log.records().filter { $0.kind == .denied }
        let findings = try denied.flatMap { try log.list("findings", of: $0) }
        return findings.filter { $0["rule"]?.stringValue == rule }.map { $0["object"]?.stringValue ?? "" }.sorted()
    }

    /// What is on record as deleted, in that order.
    func pruned() throws -> [String] {
        let changes = try log.records().filter { $0.kind == .pruned }.flatMap { try log.list("changes", of: $0) }
        return changes.map { "\($0["kind"]?.stringValue ?? "")/\($0["name"]?.stringValue ?? "")" }
    }

    // MARK: - The server's word

    /// When something in the namespace was applied or patched, by the API server's own audit log: places in the order of its answers.
    func writes(to place: String) throws -> [Int] { try requests("patch", place) }

    func deletions(of place: String) throws -> [Int] { try requests("delete", place) }

    private func requests(_ verb: String, _ place: String) throws -> [Int] {
        try ControlPlane.answeredRequests().enumerated().filter { _, line in
            line.contains(#""verb":"\#(verb)""#) && line.contains("/namespaces/\(namespace)\(place)")
                && !line.contains("dryRun")
        }.map(\.offset)
    }
}
