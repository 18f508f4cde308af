// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import Kubernetes
internal import YAML

/// What is wrong with manifests, gathered on the way. Where it stands is looked up in the end, for all of a file at once.
struct RenderReport {
    private var findings: [(finding: Finding, place: ManifestPlace?, tokens: [String])] = []

    /// Something whose place is known, or that is wrong with a file as a whole.
    mutating func add(_ finding: Finding) { findings.append((finding, nil, [])) }

    /// - Parameter tokens: the way from the object to the field.
    mutating func add(
        _ rule: String,
        _ message: String,
        at tokens: [String] = [],
        of place: ManifestPlace,
        object: ObjectKey? = nil
    ) {
        let field = tokens.isEmpty ? nil : JSONPointer(tokens: (place.tokens ?? []) + tokens)
        findings.append((Finding(rule: rule, message: message, object: object, field: field), place, tokens))
    }

    var count: Int { findings.count }

    func located(by locator: ManifestLocator) -> [Finding] {
        let locations = locator.locations(findings.map { ($0.place, $0.tokens) })
        return zip(findings, locations).map { item, location in location.map(item.finding.located) ?? item.finding }
    }
}

extension Finding {
    fileprivate func located(at location: SourceLocation) -> Finding {
        Finding(rule: rule, message: message, location: location, object: object, field: field)
    }
}

/// Finds where the fields of manifests stand, by reading each file that it is asked about once more.
struct ManifestLocator {
    private let bytes: [String: [UInt8]]

    init(_ files: [SourceFile]) {
        bytes = Dictionary(files.map { ($0.path, $0.bytes) }) { first, _ in first }
    }

    /// - Parameter wanted: objects, with the ways from them to fields.
    /// - Returns: the field's place, or the document's if the field is not there; `nil` for no object.
    func locations(_ wanted: [(place: ManifestPlace?, tokens: [String])]) -> [SourceLocation?] {
        var result = wanted.map { $0.place?.location }
        let byFile = Dictionary(grouping: wanted.indices) { index in
            wanted[index].place.flatMap { $0.tokens == nil ? nil : $0.path }
        }
        for case (let path?, let indices) in byFile {
            let places = indices.map { index -> YAML.Place in
                let place = wanted[index].place
                return (place?.document ?? 0, JSONPointer(tokens: (place?.tokens ?? []) + wanted[index].tokens))
            }
            let positions = YAML.positions(of: places, in: bytes[path] ?? [])
            for (index, position) in zip(indices, positions) {
                guard let position, let place = wanted[index].place else { continue }
                result[index] = SourceLocation(
                    path: path,
                    document: place.document,
                    line: position.line,
                    column: position.column
                )
            }
        }
        return result
    }
}
