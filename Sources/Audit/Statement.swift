// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Concurrency
internal import Git
internal import JSON
internal import Keys
internal import Kubernetes

/// Builds the predicate of one record: strings and integers only, nothing that could hold a Secret's value.
struct Statement {
    let kind: RecordKind
    var predicate: JSONObject
    var subjects: [JSONValue] = []

    init(_ kind: RecordKind, time: Timestamp, controllerID: String, version: String, cluster: ClusterIdentity) {
        self.kind = kind
        predicate = [
            "kind": .string(kind.rawValue),
            "time": .string(time.microTime),
            "controller": ["id": .string(controllerID), "version": .string(version)],
            "cluster": cluster.json,
        ]
    }

    mutating func add(_ context: RunContext, commitBlob: SHA256Digest?) {
        predicate["runId"] = .string(context.runID)
        predicate["loop"] = .string(context.loop.rawValue)
        if let environment = context.environment {
            var json: JSONValue = ["namespace": .string(environment.namespace), "name": .string(environment.name)]
            json["generation"] = context.generation.map { .int($0) }
            predicate["environment"] = json
        }
        predicate["targetCluster"] = context.targetCluster?.json
        guard let revision = context.revision else { return }
        var source: JSONValue = [
            "repository": .string(revision.repository), "commit": .string(revision.commit.description),
            "tree": .string(revision.tree.description),
        ]
        source["branch"] = revision.branch.map { .string($0) }
        source["overlay"] = context.overlay.map { .string($0.description) }
        source["commitBlob"] = commitBlob.map { .string("sha256:\($0)") }
        predicate["source"] = source
        predicate["actors"] = [
            "author": .string(Self.shortened(revision.author.description)),
            "committer": .string(Self.shortened(revision.committer.description)),
        ]
        subjects.append([
            "name": .string("git+\(revision.repository)\(revision.branch.map { "@" + $0 } ?? "")"),
            "digest": [
                "gitCommit": .string(revision.commit.description), "gitTree": .string(revision.tree.description),
            ],
        ])
    }

    /// A commit's author may be of any length, and an entry may not: the commit's blob holds the whole. Counted in bytes, since one character
    /// may have any number of them.
    static func shortened(_ text: String) -> String {
        guard text.utf8.count > longest else { return text }
        // A view of scalars rounds an index within one down, so that none is cut apart.
        return String(text.unicodeScalars[..<text.utf8.index(text.startIndex, offsetBy: longest)]) + "…"
    }

    private static let longest = 1_000

    /// The statement as its canonical bytes.
    func payload() throws -> [UInt8] {
        var statement: JSONValue = [
            "_type": .string(RecordFormat.statementType),
            "predicateType": .string(RecordFormat.predicateType),
            "predicate": .object(predicate),
        ]
        statement["subject"] = .array(subjects.isEmpty ? [Self.noSubject] : subjects)
        return try statement.canonicalized()
    }

    /// An in-toto statement needs a subject; a record about no commit is about the cluster.
    private static let noSubject: JSONValue = [
        "name": "cluster", "digest": ["sha256": .string(SHA256Digest.of([]).description)],
    ]
}

/// The parts of a predicate.
enum StatementParts {
    static func change(_ change: PlannedChange) -> JSONValue {
        var json: JSONValue = [
            "operation": .string(change.operation.rawValue), "group": .string(change.type.group),
            "version": .string(change.type.version), "kind": .string(change.type.kind),
            "name": .string(change.key.name),
        ]
        json["namespace"] = change.key.namespace.map { .string($0) }
        json["before"] = change.before.map { .string($0.description) }
        json["after"] = change.desired.map { .string($0.digest.description) }
        json["sourcePath"] = change.desired.map { .string($0.location.path) }
        json["uid"] = change.uid.map { .string($0) }
        if change.prune != .allowed { json["prune"] = .string(change.prune.rawValue) }
        if change.recreates { json["recreate"] = true }
        if change.ownership != .none {
            json["ownership"] = .array(change.ownership.words.map { .string($0) })
        }
        if !change.drift.isEmpty {
            json["drift"] = .array(change.drift.map(\.rawValue).sorted().map { .string($0) })
        }
        if !change.foreignManagers.isEmpty {
            json["foreignManagers"] = .array(change.foreignManagers.map { .string($0) })
        }
        return json
    }

    static func object(_ object: RecordedObject) -> JSONValue {
        var json: JSONValue = [
            "group": .string(object.type.group), "version": .string(object.type.version),
            "kind": .string(object.type.kind), "name": .string(object.key.name),
        ]
        json["namespace"] = object.key.namespace.map { .string($0) }
        json["uid"] = object.settled.map { .string($0.uid) }
        return json
    }

    /// So many places are told; the drift that is recorded of them has them all.
    private static let mostAdditions = 20

    static func result(_ result: ChangeResult) -> JSONValue {
        var json = change(result.change)
        json["status"] = .string(result.status.rawValue)
        json["httpStatus"] = result.httpStatus.map { .int(Int64($0)) }
        json["uid"] = (result.uid ?? result.change.uid).map { .string($0) }
        json["resourceVersion"] = result.resourceVersion.map { .string($0) }
        json["auditID"] = result.auditID.map { .string($0) }
        if !result.otherAuditIDs.isEmpty {
            json["otherAuditIDs"] = .array(result.otherAuditIDs.map { .string($0) })
        }
        json["message"] = result.message.map { .string(Statement.shortened($0)) }
        json["settled"] = result.settled.map { .string($0.description) }
        if !result.additions.isEmpty {
            json["additions"] = .array(result.additions.prefix(mostAdditions).map { .string($0.description) })
        }
        return json
    }

    static func health(_ health: ObjectHealth) -> JSONValue {
        [
            "object": .string(health.key.description), "health": .string(health.health.rawValue),
            "message": .string(Statement.shortened(health.message)),
        ]
    }

    static func finding(_ finding: Finding) -> JSONValue {
        var json: JSONValue = ["rule": .string(finding.rule), "message": .string(Statement.shortened(finding.message))]
        json["file"] = finding.location.map { .string($0.path) }
        json["line"] = finding.location?.line.map { .int(Int64($0)) }
        json["column"] = finding.location?.column.map { .int(Int64($0)) }
        json["object"] = finding.object.map { .string($0.description) }
        json["field"] = finding.field.map { .string($0.description) }
        return json
    }

    /// The fields of a change for the evidence blobs; masked already.
    static func diff(_ change: PlannedChange) -> JSONValue {
        [
            "object": .string(change.key.description),
            "fields": .array(
                (change.diffs + change.additions.filter { !change.diffs.contains($0) }).map { diff in
                    var json: JSONValue = ["path": .string(diff.field.description)]
                    json["before"] = diff.before
                    json["after"] = diff.after
                    return json
                }
            ),
        ]
    }
}
