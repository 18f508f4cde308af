// SPDX-License-Identifier: Apache-2.0

package import JSON

/// Moving ownership from one manager to another, which changes nothing but `managedFields`.
///
/// The patches test `resourceVersion`: if anybody wrote to the object since it was read, they are refused, and nothing has happened.
extension ManagedFields {
    /// What makes a manager the owner, by apply, of what others own now.
    ///
    /// Server-side apply removes what the manager owned and does not apply any more. So once the patch is made, the manager's next apply removes the
    /// fields of the old managers that it does not list, unless somebody else owns them, too. Entries of subresources are left alone.
    ///
    /// An entry's fields are those of its version, and only the server can translate them: it does so when the manager applies. Therefore entries of
    /// one version are taken at a time: of that of the manager's own entry, or else of `apiVersion`, or else of the last change. If the manager has
    /// an entry already, and old ones are left at another version only, its own is set aside for one round under the name of `setAside(_:)`. After
    /// each patch the manager has to apply before the next one is asked for; with no old entry left there is none.
    ///
    /// - Parameters:
    ///   - apiVersion: the version that the manager applies at.
    ///   - spared: where fields are that stay with whoever owns them.
    ///   - choose: says of an entry that it is to be taken over.
    /// - Returns: `nil` if nothing is to be taken, or not before the manager has applied.
    package static func takeover(
        by manager: String,
        apiVersion: String,
        object: JSONValue,
        sparing spared: [JSONPointer] = [],
        choose: (ManagedFieldsEntry) -> Bool
    ) -> JSONPatch? {
        func rest(of entry: ManagedFieldsEntry) -> FieldSet {
            entry.manager == setAside(manager) ? FieldSet() : entry.fields.part(at: spared, of: object)
        }
        let managed = ManagedFields(of: object)
        let ours = managed.applied(by: manager)
        let old = managed.recentFirst.filter {
            $0 != ours && $0.subresource == nil && !$0.fields.subtracting(rest(of: $0)).isEmpty
                && ($0.manager == setAside(manager) || choose($0))
        }
        let version = ours?.apiVersion ?? apiVersion
        let taken = old.filter { $0.apiVersion == version }
        if !taken.isEmpty {
            let (moved, spared) = taken.divided(by: rest)
            return managed.patch(
                of: object,
                replacing: taken + [ours],
                by: spared + [moved.united(as: manager, with: ours)]
            )
        }
        // The apply of the round before is still to come, and will bring our entry to the version that we apply at.
        guard let other = old.first, version == apiVersion else { return nil }
        let others = old.filter { $0.apiVersion == other.apiVersion }
        let (moved, kept) = others.divided(by: rest)
        return managed.patch(
            of: object,
            replacing: others + [ours],
            by: kept + [
                moved.united(as: manager, with: nil), ours?.with(manager: setAside(manager), operation: .update),
            ]
        )
    }

    /// The name under which a takeover keeps, for a round, what a manager applied at another version.
    package static func setAside(_ manager: String) -> String { manager + "-set-aside" }

    /// What makes a manager own some fields no longer, although they stay: its later applies, which do not list them, leave them alone.
    ///
    /// What nobody owns is still lost with the field that it is in: current servers remove a map of which the manager applies nothing more, unless
    /// somebody owns a part of it. An heir who owns the fields keeps them.
    ///
    /// - Parameters:
    ///   - fields: what the manager does not own is left out.
    ///   - heir: the manager that owns the fields from now on, as if it had written them.
    /// - Returns: `nil` if the manager applies none of the fields.
    package static func release(
        _ fields: FieldSet,
        by manager: String,
        to heir: String? = nil,
        object: JSONValue
    ) -> JSONPatch? {
        let managed = ManagedFields(of: object)
        guard let ours = managed.applied(by: manager) else { return nil }
        let released = ours.fields.intersection(fields)
        guard !released.isEmpty else { return nil }
        var old = [ours]
        var new = [ours.with(fields: ours.fields.subtracting(released))]
        if let heir {
            let entry = ours.with(manager: heir, operation: .update, fields: released)
            let before = managed.entries.first { $0.isOfSameWriter(as: entry) }
            old += [before].compactMap(\.self)
            new.append(entry.with(fields: released.union(before?.fields ?? FieldSet())))
        }
        return managed.patch(of: object, replacing: old, by: new)
    }

    /// What makes a manager the only owner, by apply, of fields that others own: its next apply, which does not list them, takes them away.
    ///
    /// - Parameter fields: what is ours is left out, and so are entries of subresources and of other versions than that of the manager's own entry.
    /// - Returns: `nil` if the manager applies nothing, or if nobody owns the fields.
    package static func seizure(of fields: FieldSet, by manager: String, object: JSONValue) -> JSONPatch? {
        let managed = ManagedFields(of: object)
        guard let ours = managed.applied(by: manager) else { return nil }
        let others = managed.entries.filter {
            $0 != ours && $0.subresource == nil && $0.apiVersion == ours.apiVersion
                && !$0.fields.intersection(fields).isEmpty
        }
        guard !others.isEmpty else { return nil }
        let seized = others.reduce(FieldSet()) { $0.union($1.fields.intersection(fields)) }
        return managed.patch(
            of: object,
            replacing: others + [ours],
            by: others.map { $0.with(fields: $0.fields.subtracting(seized)) }
                + [ours.with(fields: ours.fields.union(seized))]
        )
    }

    /// - Returns: `nil` for an object without a version: it does not come from a server, and nothing could guard it.
    private func patch(
        of object: JSONValue,
        replacing old: [ManagedFieldsEntry?],
        by new: [ManagedFieldsEntry?]
    ) -> JSONPatch? {
        guard let version = object["metadata"]?["resourceVersion"] else { return nil }
        let result = replacing(old.compactMap(\.self), by: new.compactMap(\.self))
        return JSONPatch([
            .test(JSONPointer(tokens: ["metadata", "resourceVersion"]), version),
            .replace(JSONPointer(tokens: ["metadata", "managedFields"]), result.json),
        ])
    }
}

extension ManagedFieldsEntry {
    fileprivate func with(
        manager: String? = nil,
        operation: Operation? = nil,
        fields: FieldSet? = nil
    ) -> ManagedFieldsEntry {
        ManagedFieldsEntry(
            manager: manager ?? self.manager,
            operation: operation ?? self.operation,
            apiVersion: apiVersion,
            subresource: subresource,
            time: time,
            fields: fields ?? self.fields
        )
    }

    /// Whether the server keeps both in one entry.
    fileprivate func isOfSameWriter(as other: ManagedFieldsEntry) -> Bool {
        manager == other.manager && operation == other.operation && subresource == other.subresource
            && apiVersion == other.apiVersion
    }
}

extension [ManagedFieldsEntry] {
    /// What of each entry goes, and what of it stays.
    fileprivate func divided(by rest: (Element) -> FieldSet) -> (moved: [Element], kept: [Element]) {
        (map { $0.with(fields: $0.fields.subtracting(rest($0))) }, map { $0.with(fields: rest($0)) })
    }

    /// All that entries of one version own, as what a manager applies, together with what it applied before.
    fileprivate func united(as manager: String, with ours: ManagedFieldsEntry?) -> ManagedFieldsEntry? {
        guard let first = ours ?? first else { return nil }
        return first.with(
            manager: manager,
            operation: .apply,
            fields: reduce(first.fields) { $0.union($1.fields) }
        )
    }
}
