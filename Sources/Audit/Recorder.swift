// SPDX-License-Identifier: Apache-2.0

package import Change
package import Concurrency
internal import Git
internal import JSON
package import Keys
package import Kubernetes
internal import TransparencyLog

/// How a log is opened for writing.
package struct RecorderConfiguration: Sendable {
    package let directory: String
    /// The name of the log, which never changes.
    package let origin: String
    package let signer: any Signer
    /// For digests over Secret values: 32 bytes.
    package let secretKey: [UInt8]
    package let controllerID: String
    package let version: String
    package let clock: WallClock
    /// Whether a log is begun where there is none.
    package let create: Bool

    package init(
        directory: String,
        origin: String,
        signer: any Signer,
        secretKey: [UInt8],
        controllerID: String,
        version: String,
        clock: WallClock,
        create: Bool
    ) {
        self.directory = directory
        self.origin = origin
        self.signer = signer
        self.secretKey = secretKey
        self.controllerID = controllerID
        self.version = version
        self.clock = clock
        self.create = create
    }
}

/// Writes records.
///
/// Guarantees: what a method returned from is durable and covered by a published checkpoint; nothing that is written holds a Secret's value; the index follows
/// the log, and never leads it.
package actor Recorder {
    package nonisolated let secrets: SecretKeeper
    private nonisolated let configuration: RecorderConfiguration
    private nonisolated let keyID: String

    private let cluster: ClusterIdentity
    private let log: TransparencyLog
    private let reader: AuditLog
    private let index: AuditIndex
    private let turnstile = Turnstile()

    /// Room for the outcome of an intent: its entry, its tiles and a checkpoint, with a good margin.
    private static let outcomeReserve = 1 << 20

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
    /// - Returns: the index of the record, which each of the writes carries.
    package func intent(_ changes: [PlannedChange], context: RunContext) async throws -> UInt64 {
        try await turnstile.pass { try await self.writeIntent(changes, context) }
    }

    private func writeIntent(_ changes: [PlannedChange], _ context: RunContext) async throws -> UInt64 {
        var statement = statement(.intent)
        let commit = try await log.storeBlobs([context.commitBytes].compactMap(\.self)).first
        statement.add(context, commitBlob: commit)
        statement.predicate["diffs"] = try await storeDiffs(changes)
        let intent = try await append(
            [(statement, ["changes": changes.map(StatementParts.change)])],
            usesReserve: false
        )
        try await log.reserve(bytes: Self.outcomeReserve)
        return intent
    }

    /// The fields of all changes in one blob: one file for each would cost a sync each.
    private func storeDiffs(_ changes: [PlannedChange]) async throws -> JSONValue? {
        let diffs = changes.filter { !$0.diffs.isEmpty }.map(StatementParts.diff)
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
        intent: UInt64,
        context: RunContext
    ) async throws -> UInt64 {
        var outcome = statement(.outcome)
        outcome.add(context, commitBlob: nil)
        outcome.predicate["intentIndex"] = .int(Int64(intent))
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
            let done = results.filter { $0.status == .succeeded && $0.change.operation == operation }
            guard !done.isEmpty else { continue }
            var record = statement(kind)
            record.add(context, commitBlob: nil)
            record.predicate["intentIndex"] = .int(Int64(intent))
            records.append((record, ["changes": done.map(StatementParts.result)]))
        }
        let all = records
        return try await turnstile.pass { try await self.append(all, usesReserve: true) }
    }

    /// Records what somebody else changed.
    package func drift(_ changes: [PlannedChange], context: RunContext) async throws {
        try await turnstile.pass {
            var record = self.statement(.drift)
            record.add(context, commitBlob: nil)
            record.predicate["diffs"] = try await self.storeDiffs(changes)
            let list = changes.map(StatementParts.change)
            _ = try await self.append([(record, ["changes": list])], usesReserve: false)
        }
    }

    /// Records what was refused; the same findings on the same commit are recorded once.
    /// - Returns: whether they were new.
    @discardableResult
    package func denied(_ findings: [Finding], context: RunContext) async throws -> Bool {
        let list = findings.map(StatementParts.finding)
        let commit = context.revision?.commit.description
        return try await turnstile.pass {
            guard try await !self.isRecorded(list, commit: commit, environment: context.environment) else {
                return false
            }
            let digest = try await self.log.storeBlobs([context.commitBytes].compactMap(\.self)).first
            var record = self.statement(.denied)
            record.add(context, commitBlob: digest)
            _ = try await self.append([(record, ["findings": list])], usesReserve: false)
            return true
        }
    }

    // MARK: - After a crash

    /// Intents without an outcome.
    package func openIntents() throws -> [OpenIntent] {
        try index.openIntents().map { position in
            let record = try reader.record(at: position)
            return OpenIntent(
                index: position,
                environment: record.environment,
                runID: record.predicate["runId"]?.stringValue ?? "",
                loop: record.predicate["loop"]?.stringValue.flatMap(ReconcileLoop.init(rawValue:)) ?? .delivery,
                commit: record.commit,
                changes: try reader.list("changes", of: record).compactMap { IntendedChange($0) }
            )
        }
    }

    /// Closes an intent that a crash left open, with what was found of it.
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
        let list = zip(intent.changes, landings).map { change, landing -> JSONValue in
            var json: JSONValue = [
                "operation": .string(change.operation.rawValue), "group": .string(change.type.group),
                "version": .string(change.type.version), "kind": .string(change.type.kind),
                "name": .string(change.key.name),
                "landed": .string(landing.state.rawValue), "message": .string(landing.message),
            ]
            json["namespace"] = change.key.namespace.map { .string($0) }
            return json
        }
        let finished = record
        _ = try await turnstile.pass { try await self.append([(finished, ["changes": list])], usesReserve: true) }
    }

    // MARK: - Memory

    /// What was applied for an environment, or was about to be, and how it settled.
    package func recorded(in environment: EnvironmentReference) throws -> [RecordedObject] {
        try index.recorded(in: environment)
    }

    /// Notes newer versions of objects that look as they did: nothing happened, so nothing is recorded.
    package func refresh(_ versions: [ObjectKey: String], in environment: EnvironmentReference) throws {
        try index.refresh(versions, in: environment)
    }

    /// The id under which the API server's own audit log keeps a write: derived, so that it is known also after a crash.
    package static func auditID(intent: UInt64, key: ObjectKey, attempt: Int) -> String {
        let text = "taffrail/\(intent)/\(key.group)/\(key)/\(attempt)"
        return UUIDText.make(from: SHA256Digest.of(Array(text.utf8)).bytes, version: 8)
    }

    // MARK: - Parts

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

    private func catchUp() throws {
        let reader = reader
        var batch: [(record: DecodedRecord, list: (String) throws -> [JSONValue])] = []
        try reader.forEach(from: index.next()) { record in
            batch.append((record, { try reader.list($0, of: record) }))
        }
        try index.add(batch)
    }

    private func isRecorded(
        _ findings: [JSONValue],
        commit: String?,
        environment: EnvironmentReference?
    ) throws -> Bool {
        try index.isRecorded(findings, commit: commit, environment: environment)
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
        var batch: [(record: DecodedRecord, list: (String) throws -> [JSONValue])] = []
        for (offset, entry) in entries.enumerated() {
            let lists = records[offset].lists
            batch.append((try DecodedRecord(entry: entry, index: first + UInt64(offset)), { lists[$0] ?? [] }))
        }
        try index.add(batch)
        return first
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
