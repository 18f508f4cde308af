// SPDX-License-Identifier: Apache-2.0

import Concurrency
import JSON
import Keys
import TestSupport
import Testing
import TransparencyLog

@testable import Audit

/// Logs whose tree is right and whose records are not: whoever has the key could write them, and nobody is to believe them.
@Suite struct VerifierTests {
    private static let origin = "example.com/test"

    /// A record as somebody wants it.
    struct Entry: Sendable {
        var kind: RecordKind
        var fields: JSONObject = [:]
        var cluster = "cluster-1"
        var isStrange = false
        var payloadType = RecordFormat.payloadType
        /// What comes after the record's canonical form.
        var rest = ""

        static let intent = Entry(kind: .intent)

        static func genesis(origin: String = VerifierTests.origin, key: String? = nil) -> Entry {
            var fields: JSONObject = ["origin": .string(origin)]
            fields["verifierKey"] = key.map { .string($0) }
            return Entry(kind: .genesis, fields: fields)
        }

        static func about(_ intent: Int64, _ kind: RecordKind = .outcome) -> Entry {
            Entry(kind: kind, fields: ["intentIndex": .int(intent)])
        }

        func with(_ change: (inout Entry) -> Void) -> Entry {
            var entry = self
            change(&entry)
            return entry
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var code = AuditError.Code.malformedRecord
        let says: String
        let entries: [Entry]
    }

    @Test(arguments: [
        Case(
            testDescription: "a record is signed by another key",
            code: .badSignature,
            says: "entry 1 is not signed by a key that is trusted",
            entries: [.genesis(), Entry.intent.with { $0.isStrange = true }]
        ),
        Case(
            testDescription: "it begins without genesis",
            says: "entry 0 is out of place: genesis must be entry 0",
            entries: [.intent]
        ),
        Case(
            testDescription: "it begins twice",
            says: "entry 2 is out of place: genesis must be entry 0, and no other",
            entries: [.genesis(), .intent, .genesis()]
        ),
        Case(
            testDescription: "genesis binds it to another key",
            says: "entry 0 binds the log to a key that is not among those that are trusted",
            entries: [.genesis(key: "example.com/test+00000000+AA==")]
        ),
        Case(
            testDescription: "genesis begins another log",
            says: "genesis begins the log example.com/other, and the checkpoint is of example.com/test",
            entries: [.genesis(origin: "example.com/other")]
        ),
        Case(
            testDescription: "an intent is closed twice",
            says: "entry 3 closes an intent that is not open",
            entries: [.genesis(), .intent, .about(1), .about(1)]
        ),
        Case(
            testDescription: "a gap closes what an outcome has closed",
            says: "entry 3 closes an intent that is not open",
            entries: [.genesis(), .intent, .about(1), .about(1, .gap)]
        ),
        Case(
            testDescription: "an outcome comes before its intent",
            says: "entry 1 closes an intent that is not open",
            entries: [.genesis(), .about(2), .intent]
        ),
        Case(
            testDescription: "an outcome names no intent",
            says: "entry 2 closes an intent that is not open",
            entries: [.genesis(), .intent, Entry(kind: .outcome)]
        ),
        Case(
            testDescription: "a prune belongs to no intent",
            says: "entry 2 belongs to no intent",
            entries: [.genesis(), .intent, .about(0, .pruned)]
        ),
        Case(
            testDescription: "a record is about another cluster",
            says: "entry 1 is by the controller of another cluster than the log's",
            entries: [.genesis(), Entry.intent.with { $0.cluster = "cluster-2" }]
        ),
        Case(
            testDescription: "a record is not in canonical form",
            says: "entry 1 is not in canonical form",
            entries: [.genesis(), Entry.intent.with { $0.rest = "\n" }]
        ),
        Case(
            testDescription: "an envelope holds something else",
            says: "entry 1 is not a reconciliation record",
            entries: [.genesis(), Entry.intent.with { $0.payloadType = "text/plain" }]
        ),
        Case(
            testDescription: "a record is of a kind that nobody knows",
            says: "entry 1 is of the unknown kind 'miracle'",
            entries: [.genesis(), Entry.intent.with { $0.fields["kind"] = "miracle" }]
        ),
        Case(
            testDescription: "a blob is named by what is no digest",
            says: "entry 1 names a blob by something that is no digest",
            entries: [
                .genesis(), Entry.intent.with { $0.fields["diffs"] = ["listBlob": "sha256:../../x", "count": 1] },
            ]
        ),
    ])
    func `a log is refused although its tree is right where`(_ row: Case) async throws {
        let (folder, key) = try await write(row.entries)
        let error = #expect(throws: AuditError.self) { try AuditVerifier.verify(directory: folder.path, keys: [key]) }
        #expect(
            error?.code == row.code && error?.description.contains(row.says) == true,
            "\(String(describing: error))"
        )
    }

    @Test func `what belongs together is believed`() async throws {
        let entries: [Entry] = [
            .genesis(), .intent, .intent, .about(2), .about(2, .pruned), Entry(kind: .drift), .about(1, .gap), .intent,
        ]
        let (folder, key) = try await write(entries)
        #expect(try AuditVerifier.verify(directory: folder.path, keys: [key]).openIntents == [7])
    }

    /// Writes a log whose tree and checkpoint are right, whatever its records are.
    private func write(_ entries: [Entry]) async throws -> (folder: TemporaryDirectory, key: VerifierKey) {
        let folder = try TemporaryDirectory()
        let (signer, stranger) = (try Ed25519PrivateKey.generate(), try Ed25519PrivateKey.generate())
        let key = try VerifierKey(name: Self.origin, publicKey: signer.publicKey)
        let log = try await TransparencyLog.open(
            directory: folder.path,
            origin: Self.origin,
            signer: signer,
            create: true
        )
        for entry in entries {
            var statement = Statement(
                entry.kind,
                time: Timestamp(seconds: 1_795_521_600),
                controllerID: "taffrail",
                version: "test",
                cluster: ClusterIdentity(uid: entry.cluster, apiServerVersion: "v1.36.0")
            )
            if entry.kind == .genesis { statement.predicate["verifierKey"] = .string(key.description) }
            for (field, value) in entry.fields { statement.predicate[field] = value }
            let envelope = try await DSSEEnvelope.sign(
                statement.payload(),
                type: entry.payloadType,
                keyID: key.description,
                with: entry.isStrange ? stranger : signer
            )
            _ = try await log.append([try envelope.json.canonicalized() + Array(entry.rest.utf8)])
        }
        await log.close()
        return (folder, key)
    }
}
