// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The value that a pointer leads to; `nil` if there is none. Setting replaces or adds a member of an object,
    /// replaces an item of an array or appends one (at its count, or `-`); setting `nil` removes it. Setting below
    /// something that is not there does nothing.
    package subscript(pointer: JSONPointer) -> JSONValue? {
        get {
            pointer.tokens.reduce(Optional(self)) { $0?.child($1) }
        }
        set {
            guard let last = pointer.tokens.last else {
                self = newValue ?? .null
                return
            }
            try? update(at: pointer.tokens.dropLast()) { $0.setChild(last, to: newValue) }
        }
    }

    /// Sets the value at a place, and makes the objects on the way there that are missing.
    package mutating func put(_ value: JSONValue, at pointer: JSONPointer) {
        for length in pointer.tokens.indices {
            let place = JSONPointer(tokens: Array(pointer.tokens[..<length]))
            if self[place] == nil { self[place] = [:] }
        }
        self[pointer] = value
    }

    /// The member or item that one token of a pointer names.
    func child(_ token: String) -> JSONValue? {
        switch self {
        case .object(let object): object[token]
        case .array: JSONPointer.index(token).flatMap { self[$0] }
        default: nil
        }
    }

    /// Changes the value at a place, without copying what is around it.
    ///
    /// - Throws: `pointer` if there is no such place, and what `change` throws.
    mutating func update<Result>(
        at tokens: ArraySlice<String>,
        _ change: (inout JSONValue) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        guard let token = tokens.first else { return try change(&self) }
        switch self {
        case .object(var object):
            guard let index = object.firstIndex(of: token) else { throw .missing(token) }
            // The value lets go of its storage for as long as it is edited.
            self = .null
            defer { self = .object(object) }
            return try object.update(at: index) { (member) throws(JSONError) in
                try member.update(at: tokens.dropFirst(), change)
            }
        case .array(var items):
            guard let index = JSONPointer.index(token), items.indices.contains(index) else { throw .missing(token) }
            self = .null
            defer { self = .array(items) }
            return try items[index].update(at: tokens.dropFirst(), change)
        default:
            throw .missing(token)
        }
    }

    private mutating func setChild(_ token: String, to value: JSONValue?) {
        switch self {
        case .object:
            self[token] = value
        case .array(var items):
            self = .null
            let index = token == "-" ? items.count : JSONPointer.index(token)
            switch (index, value) {
            case (let index?, let value?) where index < items.count: items[index] = value
            case (items.count, let value?): items.append(value)
            case (let index?, nil) where index < items.count: items.remove(at: index)
            default: break
            }
            self = .array(items)
        default:
            break
        }
    }
}

extension JSONView {
    /// The value that a pointer leads to; `nil` if there is none.
    package subscript(pointer: JSONPointer) -> JSONView? {
        pointer.tokens.reduce(Optional(self)) { view, token in
            view?[token] ?? JSONPointer.index(token).flatMap { view?[$0] }
        }
    }
}

extension JSONError {
    /// A pointer's token names nothing where it was applied.
    static func missing(_ token: String) -> JSONError {
        JSONError(.pointer, "there is no '\(token)'")
    }
}
