// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// An object on its way through a build: its value, where it comes from, and what it was called before.
struct Resource {
    var value: JSONValue
    var origin: Origin

    /// What the object was called, the oldest first. Group and version are always those of today.
    private var earlierNames: [EarlierName] = []
    /// Name prefixes and suffixes that were added, the innermost first.
    private(set) var prefixes: [String] = []
    private(set) var suffixes: [String] = []
    var shared = SharedTexts()
    /// What its generator asks for; `nil` for objects from files.
    var generation: Generation?

    /// The place of a manifest, or of the generator's entry.
    struct Origin {
        let path: String
        let document: Int
        let position: SourcePosition?
    }

    struct Generation {
        let behavior: Behavior
        var addsHash: Bool
    }

    enum Behavior: String {
        case create
        case merge
        case replace
    }

    private struct EarlierName {
        let kind: String
        let name: String
        let namespace: String
    }

    init(value: JSONValue, origin: Origin, generation: Generation? = nil) {
        self.value = value
        self.origin = origin
        self.generation = generation
    }
}

// MARK: - Identity

extension Resource {
    var kind: Kind {
        Kind(apiVersion: value["apiVersion"]?.scalarText ?? "", kind: value["kind"]?.scalarText ?? "")
    }

    var name: String { value["metadata"]?["name"]?.scalarText ?? "" }

    var namespace: String { value["metadata"]?["namespace"]?.scalarText ?? "" }

    var id: ResourceID {
        let kind = kind
        return ResourceID(kind: kind, name: name, namespace: namespace, isClusterScoped: ClusterScope.contains(kind))
    }

    /// What the object was called before, the oldest first.
    var earlierIDs: [ResourceID] {
        let kind = kind
        return earlierNames.map {
            ResourceID(
                kind: Kind(group: kind.group, version: kind.version, kind: $0.kind),
                name: $0.name,
                namespace: $0.namespace,
                isClusterScoped: false
            )
        }
    }

    /// What the object was called first.
    var originalID: ResourceID { earlierIDs.first ?? id }

    func isOrWas(_ matches: (ResourceID) -> Bool) -> Bool {
        earlierIDs.contains(where: matches) || matches(id)
    }

    /// Remembers what the object is called, before that changes.
    mutating func rememberName() {
        let id = id
        earlierNames.append(EarlierName(kind: id.kind.kind, name: id.name, namespace: id.effectiveNamespace))
    }

    mutating func addPrefix(_ prefix: String) { prefixes.append(prefix) }

    mutating func addSuffix(_ suffix: String) { suffixes.append(suffix) }

    /// Whether kustomize keeps notes about the object among its annotations, which are then there for patches to add
    /// to.
    var hasNotes: Bool {
        generation != nil || !earlierNames.isEmpty || !prefixes.isEmpty || !suffixes.isEmpty
    }

    /// Forgets what kustomize notes among the annotations, as when a patch removes them all.
    mutating func forgetNotes() {
        earlierNames = []
        prefixes = []
        suffixes = []
        generation = nil
    }

    /// Takes over the history of an object that this one replaces.
    mutating func inheritNotes(from other: Resource) {
        earlierNames = other.earlierNames
        prefixes = other.prefixes
        suffixes = other.suffixes
        let addsHash = (other.generation?.addsHash ?? false) && (generation?.addsHash ?? false)
        generation = other.generation.map { Generation(behavior: $0.behavior, addsHash: addsHash) }
    }
}

// MARK: - Metadata

extension Resource {
    var labels: [String: String] { strings("labels") }
    var annotations: [String: String] { strings("annotations") }

    /// Members of a mapping in the metadata, as text.
    private func strings(_ field: String) -> [String: String] {
        var result: [String: String] = [:]
        for (key, value) in value["metadata"]?[field]?.objectValue ?? JSONObject() { result[key] = value.scalarText }
        return result
    }

    /// Sets or removes a string of the metadata.
    mutating func setMetadata(_ field: String, _ text: String?) {
        if text == nil, value["metadata"] == nil { return }
        value.edit("metadata") { $0[field] = text.map(JSONValue.string) }
    }

    /// Writes a mapping of the metadata anew, as strings; removes it if there are none.
    mutating func setMetadata(_ field: String, _ strings: [String: String]) {
        let members = strings.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue.string($0.value)) }
        if members.isEmpty, value["metadata"]?[field] == nil { return }
        value.edit("metadata") { $0[field] = members.isEmpty ? nil : .object(JSONObject(uniqueMembers: members)) }
    }
}

extension JSONValue {
    /// Changes a member, which is made an empty mapping if it is not there.
    mutating func edit<Failure: Error>(
        _ key: String,
        _ change: (inout JSONValue) throws(Failure) -> Void
    ) throws(Failure) {
        var member = self[key] ?? .object(JSONObject())
        self[key] = .null
        defer { self[key] = member }
        try change(&member)
    }
}
