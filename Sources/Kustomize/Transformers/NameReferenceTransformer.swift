// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Makes names that objects use for each other follow the names that these have got.
struct NameReferenceTransformer {
    private let referrer: Resource
    private let index: ReferralIndex
    private let reach: Reach

    static func updateReferences(in list: inout ResourceList) throws(Refusal) {
        let index = ReferralIndex(list.items)
        for place in list.items.indices {
            let transformer = NameReferenceTransformer(list.items[place], index)
            try list.items[place].editing { (value) throws(Refusal) in try transformer.update(&value) }
        }
    }

    private init(_ referrer: Resource, _ index: ReferralIndex) {
        self.referrer = referrer
        self.index = index
        reach = Reach(of: referrer)
    }

    private func update(_ value: inout JSONValue) throws(Refusal) {
        let original = referrer.originalID.kind
        for entry in NameReferences.all {
            for spec in entry.fields where original.isSelected(by: spec.kind) {
                let search = Search(transformer: self, target: entry.target, spec: spec)
                try FieldEditor(spec) { (field) throws(Refusal) in try search.update(&field) }.edit(&value)
            }
        }
    }

    // MARK: - One field

    private struct Search {
        let transformer: NameReferenceTransformer
        let target: Kind
        let spec: FieldSpec

        func update(_ field: inout JSONValue) throws(Refusal) {
            switch field {
            case .null: return
            case .object: try updateMapping(&field)
            case .array(var items):
                for index in items.indices where !items[index].isNull {
                    guard items[index].arrayValue == nil else { throw .invalid("\(path) has lists in its list") }
                    if items[index].objectValue == nil {
                        try updateName(&items[index])
                    } else {
                        try updateMapping(&items[index])
                    }
                }
                field = .array(items)
            default: try updateName(&field)
            }
        }

        private var path: String { spec.path.joined(separator: "/") }

        private func updateName(_ field: inout JSONValue) throws(Refusal) {
            let name = field.scalarText
            let found = try transformer.referral(name, target, spec, isAmong: transformer.candidates(in: nil)) {
                first,
                other in
                first.name == other.name
            }
            guard let found, found.name != name else { return }
            field = .string(found.name)
        }

        /// A mapping with a name, and with a namespace if it needs one.
        private func updateMapping(_ field: inout JSONValue) throws(Refusal) {
            guard let name = field["name"]?.scalarText else { throw .invalid("\(path) has no 'name'") }
            let isAmong = transformer.candidates(in: field["namespace"]?.scalarText)
            let found = try transformer.referral(name, target, spec, isAmong: isAmong) { first, other in
                first.name == other.name && first.namespace == other.namespace
            }
            guard let found, found.name != name || !found.namespace.isEmpty else { return }
            field["name"] = .string(found.name)
            if !found.namespace.isEmpty { field["namespace"] = .string(found.namespace) }
        }
    }

    // MARK: - The object that is meant

    /// Those that came from a namespace if there are any in reach, else those that are in it.
    private func candidates(in namespace: String?) -> (ReferralIndex.Entry) -> Bool {
        guard let namespace else { return { _ in true } }
        if index.hasEntry(from: namespace, where: reach.contains) { return { $0.originalNamespace == namespace } }
        return { $0.id.effectiveNamespace == namespace }
    }

    private func referral(
        _ name: String,
        _ target: Kind,
        _ spec: FieldSpec,
        isAmong: (ReferralIndex.Entry) -> Bool,
        isSame: (Resource, Resource) -> Bool
    ) throws(Refusal) -> Resource? {
        var found = index.entries(earlierCalled: name).filter { entry in
            entry.earlierIDs.contains { $0.kind.isSelected(by: target) } && reach.contains(entry) && isAmong(entry)
                && isRightRole(entry.earlierIDs, spec) && reach.allows(entry)
        }.map(\.resource)
        if found.count == 1 { return found[0] }
        found = found.filter { $0.sharesAffixes(with: referrer, orHasNone: true) }
        if found.count > 1 { found = found.filter { $0.sharesAffixes(with: referrer, orHasNone: false) } }
        guard let first = found.first else { return nil }
        guard found.allSatisfy({ isSame(first, $0) }) else {
            let names = found.prefix(5).map { "\($0.id.description) (\($0.origin.description))" }.joined(
                separator: ", "
            )
            throw .invalid("\(spec.path.joined(separator: "/")) '\(name)' may mean any of \(names)")
        }
        return first
    }

    /// A role binding says which kind of role it means.
    private func isRightRole(_ ids: [ResourceID], _ spec: FieldSpec) -> Bool {
        guard spec.path == ["roleRef", "name"], let role = referrer.value["roleRef"],
            let group = role["apiGroup"], let kind = role["kind"]
        else { return true }
        let wanted = Kind(group: group.scalarText, kind: kind.scalarText)
        return ids.contains { $0.kind.isSelected(by: wanted) }
    }
}

extension Resource {
    /// Whether both have been given the same prefixes and suffixes, as far as the shorter lists of them go.
    /// - Parameter isEnough: whether having none on one side is as good.
    func sharesAffixes(with other: Resource, orHasNone isEnough: Bool) -> Bool {
        func share(_ mine: [String], _ its: [String]) -> Bool {
            if mine.isEmpty || its.isEmpty { return isEnough || mine.isEmpty == its.isEmpty }
            return zip(mine.reversed(), its.reversed()).allSatisfy { $0 == $1 }
        }
        return share(prefixes, other.prefixes) && share(suffixes, other.suffixes)
    }
}
