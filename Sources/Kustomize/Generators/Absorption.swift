// SPDX-License-Identifier: Apache-2.0

internal import JSON

extension ResourceList {
    /// Adds a generated object, or puts it in the place of one with the same name, as its behavior says.
    /// - Throws: `notFound` if there is nothing to replace, `duplicate` if there is but the behavior is `create`.
    mutating func absorb(_ generated: Resource) throws(Refusal) {
        let id = generated.id
        let behavior = generated.generation?.behavior ?? .create
        let found = indices { $0.names(id) }
        guard let index = found.first else {
            guard behavior == .create else {
                throw Refusal(.notFound, "there is no \(id.description) to \(behavior.rawValue)")
            }
            return try append(generated)
        }
        guard found.count == 1 else { throw .invalid("\(found.count) objects are or were \(id.description)") }
        guard behavior != .create else { throw .duplicate(id, generated.origin, items[index].origin) }
        let old = items[index]
        var result = generated
        result.setMetadata("labels", old.labels.merging(generated.labels) { $1 })
        result.setMetadata("annotations", old.annotations.merging(generated.annotations) { $1 })
        result.setMetadata("name", old.name)
        result.setMetadata("namespace", old.namespace.isEmpty ? nil : old.namespace)
        result.inheritNotes(from: old)
        if behavior == .merge {
            result.mergeStrings("data", from: old)
            result.mergeStrings("binaryData", from: old)
        }
        items[index] = result
        try checkIdentities()
    }
}

extension Resource {
    /// Adds the members of another object's mapping, all of them as strings.
    fileprivate mutating func mergeStrings(_ field: String, from other: Resource) {
        var members: [String: String] = [:]
        for (key, item) in other.value[field]?.objectValue ?? [:] { members[key] = item.scalarText }
        for (key, item) in value[field]?.objectValue ?? [:] { members[key] = item.scalarText }
        value[field] = members.isEmpty ? nil : .strings(members)
    }
}
