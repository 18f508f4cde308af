// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import JSON

/// One record as people read it: who did what to which object, and what came of it.
struct RecordPresenter {
    let record: DecodedRecord
    /// The record's statement, with its lists in it.
    let statement: JSONValue
    let fields: RecordedFields

    var table: [String] {
        let source = record.predicate["source"]
        let facts: [(String, String?)] = [
            ("index", String(record.index)), ("kind", record.kind.rawValue), ("time", record.time),
            ("environment", record.environment?.description), ("repository", source?["repository"]?.stringValue),
            ("commit", record.commit), ("author", record.predicate["actors"]?["author"]?.stringValue),
            ("intent", record.intentIndex.map { String($0) }),
        ]
        return facts.compactMap { name, value in value.map { "\(name):\(spaces(after: name))\($0)" } }
            + (record.kind == .drift ? drift : changes) + fields.lines + unhealthy + findings
    }

    private func spaces(after name: String) -> String { String(repeating: " ", count: max(1, 13 - name.count)) }

    private var changes: [String] {
        let list = statement["predicate"]?["changes"]?.arrayValue ?? []
        guard !list.isEmpty else { return [] }
        var table = TableWriter("OPERATION", "KIND", "NAMESPACE", "NAME", "RESULT", "MESSAGE")
        for change in list {
            table.add(
                change["operation"]?.stringValue ?? "-",
                change["kind"]?.stringValue ?? "-",
                change["namespace"]?.stringValue ?? "<cluster>",
                change["name"]?.stringValue ?? "-",
                change["status"]?.stringValue ?? change["landed"]?.stringValue ?? "-",
                change["message"]?.stringValue ?? RecordedDrift(change).map { "drift: \($0)" } ?? ""
            )
        }
        return [""] + table.lines
    }

    /// What was found of each object: what is done about it is another record's.
    private var drift: [String] {
        let list = statement["predicate"]?["changes"]?.arrayValue ?? []
        guard !list.isEmpty else { return [] }
        var table = TableWriter("KIND", "NAMESPACE", "NAME", "DRIFT")
        for change in list {
            table.add(
                change["kind"]?.stringValue ?? "-",
                change["namespace"]?.stringValue ?? "<cluster>",
                change["name"]?.stringValue ?? "-",
                RecordedDrift(change)?.description ?? "-"
            )
        }
        return [""] + table.lines
    }

    /// The objects that were not well when the record was made.
    private var unhealthy: [String] {
        let list = (statement["predicate"]?["health"]?.arrayValue ?? [])
            .filter { $0["health"]?.stringValue != Health.current.rawValue }
        guard !list.isEmpty else { return [] }
        return [""]
            + list.map { object in
                let message = object["message"]?.stringValue ?? ""
                return "\(object["object"]?.stringValue ?? "?") is \(object["health"]?.stringValue ?? "?")"
                    + (message.isEmpty ? "" : ": \(message)")
            }.map(\.onOneLine)
    }

    private var findings: [String] {
        let list = statement["predicate"]?["findings"]?.arrayValue ?? []
        guard !list.isEmpty else { return [] }
        return [""]
            + list.map { finding in
                let place = finding["file"]?.stringValue ?? finding["object"]?.stringValue ?? "?"
                let line = finding["line"]?.intValue.map { ":\($0)" } ?? ""
                return
                    "refused \(place)\(line): \(finding["message"]?.stringValue ?? "") [\(finding["rule"]?.stringValue ?? "")]"
            }
    }
}
