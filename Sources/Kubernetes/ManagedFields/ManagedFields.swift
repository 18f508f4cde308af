// SPDX-License-Identifier: Apache-2.0

package import JSON

/// What one manager owns of an object, by one way of writing (Kubernetes' "Server-Side Apply", `ManagedFieldsEntry`).
package struct ManagedFieldsEntry: Sendable, Hashable {
    /// How a manager wrote: the fields of an Apply are those that it said last, the fields of an Update all that it ever changed.
    package enum Operation: String, Sendable {
        case apply = "Apply"
        case update = "Update"
    }

    package let manager: String
    package let operation: Operation
    /// The version whose fields these are.
    package let apiVersion: String
    /// `nil` for the object itself.
    package let subresource: String?
    /// The last change, as the server wrote it: in UTC and to the second, so that the later of two is the greater text.
    package let time: String?
    package let fields: FieldSet

    package init(
        manager: String,
        operation: Operation,
        apiVersion: String,
        subresource: String? = nil,
        time: String? = nil,
        fields: FieldSet
    ) {
        self.manager = manager
        self.operation = operation
        self.apiVersion = apiVersion
        self.subresource = subresource
        self.time = time
        self.fields = fields
    }

    /// Reads an entry; `nil` for one without a manager or a known operation. One whose fields cannot be read has none.
    init?(_ json: JSONValue) {
        guard let manager = json["manager"]?.stringValue,
            let operation = json["operation"]?.stringValue.flatMap({ Operation(rawValue: $0) })
        else { return nil }
        self.init(
            manager: manager,
            operation: operation,
            apiVersion: json["apiVersion"]?.stringValue ?? "",
            subresource: json["subresource"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 },
            time: json["time"]?.stringValue,
            fields: json["fieldsV1"].flatMap { FieldSet($0) } ?? FieldSet()
        )
    }

    var json: JSONValue {
        var json: JSONObject = [
            "manager": .string(manager), "operation": .string(operation.rawValue), "apiVersion": .string(apiVersion),
        ]
        json["time"] = time.map { .string($0) }
        json["fieldsType"] = "FieldsV1"
        json["fieldsV1"] = fields.json
        json["subresource"] = subresource.map { .string($0) }
        return .object(json)
    }
}

/// Who owns what of an object: its `metadata.managedFields`.
package struct ManagedFields: Sendable, Hashable {
    /// One item of the list. What is not understood of it is kept, and written back as it was.
    private struct Item: Sendable, Hashable {
        let json: JSONValue
        let entry: ManagedFieldsEntry?
    }

    private let items: [Item]

    /// - Parameter object: as a server returned it.
    package init(of object: JSONValue) {
        let list = object["metadata"]?["managedFields"]?.arrayValue ?? []
        items = list.map { Item(json: $0, entry: ManagedFieldsEntry($0)) }
    }

    private init(items: [Item]) {
        self.items = items
    }

    /// The list as it is to be written.
    package var json: JSONValue { .array(items.map(\.json)) }

    /// The entries in the list's order.
    package var entries: [ManagedFieldsEntry] { items.compactMap(\.entry) }

    /// The entries, those that changed last first.
    package var recentFirst: [ManagedFieldsEntry] { entries.sorted { ($0.time ?? "") > ($1.time ?? "") } }

    /// What a manager applies to the object itself. A manager has one such entry, whatever version it applied at.
    package func applied(by manager: String) -> ManagedFieldsEntry? {
        entries.first { $0.manager == manager && $0.operation == .apply && $0.subresource == nil }
    }

    /// Without some entries, and with others, of which those that own nothing are left out: the server drops them, too.
    func replacing(_ old: [ManagedFieldsEntry], by new: [ManagedFieldsEntry]) -> ManagedFields {
        let old = Set(old)
        let kept = items.filter { item in !(item.entry.map { old.contains($0) } ?? false) }
        return ManagedFields(
            items: kept + new.filter { !$0.fields.isEmpty }.map { Item(json: $0.json, entry: $0) }
        )
    }

    // MARK: - Questions

    /// Subresources through which something else is said than what the object shall be.
    private static let apart: Set<String?> = ["scale", "status"]

    /// The managers that own any of the fields, or something in or around one of them; those that wrote last first.
    package func owners(of fields: FieldSet, except manager: String) -> [String] {
        var owners: [String] = []
        for entry in recentFirst where entry.manager != manager && entry.fields.overlaps(fields) {
            if !owners.contains(entry.manager) { owners.append(entry.manager) }
        }
        return owners
    }

    /// The fields that others own beside ours: containers, variables or keys that were added to the object.
    ///
    /// A map or list that some of our fields are in is no addition, only what others put into it. Entries of another version than ours are left out:
    /// their fields may have other names.
    ///
    /// - Parameters:
    ///   - ours: what is not added.
    ///   - allowed: managers that may own more; what one of them owns is no addition, even if somebody else does, too.
    ///   - names: the object's own fields to look into: `spec`, `data`.
    package func additions(
        beyond ours: ManagedFieldsEntry,
        except allowed: Set<String>,
        within names: Set<String>
    ) -> FieldSet {
        var known = ours.fields.withContainers
        var added = FieldSet()
        for entry in entries where entry.apiVersion == ours.apiVersion && entry.manager != ours.manager {
            // What is set through the scale or as the status is set where the object's own manifest has no say.
            if allowed.contains(entry.manager) || Self.apart.contains(entry.subresource) {
                known = known.union(entry.fields)
            } else {
                added = added.union(entry.fields)
            }
        }
        return added.subtracting(known).within(names)
    }
}
