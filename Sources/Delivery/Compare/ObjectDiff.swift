// SPDX-License-Identifier: Apache-2.0

package import Change
package import JSON

/// The fields in which two states of an object differ.
package enum ObjectDiff {
    /// Compares what is live with what would be, without what the server writes by itself.
    ///
    /// - Returns: one entry per differing leaf or subtree, in the order of `after`; values of Secrets are masked.
    package static func between(_ before: JSONValue?, _ after: JSONValue?, secrets: SecretKeeper) -> [FieldDiff] {
        let left = before.map { secrets.masked(comparable($0)) }
        let right = after.map { secrets.masked(comparable($0)) }
        var diffs: [FieldDiff] = []
        compare(left, right, at: JSONPointer(tokens: []), into: &diffs)
        return diffs
    }

    /// The object without `status` and what the server keeps for itself.
    package static func comparable(_ object: JSONValue) -> JSONValue {
        var result = object
        result["status"] = nil
        guard var metadata = object["metadata"] else { return result }
        for field in ["managedFields", "resourceVersion", "uid", "generation", "selfLink", "creationTimestamp"] {
            metadata[field] = nil
        }
        for annotation in Projection.uncountedAnnotations {
            metadata["annotations"]?[annotation] = nil
        }
        if metadata["annotations"]?.objectValue?.isEmpty == true { metadata["annotations"] = nil }
        result["metadata"] = metadata
        return result
    }

    private static func compare(
        _ before: JSONValue?,
        _ after: JSONValue?,
        at pointer: JSONPointer,
        into diffs: inout [FieldDiff]
    ) {
        guard before != after else { return }
        switch (before, after) {
        case (.object(let left)?, .object(let right)?):
            for (key, value) in right { compare(left[key], value, at: pointer.appending(key), into: &diffs) }
            for (key, value) in left where right[key] == nil {
                compare(value, nil, at: pointer.appending(key), into: &diffs)
            }
        case (.array(let left)?, .array(let right)?):
            compareLists(left, right, at: pointer, into: &diffs)
        default:
            diffs.append(FieldDiff(field: pointer, before: before, after: after))
        }
    }

    /// Items that carry a unique name (containers, ports, variables) are compared by it; others by their place.
    private static func compareLists(
        _ left: [JSONValue],
        _ right: [JSONValue],
        at pointer: JSONPointer,
        into diffs: inout [FieldDiff]
    ) {
        guard let leftNames = uniqueNames(left), let rightNames = uniqueNames(right) else {
            for index in 0..<max(left.count, right.count) {
                compare(
                    index < left.count ? left[index] : nil,
                    index < right.count ? right[index] : nil,
                    at: pointer.appending(String(index)),
                    into: &diffs
                )
            }
            return
        }
        let counterparts = Dictionary(uniqueKeysWithValues: zip(leftNames, left))
        for (index, name) in rightNames.enumerated() {
            compare(counterparts[name], right[index], at: pointer.appending(String(index)), into: &diffs)
        }
        let kept = Set(rightNames)
        for (index, name) in leftNames.enumerated() where !kept.contains(name) {
            compare(left[index], nil, at: pointer.appending(String(index)), into: &diffs)
        }
    }

    private static func uniqueNames(_ items: [JSONValue]) -> [ExactString]? {
        let names = items.compactMap { $0["name"]?.stringValue }.map(ExactString.init)
        return names.count == items.count && Set(names).count == names.count ? names : nil
    }
}
