// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import Keys
internal import Kubernetes
internal import TransparencyLog

/// Answers questions about a log without reading it again. A cache: whatever it says follows from the log, and it may be deleted at any time.
final class AuditIndex {
    private static let schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY CHECK (id = 0), next INTEGER NOT NULL);
        INSERT OR IGNORE INTO progress VALUES (0, 0);
        CREATE TABLE IF NOT EXISTS settled (
            environment TEXT NOT NULL, grp TEXT NOT NULL, kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            version TEXT NOT NULL, uid TEXT NOT NULL, resource_version TEXT NOT NULL, settled TEXT NOT NULL,
            manifest TEXT NOT NULL, commit_id TEXT NOT NULL, source_path TEXT NOT NULL, prune TEXT NOT NULL,
            found TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (environment, grp, kind, namespace, name)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS open_intents (intent INTEGER PRIMARY KEY);
        CREATE TABLE IF NOT EXISTS clusters (environment TEXT NOT NULL PRIMARY KEY, uid TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS denied (environment TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
        """

    /// Names one row; its values are those of an identity, in this order.
    private static let isThis = "environment = ? AND grp = ? AND kind = ? AND namespace = ? AND name = ?"

    /// Of the tables. An index of another version is made anew.
    private static let version = "5"

    private let database: SQLiteDatabase

    init(path: String) throws(AuditError) {
        database = try SQLiteDatabase(path: path)
        if try database.run("PRAGMA user_version").first?.first != Self.version {
            try database.execute(
                """
                DROP TABLE IF EXISTS progress; DROP TABLE IF EXISTS settled; DROP TABLE IF EXISTS open_intents;
                DROP TABLE IF EXISTS denied; DROP TABLE IF EXISTS clusters; PRAGMA user_version = \(Self.version);
                """
            )
        }
        try database.execute(Self.schema)
    }

    /// The first entry that the index has not seen.
    func next() throws -> UInt64 {
        try database.run("SELECT next FROM progress").first?.first.flatMap { $0 }.flatMap { UInt64($0) } ?? 0
    }

    /// Forgets everything, to begin again at the first entry.
    func clear() throws {
        try database.execute(
            """
            DELETE FROM settled; DELETE FROM open_intents; DELETE FROM denied; DELETE FROM clusters;
            UPDATE progress SET next = 0
            """
        )
    }

    /// Takes records in, in the order of the log.
    func add(_ records: [(record: DecodedRecord, list: (String) throws -> [JSONValue])]) throws {
        guard let last = records.last?.record.index else { return }
        try database.transaction {
            for (record, list) in records { try add(record, list) }
            try database.run("UPDATE progress SET next = ?", [String(last + 1)])
        }
    }

    private func add(_ record: DecodedRecord, _ list: (String) throws -> [JSONValue]) throws {
        switch record.kind {
        case .intent:
            try database.run("INSERT OR IGNORE INTO open_intents VALUES (?)", [String(record.index)])
            try place(record)
            for change in try list("changes") { try announce(change, record) }
        case .clusterRebound:
            try database.run("DELETE FROM settled WHERE environment = ?", [record.environment?.description ?? ""])
            // What the new cluster refuses is another matter.
            try database.run("DELETE FROM denied WHERE environment = ?", [record.environment?.description ?? ""])
            try place(record)
        case .outcome:
            try closeIntent(of: record)
            for result in try list("changes") { try settle(result, record) }
        case .gap:
            try closeIntent(of: record)
            for change in try list("changes") { try unsettle(change, record) }
        case .denied:
            let digest = try Self.digest(of: list("findings"), commit: record.commit)
            try database.run(
                "INSERT OR REPLACE INTO denied VALUES (?, ?)",
                [record.environment?.description ?? "", digest]
            )
        case .genesis, .drift, .healed, .adopted, .pruned: break
        }
    }

    /// Where the environment's objects are from now on: empty for the log's own cluster.
    private func place(_ record: DecodedRecord) throws {
        guard let environment = record.environment?.description else { return }
        try database.run(
            "INSERT OR REPLACE INTO clusters VALUES (?, ?)",
            [environment, record.targetCluster?.uid ?? ""]
        )
    }

    private func closeIntent(of record: DecodedRecord) throws {
        guard let intent = record.intentIndex else { return }
        try database.run("DELETE FROM open_intents WHERE intent = ?", [String(intent)])
    }

    /// From its announcement on, an object may be there: also if nobody ever hears what came of it. It has no digests until it settles.
    private func announce(_ json: JSONValue, _ record: DecodedRecord) throws {
        guard let change = IntendedChange(json), change.operation != .prune,
            let environment = record.environment?.description
        else { return }
        try database.run(
            "INSERT OR IGNORE INTO settled VALUES (?, ?, ?, ?, ?, ?, '', '', '', '', ?, ?, ?, '')",
            [
                environment, change.key.group, change.key.kind, change.key.namespace ?? "", change.key.name,
                change.type.version, record.commit ?? "", json["sourcePath"]?.stringValue ?? "",
                json["prune"]?.stringValue ?? "",
            ]
        )
    }

    private func settle(_ result: JSONValue, _ record: DecodedRecord) throws {
        guard let change = IntendedChange(result), let environment = record.environment?.description,
            let status = result["status"]?.stringValue.flatMap(ChangeResult.Status.init(rawValue:))
        else { return }
        let identity = Self.identity(of: change, in: environment)
        switch (change.operation, status) {
        case (.prune, .succeeded): try database.run("DELETE FROM settled WHERE \(Self.isThis)", identity)
        case (.prune, .terminating):
            // It is looked for until it is gone; how it looked does not count any more.
            try forgetLooks(of: identity)
        case (.none, .succeeded):
            try database.run(
                "UPDATE settled SET prune = ? WHERE \(Self.isThis)",
                [result["prune"]?.stringValue ?? ""] + identity
            )
        case (.create, .failed) where result["httpStatus"]?.intValue == 200,
            (.heal, .failed) where result["httpStatus"]?.intValue == 200:
            // It was there already: somebody else's, with our marks on it.
            try database.run("UPDATE settled SET found = '1' WHERE \(Self.isThis)", identity)
        case (_, .terminating), (_, .failed), (_, .skipped): break
        case (_, .unknown): try forgetLooks(of: identity)
        case (_, .succeeded):
            try database.run(
                "INSERT OR REPLACE INTO settled VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
                identity + [
                    change.type.version, result["uid"]?.stringValue ?? "",
                    // With something of others beside ours it is looked at again, as if it had been written since.
                    result["additions"] == nil ? result["resourceVersion"]?.stringValue ?? "" : "",
                    result["settled"]?.stringValue ?? "", result["after"]?.stringValue ?? "", record.commit ?? "",
                    result["sourcePath"]?.stringValue ?? "", result["prune"]?.stringValue ?? "",
                ]
            )
        }
    }

    /// Where a write landed whose outcome nobody heard, the object is not as it settled before, and that is no doing of a stranger.
    private func unsettle(_ json: JSONValue, _ record: DecodedRecord) throws {
        guard let change = IntendedChange(json), let environment = record.environment?.description,
            json["landed"]?.stringValue != Landing.State.notLanded.rawValue
        else { return }
        try forgetLooks(of: Self.identity(of: change, in: environment))
    }

    /// The object may be there, and nobody knows how it looks.
    private func forgetLooks(of identity: [String]) throws {
        let assignments = "settled = '', manifest = '', uid = CASE uid WHEN '' THEN '\(Self.anyUID)' ELSE uid END"
        try database.run("UPDATE settled SET \(assignments) WHERE \(Self.isThis)", identity)
    }

    /// Stands for the uid of an object that may have been made, and that nobody has seen.
    private static let anyUID = "?"

    private static func identity(of change: IntendedChange, in environment: String) -> [String] {
        [environment, change.key.group, change.key.kind, change.key.namespace ?? "", change.key.name]
    }

    // MARK: - Questions

    /// Every object that was applied or was about to be, and was not pruned.
    func recorded(in environment: EnvironmentReference) throws -> [RecordedObject] {
        try database.run("\(Self.recordedColumns) WHERE environment = ?", [environment.description]).map(Self.recorded)
    }

    /// One of them.
    func recorded(_ key: ObjectKey, in environment: EnvironmentReference) throws -> RecordedObject? {
        try database.run(
            "\(Self.recordedColumns) WHERE \(Self.isThis)",
            [environment.description, key.group, key.kind, key.namespace ?? "", key.name]
        ).map(Self.recorded).first
    }

    private static let recordedColumns =
        "SELECT grp, kind, namespace, name, version, uid, resource_version, settled, manifest, commit_id, source_path, prune, found FROM settled"

    private static func recorded(_ row: [String?]) -> RecordedObject {
        let cells = row.map { $0 ?? "" }
        let type = GroupVersionKind(group: cells[0], version: cells[4], kind: cells[1])
        let namespace = cells[2].isEmpty ? nil : cells[2]
        var settled: SettledObject?
        if let digest = ContentDigest(cells[7]), let manifest = ContentDigest(cells[8]) {
            settled = SettledObject(
                type: type,
                uid: cells[5],
                resourceVersion: cells[6],
                settled: digest,
                manifest: manifest
            )
        }
        return RecordedObject(
            type: type,
            key: ObjectKey(group: cells[0], kind: cells[1], namespace: namespace, name: cells[3]),
            commit: cells[9],
            sourcePath: cells[10],
            prune: PruneRule(rawValue: cells[11]) ?? .allowed,
            wasThere: !cells[5].isEmpty,
            wasFound: !cells[12].isEmpty,
            settled: settled
        )
    }

    /// Notes newer versions of objects that look as they did. Not in the log, since nothing happened.
    func refresh(_ versions: [ObjectKey: String], in environment: EnvironmentReference) throws {
        try database.transaction {
            for (key, version) in versions {
                try database.run(
                    "UPDATE settled SET resource_version = ? WHERE \(Self.isThis)",
                    [version, environment.description, key.group, key.kind, key.namespace ?? "", key.name]
                )
            }
        }
    }

    /// The uid of the cluster in which the environment's objects are: empty for the log's own, `nil` if nothing was announced yet.
    func cluster(of environment: EnvironmentReference) throws -> String? {
        let rows = try database.run("SELECT uid FROM clusters WHERE environment = ?", [environment.description])
        return rows.first?.first.flatMap { $0 }
    }

    func openIntents() throws -> [UInt64] {
        try database.run("SELECT intent FROM open_intents ORDER BY intent").compactMap {
            $0.first?.flatMap { UInt64($0) }
        }
    }

    /// Whether these findings were the last that were recorded for the environment.
    func isRecorded(_ findings: [JSONValue], commit: String?, environment: EnvironmentReference?) throws -> Bool {
        let digest = try Self.digest(of: findings, commit: commit)
        let rows = try database.run("SELECT digest FROM denied WHERE environment = ?", [environment?.description ?? ""])
        return rows.first?.first.flatMap { $0 } == digest
    }

    private static func digest(of findings: [JSONValue], commit: String?) throws -> String {
        let value: JSONValue = ["commit": .string(commit ?? ""), "findings": .array(findings)]
        return SHA256Digest.of(try value.canonicalized()).description
    }
}
