// SPDX-License-Identifier: Apache-2.0

package import Change
internal import Concurrency
internal import Git
internal import JSON
internal import Keys
package import Kubernetes
internal import TransparencyLog

/// Writes records.
///
/// Guarantees: what a method returned from is durable and covered by a published checkpoint; nothing that is written holds a Secret's value; the index follows
/// the log, and never leads it.
package actor Recorder {
    package nonisolated let secrets: SecretKeeper
    /// The log's, which never changes.
    package nonisolated var origin: String { configuration.origin }
    /// Of the cluster that the log is about.
    package nonisolated var clusterUID: String { cluster.uid }
    /// How many entries the log has.
    package nonisolated var size: UInt64 { log.size }
    private nonisolated let configuration: RecorderConfiguration
    private nonisolated let keyID: String

    private nonisolated let cluster: ClusterIdentity
    private let log: TransparencyLog
    private let reader: AuditLog
    private let index: AuditIndex
    private let turnstile = Turnstile()
    /// Intents that somebody is at work on, with the bytes that are kept for the outcome of each.
    private var underWay: [UInt64: Int] = [:]
    /// Whether there may be an intent without an outcome that nobody is at work on. It stays so until one look finds none.
    package private(set) var hasLostOutcome = false

    private init(
        configuration: RecorderConfiguration,
        keyID: String,
        cluster: ClusterIdentity,
        log: TransparencyLog,
        index: sending AuditIndex
    ) {
        self.configuration = configuration
        self.keyID = keyID
        self.cluster = cluster
        self.log = log
        self.index = index
        reader = AuditLog(directory: configuration.directory)
        secrets = SecretKeeper(key: configuration.secretKey)
    }

    /// Opens a log, or begins one with a genesis record.
    /// - Throws: `otherCluster` if the log's genesis names another cluster.
    package static func open(_ configuration: RecorderConfiguration, cluster: ClusterIdentity) async throws -> Recorder
    {
        let log = try await TransparencyLog.open(
            directory: configuration.directory,
            origin: configuration.origin,
            signer: configuration.signer,
            create: configuration.create
        )
        let key = try VerifierKey(name: configuration.origin, publicKey: configuration.signer.publicKey)
        let recorder = Recorder(
            configuration: configuration,
            keyID: key.description,
            cluster: cluster,
            log: log,
            index: try AuditIndex(path: configuration.directory + "/.state/index.sqlite")
        )
        try await recorder.begin()
        return recorder
    }

    package func close() async {
        await log.close()
    }

    // MARK: - Recording

    /// Announces writes.
    ///
    /// Whoever gets an intent answers for it with `outcome`, whatever happens.
    /// - Returns: the record, whose mark each of the writes carries.
    package func intent(_ changes: [PlannedChange], context: RunContext) async throws -> Intent {
        try await write { try await self.writeIntent(changes, context) }
    }

    private func writeIntent(_ changes: [PlannedChange], _ context: RunContext) async throws -> Intent {
        // Who gave up while waiting would not carry it out.
        try Task.checkCancellation()
        var statement = statement(.intent)
        let commit = try await log.storeBlobs([context.commitBytes].compactMap(\.self)).first
        statement.add(context, commitBlob: commit)
        statement.predicate["diffs"] = try await storeDiffs(changes)
        // First the room for the outcome: an intent that could not be answered for must not be written.
        let room = Self.room(for: changes.count)
        try await keepRoom(for: underWay.values + [room])
        let index: UInt64
        do {
            index = try await append(
                [(statement, ["changes": changes.map(StatementParts.change)])],
                usesReserve: false
            )
        } catch {
            // It may come into the log all the same, and whoever was to answer for it has gone.
            hasLostOutcome = true
            throw error
        }
        underWay[index] = room
        return Intent(log: configuration.origin, index: index)
    }

    /// What an outcome may need: its entries, and a list for each of them if they are long.
    private static func room(for changes: Int) -> Int { 512 << 10 + changes * (8 << 10) }

    private func keepRoom(for rooms: [Int]) async throws {
        try await log.reserve(bytes: rooms.reduce(0, +), appends: rooms.count)
    }

    /// The fields of all changes in one blob: one file for each would cost a sync each.
    private func storeDiffs(_ changes: [PlannedChange]) async throws -> JSONValue? {
        let diffs = changes.filter { !$0.diffs.isEmpty || !$0.additions.isEmpty }.map(StatementParts.diff)
        guard !diffs.isEmpty else { return nil }
        let bytes = try JSONValue.array(diffs).canonicalized()
        guard let digest = try await log.storeBlobs([bytes]).first else { return nil }
        return ["listBlob": .string("sha256:\(digest)"), "count": .int(Int64(diffs.count))]
    }

    /// Closes an intent: one append for the outcome and for what it healed, adopted and pruned.
    @discardableResult
    package func outcome(
        _ results: [ChangeResult],
        health: [ObjectHealth],
        findings: [Finding],
        intent: Intent,
        context: RunContext
    ) async throws -> UInt64 {
        var outcome = statement(.outcome)
        outcome.add(context, commitBlob: nil)
        outcome.predicate["intentIndex"] = .int(Int64(intent.index))
        var records: [(Statement, [String: [JSONValue]])] = [
            (
                outcome,
                [
                    "changes": results.map(StatementParts.result), "health": health.map(StatementParts.health),
                    "findings": findings.map(StatementParts.finding),
                ]
            )
        ]
        for (kind, operation) in [(RecordKind.healed, Operation.heal), (.adopted, .adopt), (.pruned, .prune)] {
            let done = results.filter { $0.change.operation == operation && $0.wasCarriedOut }
            guard !done.isEmpty else { continue }
            var record = statement(kind)
            record.add(context, commitBlob: nil)
            record.predicate["intentIndex"] = .int(Int64(intent.index))
            records.append((record, ["changes": done.map(StatementParts.result)]))
        }
        let all = records
        let index = try await write { try await self.answer(intent.index, with: all) }
        configuration.observer(.carriedOut(results))
        return index
    }

    private func answer(_ intent: UInt64, with records: [(Statement, [String: [JSONValue]])]) async throws -> UInt64 {
        underWay[intent] = nil
        do {
            return try await appendIntoReserve(records)
        } catch {
            hasLostOutcome = true
            throw error
        }
    }

    /// Appends with the room that is kept, and keeps it again for the other intents: what is kept for all is let go together. If there is no
    /// room any more, the next intent will say so.
    private func appendIntoReserve(_ records: [(Statement, [String: [JSONValue]])]) async throws -> UInt64 {
        let result: Result<UInt64, any Error>
        do {
            result = .success(try await append(records, usesReserve: true))
        } catch {
            result = .failure(error)
        }
        if !underWay.isEmpty { try? await keepRoom(for: Array(underWay.values)) }
        return try result.get()
    }

    /// Records what somebody else changed.
    package func drift(_ changes: [PlannedChange], context: RunContext) async throws {
        try await write {
            var record = self.statement(.drift)
            record.add(context, commitBlob: nil)
            record.predicate["diffs"] = try await self.storeDiffs(changes)
            let list = changes.map(StatementParts.change)
            _ = try await self.append([(record, ["changes": list])], usesReserve: false)
            self.configuration.observer(.drifted(list.count))
        }
    }

    /// Records that an environment goes to another cluster from now on, and which objects it leaves in the one before: they are not its own any more.
    package func rebind(from former: String, leaving objects: [RecordedObject], context: RunContext) async throws {
        try await write {
            var record = self.statement(.clusterRebound)
            record.add(context, commitBlob: nil)
            record.predicate["formerCluster"] = ["uid": .string(former)]
            let list = objects.map(StatementParts.object)
            _ = try await self.append([(record, ["left": list])], usesReserve: false)
        }
    }

    /// Records what was refused; the same findings on the same commit are recorded once.
    /// - Returns: whether they were new.
    @discardableResult
    package func denied(_ findings: [Finding], context: RunContext) async throws -> Bool {
        let list = findings.map(StatementParts.finding)
        let commit = context.revision?.commit.description
        return try await write {
            guard try await !self.isRecorded(list, commit: commit, environment: context.environment) else {
                return false
            }
            let digest = try await self.log.storeBlobs([context.commitBytes].compactMap(\.self)).first
            var record = self.statement(.denied)
            record.add(context, commitBlob: digest)
            _ = try await self.append([(record, ["findings": list])], usesReserve: false)
            self.configuration.observer(.denied(list.count))
            return true
        }
    }

    // MARK: - After a crash

    /// Intents without an outcome that nobody is at work on.
    package func openIntents() async throws -> [OpenIntent] {
        try await write { try await self.abandonedIntents() }
    }

    private func abandonedIntents() async throws -> [OpenIntent] {
        try await bringToOrder()
        let abandoned = try index.openIntents().filter { underWay[$0] == nil }
        hasLostOutcome = !abandoned.isEmpty
        return try abandoned.map { position in
            let record = try reader.record(at: position)
            return OpenIntent(
                index: position,
                intent: Intent(log: configuration.origin, index: position),
                environment: record.environment,
                targetCluster: record.targetCluster,
                runID: record.predicate["runId"]?.stringValue ?? "",
                loop: record.predicate["loop"]?.stringValue.flatMap(ReconcileLoop.init(rawValue:)) ?? .delivery,
                commit: record.commit,
                changes: try reader.list("changes", of: record).compactMap { IntendedChange($0) }
            )
        }
    }

    /// Closes an intent that was left open, with what was found of it. One that is closed already stays as it is.
    package func close(intent: OpenIntent, landings: [Landing]) async throws {
        var record = statement(.gap)
        record.predicate["runId"] = .string(intent.runID)
        record.predicate["loop"] = .string(intent.loop.rawValue)
        record.predicate["intentIndex"] = .int(Int64(intent.index))
        if let environment = intent.environment {
            record.predicate["environment"] = [
                "namespace": .string(environment.namespace), "name": .string(environment.name),
            ]
        }
        record.predicate["targetCluster"] = intent.targetCluster?.json
        let list = zip(intent.changes, landings).map { change, landing -> JSONValue in
            var json: JSONValue = [
                "operation": .string(change.operation.rawValue), "group": .string(change.type.group),
                "version": .string(change.type.version), "kind": .string(change.type.kind),
                "name": .string(change.key.name),
                "landed": .string(landing.state.rawValue), "message": .string(Statement.shortened(landing.message)),
                "auditID": .string(intent.intent.auditID(of: change.key)),
            ]
            json["namespace"] = change.key.namespace.map { .string($0) }
            json["uid"] = change.uid.map { .string($0) }
            if change.movesOwnership {
                let others = Self.likelyAttempts.map { intent.intent.auditID(of: change.key, attempt: $0) }
                json["otherAuditIDs"] = .array(others.map { .string($0) })
            }
            return json
        }
        let finished = record
        try await write { try await self.closeIfOpen(intent.index, with: [(finished, ["changes": list])]) }
    }

    /// More writes than a change takes whose fields move from several tools, in several API versions.
    private static let likelyAttempts = 2...9

    private func closeIfOpen(_ intent: UInt64, with records: [(Statement, [String: [JSONValue]])]) async throws {
        do {
            try await bringToOrder()
            if try index.openIntents().contains(intent) { _ = try await appendIntoReserve(records) }
            hasLostOutcome = try index.openIntents().contains { underWay[$0] == nil }
        } catch {
            hasLostOutcome = true
            throw error
        }
    }

    /// Carries through what a failed append may have left half done, and has the index follow.
    private func bringToOrder() async throws {
        _ = try await log.append([])
        try catchUp()
    }

    // MARK: - Memory

    /// What was applied for an environment, or was about to be, and how it settled.
    ///
    /// - Parameter keys: the objects that are asked for; `nil` for all.
    package func recorded(
        in environment: EnvironmentReference,
        only keys: Set<ObjectKey>? = nil
    ) throws -> [RecordedObject] {
        try catchUp()
        guard let keys else { return try index.recorded(in: environment) }
        return try keys.compactMap { try index.recorded($0, in: environment) }
    }

    /// The uid of the cluster that holds what was applied for an environment; `nil` if nothing was.
    package func cluster(of environment: EnvironmentReference) throws -> String? {
        try catchUp()
        return try index.cluster(of: environment).map { $0.isEmpty ? cluster.uid : $0 }
    }

    /// The other cluster that holds what was applied for an environment, as far as the record alone knows it; `nil` if it is the log's own.
    package func formerCluster(of environment: EnvironmentReference) throws -> ClusterIdentity? {
        try catchUp()
        guard let uid = try index.cluster(of: environment), !uid.isEmpty, uid != cluster.uid else { return nil }
        return ClusterIdentity(uid: uid, apiServerVersion: "unknown")
    }

    /// Notes newer versions of objects that look as they did: nothing happened, so nothing is recorded.
    package func refresh(_ versions: [ObjectKey: String], in environment: EnvironmentReference) throws {
        try index.refresh(versions, in: environment)
    }

    // MARK: - Parts

    /// Has one after another write, and tells if the log cannot be written.
    private nonisolated func write<Result: Sendable>(
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        do {
            return try await turnstile.pass(body)
        } catch {
            let isTooLarge = (error as? TransparencyLogError)?.code == .tooLarge
            if !(error is CancellationError), !isTooLarge { configuration.observer(.unwritable(error)) }
            throw error
        }
    }

    private func begin() async throws {
        if log.size == 0 {
            try index.clear()
            var genesis = statement(.genesis)
            genesis.predicate["origin"] = .string(configuration.origin)
            genesis.predicate["verifierKey"] = .string(keyID)
            genesis.predicate["schemaVersion"] = .int(RecordFormat.schemaVersion)
            _ = try await append([(genesis, [:])], usesReserve: false)
            return
        }
        let genesis = try reader.record(at: 0)
        guard genesis.predicate["cluster"]?["uid"]?.stringValue == cluster.uid else {
            throw AuditError(
                .otherCluster,
                "the log \(configuration.directory) belongs to the cluster \(genesis.predicate["cluster"]?["uid"]?.stringValue ?? "?"), "
                    + "and this one is \(cluster.uid): use a log of its own for each cluster"
            )
        }
        if try index.next() > log.size { try index.clear() }
        try catchUp()
    }

    /// Reads into the index what the log has beyond it.
    private func catchUp() throws {
        guard try index.next() < log.size else { return }
        let reader = reader
        try reader.forEachBatch(from: index.next()) { records in
            try index.add(records.map { record in (record, { try reader.list($0, of: record) }) })
        }
    }

    private func isRecorded(
        _ findings: [JSONValue],
        commit: String?,
        environment: EnvironmentReference?
    ) throws -> Bool {
        try catchUp()
        return try index.isRecorded(findings, commit: commit, environment: environment)
    }

    private nonisolated func statement(_ kind: RecordKind) -> Statement {
        Statement(
            kind,
            time: configuration.clock.now,
            controllerID: configuration.controllerID,
            version: configuration.version,
            cluster: cluster
        )
    }

    /// Appends records together; lists that are too large go into blobs.
    private func append(
        _ records: [(statement: Statement, lists: [String: [JSONValue]])],
        usesReserve: Bool
    ) async throws -> UInt64 {
        let begin = ContinuousClock.now
        // Lists that become blobs need room, too.
        if usesReserve { try await log.releaseReserve() }
        var entries: [[UInt8]] = []
        for (statement, lists) in records {
            let payload = try await fitted(statement, lists).payload()
            let envelope = try await DSSEEnvelope.sign(
                payload,
                type: RecordFormat.payloadType,
                keyID: keyID,
                with: configuration.signer
            )
            entries.append(try envelope.json.canonicalized())
        }
        let first = try await log.append(entries, usesReserve: usesReserve).firstIndex
        configuration.observer(.appended(records.map(\.statement.kind), took: .now - begin))
        var batch: [(record: DecodedRecord, list: (String) throws -> [JSONValue])] = []
        for (offset, entry) in entries.enumerated() {
            let lists = records[offset].lists
            batch.append((try DecodedRecord(entry: entry, index: first + UInt64(offset)), { lists[$0] ?? [] }))
        }
        follow(batch, from: first)
        return first
    }

    /// The index is a cache: that it cannot follow now does not undo what is durable. It catches up before it is asked.
    private func follow(
        _ batch: [(record: DecodedRecord, list: (String) throws -> [JSONValue])],
        from first: UInt64
    ) {
        do {
            // Entries of an append that failed may have come into the log before these.
            if try index.next() == first { try index.add(batch) } else { try catchUp() }
        } catch {
            return
        }
    }

    private func fitted(_ statement: Statement, _ lists: [String: [JSONValue]]) async throws -> Statement {
        var result = statement
        for (name, list) in lists where !list.isEmpty { result.predicate[name] = .array(list) }
        guard try result.payload().count > RecordFormat.inlineLimit else { return result }
        for (name, list) in lists where !list.isEmpty {
            let bytes = try JSONValue.array(list).canonicalized()
            guard let digest = try await log.storeBlobs([bytes]).first else { continue }
            result.predicate[name] = ["listBlob": .string("sha256:\(digest)"), "count": .int(Int64(list.count))]
        }
        return result
    }
}
