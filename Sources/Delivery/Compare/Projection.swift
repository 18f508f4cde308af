// SPDX-License-Identifier: Apache-2.0

internal import Change
package import JSON
internal import Kubernetes

/// An object cut down to the fields that we own, by the server's own account of who owns what.
///
/// The digest of a projection is what the live view compares: no defaulting, normalisation or list order of any kind is re-implemented.
/// It is taken from the answer to our apply; as long as a later state of the object gives the same digest, nobody has touched what is ours.
/// `managedFields` are described in Kubernetes' "Server-Side Apply", their keys in `sigs.k8s.io/structured-merge-diff` (`f:` a field, `k:` a
/// list item by its keys, `v:` a set's value, `.` the container itself).
package struct Projection: Sendable {
    /// Bookkeeping of ours that changes with each apply and must not count.
    static let uncountedAnnotations: Set<String> = [
        Ownership.revisionAnnotation, Ownership.sourcePathAnnotation, Ownership.auditIndexAnnotation,
    ]

    /// What is digested: API version, uid, the owned field set, and the owned part of the object.
    package let value: JSONValue

    /// - Parameters:
    ///   - object: as the server returned it.
    ///   - request: the manifest that was applied: where it says `{}`, presence alone counts.
    package init(of object: JSONValue, request: JSONValue, fieldManager: String) {
        let fields = Self.ownedFields(of: object, fieldManager: fieldManager)
        let cut = fields.isEmpty ? .object([:]) : Self.project(object, fields, request)
        value = .array([
            request["apiVersion"] ?? .null,
            object["metadata"]?["uid"] ?? .null,
            .object(fields),
            cut,
        ])
    }

    /// The `fieldsV1` of our own Apply entry, without our bookkeeping; empty if there is none.
    static func ownedFields(of object: JSONValue, fieldManager: String) -> JSONObject {
        let entries = object["metadata"]?["managedFields"]?.arrayValue ?? []
        let entry = entries.first {
            $0["manager"]?.stringValue == fieldManager && $0["operation"]?.stringValue == "Apply"
                && ($0["subresource"]?.stringValue ?? "").isEmpty
        }
        guard var fields = entry?["fieldsV1"] else { return [:] }
        for annotation in uncountedAnnotations {
            fields["f:metadata"]?["f:annotations"]?["f:" + annotation] = nil
        }
        // An empty set would mean the whole map, with what every other controller writes into it.
        let annotations = fields["f:metadata"]?["f:annotations"]?.objectValue
        if annotations?.allSatisfy({ $0.key == "." }) == true { fields["f:metadata"]?["f:annotations"] = nil }
        return fields.objectValue ?? [:]
    }

    /// Other managers that own fields of the object, most recent first: who to name when something changed.
    ///
    /// - Parameter fields: what changed, where that is known: then whoever owns some of it. What is gone is nobody's, so that all others than the cluster's
    ///   own controllers are named for it, or these if there is nobody else.
    package static func foreignManagers(
        of object: JSONValue,
        fieldManager: String,
        changed fields: [JSONPointer]? = nil
    ) -> [String] {
        let others = ManagedFields(of: object).recentFirst.filter {
            $0.manager != fieldManager && $0.subresource != "status" && $0.manager != FieldManagers.keeper
                && $0.manager != ManagedFields.setAside(fieldManager)
        }
        guard let fields else { return others.map(\.manager) }
        let owners = others.filter { !$0.fields.part(at: fields, of: object).isEmpty }
        let named = owners.isEmpty ? others.filter { !FieldManagers.builtIn.contains($0.manager) } : owners
        return (named.isEmpty ? others : named).map(\.manager)
    }

    private static func project(_ value: JSONValue, _ fields: JSONObject, _ request: JSONValue?) -> JSONValue {
        guard fields.contains(where: { $0.key != "." }) else {
            // A map that we sent empty stays ours whatever others put below it.
            return request?.objectValue?.isEmpty == true && value.objectValue != nil ? .string("present") : value
        }
        let elements = fields.map { key, _ in key.hasPrefix("f:") || key == "." ? nil : FieldSet.Element(key) }
        let places = FieldSet.Places(of: elements.lazy.compactMap(\.self), in: value)
        let wantedPlaces = FieldSet.Places(of: elements.lazy.compactMap(\.self), in: request)
        var result: [JSONObject.Element] = []
        var items: [(position: Int, element: JSONObject.Element)] = []
        for (element, (key, below)) in zip(elements, fields) {
            let deeper = below.objectValue ?? [:]
            if key.hasPrefix("f:") {
                let name = String(decoding: key.utf8.dropFirst(2), as: UTF8.self)
                let part = value[name].map { project($0, deeper, request?[name]) }
                result.append((key, part ?? .string("missing")))
            } else if key.hasPrefix("k:") {
                let position = element.flatMap(places.position)
                let part = position.flatMap { value[$0] }
                let wanted = element.flatMap(wantedPlaces.position).flatMap { request?[$0] }
                items.append((position ?? .max, (key, part.map { project($0, deeper, wanted) } ?? .string("missing"))))
            } else if key.hasPrefix("v:") {
                let position = element.flatMap(places.position)
                items.append((position ?? .max, (key, .bool(position != nil))))
            }
        }
        guard !items.isEmpty else { return .object(JSONObject(uniqueMembers: result)) }
        // The relative order of our own items counts: a foreign reorder of init containers keeps every ownership.
        let ordered = items.sorted { ($0.position, $0.element.key) < ($1.position, $1.element.key) }
        return .array(ordered.map { .object([$0.element.key: $0.element.value]) })
    }
}
