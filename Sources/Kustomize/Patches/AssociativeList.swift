// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Merges lists whose items are told apart by keys: containers by `name`, ports by number and protocol.
///
/// The steps, with their surprises for items that lack a key, are those of kyaml 0.21.1; the order of the result
/// depends on them.
struct AssociativeList {
    /// Empty for lists of scalars.
    private let keys: [String]
    private let items: MergeSchema?

    init(keys: [String], items: MergeSchema?) {
        self.keys = keys
        self.items = items
    }

    func merge(_ target: JSONValue?, _ patch: JSONValue?, isSame: Bool) throws(Refusal) -> StrategicMerge.Outcome {
        guard let target = target?.arrayValue else {
            return StrategicMerge.Outcome(value: try mergeItems(patch?.arrayValue ?? [], nil), isPatch: true)
        }
        guard let patch else { return StrategicMerge.Outcome(value: try mergeItems(target, [])) }
        guard var changes = patch.arrayValue else { return StrategicMerge.Outcome(value: nil) }
        switch try Self.takeDirective(&changes) {
        case .delete: return StrategicMerge.Outcome(value: nil)
        case .replace: return StrategicMerge.Outcome(value: try mergeItems(changes, nil), isPatch: true)
        case .merge:
            return StrategicMerge.Outcome(value: try mergeItems(isSame ? changes : target, isSame ? nil : changes))
        }
    }

    /// A directive for the whole list is an item of its own.
    private static func takeDirective(_ changes: inout [JSONValue]) throws(Refusal) -> MergeDirective {
        guard let item = changes.first(where: { $0.objectValue?[MergeDirective.key] != nil }),
            let members = item.objectValue, members.count == 1, let value = members[MergeDirective.key]
        else { return .merge }
        let directive = try MergeDirective(value)
        try changes.set(nil, keys: [MergeDirective.key], values: [directive.rawValue])
        return directive
    }

    // MARK: - Items

    /// - Parameter changes: `nil` if the list is the patch's own.
    private func mergeItems(_ target: [JSONValue], _ changes: [JSONValue]?) throws(Refusal) -> JSONValue {
        let keys = self.keys.isEmpty ? [""] : self.keys
        var target = target
        var identities = self.identities(in: [changes ?? target, target])
        if keys.count > 1 { identities = Self.unified(identities) }
        guard !identities.isEmpty else { return .array(target) }
        let usedKeys = Self.usedKeys(keys, identities)
        var merged: [JSONValue] = []
        for identity in identities {
            let values = usedKeys.isEmpty ? identity : zip(keys, identity).filter { usedKeys.contains($0.0) }.map(\.1)
            let itemKeys = usedKeys.isEmpty ? keys : usedKeys
            let place = try mergeItem(&target, changes, itemKeys, values)
            guard var item = place, !item.isNullOrEmptyMapping else {
                try target.set(nil, keys: itemKeys, values: values)
                continue
            }
            for (key, value) in zip(itemKeys, values) where !key.isEmpty && !value.isEmpty && item[key] == nil {
                item[key] = .plainScalar(value)
            }
            try merged.set(item, keys: itemKeys, values: values)
        }
        try merged.append(target, keys: usedKeys.isEmpty ? keys : usedKeys)
        return .array(merged)
    }

    /// Merges the two items of an identity, and writes the result back where it was.
    private func mergeItem(
        _ target: inout [JSONValue],
        _ changes: [JSONValue]?,
        _ keys: [String],
        _ values: [String]
    ) throws(Refusal) -> JSONValue? {
        // Only the keys that the identity has are looked for.
        let present = zip(keys, values).filter { !$0.1.isEmpty }
        let searchKeys = present.isEmpty ? keys : present.map(\.0)
        let searchValues = present.isEmpty ? values : present.map(\.1)
        let index = target.index(keys: searchKeys, values: searchValues)
        let item = index.map { target[$0] }
        let change = changes.map { list in list.index(keys: searchKeys, values: searchValues).map { list[$0] } } ?? item
        let place = items.map(StrategicMerge.Place.object) ?? .unknown
        let outcome = try StrategicMerge.walk(item, change, place, isSame: changes == nil)
        if let index, let value = outcome.value, changes == nil || !outcome.isPatch { target[index] = value }
        return outcome.value
    }

    // MARK: - Identities

