// SPDX-License-Identifier: Apache-2.0

package import JSON

/// Fields in an object of whose kind they are: items of lists are where they are now.
extension FieldSet {
    /// Where the set's leaves are in an object; what it does not have is left out.
    package func pointers(in object: JSONValue) -> [JSONPointer] {
        sortedNodes.flatMap { element, node -> [JSONPointer] in
            guard let token = element.token(in: object) else { return [] }
            let place = JSONPointer(tokens: [token])
            guard !node.below.isEmpty, let value = object[place] else { return [place] }
            return node.below.pointers(in: value).map { JSONPointer(tokens: [token] + $0.tokens) }
        }
    }

    /// An object without the fields of the set.
    ///
    /// An item of a list that is a member goes with all that is in it, as when the server removes it. Any other member that has members below
    /// goes if nothing else is left in it; what is not itself a member stays, if empty.
    package func removed(from object: JSONValue) -> JSONValue {
        var result = object
        var gone: [String] = []
        for (element, node) in nodes {
            guard let token = element.token(in: object) else { continue }
            let place = JSONPointer(tokens: [token])
            if let rest = object[place].flatMap({ node.rest(of: $0, at: element) }) {
                result[place] = rest
            } else {
                gone.append(token)
            }
        }
        // From a list's end, so that the places of the others hold.
        for token in gone.sorted(by: { Int($0) ?? 0 > Int($1) ?? 0 }) { result[JSONPointer(tokens: [token])] = nil }
        return result
    }

    /// What of the set is at these places of an object, or below them.
    ///
    /// A place within something that is in the set only as a whole is not covered: there is no owning a part of it.
    package func part(at pointers: [JSONPointer], of object: JSONValue) -> FieldSet {
        pointers.reduce(FieldSet()) { $0.union(part(at: $1.tokens[...], of: object)) }
    }

    private func part(at tokens: ArraySlice<String>, of value: JSONValue) -> FieldSet {
        guard let token = tokens.first else { return self }
        let node = nodes.first { $0.key.isNamed(token, in: value) }
        guard let node else { return FieldSet() }
        guard tokens.count > 1 else { return FieldSet(nodes: [node.key: node.value]) }
        let child = value[JSONPointer(tokens: [token])] ?? .null
        let below = node.value.below.part(at: tokens.dropFirst(), of: child)
        return FieldSet(nodes: [node.key: Node(below: below)])
    }
}

extension FieldSet.Node {
    /// What is left of a value without what the set has of it; `nil` for nothing.
    fileprivate func rest(of value: JSONValue, at element: FieldSet.Element) -> JSONValue? {
        if below.isEmpty { return nil }
        if case .field = element {} else if isMember { return nil }
        let rest = below.removed(from: value)
        return isMember && (rest == [:] || rest == []) ? nil : rest
    }
}

extension FieldSet.Element {
    /// Whether a token of a JSON pointer leads there. A field need not be in the object to have its name.
    fileprivate func isNamed(_ token: String, in value: JSONValue) -> Bool {
        if case .field(let name) = self { return name.hasSameBytes(as: token) }
        return self.token(in: value) == token
    }
}
