// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Makes names that objects use for each other follow the names that these have got.
struct NameReferenceTransformer {
    private let referrer: Resource
    private let candidates: [Resource]

    static func updateReferences(in list: inout ResourceList) throws(Refusal) {
        // Only what has been renamed can be found by an earlier name.
        let renamed = list.items.filter { !$0.earlierIDs.isEmpty }
        let index = CandidateIndex(renamed)
        for place in list.items.indices {
            let transformer = NameReferenceTransformer(list.items[place], index)
            try list.items[place].editing { (value) throws(Refusal) in try transformer.update(&value) }
        }
    }

    private init(_ referrer: Resource, _ index: CandidateIndex) {
        self.referrer = referrer
        candidates = index.candidates(for: referrer)
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
            let found = try transformer.referral(name, in: transformer.candidates, target, spec) { first, other in
                first.name == other.name
            }
            guard let found, found.name != name else { return }
            field = .string(found.name)
        }

        /// A mapping with a name, and with a namespace if it needs one.
        private func updateMapping(_ field: inout JSONValue) throws(Refusal) {
            guard let name = field["name"]?.scalarText else { throw .invalid("\(path) has no 'name'") }
            var candidates = transformer.candidates
            if let namespace = field["namespace"]?.scalarText {
                let original = candidates.filter { $0.originalID.effectiveNamespace == namespace }
                candidates = original.isEmpty ? candidates.filter { $0.id.effectiveNamespace == namespace } : original
            }
            let found = try transformer.referral(name, in: candidates, target, spec) { first, other in
                first.name == other.name && first.namespace == other.namespace
            }
            guard let found, found.name != name || !found.namespace.isEmpty else { return }
            field["name"] = .string(found.name)
            if !found.namespace.isEmpty { field["namespace"] = .string(found.namespace) }
        }
    }

    // MARK: - The object that is meant

    private func referral(
        _ name: String,
        in candidates: [Resource],
        _ target: Kind,
        _ spec: FieldSpec,
        isSame: (Resource, Resource) -> Bool
    ) throws(Refusal) -> Resource? {
        var found = candidates.filter { candidate in
            let ids = candidate.earlierIDs
            return ids.contains { $0.name == name } && ids.contains { $0.kind.isSelected(by: target) }
                && isRightRole(ids, spec) && isInReach(candidate)
        }
        if found.count == 1 { return found[0] }
        found = found.filter { $0.sharesAffixes(with: referrer, orHasNone: true) }
        if found.count > 1 { found = found.filter { $0.sharesAffixes(with: referrer, orHasNone: false) } }
        guard let first = found.first else { return nil }
        guard found.allSatisfy({ isSame(first, $0) }) else {
            let names = found.map { "\($0.id.description) (\($0.origin.description))" }.joined(separator: ", ")
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

    private func isInReach(_ candidate: Resource) -> Bool {
        let (mine, its) = (referrer.id, candidate.id)
        return mine.isClusterScoped || its.isClusterScoped || candidate.kind.kind == "ServiceAccount"
            || mine.effectiveNamespace == its.effectiveNamespace
    }
}

/// The renamed objects, by namespace.
private struct CandidateIndex {
    private let all: [Resource]
    private let byNamespace: [String: [Int]]

    init(_ resources: [Resource]) {
        all = resources
        byNamespace = Dictionary(grouping: resources.indices) { resources[$0].id.effectiveNamespace }
    }

    /// What an object can name: all of its namespace, all that have none, and the service accounts that a role binding names.
    func candidates(for referrer: Resource) -> [Resource] {
        let id = referrer.id
        guard !id.isClusterScoped else { return all }
        let namespaces: Set<String> = [id.effectiveNamespace, ResourceID.clusterNamespace]
        var named: Set<String> = []
        if id.kind.kind == "RoleBinding" {
            for subject in referrer.value["subjects"]?.arrayValue ?? []
            where subject["kind"]?.scalarText == "ServiceAccount" {
                if let namespace = subject["namespace"]?.stringValue { named.insert(namespace) }
            }
        }
        let others = named.subtracting(namespaces).flatMap { name in
            (byNamespace[name] ?? []).filter { all[$0].namespace == name }
        }
        return (namespaces.flatMap { byNamespace[$0] ?? [] } + others).sorted().map { all[$0] }
    }
}

extension Resource {
    /// Whether both have been given the same prefixes and suffixes, as far as the shorter lists of them go.
    /// - Parameter isEnough: whether having none on one side is as good.
    fileprivate func sharesAffixes(with other: Resource, orHasNone isEnough: Bool) -> Bool {
        func share(_ mine: [String], _ its: [String]) -> Bool {
            if mine.isEmpty || its.isEmpty { return isEnough || mine.isEmpty == its.isEmpty }
            return zip(mine.reversed(), its.reversed()).allSatisfy { $0 == $1 }
        }
        return share(prefixes, other.prefixes) && share(suffixes, other.suffixes)
    }
}
