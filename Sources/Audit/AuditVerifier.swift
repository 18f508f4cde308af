// SPDX-License-Identifier: Apache-2.0

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
    /// - Throws: what is wrong, with the entry or the file.
    package static func verify(directory: String, keys: [VerifierKey], origin: String? = nil) throws -> AuditReport {
        let reader = TransparencyLogReader(directory: directory)
        var counts: [RecordKind: Int] = [:]
        var open: Set<UInt64> = []
        var blobs: Set<SHA256Digest> = []
        let publicKeys = keys.map(\.publicKey)
        let report = try LogVerifier.verify(directory: directory, keys: keys, origin: origin) { index, entry in
            let record = try DecodedRecord(entry: entry, index: index)
            do {
                try record.envelope.verify(publicKeys)
            } catch {
                throw AuditError(.badSignature, "entry \(index) is not signed by a key that is trusted", cause: error)
            }
            try checkPlace(record, open: &open)
            for digest in record.blobs where blobs.insert(digest).inserted {
                guard try reader.blob(digest) != nil else {
                    throw AuditError(.blobMissing, "entry \(index) names the blob \(digest), which is missing")
                }
            }
            counts[record.kind, default: 0] += 1
        }
        return AuditReport(log: report, counts: counts, blobs: blobs.count, openIntents: open.sorted())
    }

    /// Genesis comes first and once; an intent is closed once, after it was opened.
    private static func checkPlace(_ record: DecodedRecord, open: inout Set<UInt64>) throws(AuditError) {
        guard (record.kind == .genesis) == (record.index == 0) else {
            throw AuditError(
                .malformedRecord,
                "entry \(record.index) is out of place: genesis must be entry 0, and no other"
            )
        }
        switch record.kind {
        case .intent: open.insert(record.index)
        case .outcome, .gap:
            guard let intent = record.intentIndex, open.remove(intent) != nil else {
                throw AuditError(.malformedRecord, "entry \(record.index) closes an intent that is not open")
            }
        default: break
        }
    }
}
