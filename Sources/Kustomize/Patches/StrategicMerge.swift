// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// A strategic merge patch, as kustomize's own implementation (kyaml 0.21.1) applies it.
///
/// It differs from that of the API server: what is new in a list comes first, `$patch: replace` on one item of a list
/// that is merged has no effect, and the directives `$setElementOrder`, `$retainKeys` and `$deleteFromPrimitiveList`
/// are unknown.
enum StrategicMerge {
    /// What a place in an object is, according to the schema.
    enum Place {
        /// Nothing is known: an object that names its kind brings its own schema, lists are replaced.
        case unknown
        case object(MergeSchema)
        case list(keys: [String], items: MergeSchema?)
    }

    /// The value of a place after the merge.
    struct Outcome {
        /// `nil` where the place is to go.
        let value: JSONValue?
        /// Whether the patch's value took the place of the other as a whole.
        var isPatch = false
    }

    /// - Returns: `nil` if the patch deletes the object.
    /// - Throws: `invalid` where a list, a mapping or a scalar meets another of the three, and for unknown directives.
    static func merge(_ patch: JSONValue, into object: JSONValue) throws(Refusal) -> JSONValue? {
        let outcome = try walk(object, patch, .unknown, isSame: false)
        // Kustomize forgets to take over an object that replaces the other as a whole.
        return outcome.isPatch ? object : outcome.value
    }

    /// - Parameter isSame: whether what is merged is the patch itself, as in what it adds: so its directives and
    /// nulls go.
    static func walk(
        _ target: JSONValue?,
        _ patch: JSONValue?,
        _ place: Place,
        isSame: Bool
    ) throws(Refusal) -> Outcome {
        let place = schema(at: place, target, patch)
        let present = [target, patch].compactMap { $0 }.filter { !$0.isNull }
        switch present.first {
        case nil, .object:
            try checkShapes(present) { $0.objectValue != nil }
            return try walkMapping(target, patch, place, isSame: isSame)
        case .array:
            try checkShapes(present) { $0.arrayValue != nil }
            guard case .list(let keys, let items) = place else { return Outcome(value: (patch ?? target)?.unlessNull) }
            return try AssociativeList(keys: keys, items: items).merge(target, patch, isSame: isSame)
        default:
            try checkShapes(present, \.isScalar)
            return Outcome(value: (patch ?? target)?.unlessNull)
        }
    }

    private static func schema(at place: Place, _ values: JSONValue?...) -> Place {
        guard case .unknown = place else { return place }
        for case let value? in values {
            guard let apiVersion = value["apiVersion"]?.scalarText, let kind = value["kind"]?.scalarText,
                let schema = MergeSchema(Kind(apiVersion: apiVersion, kind: kind))
            else { continue }
            return .object(schema)
        }
        return .unknown
    }

    private static func checkShapes(_ values: [JSONValue], _ isRight: (JSONValue) -> Bool) throws(Refusal) {
        guard let first = values.first, let wrong = values.first(where: { !isRight($0) }) else { return }
        throw .invalid("the patch has \(wrong.typeName) where the object has \(first.typeName)")
    }

    // MARK: - Mappings

    private static func walkMapping(
        _ target: JSONValue?,
        _ patch: JSONValue?,
        _ place: Place,
        isSame: Bool
    ) throws(Refusal) -> Outcome {
        var patch = patch
        let isNew = !isSame && target?.isNull ?? true
        // In what is new, a directive that nobody knows is a member like others.
        let directive = isNew ? (try? patch?.takeDirective()) ?? .merge : try patch?.takeDirective() ?? .merge
        let target = isSame ? patch : target
        guard let target, !target.isNull else {
            guard directive != .delete else { return Outcome(value: nil) }
            guard let patch else { return Outcome(value: target) }
            guard !patch.isNull else { return Outcome(value: nil) }
            return Outcome(value: try walkMembers(of: patch, nil, place), isPatch: true)
        }
        if patch == .null { return Outcome(value: nil) }
        switch directive {
        case .delete:
            return Outcome(value: nil)
        case .replace:
            return Outcome(value: try walkMembers(of: patch ?? target, nil, place), isPatch: true)
        case .merge:
            return Outcome(value: try walkMembers(of: target, isSame ? nil : (patch ?? .object([:])), place))
        }
    }

    /// - Parameter patch: `nil` if the mapping is the patch's own.
    private static func walkMembers(
        of mapping: JSONValue,
        _ patch: JSONValue?,
        _ place: Place
    ) throws(Refusal) -> JSONValue {
        var result = mapping
        var names = mapping.objectValue?.keys ?? []
        let known = Set(names)
        names += (patch?.objectValue?.keys ?? []).filter { !known.contains($0) }
        for name in names {
            let member = mapping[name]
            let other = patch == nil ? member : patch?[name]
            // A patch that says nothing leaves the member as it is, but for what lists and mappings do anyway.
            result[name] = try walk(member, other, place.member(name), isSame: patch == nil).value
        }
        return result
    }
}

extension StrategicMerge.Place {
    fileprivate func member(_ name: String) -> StrategicMerge.Place {
        guard case .object(let schema) = self else { return .unknown }
        if let keys = schema.mergeKeys(name) { return .list(keys: keys, items: schema.items(name)) }
        return schema.member(name).map { .object($0) } ?? .unknown
    }
}

extension JSONValue {
    fileprivate var unlessNull: JSONValue? { isNull ? nil : self }
}

// MARK: - Directives

/// What `$patch` says.
enum MergeDirective: String {
    case merge
    case replace
    case delete

    static let key = "$patch"

    /// - Throws: `invalid`.
    init(_ value: JSONValue) throws(Refusal) {
        guard let directive = MergeDirective(rawValue: value.scalarText) else {
            throw .invalid("'$patch' must be 'merge', 'replace' or 'delete'")
        }
        self = directive
    }

    /// Members that the API server takes for directives, and kustomize for fields like any other.
    static let unsupported = ["$setElementOrder/", "$deleteFromPrimitiveList/", "$retainKeys"]

    /// The first such member in a patch.
    static func firstUnsupported(in value: JSONValue) -> [String]? {
        switch value {
        case .object(let members):
            for (name, member) in members {
                if unsupported.contains(where: { name.hasPrefix($0) }) { return [name] }
                if let path = firstUnsupported(in: member) { return [name] + path }
            }
            return nil
        case .array(let items):
            for (index, item) in items.enumerated() {
                if let path = firstUnsupported(in: item) { return [String(index)] + path }
            }
            return nil
        default:
            return nil
        }
    }
}

extension JSONValue {
    /// Removes a mapping's directive.
    fileprivate mutating func takeDirective() throws(Refusal) -> MergeDirective {
        guard let value = objectValue?[MergeDirective.key] else { return .merge }
        let directive = try MergeDirective(value)
        self[MergeDirective.key] = nil
        return directive
    }
}
