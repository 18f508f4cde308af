// SPDX-License-Identifier: Apache-2.0

/// A JSON value that can be built, edited and compared: for what is desired or written.
///
/// What is only read comes as a `JSONDocument`, which costs a fraction of the memory.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// An integer that fits in 64 bits with a sign.
    case int(Int64)
    /// A positive integer beyond `Int64.max`.
    case uint(UInt64)
    /// Any other number, as the text that stood in the source, so that nothing is lost by rounding.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object: unique keys in the order in which they were added. Equality ignores the order.
///
/// Keys are the same only if their bytes are: to Swift's `==`, what Unicode calls equivalent would be one key.
package struct JSONObject: Sendable {
    package typealias Element = (key: String, value: JSONValue)

    /// Up to this many members are looked through; beyond, an index is kept.
    private static let longestScan = 16

    private var members: [(key: String, value: JSONValue)]
    /// Empty while there are few members.
    private var places: [ExactString: Int] = [:]

    package init() {
        members = []
    }

    /// Later members replace earlier ones of the same key.
    package init(_ members: some Sequence<Element>) {
        self.members = []
        for (key, value) in members { self[key] = value }
    }

    /// For parsers that have already refused duplicate keys.
    package init(uniqueMembers: [Element]) {
        members = uniqueMembers
        indexMembers()
    }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }
    package var keys: [String] { members.map(\.key) }

    package subscript(key: String) -> JSONValue? {
        get {
            firstIndex(of: key).map { members[$0].value }
        }
        set {
            guard let index = firstIndex(of: key) else {
                if let newValue { append(key, newValue) }
                return
            }
            if let newValue {
                members[index].value = newValue
            } else {
                members.remove(at: index)
                indexMembers()
            }
        }
    }

    package func firstIndex(of key: String) -> Int? {
        places.isEmpty ? members.firstIndex { $0.key.hasSameBytes(as: key) } : places[ExactString(key)]
    }

    /// Changes a member's value in place.
    mutating func update<Result, Failure: Error>(
        at index: Int,
        _ change: (inout JSONValue) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try change(&members[index].value)
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if places.isEmpty {
            indexMembers()
        } else {
            places[ExactString(key)] = members.count - 1
        }
    }

    private mutating func indexMembers() {
        guard members.count > Self.longestScan else {
            places = [:]
            return
        }
        places = [:]
        places.reserveCapacity(members.count)
        for (index, member) in members.enumerated() { places[ExactString(member.key)] = index }
    }
}

extension JSONObject: RandomAccessCollection {
    package var startIndex: Int { members.startIndex }
    package var endIndex: Int { members.endIndex }
    package subscript(position: Int) -> Element { members[position] }
}

extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        if zip(left, right).allSatisfy({ $0.key.hasSameBytes(as: $1.key) }) {
            return zip(left, right).allSatisfy { $0.value == $1.value }
        }
        return zip(left.sortedByKey, right.sortedByKey).allSatisfy {
            $0.key.hasSameBytes(as: $1.key) && $0.value == $1.value
        }
    }

    package func hash(into hasher: inout Hasher) {
        // Order must not count, so the members' own hashes are combined by a commutative operation.
        var combined = 0
        for (key, value) in members {
            var member = Hasher()
            member.combine(key)
            member.combine(value)
            combined ^= member.finalize()
        }
        hasher.combine(count)
        hasher.combine(combined)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.lazy.map { (key: $0.0, value: $0.1) })
    }
}

extension JSONObject {
    /// The members in the order of their keys' UTF-16 code units, which is the canonical one.
    var sortedByKey: [Element] {
        let isSorted = zip(members, members.dropFirst()).allSatisfy { $0.key.precedesInUTF16($1.key) }
        return isSorted ? members : members.sorted { $0.key.precedesInUTF16($1.key) }
    }
}

extension JSONValue {
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.uint(let left), .uint(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}

// MARK: - Access

extension JSONValue {
    package var stringValue: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    package var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var intValue: Int64? {
        guard case .int(let value) = self else { return nil }
        return value
    }

    package var arrayValue: [JSONValue]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    package var objectValue: JSONObject? {
        guard case .object(let value) = self else { return nil }
        return value
    }

    package var isNull: Bool { self == .null }

    /// The member of an object; `nil` for an absent key and for anything but an object. Setting on a value that is
    /// not an object makes it one; setting `nil` removes the member.
    package subscript(key: String) -> JSONValue? {
        get {
            objectValue?[key]
        }
        set {
            var object = objectValue ?? JSONObject()
            // The old storage is let go first, so that the object is edited in place.
            self = .null
            object[key] = newValue
            self = .object(object)
        }
    }

    /// The item of an array; `nil` outside its bounds and for anything but an array.
    package subscript(index: Int) -> JSONValue? {
        guard let items = arrayValue, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The name of the value's type in the words of JSON Schema, for error messages.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int, .uint: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

// MARK: - Literals

// There is no `nil` literal: `object[key] = flag ? nil : value` would then set null instead of removing.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.lazy.map { (key: $0.0, value: $0.1) }))
    }
}
