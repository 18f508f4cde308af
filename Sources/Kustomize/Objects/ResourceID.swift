// SPDX-License-Identifier: Apache-2.0

/// The kind of an object, as its manifest names it.
struct Kind: Hashable, Sendable, CustomStringConvertible {
    var group: String
    var version: String
    var kind: String

    init(group: String = "", version: String = "", kind: String = "") {
        self.group = group
        self.version = version
        self.kind = kind
    }

    init(apiVersion: String, kind: String) {
        if let slash = apiVersion.firstIndex(of: "/") {
            group = String(apiVersion[..<slash])
            version = String(apiVersion[apiVersion.index(after: slash)...])
        } else {
            group = ""
            version = apiVersion
        }
        self.kind = kind
    }

    var apiVersion: String { group.isEmpty ? version : group + "/" + version }

    /// Whether each part that the selector has is the same; an empty part selects all.
    func isSelected(by selector: Kind) -> Bool {
        (selector.group.isEmpty || selector.group == group)
            && (selector.version.isEmpty || selector.version == version)
            && (selector.kind.isEmpty || selector.kind == kind)
    }

    var description: String {
        let named = [group, version, kind].filter { !$0.isEmpty }
        return named.joined(separator: "/")
    }
}

/// What an object is called, now or before a transformer renamed it.
struct ResourceID: Hashable, Sendable {
    var kind: Kind
    var name: String
    /// Empty if the manifest names none.
    var namespace: String
    /// Known only of current identities of built-in kinds.
    var isClusterScoped: Bool

    /// The namespaces by which kustomize compares: none is `default`, and cluster-scoped kinds share one that cannot
    /// exist.
    var effectiveNamespace: String {
        if isClusterScoped { return Self.clusterNamespace }
        return namespace.isEmpty ? "default" : namespace
    }

    /// Stands for the namespace of what has none.
    static let clusterNamespace = "_non_namespaceable_"

    /// Whether two identities are one object's.
    func names(_ other: ResourceID) -> Bool {
        name == other.name && kind == other.kind && effectiveNamespace == other.effectiveNamespace
    }

    var description: String {
        let place = namespace.isEmpty || namespace == Self.clusterNamespace ? "" : " in namespace '\(namespace)'"
        return "\(kind.kind) '\(name)'\(place)"
    }
}
