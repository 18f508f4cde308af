// SPDX-License-Identifier: Apache-2.0

package import JSON

/// Fields in an object of whose kind they are: items of lists are where they are now.
extension FieldSet {
    /// Where the set's leaves are in an object; what it does not have is left out.
    package func pointers(in object: JSONValue) -> [JSONPointer] {
        let places = Places(of: nodes.keys, in: object)
        return sortedNodes.flatMap { element, node -> [JSONPointer] in
            guard let token = places.token(of: element) else { return [] }
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
        let places = Places(of: nodes.keys, in: object)
        var rests: [ExactString: JSONValue?] = [:]
        for (element, node) in nodes {
            guard let token = places.token(of: element), let value = object[JSONPointer(tokens: [token])] else {
                continue
            }
            rests[ExactString(token)] = .some(node.rest(of: value, at: element))
        }
        switch object {
        case .object(let members):
            let left = members.compactMap { key, value in
                (rests[ExactString(key)] ?? value).map { (key: key, value: $0) }
            }
            return .object(JSONObject(uniqueMembers: left))
        case .array(let items):
            return .array(items.enumerated().compactMap { rests[ExactString(String($0))] ?? $1 })
        default: return object
        }
    }

    /// What of the set is at these places of an object, or below them.
    ///
    /// A place within something that is in the set only as a whole is not covered: there is no owning a part of it.
    package func part(at pointers: [JSONPointer], of object: JSONValue) -> FieldSet {
        part(at: pointers.map { $0.tokens[...] }, of: object)
    }

    private func part(at paths: [ArraySlice<String>], of value: JSONValue) -> FieldSet {
        guard paths.allSatisfy({ !$0.isEmpty }) else { return self }
        let paths = Dictionary(grouping: paths) { ExactString($0.first ?? "") }
        let places = Places(of: nodes.keys, in: value)
        var parts: [Element: Node] = [:]
        for (element, node) in nodes {
            // A field need not be in the object to have its name.
            let token = if case .field(let name) = element { name } else { places.token(of: element) }
            guard let token, let below = paths[ExactString(token)]?.map({ $0.dropFirst() }) else { continue }
            let child = value[JSONPointer(tokens: [token])] ?? .null
            parts[element] =
                below.contains(where: \.isEmpty) ? node : Node(below: node.below.part(at: below, of: child))
        }
        return FieldSet(nodes: parts)
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
