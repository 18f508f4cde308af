// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// The objects of a build, found by what they were called.
struct ReferralIndex {
    struct Entry {
        let resource: Resource
        let id: ResourceID
        let earlierIDs: [ResourceID]
        let originalNamespace: String
    }

    private let all: [Entry]
    private let byEarlierName: [String: [Int]]
    private let byOriginalNamespace: [String: [Int]]

    init(_ resources: [Resource]) {
        all = resources.map { resource in
            let (id, earlier) = (resource.id, resource.earlierIDs)
            return Entry(
                resource: resource,
                id: id,
                earlierIDs: earlier,
                originalNamespace: (earlier.first ?? id).effectiveNamespace
            )
        }
        var byName: [String: [Int]] = [:]
        for (index, entry) in all.enumerated() {
            for name in Set(entry.earlierIDs.map(\.name)) { byName[name, default: []].append(index) }
        }
        byEarlierName = byName
        byOriginalNamespace = Dictionary(grouping: all.indices) { [all] in all[$0].originalNamespace }
    }

    /// In the order of the build.
    func entries(earlierCalled name: String) -> [Entry] { (byEarlierName[name] ?? []).map { all[$0] } }

    func hasEntry(from namespace: String, where isWanted: (Entry) -> Bool) -> Bool {
        (byOriginalNamespace[namespace] ?? []).contains { isWanted(all[$0]) }
    }
}

/// What an object can name.
struct Reach {
    private let isClusterScoped: Bool
    private let namespace: String
    /// Those of the service accounts that a role binding names.
    private let namedNamespaces: Set<String>

    init(of referrer: Resource) {
        let id = referrer.id
        isClusterScoped = id.isClusterScoped
        namespace = id.effectiveNamespace
        var named: Set<String> = []
        if id.kind.kind == "RoleBinding" {
            for subject in referrer.value["subjects"]?.arrayValue ?? []
            where subject["kind"]?.scalarText == "ServiceAccount" {
                if let namespace = subject["namespace"]?.stringValue { named.insert(namespace) }
            }
        }
        namedNamespaces = named
    }

    /// Whether an object is looked at: it has no namespace, the same, or one that is named.
    func contains(_ entry: ReferralIndex.Entry) -> Bool {
        isClusterScoped || entry.id.isClusterScoped || entry.id.effectiveNamespace == namespace
            || namedNamespaces.contains(entry.id.namespace)
    }

    /// Whether an object may be meant: of other namespaces, only service accounts may.
    func allows(_ entry: ReferralIndex.Entry) -> Bool {
        isClusterScoped || entry.id.isClusterScoped || entry.id.kind.kind == "ServiceAccount"
            || entry.id.effectiveNamespace == namespace
    }
}
