// SPDX-License-Identifier: Apache-2.0

import Audit
import Change
import Concurrency
import Foundation
import Git
import JSON
import Keys
import Kubernetes
import TestSupport
import Testing

@Suite struct RecorderTests {
    private let folder: TemporaryDirectory
    private let key: Ed25519PrivateKey
    private let verifier: VerifierKey
    private let environment = EnvironmentReference(namespace: "models", name: "production")
    private var log: String { folder.path + "/log" }

    init() throws {
        folder = try TemporaryDirectory()
        key = try Ed25519PrivateKey.generate()
        verifier = try VerifierKey(name: "example.com/test", publicKey: key.publicKey)
    }

    private func open(cluster: String = "cluster-1", signer: (any Signer)? = nil) async throws -> Recorder {
        try await Recorder.open(
            RecorderConfiguration(
                directory: log,
                origin: "example.com/test",
                signer: signer ?? key,
                secretKey: [UInt8](repeating: 7, count: 32),
                controllerID: "taffrail",
                version: "test",
                clock: WallClock { Timestamp(seconds: 1_795_521_600) },
                create: true
            ),
            cluster: ClusterIdentity(uid: cluster, apiServerVersion: "v1.36.0")
        )
    }

    private func context() throws -> RunContext {
        let id = try #require(ObjectID("0123456789abcdef0123456789abcdef01234567"))
        let person = Revision.Person(name: "Ada", email: "ada@example.com")
        return RunContext(
            runID: try RunContext.newRunID(),
            loop: .delivery,
            environment: environment,
            revision: Revision(
                repository: "https://git/x.git",
                branch: "main",
                commit: id,
                tree: id,
                author: person,
                committer: person
            ),
            commitBytes: Array("tree …".utf8)
        )
    }

