// SPDX-License-Identifier: Apache-2.0

package import JSON
internal import Keys
internal import Kubernetes
package import TransparencyLog

/// Reads the records of a log. Anybody may, also while it is being written.
package struct AuditLog: Sendable {
    /// Which records are wanted; what is `nil` or empty does not restrict.
    package struct Filter: Sendable {
        package var kinds: Set<RecordKind> = []
        /// `namespace/name`, or `name` for those of any namespace.
        package var environment: String?
        /// A commit's id, or its beginning.
        package var commit: String?
        /// `kind/namespace/name` or `kind/name`, the kind in any case; or a part of an object's `Kind/namespace/name`.
        package var object: String?

        package init() {}
    }

    private static let batch: UInt64 = 1_024

    package let reader: TransparencyLogReader
    private let directory: String

    package init(directory: String) {
        self.directory = directory
        reader = TransparencyLogReader(directory: directory)
    }

    package func record(at index: UInt64) throws -> DecodedRecord {
        let size = try reader.uncheckedSize()
        return try DecodedRecord(entry: reader.entry(at: index, size: size), index: index)
    }

    /// The log's origin, as its first record has it.
    package func origin() throws -> String? { try record(at: 0).predicate["origin"]?.stringValue }

    /// All records that pass the filter, in order.
    package func records(matching filter: Filter = Filter()) throws -> [DecodedRecord] {
        var records: [DecodedRecord] = []
        try forEach(from: 0) { record in
            if try passes(record, filter) { records.append(record) }
        }
        return records
    }

    /// What was applied, or was about to be, by the log alone: the index of whoever writes the log is not touched.
    package func recorded(in environment: EnvironmentReference) throws -> [RecordedObject] {
        let index = try AuditIndex(path: ":memory:")
        try forEachBatch(from: 0) { records in
            try index.add(records.map { record in (record, { try list($0, of: record) }) })
        }
        return try index.recorded(in: environment)
    }

    /// A list of a record, which may have been moved into a blob for its size.
    package func list(_ name: String, of record: DecodedRecord) throws -> [JSONValue] {
        guard let member = record.predicate[name] else { return [] }
        guard let text = member["listBlob"]?.stringValue, let digest = SHA256Digest(hex: String(text.dropFirst(7)))
        else {
            return member.arrayValue ?? []
        }
        guard let bytes = try reader.blob(digest) else {
            throw AuditError(.blobMissing, "entry \(record.index) names the blob \(digest), which is missing")
        }
        return try JSONValue(parsing: bytes).arrayValue ?? []
    }

    func forEach(from first: UInt64, _ body: (DecodedRecord) throws -> Void) throws {
        try forEachBatch(from: first) { try $0.forEach(body) }
    }

    /// A thousand records at a time: a log of a million is never held whole.
    func forEachBatch(from first: UInt64, _ body: ([DecodedRecord]) throws -> Void) throws {
        let size = try reader.uncheckedSize()
        var index = first
        while index < size {
            let range = index..<min(index + Self.batch, size)
            let entries = try reader.entries(range, size: size)
            try body(
                entries.enumerated().map { offset, entry in
                    try DecodedRecord(entry: entry, index: range.lowerBound + UInt64(offset))
                }
            )
            index = range.upperBound
        }
    }

    /// Whether the folder holds a log at all, even an empty one.
    package func requireLog() throws {
        guard try reader.hasCheckpoint() else {
            throw AuditError(.notFound, "there is no log in \(directory): it has no checkpoint")
        }
    }

    private static func isNamed(_ environment: EnvironmentReference?, _ text: String) -> Bool {
        (text.contains("/") ? environment?.description : environment?.name) == text
    }

    private func passes(_ record: DecodedRecord, _ filter: Filter) throws -> Bool {
        if !filter.kinds.isEmpty, !filter.kinds.contains(record.kind) { return false }
        if let environment = filter.environment, !Self.isNamed(record.environment, environment) { return false }
        if let commit = filter.commit, record.commit?.hasPrefix(commit) != true { return false }
        guard let object = filter.object else { return true }
        let objects = try list("changes", of: record).compactMap { IntendedChange($0)?.key.description }
        let findings = try list("findings", of: record).compactMap { $0["object"]?.stringValue }
        return (objects + findings).contains { Self.names(object, $0) }
    }

    /// Whether a text that a person typed names an object. Nobody has to know its namespace, or how its kind is capitalised.
    private static func names(_ text: String, _ object: String) -> Bool {
        if object.contains(text) { return true }
        let wanted = text.split(separator: "/", omittingEmptySubsequences: false)
        let parts = object.split(separator: "/", omittingEmptySubsequences: false)
        guard (2...3).contains(wanted.count), parts.count >= wanted.count, let kind = parts.first,
            wanted[0].lowercased() == kind.lowercased()
        else { return false }
        return wanted.dropFirst() == parts.suffix(wanted.count - 1)
    }
}
