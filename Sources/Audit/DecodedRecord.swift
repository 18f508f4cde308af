// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Keys

/// A record, read back from its entry.
package struct DecodedRecord: Sendable {
    package let index: UInt64
    package let kind: RecordKind
    package let time: String
    package let predicate: JSONValue
    package let statement: JSONValue
    package let envelope: DSSEEnvelope

    /// Reads an entry; the signature is not looked at here.
    /// - Throws: `malformedRecord`.
    package init(entry: [UInt8], index: UInt64) throws(AuditError) {
        do {
            let json = try JSONValue(parsing: entry)
            guard try json.canonicalized() == entry else {
                throw AuditError(.malformedRecord, "entry \(index) is not in canonical form")
            }
            envelope = try DSSEEnvelope(json: json)
            statement = try JSONValue(parsing: envelope.payload)
        } catch let error as AuditError {
            throw error
        } catch {
            throw AuditError(.malformedRecord, "entry \(index) is no record", cause: error)
        }
        guard envelope.payloadType == RecordFormat.payloadType,
            statement["_type"]?.stringValue == RecordFormat.statementType,
            statement["predicateType"]?.stringValue == RecordFormat.predicateType,
            let predicate = statement["predicate"], let word = predicate["kind"]?.stringValue,
            let time = predicate["time"]?.stringValue
        else { throw AuditError(.malformedRecord, "entry \(index) is not a reconciliation record") }
        guard let kind = RecordKind(rawValue: word) else {
            throw AuditError(.malformedRecord, "entry \(index) is of the unknown kind '\(word)'")
        }
        self.index = index
        self.kind = kind
        self.time = time
        self.predicate = predicate
    }

    package var environment: EnvironmentReference? {
        guard let json = predicate["environment"], let namespace = json["namespace"]?.stringValue,
            let name = json["name"]?.stringValue
        else { return nil }
        return EnvironmentReference(namespace: namespace, name: name)
    }

    /// Which cluster it is about, if that is another one than the log's.
    package var targetCluster: ClusterIdentity? { ClusterIdentity(predicate["targetCluster"]) }

    package var commit: String? { predicate["source"]?["commit"]?.stringValue }
    package var intentIndex: UInt64? { predicate["intentIndex"]?.intValue.flatMap { UInt64(exactly: $0) } }

    /// The digests of the blobs that the record names.
    /// - Throws: `malformedRecord` for one that is no digest.
    package func blobs() throws(AuditError) -> [SHA256Digest] {
        var found: [SHA256Digest] = []
        guard Self.collectBlobs(predicate, into: &found) else {
            throw AuditError(.malformedRecord, "entry \(index) names a blob by something that is no digest")
        }
        return found
    }

    private static let blobFields: Set<String> = ["commitBlob", "listBlob"]

    private static func collectBlobs(_ value: JSONValue, into found: inout [SHA256Digest]) -> Bool {
        switch value {
        case .object(let object):
            return object.allSatisfy { key, member in
                guard blobFields.contains(key) else { return collectBlobs(member, into: &found) }
                guard let text = member.stringValue, text.hasPrefix("sha256:"),
                    let digest = SHA256Digest(hex: String(text.dropFirst(7)))
                else { return false }
                found.append(digest)
                return true
            }
        case .array(let items): return items.allSatisfy { collectBlobs($0, into: &found) }
        default: return true
        }
    }
}
