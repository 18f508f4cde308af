// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import Git
package import JSON
internal import Keys
package import Kubernetes
package import TaffrailAPI
package import Transport

/// A ConfigRepository as it was last fetched.
package struct FetchedRepository: Sendable {
    package let repository: GitRepository
    package let commit: ObjectID
    package let url: String
    package let branch: String?

    package var revisionText: String { "\(branch.map { $0 + "@" } ?? "")sha1:\(commit)" }
}

/// Is told of each fetch whether it came to its end, and how long it took; must not wait.
package typealias FetchObserver = @Sendable (_ isDone: Bool, _ took: Duration) -> Void

/// What is known of the repository of an Environment.
package enum EnvironmentSource: Sendable {
    /// There is no ConfigRepository of that name.
    case missing
    case notFetched
    case fetched(FetchedRepository)
}

/// Fetches ConfigRepositories, each into a store of its own.
package actor SourceReconciler {
    private static let type = GroupVersionKind.configRepository
    /// Another controller that keeps its stores in the same folder opens each of them far more often.
    private static let day = Duration.seconds(24 * 3_600)

    private let client: KubernetesClient
    private let folder: String
    private let clock: WallClock
    private let reach: AddressReach
    private let followed: Followed
    private let fetched: FetchObserver
    /// By the uid of the resource: a store is never shared, not even by repositories of the same URL.
    private var known: [String: Known] = [:]
    /// Whether the stores of repositories that went while no controller ran are removed.
    private var isSwept = false

    /// What is known of one ConfigRepository: how it was when it was fetched last, and what that brought.
    private struct Known {
        var generation: Int64
        var request: String?
        var nextFetch: ContinuousClock.Instant
        var fetched: FetchedRepository?
        var remote: KnownRemote?
    }

    /// Where a repository is fetched from, as its Secret said when it was last read.
    private struct KnownRemote {
        let remote: GitRemote
        let readAt: ContinuousClock.Instant
    }

    /// A Secret that is as good as it was is not read at every fetch. One that changed is noticed when a fetch fails, and otherwise after this.
    private static let secretsLast = Duration.seconds(600)

    /// - Parameters:
    ///   - folder: where the stores are kept; they can be deleted.
    ///   - reach: which addresses the URLs of repositories, which tenants choose, may lead to.
    package init(
        client: KubernetesClient,
        folder: String,
        clock: WallClock,
        reach: AddressReach,
        followed: Followed = .nothing,
        fetched: @escaping FetchObserver = { _, _ in }
    ) {
        self.fetched = fetched
        self.followed = followed
        self.reach = reach
        self.client = client
        self.folder = folder
        self.clock = clock
    }

    /// What is known of a ConfigRepository by its namespace and name; `nil` before the first fetch.
    package func repository(uid: String) -> FetchedRepository? { known[uid]?.fetched }

    /// Forgets repositories that are no longer there, and removes their stores.
    package func keep(only uids: Set<String>) {
        for uid in known.keys where !uids.contains(uid) {
            known[uid] = nil
            GitRepository.remove(bare: path(of: uid))
        }
        guard !isSwept else { return }
        isSwept = true
        GitRepository.remove(in: folder, except: uids, unusedFor: Self.day)
    }

    private func path(of uid: String) -> String { "\(folder)/\(uid).git" }

    /// Fetches if it is time to.
    ///
    /// - Returns: when it is time again; `nil` if only a change of the resource is a reason to look at it.
    package func reconcile(_ object: JSONValue, deadline: Deadline) async throws -> Duration? {
        try await fetchIfDue(object, deadline: deadline)
        guard let uid = object["metadata"]?["uid"]?.stringValue, object["spec"]?["suspend"] != true else { return nil }
        return known[uid].map { max(.zero, $0.nextFetch - .now) }
    }

    /// Whether what was fetched turned out to be damaged, so that it is time to fetch it again.
    package func isDamaged(uid: String) -> Bool { Self.needsRepair(known[uid]?.fetched?.repository) }

    private func fetchIfDue(_ object: JSONValue, deadline: Deadline) async throws {
        guard let uid = object["metadata"]?["uid"]?.stringValue else { return }
        let generation = object["metadata"]?["generation"]?.intValue ?? 0
        let request = object["metadata"]?["annotations"]?[EnvironmentReconciler.requestAnnotation]?.stringValue
        let before = known[uid]
        let isDue = before.map {
            $0.nextFetch <= .now || $0.generation != generation || $0.request != request
                || Self.needsRepair($0.fetched?.repository)
        }
        guard isDue ?? true else { return }
        let resource: ConfigRepository
        do {
            resource = try ConfigRepository.decode(object)
        } catch {
            return try await report(object, nil, "InvalidSpec", String(describing: error), deadline: deadline)
        }
        guard !resource.spec.isSuspended else {
            let message = "suspended: nothing is fetched"
            return try await report(object, before?.fetched?.revisionText, "Suspended", message, deadline: deadline)
        }
        known[uid] = Known(
            generation: generation,
            request: request,
            nextFetch: .now + (resource.spec.interval?.duration ?? .seconds(60)),
            fetched: before?.fetched,
            remote: before.flatMap { $0.generation == generation && $0.request == request ? $0.remote : nil }
        )
        let result: FetchedRepository
        do {
            result = try await fetchAndTell(resource, uid: uid)
        } catch {
            return try await report(
                object,
                before?.fetched?.revisionText,
                "FetchFailed",
                String(describing: error),
                request: request,
                deadline: deadline
            )
        }
        known[uid]?.fetched = result
        try await report(
            object,
            result.revisionText,
            "Succeeded",
            "fetched \(result.revisionText)"
                + (result.repository.wasMadeAnew
                    ? "; the copy that was here was damaged, and all of it was fetched again" : ""),
            request: request,
            deadline: deadline
        )
    }

    private func fetchAndTell(_ resource: ConfigRepository, uid: String) async throws -> FetchedRepository {
        let begin = ContinuousClock.now
        do {
            let result = try await fetchWhole(resource, uid: uid)
            fetched(true, .now - begin)
            return result
        } catch {
            fetched(false, .now - begin)
            throw error
        }
    }

    /// One that is damaged again although it was just made anew waits for its turn: its server sends too little.
    private static func needsRepair(_ repository: GitRepository?) -> Bool {
        repository.map { $0.isDamaged && !$0.wasMadeAnew } ?? false
    }

    /// If the store is damaged, once more from the beginning.
    private func fetchWhole(_ resource: ConfigRepository, uid: String) async throws -> FetchedRepository {
        do {
            return try await fetchByWhatIsKnown(resource, uid: uid)
        } catch let error as GitError where error.code == .damaged {
            return try await fetchByWhatIsKnown(resource, uid: uid)
        }
    }

    /// With what its Secret said last; if that fails, with what it says now.
    private func fetchByWhatIsKnown(_ resource: ConfigRepository, uid: String) async throws -> FetchedRepository {
        if let last = known[uid]?.remote, last.readAt + Self.secretsLast > .now {
            do {
                return try await fetch(resource, from: last.remote, uid: uid)
            } catch let error as GitError where error.code != .damaged {
                known[uid]?.remote = nil
            }
        }
        let remote = try await Self.remote(of: resource, client: client, reach: reach)
        let result = try await fetch(resource, from: remote, uid: uid)
        known[uid]?.remote = KnownRemote(remote: remote, readAt: .now)
        return result
    }

    private func fetch(
        _ resource: ConfigRepository,
        from remote: GitRemote,
        uid: String
    ) async throws -> FetchedRepository {
        let reference = Self.reference(of: resource)
        let repository = try await GitRepository.open(bare: path(of: uid))
        // What was fetched is gone until it is fetched again.
        if repository.wasMadeAnew { known[uid]?.fetched = nil }
        let commit = try await repository.fetch(
            reference,
            from: remote,
            deadline: .after(resource.spec.timeout?.duration ?? .seconds(60))
        )
        var branch: String?
        if case .branch(let name) = reference { branch = name }
        return FetchedRepository(repository: repository, commit: commit, url: remote.url, branch: branch)
    }

    /// What is followed: a commit that is pinned, or a branch.
    package static func reference(of resource: ConfigRepository) -> GitReference {
        let wanted = resource.spec.reference
        return wanted.commit.flatMap { ObjectID($0) }.map { .commit($0) } ?? .branch(wanted.branch ?? "main")
    }

    /// Where it is fetched from, with what the repository's Secret holds: credentials, and whom to trust.
    package static func remote(
        of resource: ConfigRepository,
        client: KubernetesClient,
        reach: AddressReach
    ) async throws -> GitRemote {
        var remote = GitRemote(url: resource.spec.url, reach: reach)
        guard let name = resource.spec.secret?.name else { return remote }
        let secret = try await client.get(
            GroupVersionKind(group: "", version: "v1", kind: "Secret"),
            namespace: resource.metadata.namespace,
            name: name,
            deadline: .after(.seconds(15))
        )
        func value(_ key: String) -> [UInt8]? { secret["data"]?[key]?.stringValue.flatMap { Base64.decode($0) } }
        func text(_ key: String) -> String? { value(key).map { String(decoding: $0, as: UTF8.self) } }
        if let authorities = value("ca.crt") { remote.tls.trust = .pem(authorities) }
        if let token = text("bearerToken") {
            remote.credentials = .bearer(token: token)
        } else if let user = text("username") {
            remote.credentials = .basic(user: user, password: text("password") ?? "")
        }
        return remote
    }

    private func report(
        _ object: JSONValue,
        _ revision: String?,
        _ reason: String,
        _ message: String,
        request: String? = nil,
        deadline: Deadline
    ) async throws {
        let generation = object["metadata"]?["generation"]?.intValue ?? 0
        var conditions = Conditions(object["status"])
        let isReady: Bool? = reason == "Suspended" ? nil : reason == "Succeeded"
        conditions.set("Ready", isReady, reason: reason, message: message, generation: generation, now: clock.now)
        if reason == "InvalidSpec" {
            conditions.set("Stalled", true, reason: reason, message: message, generation: generation, now: clock.now)
        } else {
            conditions.remove("Stalled")
        }
        var status = object["status"] ?? [:]
        status["conditions"] = .array(conditions.list)
        status["observedGeneration"] = .int(generation)
        if let revision { status["revision"] = .string(revision) }
        if let request { status["lastHandledReconcileAt"] = .string(request) }
        let written = try await StatusWriter(client: client, fieldManager: Ownership.fieldManager).write(
            status,
            to: object,
            type: Self.type,
            deadline: deadline
        )
        guard let written else { return }
        followed.tellReadiness(object, written)
        followed.wrote(written)
    }
}
