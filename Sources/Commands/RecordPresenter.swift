// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import JSON

/// One record as people read it: who did what to which object, and what came of it.
struct RecordPresenter {
    let record: DecodedRecord
    /// The record's statement, with its lists in it.
    let statement: JSONValue

    var table: [String] {
        let source = record.predicate["source"]
        let facts: [(String, String?)] = [
            ("index", String(record.index)), ("kind", record.kind.rawValue), ("time", record.time),
            ("environment", record.environment?.description), ("repository", source?["repository"]?.stringValue),
            ("commit", record.commit), ("author", record.predicate["actors"]?["author"]?.stringValue),
            ("intent", record.intentIndex.map { String($0) }),
        ]
        return facts.compactMap { name, value in value.map { "\(name):\(spaces(after: name))\($0)" } } + changes
            + findings
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
                change["message"]?.stringValue ?? ""
            )
        }
        return [""] + table.lines
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
