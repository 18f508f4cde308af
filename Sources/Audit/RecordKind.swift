// SPDX-License-Identifier: Apache-2.0

/// What a record says happened.
package enum RecordKind: String, Sendable, CaseIterable {
    /// The first record: binds the log to its origin, its key and its cluster.
    case genesis
    /// What is about to be written to the cluster. Durable before the first write.
    case intent
    /// What came of an intent.
    case outcome
    /// What was refused, and why.
    case denied
    /// What somebody else changed.
    case drift
    /// What was put back.
    case healed
    /// What was taken over.
    case adopted
    /// What was deleted.
    case pruned
    /// An environment goes to another cluster from now on: what it leaves in the one before is listed.
    case clusterRebound = "cluster-rebound"
    /// Closes an intent that a crash left open: says which writes landed.
    case gap
}

/// The identifiers of the record format.
package enum RecordFormat {
    package static let statementType = "https://in-toto.io/Statement/v1"
    package static let predicateType = "https://taffrail.dev/attestation/reconciliation/v1"
    package static let payloadType = "application/vnd.in-toto+json"
    package static let schemaVersion: Int64 = 1

    /// A statement larger than this moves its lists into a blob, so that the envelope stays below the log's limit of 65,535 bytes.
    static let inlineLimit = 40_000
}
