// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// A field of the objects of some kinds: `spec/template/metadata/labels`. Lists on the way stand for all of their
/// items.
struct FieldSpec: Sendable, Hashable {
    let kind: Kind
    /// Names of members; one that ends in `[]` must be a list, and is never created.
    let path: [String]
    /// Whether the field is made where it is not.
    let isCreated: Bool

    init(_ path: String, kind: String = "", group: String = "", version: String = "", create: Bool = false) {
        self.init(path, kind: Kind(group: group, version: version, kind: kind), create: create)
    }

    init(_ path: String, kind: Kind, create: Bool = false) {
        self.kind = kind
        self.path = Self.split(path)
        isCreated = create
    }

    /// Splits at slashes, except those behind a backslash.
    private static func split(_ path: String) -> [String] {
        var parts: [String] = [""]
        for (index, part) in path.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
            if index == 0 || (index == 1 && parts == [""]) {
                parts = [String(part)]
            } else if let last = parts.last, last.hasSuffix("\\") {
                parts[parts.count - 1] = last.dropLast() + "/" + part
            } else {
                parts.append(String(part))
            }
        }
        return parts
    }
}

/// Walks to the fields that a `FieldSpec` names and changes them.
struct FieldEditor {
    /// What a field that is not there is made as.
    enum Kind {
        case text
        case mapping
    }

    /// Changes a field, and is told where in the object it is.
    typealias Change = (inout JSONValue, [String]) throws(Refusal) -> Void

    private let path: [String]
    /// `nil` if fields are not made.
    private let creates: Kind?
    private let change: Change

    init(_ spec: FieldSpec, creating kind: Kind? = nil, placedChange: @escaping Change) {
        path = spec.path
        creates = spec.isCreated ? kind : nil
        change = placedChange
    }

    init(_ spec: FieldSpec, creating kind: Kind? = nil, change: @escaping (inout JSONValue) throws(Refusal) -> Void) {
        self.init(spec, creating: kind) { (field, _) throws(Refusal) in try change(&field) }
    }

    func edit(_ object: inout JSONValue) throws(Refusal) {
        try edit(&object, path[...], at: [])
    }

    private func edit(_ value: inout JSONValue, _ path: ArraySlice<String>, at place: [String]) throws(Refusal) {
        guard let name = path.first else { return try change(&value, place) }
        switch value {
        case .null:
            return
        case .array(var items):
            value = .null
            defer { value = .array(items) }
            for index in items.indices { try edit(&items[index], path, at: place + [String(index)]) }
        case .object:
            try editMember(name, of: &value, path.dropFirst(), at: place)
        default:
            throw .invalid("\(self.path.joined(separator: "/")) leads through \(value.typeName)")
        }
    }

    private func editMember(
        _ name: String,
        of value: inout JSONValue,
        _ rest: ArraySlice<String>,
        at place: [String]
    ) throws(Refusal) {
        let isList = name.hasSuffix("[]")
        let name = isList ? String(name.dropLast(2)) : name
        guard !name.isEmpty else { throw .invalid("\(path.joined(separator: "/")) has an empty part") }
        var member = value[name]
        if let creates, !isList, member == nil || member == .null {
            member = rest.isEmpty && creates == .text ? .string("") : .object(JSONObject())
        }
        guard var member else { return }
        value[name] = .null
        defer { value[name] = member }
        try edit(&member, rest, at: place + [name])
    }
}

extension JSONValue {
    /// Replaces a scalar by a string.
    mutating func setText(_ text: String) throws(Refusal) {
        guard isScalar else { throw .invalid("\(typeName) stands where a text is to be set") }
        self = .string(text)
    }

    /// Sets a member of a mapping.
    mutating func setMember(_ key: String, _ text: String) throws(Refusal) {
        guard case .object = self else { throw .invalid("\(typeName) stands where '\(key)' is to be set") }
        self[key] = .string(text)
    }
}

extension [FieldSpec] {
    /// Adds what is not yet there; of two for the same field, the first counts.
    /// - Throws: `invalid` if one creates a field that the other does not.
    func merging(_ others: [FieldSpec]) throws(Refusal) -> [FieldSpec] {
        var result = self
        for spec in others {
            guard let same = result.first(where: { $0.path == spec.path && $0.kind.isSelected(by: spec.kind) }) else {
                result.append(spec)
                continue
            }
            guard same.isCreated == spec.isCreated else {
                throw .invalid("'create' of \(spec.path.joined(separator: "/")) contradicts what is built in")
            }
        }
        return result
    }
}
