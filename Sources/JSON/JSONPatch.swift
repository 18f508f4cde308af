// SPDX-License-Identifier: Apache-2.0

/// A list of changes to a JSON value (RFC 6902), which happen all or not at all.
package struct JSONPatch: Sendable, Hashable {
    package enum Operation: Sendable, Hashable {
        case add(JSONPointer, JSONValue)
        case remove(JSONPointer)
        case replace(JSONPointer, JSONValue)
        case move(from: JSONPointer, to: JSONPointer)
        case copy(from: JSONPointer, to: JSONPointer)
        case test(JSONPointer, JSONValue)
    }

    package var operations: [Operation]

    package init(_ operations: [Operation]) {
        self.operations = operations
    }

    /// The value after all operations, one after the other.
    ///
    /// - Throws: `pointer` where an operation's place does not exist, `testFailed` where a `test` finds another value,
    ///   `patch` for a value that would be moved into itself, or for copies that make the value more than it may become.
    package func applied(to value: JSONValue) throws(JSONError) -> JSONValue {
        var result = value
        var allowance = TransferAllowance()
        for (index, operation) in operations.enumerated() {
            do throws(JSONError) {
                switch operation {
                case .copy(let from, let path), .move(let from, let path):
                    try allowance.take(try result.existing(at: from), depth: path.tokens.count)
                default: break
                }
                try result.apply(operation)
            } catch {
                throw JSONError(
                    error.code,
                    "operation \(index) (\(operation.name) '\(operation.path)'): \(error.message)"
                )
            }
        }
        return result
    }
}

extension JSONPatch.Operation {
    /// Where the operation changes or tests.
    package var path: JSONPointer {
        switch self {
        case .add(let path, _), .remove(let path), .replace(let path, _), .test(let path, _): path
        case .move(_, let path), .copy(_, let path): path
        }
    }

    /// As the document names it.
    package var name: String {
        switch self {
        case .add: "add"
        case .remove: "remove"
        case .replace: "replace"
        case .move: "move"
        case .copy: "copy"
        case .test: "test"
        }
    }
}

/// What one patch may copy and move about: a few copies, each of the whole, would otherwise stand for more than any memory holds.
private struct TransferAllowance {
    private var values = 1_000_000

    mutating func take(_ value: JSONValue, depth: Int) throws(JSONError) {
        values -= 1
        guard values > 0, depth <= JSONLimits.standard.depth else {
            throw JSONError(.patch, "what it copies and moves makes the value larger or deeper than it may become")
        }
        switch value {
        case .array(let items): for item in items { try take(item, depth: depth + 1) }
        case .object(let members): for (_, member) in members { try take(member, depth: depth + 1) }
        default: break
        }
    }
}

// MARK: - Documents

extension JSONPatch {
    /// Reads a patch document; members that RFC 6902 does not define are ignored, as it asks.
    package init(_ document: JSONValue) throws(JSONError) {
        guard let items = document.arrayValue else {
            throw JSONError(.patch, "a JSON patch is an array of operations, not \(document.typeName)")
        }
        var operations: [Operation] = []
        for (index, item) in items.enumerated() {
            do throws(JSONError) {
                operations.append(try Operation(item))
            } catch {
                throw JSONError(error.code, "operation \(index) of the JSON patch: \(error.message)")
            }
        }
        self.init(operations)
    }

    /// The patch document, to be sent as `application/json-patch+json`.
    package var document: JSONValue { .array(operations.map(\.document)) }
}

extension JSONPatch.Operation {
    fileprivate init(_ document: JSONValue) throws(JSONError) {
        let path = try document.pointer("path")
        switch document["op"]?.stringValue {
        case "add": self = .add(path, try document.operand())
        case "remove": self = .remove(path)
        case "replace": self = .replace(path, try document.operand())
        case "move": self = .move(from: try document.pointer("from"), to: path)
        case "copy": self = .copy(from: try document.pointer("from"), to: path)
        case "test": self = .test(path, try document.operand())
        case let name?: throw JSONError(.patch, "there is no operation '\(name)'")
        case nil: throw JSONError(.patch, "'op' must be a string")
        }
    }

    fileprivate var document: JSONValue {
        var document: JSONObject = ["op": .string(name)]
        if case .move(let from, _) = self { document["from"] = .string(from.description) }
        if case .copy(let from, _) = self { document["from"] = .string(from.description) }
        document["path"] = .string(path.description)
        switch self {
        case .add(_, let value), .replace(_, let value), .test(_, let value): document["value"] = value
        case .remove, .move, .copy: break
        }
        return .object(document)
    }
}

extension JSONValue {
    fileprivate func pointer(_ member: String) throws(JSONError) -> JSONPointer {
        guard let text = self[member]?.stringValue else { throw JSONError(.patch, "'\(member)' must be a string") }
        return try JSONPointer(text)
    }

    fileprivate func operand() throws(JSONError) -> JSONValue {
        guard let value = self["value"] else { throw JSONError(.patch, "'value' is missing") }
        return value
    }
}

// MARK: - Operations

extension JSONValue {
    fileprivate mutating func apply(_ operation: JSONPatch.Operation) throws(JSONError) {
        switch operation {
        case .add(let path, let value):
            try add(value, at: path)
        case .remove(let path):
            try remove(at: path)
        case .replace(let path, let value):
            try update(at: path.tokens[...]) { $0 = value }
        case .move(let from, let path):
            guard from == path || !from.isPrefix(of: path) else {
                throw JSONError(.patch, "a value cannot be moved into itself")
            }
            try add(remove(at: from), at: path)
        case .copy(let from, let path):
            try add(existing(at: from), at: path)
        case .test(let path, let expected):
            guard try existing(at: path).isEquivalent(to: expected) else {
                throw JSONError(.testFailed, "the value is another one")
            }
        }
    }

    fileprivate func existing(at path: JSONPointer) throws(JSONError) -> JSONValue {
        var value = self
        for token in path.tokens {
            guard let child = value.child(token) else { throw .missing(token) }
            value = child
        }
        return value
    }

    private mutating func add(_ value: JSONValue, at path: JSONPointer) throws(JSONError) {
        guard let token = path.tokens.last else {
            self = value
            return
        }
        try update(at: path.tokens.dropLast()) { (parent) throws(JSONError) in
            switch parent {
            case .object:
                parent[token] = value
            case .array(var items):
                guard let index = token == "-" ? items.count : JSONPointer.index(token), index <= items.count else {
                    throw .missing(token)
                }
                parent = .null
                items.insert(value, at: index)
                parent = .array(items)
            default:
                throw JSONError(.pointer, "\(parent.typeName) has no room for '\(token)'")
            }
        }
    }

    @discardableResult private mutating func remove(at path: JSONPointer) throws(JSONError) -> JSONValue {
        let removed = try existing(at: path)
        // The place exists, so that nothing is left undone here; the whole value becomes null.
        self[path] = nil
        return removed
    }

    /// Equality as RFC 6902, section 4.6, has it: numbers by their value, however they were written.
    private func isEquivalent(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count && left.allSatisfy { right[$0.key]?.isEquivalent(to: $0.value) ?? false }
        default:
            self == other || (decimal != nil && decimal == other.decimal)
        }
    }

    private var decimal: DecimalNumber? {
        switch self {
        case .int(let value): DecimalNumber(String(value))
        case .uint(let value): DecimalNumber(String(value))
        case .number(let text): DecimalNumber(text)
        default: nil
        }
    }
}
