// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// The path of a field in a replacement: `spec.template.spec.containers.[name=web].image`, `spec.rules.0.host`,
/// `items.*.name`.
struct FieldPath {
    enum Part: Equatable {
        case member(String)
        case index(Int)
        /// `-`, of sources only.
        case last
        /// `*`, of targets only.
        case every
        /// `[key=value]`; without a key, an item of a list of scalars.
        case item(key: String, value: String)
    }

    let parts: [Part]
    let text: String

    /// - Throws: `invalid` for a list index without `=`.
    init(_ text: String) throws(Refusal) {
        self.text = text
        var parts: [Part] = []
        for part in Self.split(text) { parts.append(try Self.part(part, of: text)) }
        guard parts.count <= JSONValue.deepest else { throw Refusal(.limit, "a field path has too many parts") }
        self.parts = parts
    }

    private static func part(_ part: String, of text: String) throws(Refusal) -> Part {
        if let index = Int(part), index >= 0 { return .index(index) }
        if part == "-" { return .last }
        if part == "*" { return .every }
        guard part.hasPrefix("["), part.hasSuffix("]") else { return .member(part) }
        let inner = part.dropFirst().dropLast()
        guard let sign = inner.firstIndex(of: "=") else {
            throw .invalid("'\(part)' in '\(text)' must be written '[field=value]'")
        }
        return .item(key: String(inner[..<sign]), value: String(inner[inner.index(after: sign)...]))
    }

    /// Splits at dots, except those behind a backslash or between brackets.
    private static func split(_ text: String) -> [String] {
        var parts: [String] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false).map(String.init) {
            if let last = parts.last, last.hasSuffix("\\") {
                parts[parts.count - 1] = last.dropLast() + "." + part
            } else {
                parts.append(part)
            }
        }
        if parts.count > 1, parts[0].isEmpty { parts.removeFirst() }
        var result: [String] = []
        var bracket: [String]?
        func closed(_ pieces: [String]) -> String {
            let joined = pieces.joined(separator: ".")
            guard !joined.contains("=") else { return joined }
            return String(joined.drop { $0 == "[" || $0 == "]" }.reversed().drop { $0 == "[" || $0 == "]" }.reversed())
        }
        for part in parts {
            if let open = bracket {
                bracket = part.hasSuffix("]") ? nil : open + [part]
                if part.hasSuffix("]") { result.append(closed(open + [part])) }
            } else if part.hasPrefix("["), !part.hasSuffix("]") {
                bracket = [part]
            } else {
                result.append(part)
            }
        }
        if let bracket { result.append(closed(bracket)) }
        return result
    }
}

// MARK: - Reading

extension FieldPath {
    /// The value at the path; `nil` if there is none.
    /// - Throws: `invalid` where the path meets something else than it says.
    func value(in value: JSONValue) throws(Refusal) -> JSONValue? {
        var current = value
        for part in parts where part != .member("") {
            guard let next = try step(part, in: current) else { return nil }
            current = next
        }
        return current
    }

    private func step(_ part: Part, in value: JSONValue) throws(Refusal) -> JSONValue? {
        if value.isNull { return nil }
        switch part {
        case .member(let name):
            guard let members = value.objectValue else { throw wrong(value, "a member '\(name)'") }
            return members[name.trimmingSpace]
        case .index(let index):
            guard value.arrayValue != nil else { throw wrong(value, "items") }
            return value[index]
        case .last:
            guard let items = value.arrayValue else { throw wrong(value, "items") }
            return items.last
        case .every:
            throw .invalid("'\(text)': a source is one field, and '*' stands for many")
        case .item(let key, let wanted):
            guard let items = value.arrayValue else { throw wrong(value, "items") }
            return items.first { item in
                key.isEmpty
                    ? item.scalarText == wanted : item.objectValue?[key].map { $0.scalarText == wanted } ?? false
            }
        }
    }

    private func wrong(_ value: JSONValue, _ wanted: String) -> Refusal {
        .invalid("'\(text)' looks for \(wanted) in \(value.typeName)")
    }
}

// MARK: - Writing

extension FieldPath {
    /// What is made where the path leads to nothing.
    enum Creation {
        case scalar
        case mapping
        case list

        /// A field like the value that is to be copied there.
        init(like value: JSONValue) {
            switch value {
            case .object: self = .mapping
            case .array: self = .list
            default: self = .scalar
            }
        }