    private func change(
        _ name: String,
        _ operation: Change.Operation = .create,
        secrets: SecretKeeper
    ) throws -> PlannedChange {
        let type = GroupVersionKind(group: "", version: "v1", kind: "Secret")
        let key = ObjectKey(group: "", kind: "Secret", namespace: "models", name: name)
        let manifest: JSONValue = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": .string(name)],
            "data": ["p": "cGxhbnRlZC12YWx1ZQ=="],
        ]
        let desired = DesiredObject(
            type: type,
            key: key,
            manifest: manifest,
            location: SourceLocation(path: "a.yaml", line: 1, column: 1),
            digest: try secrets.digest(of: manifest, isSecret: true)
        )
        return PlannedChange(
            operation: operation,
            type: type,
            key: key,
            desired: operation == .prune ? nil : desired,
            diffs: [FieldDiff(field: JSONPointer(tokens: []), before: nil, after: secrets.masked(manifest))]
        )
    }

    private func succeeded(_ change: PlannedChange) -> ChangeResult {
        let settled = ContentDigest(algorithm: .hmacSHA256, hex: SHA256Digest.of([1]).description)
        return ChangeResult(
            change: change,
            status: .succeeded,
            httpStatus: 201,
            uid: "u",
            resourceVersion: "7",
            auditID: "a",
            settled: settled
        )
    }

    @Test func `an intent and its outcome are on record, verified, and remembered over a restart`() async throws {
        let recorder = try await open()
        let changes = [try change("one", secrets: recorder.secrets)]
        let intent = try await recorder.intent(changes, context: context())
        // Somebody is at work on it.
        #expect(try await recorder.openIntents().isEmpty)
        #expect(try AuditVerifier.verify(directory: log, keys: [verifier]).openIntents == [intent.index])
        try await recorder.outcome(changes.map(succeeded), health: [], findings: [], intent: intent, context: context())
        await recorder.close()

        let report = try AuditVerifier.verify(directory: log, keys: [verifier])
        #expect(report.counts == [.genesis: 1, .intent: 1, .outcome: 1])
        #expect(report.openIntents.isEmpty)
        let again = try await open()
        let settled = try await again.recorded(in: environment).settled
        #expect(settled.values.map(\.resourceVersion) == ["7"])
        #expect(try AuditLog(directory: log).recorded(in: environment).settled == settled)
        await again.close()
    }

    @Test func `the index can be deleted`() async throws {
        let recorder = try await open()
        let changes = [try change("one", secrets: recorder.secrets)]
        let intent = try await recorder.intent(changes, context: context())
        try await recorder.outcome(changes.map(succeeded), health: [], findings: [], intent: intent, context: context())
        let before = try await recorder.recorded(in: environment).settled
        await recorder.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: log + "/.state") where name.hasPrefix("index") {
            try FileManager.default.removeItem(atPath: "\(log)/.state/\(name)")
        }
        let again = try await open()
        #expect(try await again.recorded(in: environment).settled == before)
        await again.close()
    }

    @Test func `heals and prunes get records of their own, and a prune is forgotten`() async throws {
        let recorder = try await open()
        let created = [try change("one", secrets: recorder.secrets)]
        let first = try await recorder.intent(created, context: context())
        try await recorder.outcome(created.map(succeeded), health: [], findings: [], intent: first, context: context())
        let changes = [
            try change("one", .prune, secrets: recorder.secrets), try change("two", .heal, secrets: recorder.secrets),
            try change("three", .adopt, secrets: recorder.secrets),
        ]
        try await recorder.drift([changes[1]], context: context())
        let second = try await recorder.intent(changes, context: context())
        try await recorder.outcome(changes.map(succeeded), health: [], findings: [], intent: second, context: context())
        #expect(try await Set(recorder.recorded(in: environment).settled.keys.map(\.name)) == ["two", "three"])
        await recorder.close()
        let report = try AuditVerifier.verify(directory: log, keys: [verifier])
        #expect(
            report.counts[.drift] == 1 && report.counts[.healed] == 1 && report.counts[.pruned] == 1
                && report.counts[.adopted] == 1
        )
    }

    @Test func `the same refusal is recorded once, also over a restart`() async throws {
        let finding = Finding(rule: "syntax", message: "bad", location: SourceLocation(path: "a.yaml", line: 3))
        let recorder = try await open()
        #expect(try await recorder.denied([finding], context: context()))
        #expect(try await !recorder.denied([finding], context: context()))
        await recorder.close()
        let again = try await open()
        #expect(try await !again.denied([finding], context: context()))
        await again.close()
    }

    @Test func `an intent that a crash left open is closed by a gap record`() async throws {
        let recorder = try await open()
        _ = try await recorder.intent([try change("one", secrets: recorder.secrets)], context: context())
        await recorder.close()
        #expect(try AuditVerifier.verify(directory: log, keys: [verifier]).openIntents == [1])
        let again = try await open()
        let open = try #require(try await again.openIntents().first)
        #expect(open.changes.map(\.key.name) == ["one"])
        let landing = Landing(key: open.changes[0].key, state: .landed, message: "seen")
        try await again.close(intent: open, landings: [landing])
        #expect(try await again.openIntents().isEmpty)
        // It may be in the cluster, so it must be found again when it is to be pruned.
        let recorded = try await again.recorded(in: environment)
        #expect(recorded.map(\.key) == [landing.key] && recorded.settled.isEmpty)
        await again.close()
        let report = try AuditVerifier.verify(directory: log, keys: [verifier])
        #expect(report.openIntents.isEmpty && report.counts[.gap] == 1)
    }

    @Test func `what settled does not count any more where a write landed whose outcome is lost`() async throws {
        let recorder = try await open()
        let names = ["landed", "unknown", "not-landed", "other"]
        let changes = try names.map { try change($0, secrets: recorder.secrets) }
        let first = try await recorder.intent(changes, context: context())
        try await recorder.outcome(changes.map(succeeded), health: [], findings: [], intent: first, context: context())
        _ = try await recorder.intent(Array(changes.dropLast()), context: context())
        await recorder.close()
        let again = try await open()
        let open = try #require(try await again.openIntents().first)
        let landings = open.changes.compactMap { change in
            Landing.State(rawValue: change.key.name).map { Landing(key: change.key, state: $0, message: "") }
        }
        try await again.close(intent: open, landings: landings)
        let recorded = try await again.recorded(in: environment)
        #expect(Set(recorded.settled.keys.map(\.name)) == ["not-landed", "other"] && recorded.count == 4)
        await again.close()
    }

    @Test func `a large plan goes into a blob, and its entry stays small`() async throws {
        let recorder = try await open()
        let changes = try (0..<1_000).map { try change("object-\($0)", secrets: recorder.secrets) }
        let intent = try await recorder.intent(changes, context: context())
        try await recorder.outcome(changes.map(succeeded), health: [], findings: [], intent: intent, context: context())
        #expect(try await recorder.recorded(in: environment).settled.count == 1_000)
        await recorder.close()
        let audit = AuditLog(directory: log)
        #expect(try audit.list("changes", of: audit.record(at: intent.index)).count == 1_000)
        #expect(try AuditVerifier.verify(directory: log, keys: [verifier]).blobs > 1)
    }

    @Test func `an outcome whose checkpoint could not be signed closes its intent once, whenever it lands`()
        async throws
    {
        let signer = StubbornSigner(key)
        let recorder = try await open(signer: signer)
        let changes = [try change("one", secrets: recorder.secrets)]
        for next in ["another append", "a recovery"] {
            let intent = try await recorder.intent(changes, context: context())
            signer.refuses = .checkpoints
            await #expect(throws: Stubborn.self, "\(next)") {
                try await recorder.outcome(
                    changes.map(succeeded),
                    health: [],
                    findings: [],
                    intent: intent,
                    context: context()
                )
            }
            signer.refuses = .nothing
            #expect(await recorder.hasLostOutcome)
            if next == "another append" { try await recorder.drift(changes, context: context()) }
            #expect(try await recorder.openIntents().isEmpty, "the outcome had come into the log: \(next)")
            #expect(await !recorder.hasLostOutcome)
        }
        #expect(try await recorder.recorded(in: environment).settled.count == 1)
        await recorder.close()
        let report = try AuditVerifier.verify(directory: log, keys: [verifier])
        #expect(report.counts == [.genesis: 1, .intent: 2, .outcome: 2, .drift: 1] && report.openIntents.isEmpty)
        // Nor does a restart see it otherwise.
        let again = try await open()
        #expect(try await again.openIntents().isEmpty)
        await again.close()
    }

    @Test func `an outcome that is lost is asked for until its intent is closed, and room is kept for the others`()
        async throws
    {
        let signer = StubbornSigner(key)
        let recorder = try await open(signer: signer)
        let changes = [try change("one", secrets: recorder.secrets)]
        let lost = try await recorder.intent(changes, context: context())
        signer.refuses = .everything
        await #expect(throws: Stubborn.self) {
            try await recorder.outcome(
                changes.map(succeeded),
                health: [],
                findings: [],
                intent: lost,
                context: context()
            )
        }
        signer.refuses = .nothing
        let underWay = try await recorder.intent(changes, context: context())
        let open = try await recorder.openIntents()
        #expect(open.map(\.index) == [lost.index])
        // Whoever asked may not come to close it.
        #expect(await recorder.hasLostOutcome)
        let landing = Landing(key: changes[0].key, state: .landed, message: "seen")
        try await recorder.close(intent: try #require(open.first), landings: [landing])
        #expect(await !recorder.hasLostOutcome)
        #expect(try Data(contentsOf: URL(filePath: log + "/.state/reserve")).count > 0)
        let outcome = changes.map(succeeded)
        try await recorder.outcome(outcome, health: [], findings: [], intent: underWay, context: context())
        await recorder.close()
        #expect(try AuditVerifier.verify(directory: log, keys: [verifier]).openIntents.isEmpty)
    }

    @Test func `an intent that comes into the log although it could not be published is closed`() async throws {
        let signer = StubbornSigner(key)
        let recorder = try await open(signer: signer)
        let changes = [try change("one", secrets: recorder.secrets)]
        signer.refuses = .checkpoints
        await #expect(throws: Stubborn.self) { try await recorder.intent(changes, context: context()) }
        signer.refuses = .nothing
        #expect(await recorder.hasLostOutcome)
        let open = try #require(try await recorder.openIntents().first)
        let landing = Landing(key: changes[0].key, state: .notLanded, message: "not there")
        try await recorder.close(intent: open, landings: [landing])
        #expect(await !recorder.hasLostOutcome)
        await recorder.close()
        #expect(try AuditVerifier.verify(directory: log, keys: [verifier]).openIntents.isEmpty)
    }

    @Test(arguments: [
        String(repeating: "Ada ", count: 50_000), "a" + String(repeating: "\u{301}", count: 40_000),
        String(repeating: "\u{1F469}\u{200D}\u{1F467}", count: 10_000), String(repeating: "\u{1}", count: 50_000),
    ])
    func `an author without end fits into the record`(name: String) async throws {
        let recorder = try await open()
        let base = try context()
        let revision = try #require(base.revision)
        let person = Revision.Person(name: name, email: "a@example.com")
        let endless = RunContext(
            runID: base.runID,
            loop: .delivery,
            environment: environment,
            revision: Revision(
                repository: revision.repository,
                branch: "main",
                commit: revision.commit,
                tree: revision.tree,
                author: person,
                committer: person
            ),
            commitBytes: nil
        )
        let finding = Finding(rule: "syntax", message: String(repeating: "bad ", count: 50_000))
        #expect(try await recorder.denied([finding], context: endless))
        await recorder.close()
        let author = try AuditLog(directory: log).record(at: 1).predicate["actors"]?["author"]?.stringValue ?? ""
        #expect(author.utf8.count > 900 && name.unicodeScalars.starts(with: author.unicodeScalars.dropLast()))
    }

    @Test func `a log of another cluster is refused`() async throws {
        await (try await open()).close()
        await #expect(throws: AuditError.self) { _ = try await self.open(cluster: "cluster-2") }
    }

    @Test func `a changed or missing blob is found`() async throws {
        let recorder = try await open()
        _ = try await recorder.intent([try change("one", secrets: recorder.secrets)], context: context())
        await recorder.close()
        let blobs = try #require(FileManager.default.enumerator(atPath: log + "/blobs")).compactMap { $0 as? String }
            .filter { $0.count > 64 }
        let path = "\(log)/blobs/\(try #require(blobs.first))"
        let bytes = try Data(contentsOf: URL(filePath: path))
        try Data(bytes.dropLast()).write(to: URL(filePath: path))
        #expect(throws: (any Error).self) { try AuditVerifier.verify(directory: log, keys: [verifier]) }
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: AuditError.self) { try AuditVerifier.verify(directory: log, keys: [verifier]) }
    }

    @Test func `no Secret's value is anywhere in the log`() async throws {
        let recorder = try await open()
        let changes = [try change("one", secrets: recorder.secrets)]
        let intent = try await recorder.intent(changes, context: context())
        try await recorder.outcome(changes.map(succeeded), health: [], findings: [], intent: intent, context: context())
        await recorder.close()
        for case let name as String in try #require(FileManager.default.enumerator(atPath: log)) {
            guard let bytes = FileManager.default.contents(atPath: "\(log)/\(name)") else { continue }
            for planted in ["planted-value", "cGxhbnRlZC12YWx1ZQ"] {
                #expect(bytes.firstRange(of: Data(planted.utf8)) == nil, "\(name) holds a Secret's value")
            }
        }
    }

    @Test func `a folder that cannot be written is said so`() async throws {
        try Data("x".utf8).write(to: URL(filePath: log))
        await #expect { _ = try await self.open() } throws: { "\($0)".contains(self.log) }
    }
}

/// Refuses to sign, when it is told to. Checkpoints alone: the moment at which entries are on the disk and not published.
private final class StubbornSigner: Signer {
    enum Refusal {
        case nothing
        case checkpoints
        case everything
    }

    private let key: Ed25519PrivateKey
    private let refusing = Locked(Refusal.nothing)
    var publicKey: PublicKey { key.publicKey }

    init(_ key: Ed25519PrivateKey) {
        self.key = key
    }

    var refuses: Refusal {
        get { refusing.withLock { $0 } }
        set { refusing.withLock { $0 = newValue } }
    }

    func sign(_ message: [UInt8]) async throws -> [UInt8] {
        let isCheckpoint = message.starts(with: Array("example.com/test\n".utf8))
        guard refuses == .nothing || refuses == .checkpoints && !isCheckpoint else { throw Stubborn() }
        return try key.sign(message)
    }
}

private struct Stubborn: Error {}
