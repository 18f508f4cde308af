// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import JSON

/// In which ways an object had drifted, as its record tells it: `addition by kubectl-patch`.
struct RecordedDrift: CustomStringConvertible {
    private let classes: [String]
    private let managers: [String]

    /// `nil` where the change is none that tells of drift.
    init?(_ change: JSONValue) {
        func words(_ name: String) -> [String] { change[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        classes = words("drift")
        managers = words("foreignManagers")
        if classes.isEmpty { return nil }
    }

    var description: String { classes.joined(separator: ", ") + by }

    /// The same with the object in it: `addition ConfigMap/settings by kubectl-patch`.
    func of(_ object: String) -> String { "\(classes.joined(separator: ", ")) \(object)\(by)" }

    private var by: String { managers.isEmpty ? "" : " by \(managers.joined(separator: ", "))" }
}

/// The fields that a record is about. They lie beside the log in a blob, which a copy of the log may lack: nothing else of the record needs it.
struct RecordedFields {
    /// So many say what it was about; a Deployment that is made anew has hundreds.
    private static let most = 20

    let lines: [String]

    init(of record: DecodedRecord, in log: AuditLog) {
        let list: [JSONValue]
        do {
            list = try log.list("diffs", of: record)
        } catch {
            lines = ["", "the fields are not shown: \(error)".onOneLine]
            return
        }
        let all = list.flatMap { object in
            (object["fields"]?.arrayValue ?? []).map { (object["object"]?.stringValue ?? "?", $0) }
        }
        guard !all.isEmpty else {
            lines = []
            return
        }
        var result: [String] = []
        var last: String?
        for (object, field) in all.prefix(Self.most) {
            if object != last { result += ["", "\(object):".onOneLine] }
            last = object
            result.append("  \(Self.line(field))".onOneLine)
        }
        let more = all.count - Self.most
        let blob = record.predicate["diffs"]?["listBlob"]?.stringValue ?? "the record"
        lines = result + (more > 0 ? ["  and \(more.counted("field")) more, in the blob \(blob)"] : [])
    }

    /// What was there, and what is asked for in its place.
    private static func line(_ field: JSONValue) -> String {
        let path = field["path"]?.stringValue ?? "?"
        return "\(path.isEmpty ? "/" : path): \(text(field["before"])) -> \(text(field["after"]))"
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value else { return "(none)" }
        return String(decoding: value.serialized(), as: UTF8.self)
    }
}
