// SPDX-License-Identifier: Apache-2.0

/// A kind at a version: `apps/v1 Deployment`.
package struct GroupVersionKind: Sendable, Hashable, CustomStringConvertible {
    /// Empty for the core group.
    package let group: String
    package let version: String
    package let kind: String

    package init(group: String, version: String, kind: String) {
        self.group = group
        self.version = version
        self.kind = kind
    }

    /// - Parameter apiVersion: `v1` or `apps/v1`; anything with more slashes or an empty part gives `nil`.
    package init?(apiVersion: String, kind: String) {
        let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts.contains(""), !kind.isEmpty else { return nil }
        self.init(
            group: parts.count == 2 ? String(parts[0]) : "",
            version: String(parts[parts.count - 1]),
            kind: kind
        )
    }

    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    package var groupKind: GroupKind { GroupKind(group: group, kind: kind) }
    package var description: String { "\(apiVersion) \(kind)" }
}

/// A kind whatever its version, which does not take part in an object's identity.
package struct GroupKind: Sendable, Hashable {
    package let group: String
    package let kind: String

    package init(group: String, kind: String) {
        self.group = group
        self.kind = kind
    }
}

/// What tells an object from every other one in a cluster.
package struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let group: String
    package let kind: String
    /// `nil` for objects of the cluster.
    package let namespace: String?
    package let name: String

    package init(group: String, kind: String, namespace: String?, name: String) {
        self.group = group
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// `Deployment/models/ml-model-service`, or `Namespace/models` for an object of the cluster.
    package var description: String {
        [kind, namespace, name].compactMap(\.self).joined(separator: "/")
    }

    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.group, left.kind, left.namespace ?? "", left.name)
            < (right.group, right.kind, right.namespace ?? "", right.name)
    }
}

/// How a server serves a kind.
package struct APIResource: Sendable, Hashable {
    package let type: GroupVersionKind
    /// The name in URLs: `deployments`.
    package let plural: String
    package let isNamespaced: Bool
    package let verbs: Set<String>

    package init(type: GroupVersionKind, plural: String, isNamespaced: Bool, verbs: Set<String>) {
        self.type = type
        self.plural = plural
        self.isNamespaced = isNamespaced
        self.verbs = verbs
    }
}
