// SPDX-License-Identifier: Apache-2.0

internal import JSON
package import Keys
package import TransparencyLog

/// What a verification found.
package struct AuditReport: Sendable {
    package let log: VerificationReport
    package let counts: [RecordKind: Int]
    package let blobs: Int
    /// Intents that neither an outcome nor a gap record closes: a run that is under way, or a crash that nobody has looked at yet.
    package let openIntents: [UInt64]
}

/// Checks a log offline: every hash and signature, the form of every record, every blob, and that every intent is closed.
package enum AuditVerifier {
    /// - Parameter origin: of the log; if it is `nil`, the name of one of the keys has to be it.
    /// - Throws: what is wrong, with the entry or the file.
    package static func verify(directory: String, keys: [VerifierKey], origin: String? = nil) throws -> AuditReport {
        let reader = TransparencyLogReader(directory: directory)
        var counts: [RecordKind: Int] = [:]
        var blobs: Set<SHA256Digest> = []
        var order = RecordOrder(keys: keys)
        let publicKeys = keys.map(\.publicKey)
        let report = try LogVerifier.verify(directory: directory, keys: keys, origin: origin) { index, entry in
            let record = try DecodedRecord(entry: entry, index: index)
            do {
                try record.envelope.verify(publicKeys)
            } catch {
                throw AuditError(.badSignature, "entry \(index) is not signed by a key that is trusted", cause: error)
            }
            try order.add(record)
            for digest in try record.blobs() where blobs.insert(digest).inserted {
                guard try reader.blob(digest) != nil else {
                    throw AuditError(.blobMissing, "entry \(index) names the blob \(digest), which is missing")
                }
            }
            counts[record.kind, default: 0] += 1
        }
        if report.checkpoint.size > 0, order.origin != report.checkpoint.origin {
            throw AuditError(
                .malformedRecord,
                "genesis begins the log \(order.origin ?? "?"), and the checkpoint is of \(report.checkpoint.origin)"
            )
        }
        return AuditReport(log: report, counts: counts, blobs: blobs.count, openIntents: order.open.sorted())
    }
}

/// What has to hold between records: genesis comes first and once, and binds the others to its cluster; what belongs to an intent comes after
/// it; an intent is closed once.
private struct RecordOrder {
    let keys: [VerifierKey]
    private(set) var origin: String?
    private(set) var open: Set<UInt64> = []
    private var cluster: String?
    /// Announced, closed or not, each with the cluster that it is about: `nil` for the log's own.
    private var intents: [UInt64: ClusterIdentity?] = [:]

    init(keys: [VerifierKey]) {
        self.keys = keys
    }

    mutating func add(_ record: DecodedRecord) throws(AuditError) {
        guard (record.kind == .genesis) == (record.index == 0) else {
            throw fault(record, "is out of place: genesis must be entry 0, and no other")
        }
        let uid = record.predicate["cluster"]?["uid"]?.stringValue
        switch record.kind {
        case .genesis:
            try begin(record)
            cluster = uid
        case .intent:
            open.insert(record.index)
            intents[record.index] = .some(record.targetCluster)
        case .outcome, .gap:
            guard let intent = record.intentIndex, open.remove(intent) != nil else {
                throw fault(record, "closes an intent that is not open")
            }
            try checkTarget(of: record, intent)
        case .healed, .adopted, .pruned:
            guard let intent = record.intentIndex, intents[intent] != nil else {
                throw fault(record, "belongs to no intent")
            }
            try checkTarget(of: record, intent)
        case .denied, .drift, .clusterRebound: break
        }
        guard uid == cluster else { throw fault(record, "is by the controller of another cluster than the log's") }
    }

    /// The version of a server may have changed between the two.
    private func checkTarget(of record: DecodedRecord, _ intent: UInt64) throws(AuditError) {
        guard intents[intent]??.uid == record.targetCluster?.uid else {
            throw fault(record, "is about another cluster than its intent, entry \(intent)")
        }
    }

    private mutating func begin(_ genesis: DecodedRecord) throws(AuditError) {
        guard let origin = genesis.predicate["origin"]?.stringValue,
            let text = genesis.predicate["verifierKey"]?.stringValue, keys.contains(where: { $0.description == text })
        else { throw fault(genesis, "binds the log to a key that is not among those that are trusted") }
        self.origin = origin
    }

    private func fault(_ record: DecodedRecord, _ problem: String) -> AuditError {
        AuditError(.malformedRecord, "entry \(record.index) \(problem)")
    }
}
