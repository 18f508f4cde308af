// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Kubernetes

/// How one of our objects looks, as far as that matters, in sixteen bytes: two versions of an object that are alike differ in nothing that anybody
/// would have to do something about.
///
/// What others may do (a status, defaults, fields of the cluster's own controllers, the scale) does not count. Told apart by a hash with a seed of this
/// process, so that nobody can make two that collide.
struct Likeness: Sendable, Hashable {
    /// Of what is ours.
    private let own: Int
    /// Of who else owns what.
    private let beside: Int

    /// - Parameter object: as the server returned it, or its metadata alone.
    init(of object: JSONValue, fieldManager: String) {
        var hasher = Hasher()
        // Without the manifest, a map that we sent empty counts with what others put below it: they are then looked at once more than they need to be.
        hasher.combine(
            Projection(of: object, request: ["apiVersion": object["apiVersion"] ?? .null], fieldManager: fieldManager)
                .value
        )
        hasher.combine(object["metadata"]?["deletionTimestamp"] != nil)
        own = hasher.finalize()
        beside = Self.hash(ofOthersIn: object, fieldManager)
    }

    private static func hash(ofOthersIn object: JSONValue, _ fieldManager: String) -> Int {
        var total = 0
        for entry in object["metadata"]?["managedFields"]?.arrayValue ?? [] {
            let manager = entry["manager"]?.stringValue ?? ""
            let subresource = entry["subresource"]?.stringValue ?? ""
            guard manager != fieldManager, !FieldManagers.builtIn.contains(manager), !apart.contains(subresource) else {
                continue
            }
            var hasher = Hasher()
            hasher.combine(manager)
            hasher.combine(entry["operation"])
            hasher.combine(entry["apiVersion"])
            hasher.combine(entry["fieldsV1"])
            // The order of the entries says nothing.
            total &+= hasher.finalize()
        }
        return total
    }

    private static let apart: Set<String> = ["scale", "status"]
}
