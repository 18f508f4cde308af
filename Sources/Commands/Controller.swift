// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes
internal import Rollouts
internal import Transport

/// Assembles the loops and turns them, look after look.
actor Controller {
    private let client: KubernetesClient
    private let recorder: Recorder
    /// `nil` for all.
    private let namespace: String?
    private let interval: Duration
    private let sources: SourceReconciler
    private let signals: TerminationSignals
    private let recovery: Recovery
    private let claims = CreationClaims()
    private var environmentReconcilers: [String: EnvironmentReconciler] = [:]
    /// Of ModelDeployments that did not go through, by uid.
    private var retries: [String: Retry] = [:]
    /// Work that is under way, by the uid of its object: never twice at once.
    private var busy: Set<String> = []
    /// Environments that are being deleted, by uid: for their end nobody waits for health any more.
    private var leaving: Set<String> = []
    private var told: [String: String] = [:]
    private var hasStarted = false

    /// When something is tried again that failed: at once if it was changed, else later and later.
    private struct Retry {
        let generation: Int64
        var suspects: Set<ObjectKey> = []
        var backoff = Backoff(base: .seconds(2), limit: .seconds(120))
        var notBefore = ContinuousClock.now
    }

    init(
        client: KubernetesClient,
        recorder: Recorder,
        folder: String,
        namespace: String?,
        interval: Duration,
        reach: AddressReach,
        signals: TerminationSignals
    ) {
        self.signals = signals
        recovery = Recovery(client: client, recorder: recorder)
        self.client = client
        self.recorder = recorder
        self.namespace = namespace
        self.interval = interval
        sources = SourceReconciler(client: client, folder: folder, clock: .system, reach: reach)
    }

    /// Turns the loops until the process is asked to end.
    func run() async throws {
        // Discarding: what is done leaves nothing behind, however long the controller runs.
        try await withThrowingDiscardingTaskGroup { group in
            while !signals.isSet {
                await look(&group)
                try await pause()
            }
            // The group ends when what is under way has: an intent that was written gets its outcome.
            Terminal.note("controller: ending after what is under way")
        }
    }

    /// One look at all our resources: what is idle gets its turn.
    private func look(_ group: inout ThrowingDiscardingTaskGroup<any Error>) async {
        do {
            guard try await isInOrder() else { return }
            // Whoever is at work now may write a status after the lists below were made: their turn comes with the next look.
            let atWork = busy
            let repositories = try await list(.configRepository)
            let environments = try await list(.environment)
            let known = Set(environments.compactMap { $0["metadata"]?["uid"]?.stringValue })
            environmentReconcilers = environmentReconcilers.filter { known.contains($0.key) }
            leaving = Set(
                environments.filter { $0["metadata"]?["deletionTimestamp"] != nil }
                    .compactMap { $0["metadata"]?["uid"]?.stringValue }
            )
            await sources.keep(only: Set(repositories.compactMap { $0["metadata"]?["uid"]?.stringValue }))
            for object in repositories where isIdle(object, atWork) {
                start(object, in: &group) { controller in
                    try await controller.sources.reconcile(object, deadline: .after(.seconds(300)))
                }
            }
            for object in environments where isIdle(object, atWork) {
                start(object, in: &group) { controller in
                    try await controller.reconcile(
                        environment: object,
                        among: environments,
                        repositories: repositories
                    )
                }
            }
            let models = try await list(.modelDeployment)
            let names = Set(models.compactMap { $0["metadata"]?["uid"]?.stringValue })
            retries = retries.filter { names.contains($0.key) }
            for object in models where isDue(object) && isIdle(object, atWork) {
                start(object, in: &group) { controller in
                    try await controller.reconcile(modelDeployment: object, environments: environments)
                }
            }
            told["look"] = nil
        } catch {
            tell("look", "cannot read the cluster: \(Self.words(error))")
        }
    }

    /// Whether everything that was announced is answered for. Until then nothing is reconciled, and the Environments say why.
    private func isInOrder() async throws -> Bool {
        do {
            try await recover()
            return true
        } catch let error as KubernetesError {
            throw error
        } catch {
            let words = "the log cannot be brought to order, so nothing is reconciled: \(Self.words(error))"
            tell("look", words)
            for object in try await list(.environment) where isIdle(object, busy) {
                // One that cannot be told keeps the others from nothing.
                try? await reconciler(of: object)?.hold(object, words, deadline: .after(.seconds(30)))
            }
            return false
        }
    }

    /// Answers for the intents of an earlier run before anything else is done, and for those whose outcome could not be written as soon as
    /// the log can be written again.
    private func recover() async throws {
        guard !hasStarted else {
            if await recorder.hasLostOutcome { try await recovery.closeOpenIntents() }
            return
        }
        let closed = try await recovery.closeOpenIntents()
        hasStarted = true
        Terminal.note("controller: started, \(closed.counted("intent")) of an earlier run closed")
    }

    private func isLeaving(_ uid: String) -> Bool { leaving.contains(uid) }

    private func isIdle(_ object: JSONValue, _ atWork: Set<String>) -> Bool {
        object["metadata"]?["uid"]?.stringValue.map { !atWork.contains($0) } ?? false
    }

    private func start(
        _ object: JSONValue,
        in group: inout ThrowingDiscardingTaskGroup<any Error>,
        _ body: @escaping @Sendable (Controller) async throws -> Void
    ) {
        guard let uid = object["metadata"]?["uid"]?.stringValue, busy.insert(uid).inserted else { return }
        let name = Self.name(of: object)
        group.addTask {
            do {
                try await body(self)
                await self.finish(uid, name, nil)
            } catch {
                await self.finish(uid, name, error)
            }
        }
    }

    private func finish(_ uid: String, _ name: String, _ error: (any Error)?) {
        busy.remove(uid)
        guard let error else {
            told[name] = nil
            return
        }
        tell(name, Self.words(error))
    }

    /// A problem that stays is told once.
    private func tell(_ name: String, _ message: String) {
        guard told[name] != message else { return }
        told[name] = message
        Terminal.note("controller: \(name): \(message)")
    }

    // MARK: - One resource

    private func reconcile(
        environment object: JSONValue,
        among environments: [JSONValue],
        repositories: [JSONValue]
    ) async throws {
        guard let uid = object["metadata"]?["uid"]?.stringValue, let reconciler = reconciler(of: object) else { return }
        let wanted = object["spec"]?["repositoryRef"]?["name"]?.stringValue
        let repository = repositories.first {
            $0["metadata"]?["name"]?.stringValue == wanted
                && $0["metadata"]?["namespace"] == object["metadata"]?["namespace"]
        }
        let repositoryUID = repository?["metadata"]?["uid"]?.stringValue ?? ""
        let fetched = await sources.repository(uid: repositoryUID)
        let source = repository == nil ? .missing : fetched.map { EnvironmentSource.fetched($0) } ?? .notFetched
        let (sources, signals) = (sources, signals)
        let left = try await reconciler.reconcile(
            object,
            among: environments,
            source: source,
            deadline: .after(.seconds(1_800))
        ) {
            // Nobody waits for health when the process is to end: a pod that is stopped has seconds.
            if signals.isSet { return true }
            if await self.isLeaving(uid) { return true }
            return await sources.repository(uid: repositoryUID)?.commit != fetched?.commit
        }
        if let left { tellGone(object, left) }
    }

    private func reconciler(of environment: JSONValue) -> EnvironmentReconciler? {
        guard let uid = environment["metadata"]?["uid"]?.stringValue else { return nil }
        let reconciler =
            environmentReconcilers[uid]
            ?? EnvironmentReconciler(client: client, recorder: recorder, clock: .system, claims: claims)
        environmentReconcilers[uid] = reconciler
        return reconciler
    }

    /// Children are applied as the account of the Environment that delivers the ModelDeployment, or as the namespace's own.
    private func reconcile(modelDeployment object: JSONValue, environments: [JSONValue]) async throws {
        let namespace = object["metadata"]?["namespace"]?.stringValue ?? "default"
        let owner = try await owner(of: object, among: environments)
        let account = owner?["spec"]?["serviceAccountName"]?.stringValue ?? "default"
        let home = owner?["metadata"]?["namespace"]?.stringValue ?? namespace
        let reconciler = ModelDeploymentReconciler(
            client: client,
            applier: client.impersonating(serviceAccount: account, namespace: home),
            recorder: recorder,
            clock: .system,
            claims: claims
        )
        var attempt = Attempt.failed([])
        defer { note(object, attempt) }
        let suspects = object["metadata"]?["uid"]?.stringValue.flatMap { retries[$0]?.suspects } ?? []
        attempt = try await reconciler.reconcile(object, suspects: suspects, deadline: .after(.seconds(120)))
        if case .gone(let left) = attempt { tellGone(object, left) }
    }

    /// What went cannot tell any more what it left.
    private func tellGone(_ object: JSONValue, _ left: String) {
        Terminal.note("controller: \(Self.name(of: object)): gone: \(left)")
    }

    private func isDue(_ object: JSONValue) -> Bool {
        guard let uid = object["metadata"]?["uid"]?.stringValue, let retry = retries[uid] else { return true }
        return retry.notBefore <= .now || retry.generation != object["metadata"]?["generation"]?.intValue
    }

    /// Each try that fails is two records in the log: so they come further and further apart.
    private func note(_ object: JSONValue, _ attempt: Attempt) {
        guard let uid = object["metadata"]?["uid"]?.stringValue else { return }
        guard case .failed(let suspects) = attempt else {
            retries[uid] = nil
            return
        }
        let generation = object["metadata"]?["generation"]?.intValue ?? 0
        var retry = retries[uid].flatMap { $0.generation == generation ? $0 : nil } ?? Retry(generation: generation)
        retry.suspects = suspects
        retry.notBefore = .now + retry.backoff.next()
        retries[uid] = retry
    }

    /// The label only hints at the Environment, since whoever may edit the object may set it: the inventory, which the controller alone
    /// writes, says whether it is so. Otherwise a label would lend its writer another team's account.
    private func owner(of object: JSONValue, among environments: [JSONValue]) async throws -> JSONValue? {
        guard let label = object["metadata"]?["labels"]?[Ownership.environmentLabel]?.stringValue else { return nil }
        let candidate = environments.first { environment in
            let metadata = environment["metadata"]
            return label
                == Ownership.labelValue(
                    namespace: metadata?["namespace"]?.stringValue ?? "",
                    name: metadata?["name"]?.stringValue ?? ""
                )
        }
        guard let candidate else { return nil }
        let key = ObjectKey(
            group: GroupVersionKind.modelDeployment.group,
            kind: GroupVersionKind.modelDeployment.kind,
            namespace: object["metadata"]?["namespace"]?.stringValue,
            name: object["metadata"]?["name"]?.stringValue ?? ""
        )
        let uid = candidate["metadata"]?["uid"]?.stringValue ?? ""
        if await environmentReconcilers[uid]?.isEnding(key) == true { return candidate }
        let inventory = ClusterInventory(
            client: client,
            environment: EnvironmentReference(
                namespace: candidate["metadata"]?["namespace"]?.stringValue ?? "",
                name: candidate["metadata"]?["name"]?.stringValue ?? ""
            ),
            ownerUID: uid
        )
        return try await inventory.load(deadline: .after(.seconds(30)))[key] == nil ? nil : candidate
    }

    // MARK: - Small parts

    private func list(_ type: GroupVersionKind) async throws -> [JSONValue] {
        try await client.list(type, namespace: namespace, deadline: .after(.seconds(30)))
    }

    /// Sleeps for the interval, in steps short enough to hear a signal.
    private func pause() async throws {
        let end = ContinuousClock.now + interval
        while !signals.isSet, .now < end { try await Task.sleep(for: min(.milliseconds(50), interval)) }
    }

    /// What happened, and what can be done about it.
    private static func words(_ error: any Error) -> String {
        "\(error)\(NextStep.after(error).map { "; what to do: \($0)" } ?? "")"
    }

    private static func name(of object: JSONValue) -> String {
        let parts = [object["kind"], object["metadata"]?["namespace"], object["metadata"]?["name"]]
        return parts.compactMap { $0?.stringValue }.joined(separator: "/")
    }
}
