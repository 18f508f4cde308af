// SPDX-License-Identifier: Apache-2.0

package import JSON

extension FieldSet {
    /// The key that says that the field itself is in the set, beside what is below it.
    private static let itself = "."

    /// Reads a `fieldsV1`.
    ///
    /// Elements of kinds that a later server may bring are left out with all below them, as the server itself does; `nil` for anything else
    /// that it would not have written, and for what is nested deeper than JSON may be.
    package init?(_ json: JSONValue) {
        self.init(json, depth: JSONLimits.standard.depth)
    }

    private init?(_ json: JSONValue, depth: Int) {
        guard let members = json.objectValue, depth > 0 else { return nil }
        var nodes: [Element: Node] = [:]
        for (key, value) in members where key != Self.itself {
            if Element.isOfUnknownKind(key) { continue }
            guard let element = Element(key), let below = FieldSet(value, depth: depth - 1) else { return nil }
            nodes[element] = Node(isMember: below.isEmpty || value[Self.itself] != nil, below: below)
        }
        self.init(nodes: nodes)
    }

    /// The `fieldsV1`, as the server writes it.
    package var json: JSONValue {
        .object(JSONObject(uniqueMembers: sortedNodes.map { (key: $0.element.text, value: $0.node.json) }))
    }
}

extension FieldSet.Node {
    fileprivate var json: JSONValue {
        // A member without anything below is told by the empty object.
        guard isMember, !below.isEmpty, let members = below.json.objectValue else { return below.json }
        return .object(JSONObject(uniqueMembers: [(key: ".", value: [:])] + Array(members)))
    }
}
