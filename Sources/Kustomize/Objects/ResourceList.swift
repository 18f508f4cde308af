// SPDX-License-Identifier: Apache-2.0

internal import YAML

/// The objects of a kustomization, in their order. No two have the same identity.
struct ResourceList {
    var items: [Resource] = []

    /// - Throws: `duplicate` for an object that is already there.
    mutating func append(_ resource: Resource) throws(Refusal) {
        let id = resource.id
        if let other = items.first(where: { $0.id.names(id) }) {
            throw .duplicate(id, resource.origin, other.origin)
        }
        items.append(resource)
    }

    mutating func append(contentsOf other: ResourceList) throws(Refusal) {
        // A set finds quickly that there is nothing to complain about.
        var known = Set(items.map(\.key))
        for resource in other.items {
            guard known.insert(resource.key).inserted else {
                try append(resource)
                continue
            }
            items.append(resource)
        }
    }

    /// Places of the objects that have, or had, an identity that matches.
    func indices(matching matches: (ResourceID) -> Bool) -> [Int] {
        items.indices.filter { items[$0].isOrWas(matches) }
    }

    /// The one object that has, or had, an identity.
    /// - Throws: `notFound` if there is none, `invalid` if there are several.
    func index(of id: ResourceID) throws(Refusal) -> Int {
        let found = indices { $0.names(id) }
        guard let first = found.first else {
            let type = id.kind.apiVersion.isEmpty ? "without apiVersion" : "of \(id.kind.apiVersion)"
            throw Refusal(.notFound, "there is no \(id.description) \(type) to patch")
        }
        guard found.count == 1 else {
            throw .invalid("\(found.count) objects are or were \(id.description): the patch needs a target")
        }
        return first
    }

    /// - Throws: `duplicate` if two objects have become one.
    func checkIdentities() throws(Refusal) {
        var known: [String: Resource.Origin] = [:]
        for resource in items {
            if let other = known.updateValue(resource.origin, forKey: resource.key) {
                throw .duplicate(resource.id, resource.origin, other)
            }
        }
    }
}

extension Resource {
    /// The same for objects whose identities name each other.
    fileprivate var key: String {
        let id = id
        return [id.kind.group, id.kind.version, id.kind.kind, id.effectiveNamespace, id.name].joined(separator: "\n")
    }
}

extension Refusal {
    static func duplicate(_ id: ResourceID, _ place: Resource.Origin, _ other: Resource.Origin) -> Refusal {
        Refusal(.duplicate, "\(id.description) is there twice: in \(other.description) and in \(place.description)")
    }
}

extension Resource.Origin {
    var description: String { position.map { "\(path):\($0.line)" } ?? path }
}
