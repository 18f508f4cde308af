// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// Copies values from one object to fields of others.
struct ReplacementTransformer {
    let kustomization: Kustomization
    let folder: String
    let builder: Builder

    func transform(_ list: inout ResourceList) throws(KustomizeProblem) {
        // All files are read before the first value is copied.
        var replacements: [(Replacement, SourceDocument, [String])] = []
        for entry in kustomization.replacements {
            if let replacement = entry.replacement {
                replacements.append((replacement, kustomization.document, entry.tokens))
            } else {
                replacements += try load(entry)
            }
        }
        for (replacement, document, tokens) in replacements {
            try document.locating(tokens) { () throws(Refusal) in try apply(replacement, to: &list) }
        }
        list.items.removeAll { $0.value.isNullOrEmpty }
    }

    private func load(_ entry: ReplacementEntry) throws(KustomizeProblem) -> [(Replacement, SourceDocument, [String])] {
        let file = try kustomization.document.locating(entry.tokens + ["path"]) { () throws(Refusal) in
            try builder.contents(named: entry.path, in: folder)
        }
        let problems = builder.problems
        let problemsBefore = problems.count
        let read = ReplacementReader(problems: problems).replacements(file.bytes, path: file.path)
        if problems.count > problemsBefore, let problem = problems.all.last { throw problem }
        return read.map { ($0, $1.document, $1.tokens) }
    }

    private func apply(_ replacement: Replacement, to list: inout ResourceList) throws(Refusal) {
        let value = try value(of: replacement.source, in: list)
        for target in replacement.targets {
            try builder.expand(by: list.items.count * (1 + target.rejected.count))
            var paths: [FieldPath] = []
            for field in target.fields { paths.append(try FieldPath(field)) }
            for index in list.items.indices where selects(target, list.items[index]) {
                let builder = builder
                try list.items[index].editing { (object) throws(Refusal) in
                    for path in paths {
                        let writer = ReplacementWriter(
                            value: value,
                            path: path,
                            options: target.options,
                            builder: builder
                        )
                        try writer.write(to: &object)
                    }
                }
            }
        }
    }

    // MARK: - Source

    /// - Returns: a scalar without type (`FieldPath.untyped`) never: a value that is written out is a string.
    private func value(of source: Replacement.Source, in list: ResourceList) throws(Refusal) -> JSONValue {
        switch source {
        case .value(let text):
            return .string(text)
        case .object(let selection, let field, let options):
            let object = try object(selection, in: list)
            guard let value = try FieldPath(field).value(in: object.value), !value.isNullOrEmpty else {
                throw Refusal(.notFound, "\(object.id.description) has no '\(field)' to copy")
            }
            return try part(of: value, options)
        }
    }

    private func object(_ selection: Replacement.ResourceSelection, in list: ResourceList) throws(Refusal) -> Resource {
        let found = list.items.filter { resource in resource.replacementIDs.contains(where: selection.selects) }
        guard let first = found.first else {
            throw Refusal(.notFound, "there is no \(selection.description) to copy from")
        }
        guard found.count == 1 else { throw .invalid("\(found.count) objects are \(selection.description)") }
        return first
    }

    private func part(of value: JSONValue, _ options: Replacement.FieldOptions) throws(Refusal) -> JSONValue {
        guard !options.delimiter.isEmpty else { return value }
        guard value.isScalar else { throw .invalid("'delimiter' needs a text, and the source is \(value.typeName)") }
        let parts = value.scalarText.parts(at: options.delimiter)
        guard parts.indices.contains(options.index) else {
            throw .invalid("the source has \(parts.count) parts, and 'index' is \(options.index)")
        }
        return .string(parts[options.index])
    }

    // MARK: - Targets

    private func selects(_ target: Replacement.Target, _ resource: Resource) -> Bool {
        guard target.selector.matchesMetadata(of: resource) else { return false }
        let ids = resource.replacementIDs
        for rejected in target.rejected {
            let hasMetadata = rejected.labels != nil || rejected.annotations != nil
            if hasMetadata, rejected.matchesMetadata(of: resource) { return false }
            if rejected.namesObjects, ids.contains(where: rejected.selects) { return false }
        }
        return ids.contains(where: target.selector.selects)
    }
}

extension Resource {
    /// What the object is and was called. Scopes do not count here.
    fileprivate var replacementIDs: [ResourceID] {
        var current = id
        current.isClusterScoped = false
        return [current] + earlierIDs
    }
}

extension Replacement.ResourceSelection {
    fileprivate func selects(_ id: ResourceID) -> Bool {
        let mine = ResourceID(kind: kind, name: name, namespace: namespace, isClusterScoped: false)
        return (name.isEmpty || name == id.name) && id.kind.isSelected(by: kind)
            && (namespace.isEmpty || mine.effectiveNamespace == id.effectiveNamespace)
    }

    fileprivate var description: String {
        let kind = kind.kind.isEmpty ? "object" : kind.kind
        return name.isEmpty ? kind : "\(kind) '\(name)'"
    }
}

extension String {
    /// The parts between delimiters, by bytes; at least one.
    func parts(at delimiter: String) -> [String] {
        let (bytes, mark) = (Array(utf8), Array(delimiter.utf8))
        var parts: [String] = []
        var start = 0
        var index = 0
        while index + mark.count <= bytes.count {
            if bytes[index..<index + mark.count].elementsEqual(mark) {
                parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
                index += mark.count
                start = index
            } else {
                index += 1
            }
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }
}
