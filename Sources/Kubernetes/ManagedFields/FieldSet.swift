// SPDX-License-Identifier: Apache-2.0

/// A set of fields of an object: who owns what is told in such sets.
///
/// It is the set of structured-merge-diff's `fieldpath`, whose text (`fieldsV1`) Kubernetes' "Server-Side Apply" keeps in `managedFields`. A field is
/// in the set or not, whatever is below it: a map can be a member, its entries, or both. Two sets are equal if they have the same members.
package struct FieldSet: Sendable, Hashable {
    /// The way from the object to a field.
    package typealias Path = [Element]

    /// What the set says about one element of a path.
    struct Node: Sendable, Hashable {
        /// Whether the path that ends here is in the set.
        var isMember = false
        var below = FieldSet()
    }

    /// Each is a member or has some below, so that sets with the same members are built alike.
    private(set) var nodes: [Element: Node] = [:]

    /// The empty set.
    package init() {}

    /// The set of one field. The object itself, whose path is empty, is no field.
    package init(_ path: Path) {
        guard let element = path.first else { return }
        let below = FieldSet(Path(path.dropFirst()))
        nodes[element] = Node(isMember: below.isEmpty, below: below)
    }

    init(nodes: [Element: Node]) {
        self.nodes = nodes.filter { $0.value.isMember || !$0.value.below.isEmpty }
    }

    /// Whether no field is in it.
    package var isEmpty: Bool { nodes.isEmpty }

    /// The nodes in the order in which structured-merge-diff has them.
    var sortedNodes: [(element: Element, node: Node)] {
        nodes.sorted { $0.key.precedes($1.key) }.map { (element: $0.key, node: $0.value) }
    }

    /// The members that have no member below them: fields that are owned as they are.
    package var leaves: [Path] {
        sortedNodes.flatMap { element, node in
            node.below.isEmpty ? [[element]] : node.below.leaves.map { [element] + $0 }
        }
    }

    // MARK: - Single fields

    /// With one more field; the fields around it are not added.
    package func inserting(_ path: Path) -> FieldSet { union(FieldSet(path)) }

    /// Without a field and all that is below it.
    package func removing(_ path: Path) -> FieldSet {
        guard let element = path.first, var node = nodes[element] else { return self }
        var nodes = nodes
        node.below = node.below.removing(Path(path.dropFirst()))
        nodes[element] = path.count == 1 ? nil : node
        return FieldSet(nodes: nodes)
    }

    // MARK: - Sets

    /// The fields that are in either set.
    package func union(_ other: FieldSet) -> FieldSet { combined(with: other) { $0 || $1 } }

    /// The fields that are in both sets.
    package func intersection(_ other: FieldSet) -> FieldSet { combined(with: other) { $0 && $1 } }

    /// The fields that are not in the other set. Taking a map does not take its entries, nor the other way round.
    package func subtracting(_ other: FieldSet) -> FieldSet { combined(with: other) { $0 && !$1 } }

    /// Whether every field is in the other set, too.
    package func isSubset(of other: FieldSet) -> Bool { subtracting(other).isEmpty }

    private func combined(with other: FieldSet, _ isMember: (Bool, Bool) -> Bool) -> FieldSet {
        var combined = nodes
        for element in Set(nodes.keys).union(other.nodes.keys) {
            let (left, right) = (nodes[element] ?? Node(), other.nodes[element] ?? Node())
            combined[element] = Node(
                isMember: isMember(left.isMember, right.isMember),
                below: left.below.combined(with: right.below, isMember)
            )
        }
        return FieldSet(nodes: combined)
    }

    /// Whether a leaf of one set is a leaf of the other, or around or below one.
    func overlaps(_ other: FieldSet) -> Bool {
        nodes.contains { element, node in
            guard let counterpart = other.nodes[element] else { return false }
            return node.below.isEmpty || counterpart.below.isEmpty || node.below.overlaps(counterpart.below)
        }
    }

    /// The fields of the set, and every field that one of them is in.
    package var withContainers: FieldSet {
        FieldSet(nodes: nodes.mapValues { Node(isMember: true, below: $0.below.withContainers) })
    }

    /// What of the set is in these fields of the object.
    func within(_ names: Set<String>) -> FieldSet {
        FieldSet(
            nodes: nodes.filter { element, _ in
                guard case .field(let name) = element else { return false }
                return names.contains(name)
            }
        )
    }
}
