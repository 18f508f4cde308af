// SPDX-License-Identifier: Apache-2.0

extension SortOrder {
    /// What comes first unless a kustomization says otherwise: an old guess at what others depend on.
    static let first = [
        "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy",
        "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service",
        "LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim", "Deployment", "StatefulSet",
        "CronJob", "PodDisruptionBudget",
    ]
    static let last = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]

    func sorted(_ resources: [Resource]) -> [Resource] {
        guard case .legacy(let first, let last) = self else { return resources }
        var ranks: [String: Int] = [:]
        for (index, kind) in first.enumerated() { ranks[kind] = index - first.count }
        for (index, kind) in last.enumerated() { ranks[kind] = index + 1 }
        let keyed = resources.map { (key: SortKey($0.id, ranks), resource: $0) }
        return keyed.sorted { $0.key < $1.key }.map(\.resource)
    }
}

/// What the order of two objects depends on.
private struct SortKey: Comparable {
    private let rank: Int
    private let kind: Kind
    private let kindText: [UInt8]
    private let idText: [UInt8]

    init(_ id: ResourceID, _ ranks: [String: Int]) {
        rank = ranks[id.kind.kind] ?? 0
        kind = id.kind
        func text(_ part: String, _ absent: String) -> String { part.isEmpty ? absent : part }
        // What is absent comes behind all letters in the one text, before all in the other.
        let group = text(kind.group, "~G")
        kindText = Array([group, text(kind.version, "~V"), text(kind.kind, "~K")].joined(separator: "_").utf8)
        let dotted = [text(kind.kind, "[noKind]"), text(kind.version, "[noVer]"), text(kind.group, "[noGrp]")]
        let parts = [dotted.joined(separator: "."), text(id.namespace, "~X"), text(id.name, "~N")]
        idText = Array(parts.joined(separator: "|").utf8)
    }

    static func < (left: SortKey, right: SortKey) -> Bool {
        guard left.kind != right.kind else { return left.idText.lexicographicallyPrecedes(right.idText) }
        guard left.rank == right.rank else { return left.rank < right.rank }
        let areNamespaces = left.kind.kind == "Namespace" && right.kind.kind == "Namespace"
        if areNamespaces, left.kind.group.isEmpty || right.kind.group.isEmpty {
            return right.kindText.lexicographicallyPrecedes(left.kindText)
        }
        return left.kindText.lexicographicallyPrecedes(right.kindText)
    }
}
