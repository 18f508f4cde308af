// SPDX-License-Identifier: Apache-2.0

package import Change
package import JSON
package import Keys
package import Kubernetes

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

/// What the log says of an object of an environment.
package struct RecordedObject: Sendable, Hashable {
    package let type: GroupVersionKind
    package let key: ObjectKey
    /// The commit that was last applied, or was about to be.
    package let commit: String
    package let sourcePath: String
    package let prune: PruneRule
    /// Whether a success is on record: without one, it may never have come about.
    package let wasThere: Bool
    /// `nil` for an object that was only announced, or that is being deleted.
    package let settled: SettledObject?

    package init(
        type: GroupVersionKind,
        key: ObjectKey,
        commit: String,
        sourcePath: String,
        prune: PruneRule,
        wasThere: Bool,
        settled: SettledObject?
    ) {
        self.wasThere = wasThere
        self.type = type
        self.key = key
        self.commit = commit
        self.sourcePath = sourcePath
        self.prune = prune
        self.settled = settled
    }
}

/// How an object looked when it was applied.
package struct SettledObject: Sendable, Hashable {
    package let type: GroupVersionKind
    package let uid: String
    package let resourceVersion: String
    package let settled: ContentDigest
    package let manifest: ContentDigest

    package init(
        type: GroupVersionKind,
        uid: String,
        resourceVersion: String,
        settled: ContentDigest,
        manifest: ContentDigest
    ) {
        self.type = type
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.settled = settled
        self.manifest = manifest
    }
}

extension [RecordedObject] {
    /// Those that were applied, by their keys.
    package var settled: [ObjectKey: SettledObject] {
        Dictionary(uniqueKeysWithValues: compactMap { object in object.settled.map { (object.key, $0) } })
    }
}

/// An intent without an outcome.
package struct OpenIntent: Sendable {
    package let index: UInt64
    package let intent: Intent
    package let environment: EnvironmentReference?
    package let runID: String
    package let loop: ReconcileLoop
    package let commit: String?
    package let changes: [IntendedChange]
}

/// One write that an intent announced.
package struct IntendedChange: Sendable, Hashable {
    package let operation: Operation
    package let type: GroupVersionKind
    package let key: ObjectKey
    /// Of the object that was there; `nil` where there was none.
    package let uid: String?
    /// Whether the ownership of fields was to be moved, too: by patches which leave no mark.
    package let movesOwnership: Bool

    init?(_ json: JSONValue) {
        guard let operation = json["operation"]?.stringValue.flatMap(Operation.init(rawValue:)),
            let group = json["group"]?.stringValue, let version = json["version"]?.stringValue,
            let kind = json["kind"]?.stringValue, let name = json["name"]?.stringValue
        else { return nil }
        self.operation = operation
        type = GroupVersionKind(group: group, version: version, kind: kind)
        key = ObjectKey(group: group, kind: kind, namespace: json["namespace"]?.stringValue, name: name)
        uid = json["uid"]?.stringValue
        movesOwnership = json["ownership"]?.arrayValue?.isEmpty == false
    }
}

/// Whether a write that was announced reached the cluster.
package struct Landing: Sendable, Hashable {
    package enum State: String, Sendable {
        case landed
        case notLanded = "not-landed"
        case unknown
    }

    package let key: ObjectKey
    package let state: State
    package let message: String

    package init(key: ObjectKey, state: State, message: String) {
        self.key = key
        self.state = state
        self.message = message
    }
}