        fileprivate var value: JSONValue {
            switch self {
            // Stands for a scalar that has no type yet.
            case .scalar: .number(FieldPath.untyped)
            case .mapping: .object([:])
            case .list: .array([])
            }
        }
    }

    /// No number in JSON: a scalar that takes the type of the text that it will get.
    static let untyped = ""

    /// Changes all fields that the path leads to.
    /// - Returns: how many there are.
    func edit(
        _ value: inout JSONValue,
        creating creation: Creation?,
        _ change: (inout JSONValue) throws(Refusal) -> Void
    ) throws(Refusal) -> Int {
        try edit(&value, parts[...], creation, change)
    }

    private func edit(
        _ value: inout JSONValue,
        _ parts: ArraySlice<Part>,
        _ creation: Creation?,
        _ change: (inout JSONValue) throws(Refusal) -> Void
    ) throws(Refusal) -> Int {
        guard let part = parts.first else {
            try change(&value)
            return 1
        }
        let rest = parts.dropFirst()
        switch part {
        case .member(let name): return try editMember(name, of: &value, rest, creation, change)
        case .last: return try editMember("-", of: &value, rest, creation, change)
        case .index(let index):
            var items = try items(of: value)
            if let creation, items.count == index { items.append(Self.made(for: rest.first, creation)) }
            guard items.indices.contains(index) else {
                throw .invalid("'\(text)' asks for item \(index) of \(items.count)")
            }
            defer { value = .array(items) }
            return try edit(&items[index], rest, creation, change)
        case .every:
            var items = try items(of: value)
            defer { value = .array(items) }
            var count = 0
            for index in items.indices { count += try edit(&items[index], rest, creation, change) }
            return count
        case .item(let key, let pattern):
            return try editItems(key, pattern, of: &value, rest, creation, change)
        }
    }

    private func items(of value: JSONValue) throws(Refusal) -> [JSONValue] {
        if value.isNull { return [] }
        guard let items = value.arrayValue else { throw wrong(value, "items") }
        return items
    }

    private static func made(for part: Part?, _ creation: Creation) -> JSONValue {
        switch part {
        case nil: creation.value
        case .index, .item: .array([])
        case .member, .every, .last: .object([:])
        }
    }

    private func editMember(
        _ name: String,
        of value: inout JSONValue,
        _ rest: ArraySlice<Part>,
        _ creation: Creation?,
        _ change: (inout JSONValue) throws(Refusal) -> Void
    ) throws(Refusal) -> Int {
        if value.isNull, creation == nil { return 0 }
        guard let members = value.objectValue else { throw wrong(value, "a member '\(name)'") }
        guard var member = members[name] ?? creation.map({ Self.made(for: rest.first, $0) }) else { return 0 }
        guard rest.isEmpty || !member.isScalar else {
            throw Refusal(.unsupported, "'\(text)' leads into the text of '\(name)', which is not read here")
        }
        value[name] = .null
        defer { value[name] = member }
        return try edit(&member, rest, creation, change)
    }

    private func editItems(
        _ key: String,
        _ pattern: String,
        of value: inout JSONValue,
        _ rest: ArraySlice<Part>,
        _ creation: Creation?,
        _ change: (inout JSONValue) throws(Refusal) -> Void
    ) throws(Refusal) -> Int {
        var items = try items(of: value)
        let expression = try RegularExpression(pattern)
        defer { value = .array(items) }
        var count = 0
        for index in items.indices {
            guard let name = key.isEmpty ? items[index] : items[index].objectValue?[key],
                expression.isFound(in: name.scalarText)
            else { continue }
            guard !key.isEmpty else {
                // Items of a list of scalars have nothing below them.
                try change(&items[index])
                count += 1
                continue
            }
            count += try edit(&items[index], rest, creation, change)
        }
        guard count == 0, let creation else { return count }
        guard expression.isFound(in: pattern) else {
            throw .invalid("'\(text)' would make an item that it does not find")
        }
        var made: JSONValue = key.isEmpty ? .string(pattern) : .object([:])
        if !key.isEmpty { made[key] = .plainScalar(pattern) }
        count = key.isEmpty ? 1 : try edit(&made, rest, creation, change)
        if key.isEmpty { try change(&made) }
        items.append(made)
        return count
    }
}