    /// The values of the keys of all items, each once, in the order of the lists.
    private func identities(in lists: [[JSONValue]]) -> [[String]] {
        var found: [[String]] = []
        var seen: Set<[String]> = []
        for item in lists.joined() {
            let identity = keys.isEmpty ? [item.scalarText] : keys.map { item[$0]?.scalarText ?? "" }
            if seen.insert(identity).inserted { found.append(identity) }
        }
        return found
    }

    /// Takes items for the same that differ only in a key that one of them lacks.
    private static func unified(_ identities: [[String]]) -> [[String]] {
        // The comparison of each with each is quadratic, as in kyaml: lists of ports are short.
        var result = identities
        guard result.count <= 1_000, result.contains(where: { $0.contains("") }) else { return result }
        for first in result.indices {
            // The value that the outer loop holds does not change with the list.
            let held = result[first]
            for second in result.indices {
                guard let common = common(held, result[second]) else { continue }
                result[first] = common
                result[second] = common
            }
        }
        return result
    }

    private static func common(_ first: [String], _ second: [String]) -> [String]? {
        var hasCommon = false
        var result: [String] = []
        for (left, right) in zip(first, second) {
            if left == right {
                hasCommon = true
            } else if !left.isEmpty && !right.isEmpty {
                return nil
            }
            result.append(left.isEmpty ? right : left)
        }
        return hasCommon ? result : nil
    }

    /// The keys that at least one item has.
    private static func usedKeys(_ keys: [String], _ identities: [[String]]) -> [String] {
        keys.indices.filter { index in identities.contains { !$0[index].isEmpty } }.map { keys[$0] }
    }
}

// MARK: - Lists of items with keys

extension [JSONValue] {
    /// The first item with these values; with the key "", the first scalar of that text.
    fileprivate func index(keys: [String], values: [String]) -> Int? {
        guard keys.first?.isEmpty == false else { return firstIndex { $0.scalarText == values.first } }
        return firstIndex { item in
            zip(keys, values).allSatisfy { item.objectValue?[$0].map { $0.scalarText } == $1 }
        }
    }

    /// Replaces the items with these values by one, which is appended if there are none; removes them if it is `nil`.
    fileprivate mutating func set(_ element: JSONValue?, keys: [String], values: [String]) throws(Refusal) {
        let isForMappings = keys.first?.isEmpty == false && values.first?.isEmpty == false
        var result: [JSONValue] = []
        var isFound = false
        for item in self where !item.isNullOrEmptyMapping {
            if item.objectValue == nil && isForMappings {
                result.append(item)
            } else if try item.hasValues(keys, values) {
                isFound = true
                if let element { result.append(element) }
            } else if !values.isEmpty {
                result.append(item)
            }
        }
        if let element, !element.isNull, !isFound { result.append(element) }
        self = result
    }

    /// Adds the items of another list behind, or in the place of those with the same keys.
    fileprivate mutating func append(_ items: [JSONValue], keys: [String]) throws(Refusal) {
        for item in items {
            guard keys.first?.isEmpty == false else {
                try set(item, keys: [""], values: [item.scalarText])
                continue
            }
            guard item.isNull || item.objectValue != nil else {
                throw .invalid("\(item.typeName) stands in a list of mappings")
            }
            var values: [String] = []
            for key in keys {
                guard let value = item[key] else {
                    append(item)
                    continue
                }
                values.append(value.scalarText)
            }
            if keys.count > 1 { try set(nil, keys: keys, values: values) }
            try set(item, keys: keys, values: values)
        }
    }
}

extension JSONValue {
    fileprivate var isNullOrEmptyMapping: Bool { isNull || objectValue?.isEmpty == true }

    /// Whether the item has each key with its value. An empty value stands for any; without a value, the last answer
    /// counts.
    fileprivate func hasValues(_ keys: [String], _ values: [String]) throws(Refusal) -> Bool {
        var isFound = false
        for (index, key) in keys.enumerated() {
            if index < values.count { isFound = try hasValue(key, values[index]) }
            guard isFound else { return false }
        }
        return true
    }

    private func hasValue(_ key: String, _ text: String) throws(Refusal) -> Bool {
        guard !key.isEmpty else {
            guard isScalar else { throw .invalid("\(typeName) stands in a list of scalars") }
            return scalarText == text
        }
        guard let members = objectValue else { throw .invalid("\(typeName) stands in a list of mappings") }
        return members[key].map { text.isEmpty || $0.scalarText == text } ?? false
    }

    /// The value of a text without quotes.
    static func plainScalar(_ text: String) -> JSONValue {
        if let integer = Int64(text) { return .int(integer) }
        return text == "true" || text == "false" ? .bool(text == "true") : .string(text)
    }
}
