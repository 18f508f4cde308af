// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Kubernetes

/// In which order objects are applied: what others need comes first. Prunes go the other way round.
///
/// The kinds follow Flux's list, which follows Helm's.
enum ApplyOrder {
    /// Objects of one stage are applied only when those of the stage before are established.
    enum Stage: Int, Comparable, CaseIterable {
        case definitions
        case classes
        case rest

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    static func stage(of type: GroupVersionKind) -> Stage {
        if definitions.contains(type.kind) { return .definitions }
        return type.kind.hasSuffix("Class") ? .classes : .rest
    }

    /// Changes that may be in flight together, group after group.
    static func groups(_ changes: [PlannedChange]) -> [[PlannedChange]] {
        var groups: [[PlannedChange]] = []
        for change in sorted(changes) {
            if let last = groups.last?.first, rank(last.type) == rank(change.type) {
                groups[groups.count - 1].append(change)
            } else {
                groups.append([change])
            }
        }
        return groups
    }

    static func sorted(_ changes: [PlannedChange]) -> [PlannedChange] {
        sorted(changes, type: \.type, key: \.key)
    }

    /// Elements in the order of the objects that they are about.
    static func sorted<Element>(
        _ elements: [Element],
        type: (Element) -> GroupVersionKind,
        key: (Element) -> ObjectKey
    ) -> [Element] {
        let places = elements.indices
            .map { (rank: rank(type(elements[$0])), key: key(elements[$0]), index: $0) }
            .sorted { $0.rank == $1.rank ? $0.key < $1.key : $0.rank < $1.rank }
        return places.map { elements[$0.index] }
    }

    /// Lower comes first.
    static func rank(_ type: GroupVersionKind) -> Int {
        let stage = stage(of: type).rawValue * 1_000
        if let position = first.firstIndex(of: type.kind) { return stage + position }
        if last.contains(type.kind) { return stage + 999 }
        // Custom resources follow the built-in kinds that they may lean on.
        return stage + (type.group.contains(".") && !type.group.hasSuffix(".k8s.io") ? 900 : 800)
    }

    private static let definitions: Set<String> = [
        "ClusterRole", "CustomResourceDefinition", "Namespace",
    ]

    private static let first = [
        "CustomResourceDefinition", "Namespace", "ClusterRole", "RuntimeClass", "PriorityClass", "StorageClass",
        "IngressClass", "GatewayClass", "ClusterRoleBinding", "ResourceQuota", "ServiceAccount", "Role",
        "RoleBinding", "ConfigMap", "Secret", "Service", "LimitRange", "Deployment", "StatefulSet", "CronJob",
        "PodDisruptionBudget",
    ]

    private static let last: Set<String> = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]
}
