// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Delivery
internal import JSON
internal import Kubernetes

/// An object, how it does, and what hangs on it.
struct ObjectTree: Sendable, Hashable {
    let type: GroupVersionKind
    let key: ObjectKey
    let health: Health
    let message: String
    /// The commit that last changed it, or the revision of the model that it serves.
    let revision: String?
    var children: [ObjectTree] = []
}

/// Hangs objects on what owns them. Pure.
struct ObjectTreeBuilder {
    /// An entry of an inventory, and the object that it names.
    struct Applied: Sendable {
        let entry: InventoryEntry
        let sight: ObjectSight
    }

    private static let modelRevisionLabel = "taffrail.dev/model-revision"

    private let byOwner: [String: [JSONValue]]

    /// - Parameter candidates: objects that may be owned by something.
    init(candidates: [JSONValue]) {
        var byOwner: [String: [JSONValue]] = [:]
        for object in candidates {
            for owner in object["metadata"]?["ownerReferences"]?.arrayValue ?? [] {
                guard let uid = owner["uid"]?.stringValue else { continue }
                byOwner[uid, default: []].append(object)
            }
        }
        self.byOwner = byOwner
    }

    /// The tree of an Environment: below it what it has applied, and below that what they own.
    func tree(environment: JSONValue, applied: [Applied]) -> ObjectTree? {
        guard var tree = node(environment, seen: []) else { return nil }
        // What is applied is shown as such, and not a second time below its owner.
        let named = Set(applied.map(\.entry.key))
        tree.children = applied.sorted { $0.entry.key < $1.entry.key }.map { object(of: $0, named: named) }
        return tree
    }

    private func object(of applied: Applied, named: Set<ObjectKey>) -> ObjectTree {
        let entry = applied.entry
        func missing(_ health: Health, _ message: String) -> ObjectTree {
            ObjectTree(
                type: entry.type,
                key: entry.key,
                health: health,
                message: message,
                revision: Self.short(entry.commit)
            )
        }
        switch applied.sight {
        case .absent: return missing(.notFound, "the object does not exist")
        case .unknown(let reason): return missing(.unknown, String(describing: reason))
        case .live(let live): return node(live, seen: [], named: named) ?? missing(.unknown, "it has no name")
        }
    }

    /// - Parameter seen: the owners above: a ring of references must not go round for ever.
    private func node(_ object: JSONValue, seen: Set<String>, named: Set<ObjectKey> = []) -> ObjectTree? {
        guard
            let type = GroupVersionKind(
                apiVersion: object["apiVersion"]?.stringValue ?? "",
                kind: object["kind"]?.stringValue ?? ""
            )
        else { return nil }
        let metadata = object["metadata"]
        let (health, message) = HealthRules.health(of: object)
        var tree = ObjectTree(
            type: type,
            key: ObjectKey(
                group: type.group,
                kind: type.kind,
                namespace: metadata?["namespace"]?.stringValue,
                name: metadata?["name"]?.stringValue ?? ""
            ),
            health: health,
            message: message,
            revision: Self.revision(of: object)
        )
        guard let uid = metadata?["uid"]?.stringValue, !seen.contains(uid) else { return tree }
        tree.children = (byOwner[uid] ?? []).compactMap { node($0, seen: seen.union([uid]), named: named) }
            .filter { !named.contains($0.key) }
            .sorted { $0.key < $1.key }
        return tree
    }

    private static func revision(of object: JSONValue) -> String? {
        let metadata = object["metadata"]
        if object["apiVersion"]?.stringValue?.hasPrefix("taffrail.dev/") == true, object["kind"] == "Environment" {
            return object["status"]?["lastAppliedRevision"]?.stringValue.flatMap(short)
        }
        return metadata?["labels"]?[modelRevisionLabel]?.stringValue
            ?? metadata?["annotations"]?[Ownership.revisionAnnotation]?.stringValue.flatMap(short)
    }

    /// `main@sha1:2fde662c`: eight digits of a commit are enough for people.
    private static func short(_ revision: String) -> String? {
        guard !revision.isEmpty else { return nil }
        guard let colon = revision.lastIndex(of: ":") else { return String(revision.prefix(8)) }
        return String(revision[...colon] + revision[colon...].dropFirst().prefix(8))
    }
}

/// Trees as people and programs read them.
struct ObjectTreePresenter {
    let trees: [ObjectTree]

    var table: [String] {
        var table = TableWriter("OBJECT", "HEALTH", "REVISION", "MESSAGE")
        for tree in trees { add(tree, lead: "", branch: "", home: nil, to: &table) }
        return table.lines
    }

    var json: JSONValue { .array(trees.map(Self.json)) }

    /// - Parameter home: the namespace of what stands above, which is not said again.
    private func add(_ tree: ObjectTree, lead: String, branch: String, home: String?, to table: inout TableWriter) {
        let key = tree.key
        let isElsewhere = home == nil || key.namespace != home
        let name = isElsewhere ? key.description : "\(key.kind)/\(key.name)"
        table.add(lead + branch + name, tree.health.rawValue, tree.revision ?? "-", tree.message)
        let below = lead + (branch.isEmpty ? "" : branch == "└─ " ? "   " : "│  ")
        for (index, child) in tree.children.enumerated() {
            let isLast = index == tree.children.count - 1
            add(child, lead: below, branch: isLast ? "└─ " : "├─ ", home: key.namespace, to: &table)
        }
    }

    private static func json(_ tree: ObjectTree) -> JSONValue {
        var object: JSONValue = [
            "apiVersion": .string(tree.type.apiVersion), "kind": .string(tree.type.kind),
            "name": .string(tree.key.name), "health": .string(tree.health.rawValue),
            "message": .string(tree.message),
        ]
        object["namespace"] = tree.key.namespace.map { .string($0) }
        object["revision"] = tree.revision.map { .string($0) }
        if !tree.children.isEmpty { object["children"] = .array(tree.children.map(json)) }
        return object
    }
}
