// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import Delivery
internal import Git
internal import JSON
internal import Kubernetes
internal import Transport

/// Assembles the loops: what watches tell becomes work in a queue, and what is worked on is brought to what Git says.
///
/// Nothing is asked of the cluster on a schedule, so that one in which nothing happens costs nothing.
actor Controller {
    /// How long something that needs another part of us waits for it.
    static let moment = Duration.milliseconds(200)
    /// While the log is in no order, and where a deletion waits for finalizers.
    static let soon = Duration.seconds(2)
    /// For how long changes of health are gathered: while a thousand objects become ready, one look after another would tell nobody anything.
    private static let gathering = Duration.seconds(1)

    let client: KubernetesClient
    let recorder: Recorder
    let instruments: ControllerInstruments
    /// `nil` for all.
    private let namespace: String?
    private let sources: SourceReconciler
    private let signals: TerminationSignals
    private let recovery: Recovery
    let clusters: TargetClusters
    let own = OwnResources()
    let followed: Followed
    let view: LiveView
    private let events: EventRecorder
    private let notices = AsyncStream.makeStream(of: LiveView.Notice.self)
    static let concurrency = 256
    let queue = WorkQueue<ControllerWork, ControllerWork.Lane>(
        limit: Controller.concurrency,
        perLane: 8,
        backoff: Backoff(base: .seconds(2), limit: .seconds(120))
    ) { $0.lane }
    private let order = Turnstile()
    var environmentReconcilers: [String: EnvironmentReconciler] = [:]
    /// Environments whose objects something happened to.
    private var touched: [NamespacedName: Touch] = [:]
    /// What the last look at each ModelDeployment left behind, by its uid.
    var memories: [String: Locked<History>] = [:]
    /// The commit that the readers of each repository were last told of, by the uid of the ConfigRepository.
    private var announced: [String: String] = [:]
    private var told: [String: String] = [:]
    private var hasStarted = false

    init(
        client: KubernetesClient,
        recorder: Recorder,
        folder: String,
        namespace: String?,
        reach: AddressReach,
        clusterReach: AddressReach,
        signals: TerminationSignals,
        instance: String,
        instruments: ControllerInstruments
    ) {
        self.instruments = instruments
        self.signals = signals
        self.client = client
        self.recorder = recorder
        self.namespace = namespace
        let clusters = TargetClusters(
            home: client,
            homeUID: recorder.clusterUID,
            reach: clusterReach,
            userAgent: "taffrail/\(Version.text)",
            observer: instruments.requests.noteOther
        )
        self.clusters = clusters
        recovery = Recovery(client: client, recorder: recorder) { intent in
            guard let environment = intent.environment, let cluster = intent.targetCluster else { return client }
            return try await clusters.server(of: environment, uid: cluster.uid, deadline: .after(.seconds(30)))
        }
        view = LiveView(client: client, isByNamespace: namespace != nil) { [notices] in
            notices.continuation.yield($0)
        }
        events = EventRecorder(
            client: client,
            controller: "taffrail.dev/controller",
            instance: instance,
            clock: .system
        )
        followed = Followed(view: view, inventories: own.inventories, events: events) { [own] in own.wrote($0) }
        sources = SourceReconciler(
            client: client,
            folder: folder,
            clock: .system,
            reach: reach,
            followed: followed,
            fetched: instruments.fetched
        )
    }

    /// Turns the loops until the process is asked to end.
    func run() async {
        await queue.observe(instruments.work.note)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.view.run() }
            group.addTask { await self.events.run() }
            group.addTask { await self.heed() }
            group.addTask { await self.heedOwnWrites() }
            for type in [GroupVersionKind.configRepository, .environment, .inventory, .modelDeployment] {
                group.addTask { await self.follow(type) }
            }
            await withDiscardingTaskGroup { work in
                work.addTask { await self.begin() }
                work.addTask { await self.endInTime() }
                work.addTask { await self.queue.run { await self.work(on: $0) } }
            }
            group.cancelAll()
        }
    }

    /// Waits for the process to be asked to end. What is under way comes to its end: an intent that was written gets its outcome.
    private func endInTime() async {
        while !signals.isSet { try? await Task.sleep(for: .milliseconds(50)) }
        Terminal.note("controller: ending after what is under way")
        await queue.close()
    }

    /// Answers for an earlier run, also where nothing else is to be done.
    private func begin() async {
        while !hasStarted, !signals.isSet {
            do { _ = try await isInOrder() } catch { tell("cluster", Self.reading(error)) }
            if !hasStarted { try? await Task.sleep(for: Self.moment) }
        }
    }

    // MARK: - What happens

    /// Follows one of our own kinds.
    private nonisolated func follow(_ type: GroupVersionKind) async {
        guard let store = own.store(of: type) else { return }
        // It ends by cancellation alone.
        try? await WatchLoop(client, ObjectScope(type, namespace: namespace)).run { output in
            let changes = store.receive(output)
            if case .failed(let error) = output {
                await self.tell("\(type.kind)s", Self.reading(error))
            } else {
                await self.forget("\(type.kind)s")
            }
            for change in changes {
                await self.heed(change, of: type)
                await self.heedForeign(change, of: type)
            }
        }
    }

    private func heedOwnWrites() async {
        for await (type, change) in own.written.stream { await heed(change, of: type) }
    }

    /// An Inventory that somebody else changed, or deleted, has to be made whole.
    private func heedForeign(_ change: ObjectStore.Change, of type: GroupVersionKind) async {
        guard type == .inventory, let inventory = change.after ?? change.before else { return }
        let name = NamespacedName(inventory)
        guard own.environments.object(name) != nil else { return }
        touched[name, default: .none].add(.whole)
        await queue.add(ControllerWork(loop: .environment, name: name))
    }

    private func heed(_ change: ObjectStore.Change, of type: GroupVersionKind) async {
        guard let object = change.after ?? change.before else { return }
        let name = NamespacedName(object)
        let isOther = Self.isOther(change)
        switch type {
        case .configRepository where isOther: await queue.renew(ControllerWork(loop: .source, name: name))
        case .environment:
            if isOther { await queue.renew(ControllerWork(loop: .environment, name: name)) }
            if Self.lends(change.before) != Self.lends(change.after) {
                await renewModels(own.modelsLabelled(Ownership.labelValue(namespace: name.namespace, name: name.name)))
            }
            // Whoever depends on it may go on now, or not any more.
            for other in own.environments.objects where Self.depends(other, on: name) {
                await queue.add(ControllerWork(loop: .environment, name: NamespacedName(other)))
            }
        case .modelDeployment where isOther: await queue.renew(ControllerWork(loop: .model, name: name))
        case .inventory: await renewModels(OwnResources.modelsThatMoved(change))
        default: break
        }
    }

    /// Whose account the children of a ModelDeployment are applied as may be another now.
    private func renewModels(_ names: [NamespacedName]) async {
        for name in names { await queue.renew(ControllerWork(loop: .model, name: name)) }
    }

    /// What an Environment lends to the ModelDeployments that it delivers.
    private static func lends(_ environment: JSONValue?) -> [JSONValue?] {
        let spec = environment?["spec"]
        return [environment?["metadata"]?["uid"], spec?["serviceAccountName"], spec?["kubeConfig"]]
    }

    /// Whether more is new than a status, which we write ourselves.
    private static func isOther(_ change: ObjectStore.Change) -> Bool {
        guard let before = change.before?["metadata"], let after = change.after?["metadata"] else { return true }
        return ["uid", "generation", "annotations", "labels", "finalizers", "deletionTimestamp"].contains {
            before[$0] != after[$0]
        }
    }

    private static func depends(_ environment: JSONValue, on name: NamespacedName) -> Bool {
        guard environment["metadata"]?["namespace"]?.stringValue == name.namespace else { return false }
        return (environment["spec"]?["dependsOn"]?.arrayValue ?? []).contains { $0["name"]?.stringValue == name.name }
    }

    /// Has whoever delivers an object look at it when something happened to it.
    private func heed() async {
        for await notice in notices.stream {
            let delay = notice.isHealthOnly ? Self.gathering : .zero
            if notice.labelKey == Ownership.environmentLabel {
                guard let name = own.environment(labelled: notice.owner) else { continue }
                touched[name, default: .none].add(notice.key)
                await queue.add(ControllerWork(loop: .environment, name: name), after: delay)
            } else {
                let name = NamespacedName(namespace: notice.key.namespace ?? "", name: notice.owner)
                await queue.add(ControllerWork(loop: .model, name: name))
            }
        }
    }

    // MARK: - Work

    private func work(on work: ControllerWork) async -> WorkResult {
        guard own.isKnown(for: work.loop) else { return .done(again: Self.moment) }
        do {
            guard try await isInOrder() else {
                try await hold(work)
                return .done(again: Self.soon)
            }
            let result =
                switch work.loop {
                case .source: try await keepSource(work.name)
                case .environment: try await keepEnvironment(work.name)
                case .model: try await keepModel(work.name)
                }
            forget(work.description)
            return result
        } catch {
            tell(work.description, Self.words(error))
            return .failed
        }
    }

    /// Whether everything that was announced is answered for. Until then nothing is reconciled, and the Environments say why.
    private func isInOrder() async throws -> Bool {
        do {
            try await order.pass { try await self.recover() }
            return true
        } catch let error as KubernetesError {
            throw error
        } catch {
            let words = "the log cannot be brought to order, so nothing is reconciled: \(Self.words(error))"
            guard told["log"] != words else { return false }
            tell("log", words)
            for environment in own.environments.objects {
                await queue.add(ControllerWork(loop: .environment, name: NamespacedName(environment)))
            }
            return false
        }
    }

    /// Answers for the intents of an earlier run before anything else is done, and for those whose outcome could not be written as soon as
    /// the log can be written again.
    private func recover() async throws {
        guard !hasStarted else {
            if await recorder.hasLostOutcome { try await recovery.closeOpenIntents() }
            told["log"] = nil
            return
        }
        let closed = try await recovery.closeOpenIntents()
        hasStarted = true
        told["log"] = nil
        forget("cluster")
        Terminal.note("controller: started, \(closed.counted("intent")) of an earlier run closed")
    }

    private func hold(_ work: ControllerWork) async throws {
        guard work.loop == .environment, let words = told["log"], let object = own.environments.object(work.name) else {
            return
        }
        try await reconciler(of: object)?.hold(object, words, deadline: .after(.seconds(30)))
    }

    // MARK: - Repositories

    private func keepSource(_ name: NamespacedName) async throws -> WorkResult {
        let uids = own.repositories.objects.compactMap { $0["metadata"]?["uid"]?.stringValue }
        await sources.keep(only: Set(uids))
        guard let object = own.repositories.object(name), let uid = object["metadata"]?["uid"]?.stringValue else {
            await renewReaders(of: name)
            return .done()
        }
        announced = announced.filter { uids.contains($0.key) }
        do {
            let next = try await sources.reconcile(object, deadline: .after(.seconds(300)))
            await announce(uid, to: name)
            return .done(again: next)
        } catch {
            // It may have been fetched, and only its status could not be written.
            await announce(uid, to: name)
            throw error
        }
    }

    private func announce(_ uid: String, to name: NamespacedName) async {
        let commit = await sources.repository(uid: uid)?.commit.description
        guard announced[uid] != commit else { return }
        announced[uid] = commit
        await renewReaders(of: name)
    }

    private func renewReaders(of repository: NamespacedName) async {
        for environment in own.environments.objects {
            let name = NamespacedName(environment)
            let wanted = environment["spec"]?["repositoryRef"]?["name"]?.stringValue
            guard name.namespace == repository.namespace, wanted == repository.name else { continue }
            await queue.renew(ControllerWork(loop: .environment, name: name))
        }
    }

    // MARK: - Environments

    private func keepEnvironment(_ name: NamespacedName) async throws -> WorkResult {
        let environments = own.environments.objects
        let known = Set(environments.compactMap { $0["metadata"]?["uid"]?.stringValue })
        environmentReconcilers = environmentReconcilers.filter { known.contains($0.key) }
        await clusters.keep(only: known)
        let touch = touched.removeValue(forKey: name) ?? .none
        guard let object = own.environments.object(name), let reconciler = reconciler(of: object) else {
            return .done()
        }
        let repository = own.repositories.object(
            namespace: name.namespace,
            name: object["spec"]?["repositoryRef"]?["name"]?.stringValue ?? ""
        )
        let repositoryUID = repository?["metadata"]?["uid"]?.stringValue ?? ""
        let fetched = await sources.repository(uid: repositoryUID)
        let source = repository == nil ? .missing : fetched.map { EnvironmentSource.fetched($0) } ?? .notFetched
        let (sources, signals, own) = (sources, signals, own)
        let turn: EnvironmentTurn
        do {
            turn = try await reconciler.reconcile(
                object,
                among: environments,
                source: source,
                touch: touch,
                deadline: .after(.seconds(1_800))
            ) {
                // Nobody waits for health when the process is to end: a pod that is stopped has seconds.
                if signals.isSet { return true }
                guard let now = own.environments.object(name)?["metadata"], now["deletionTimestamp"] == nil else {
                    return true
                }
                if Self.isAnother(now, than: object["metadata"]) { return true }
                return await sources.repository(uid: repositoryUID)?.commit != fetched?.commit
            }
        } catch {
            touched[name, default: .none].add(touch)
            throw error
        }
        if let left = turn.left { tellGone("Environment/\(name)", left) }
        if let repository, await sources.isDamaged(uid: repositoryUID) {
            await queue.add(ControllerWork(loop: .source, name: NamespacedName(repository)))
        }
        return .done(again: turn.next)
    }

    /// Whether somebody asks for something else since: another spec, another look, or the whole anew.
    private static func isAnother(_ metadata: JSONValue, than before: JSONValue?) -> Bool {
        let request = EnvironmentReconciler.requestAnnotation
        return metadata["uid"] != before?["uid"] || metadata["generation"] != before?["generation"]
            || metadata["annotations"]?[request] != before?["annotations"]?[request]
    }

    private func reconciler(of environment: JSONValue) -> EnvironmentReconciler? {
        guard let uid = environment["metadata"]?["uid"]?.stringValue else { return nil }
        let reconciler =
            environmentReconcilers[uid]
            ?? EnvironmentReconciler(
                client: client,
                recorder: recorder,
                clock: .system,
                clusters: clusters,
                followed: followed
            )
        environmentReconcilers[uid] = reconciler
        return reconciler
    }

    // MARK: - Words

    nonisolated var isEnding: Bool { signals.isSet }
    /// What is wrong with the log, as long as it cannot be brought to order.
    var disorder: String? { told["log"] }

    /// What went cannot tell any more what it left.
    func tellGone(_ name: String, _ left: String) {
        Terminal.note("controller: \(name): gone: \(left)")
    }

    /// A problem that stays is told once.
    private func tell(_ name: String, _ message: String) {
        guard told[name] != message else { return }
        told[name] = message
        Terminal.note("controller: \(name): \(message)")
    }

    private func forget(_ name: String) { told[name] = nil }

    private static func reading(_ error: any Error) -> String { "cannot read the cluster: \(words(error))" }

    /// What happened, and what can be done about it.
    private static func words(_ error: any Error) -> String {
        "\(error)\(NextStep.after(error).map { "; what to do: \($0)" } ?? "")"
    }
}
