// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Kubernetes

/// What an object's author asks for beside the object itself: annotations, which count only as they are written in Git.
package struct ObjectRules: Sendable, Hashable {
    /// How the object goes together with what others do to it.
    package enum Apply: String, Sendable, Hashable, CaseIterable {
        /// What the manifest says holds, and what former tools left in the object goes.
        case overwrite
        /// What the manifest says holds, and what anybody else put beside it stays.
        case merge
        /// It is created if it is missing, and otherwise left alone.
        case ifNotPresent
        /// It is neither applied nor deleted.
        case ignore
    }

    package var apply: Apply
    package var prune: PruneRule
    /// Fields that others may set: they are not applied, not compared, and not taken away.
    package var ignored: [JSONPointer]
    package var dependencies: [ObjectReference]
    /// Whether it is deleted and made anew where the server does not let it be changed in place.
    package var recreates: Bool

    package init(
        apply: Apply = .overwrite,
        prune: PruneRule = .allowed,
        ignored: [JSONPointer] = [],
        dependencies: [ObjectReference] = [],
        recreates: Bool = false
    ) {
        self.recreates = recreates
        self.apply = apply
        self.prune = prune
        self.ignored = ignored
        self.dependencies = dependencies
    }

    package static let none = ObjectRules()
    package static let applyAnnotation = "taffrail.dev/apply"
    package static let ignoreAnnotation = "taffrail.dev/ignore"
    package static let dependsOnAnnotation = "taffrail.dev/depends-on"
    package static let reconcileAnnotation = "taffrail.dev/reconcile"
    package static let forceAnnotation = "taffrail.dev/force"

    /// An annotation that cannot be understood.
    package struct Fault: Error, Sendable, Hashable {
        package let annotation: String
        /// In words that follow the annotation's name.
        package let message: String
    }

    /// Reads the annotations of a manifest.
    package init(of manifest: JSONValue) throws(Fault) {
        let annotations = manifest["metadata"]?["annotations"]
        self.init()
        if let word = annotations?[Self.applyAnnotation]?.stringValue {
            guard let rule = Apply(rawValue: word), rule != .overwrite else {
                throw Fault(
                    annotation: Self.applyAnnotation,
                    message: "is '\(word)', and must be 'merge', 'ifNotPresent' or 'ignore'"
                )
            }
            apply = rule
        }
        if let word = annotations?[Self.reconcileAnnotation]?.stringValue {
            guard word == "disabled" else {
                throw Fault(annotation: Self.reconcileAnnotation, message: "is '\(word)', and can only be 'disabled'")
            }
            apply = .ignore
        }
        if let word = annotations?[Self.forceAnnotation]?.stringValue {
            guard word == "enabled" else {
                throw Fault(annotation: Self.forceAnnotation, message: "is '\(word)', and can only be 'enabled'")
            }
            recreates = true
        }
        if let word = annotations?[PruneRule.annotation]?.stringValue {
            guard let rule = PruneRule(rawValue: word), rule != .allowed else {
                throw Fault(
                    annotation: PruneRule.annotation,
                    message: "is '\(word)', and must be 'disabled' or 'confirmed'"
                )
            }
            prune = rule
        }
        for text in Self.items(annotations?[Self.ignoreAnnotation]) { ignored.append(try Self.ignored(text)) }
        for text in Self.items(annotations?[Self.dependsOnAnnotation]) {
            guard let reference = ObjectReference(text) else {
                throw Fault(
                    annotation: Self.dependsOnAnnotation,
                    message: "names '\(text)': write Kind/name, Kind.group/name or Kind/namespace/name"
                )
            }
            dependencies.append(reference)
        }
    }

    /// Several values of an annotation stand behind each other, with commas or white space between them.
    private static func items(_ annotation: JSONValue?) -> [String] {
        (annotation?.stringValue ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    /// What tells the object from others is always ours.
    private static let identity: [JSONPointer] = [
        ["apiVersion"], ["kind"], ["metadata"], ["metadata", "name"], ["metadata", "namespace"], ["status"],
        // Our own marks stand in these.
        ["metadata", "labels"], ["metadata", "annotations"],
    ].map { JSONPointer(tokens: $0) }

    /// Checks that the items that ignored fields are in can be told from others: by their names, since others may change the list.
    package func checkItems(in manifest: JSONValue) throws(Fault) {
        for pointer in ignored {
            guard let parts = Self.parts(of: pointer, in: manifest) else {
                throw Fault(
                    annotation: Self.ignoreAnnotation,
                    message:
                        "names '\(pointer)', in an item of a list that has no name, or is not there: name the whole list"
                )
            }
            guard parts.suffix(2).map(\.isItem) != [true, false] || pointer.tokens.last != "name" else {
                throw Fault(
                    annotation: Self.ignoreAnnotation,
                    message: "names '\(pointer)', by which the item is known: name the whole list"
                )
            }
        }
    }

    /// Where the ignored fields are in another state of the object: an item of a list is the one of the same name.
    ///
    /// - Parameter manifest: what the pointers were written for.
    package func ignored(in object: JSONValue, asIn manifest: JSONValue) -> [JSONPointer] {
        ignored.compactMap { Self.place(of: $0, in: object, asIn: manifest) }
    }

    /// Where one of them is; `nil` if it is in an item that the object does not have.
    package static func place(
        of pointer: JSONPointer,
        in object: JSONValue,
        asIn manifest: JSONValue
    ) -> JSONPointer? {
        guard let parts = parts(of: pointer, in: manifest) else { return nil }
        var value: JSONValue? = object
        var tokens: [String] = []
        for part in parts {
            switch part {
            case .field(let name): tokens.append(name)
            case .item(let name):
                guard let index = value?.arrayValue?.firstIndex(where: { $0["name"]?.stringValue == name }) else {
                    return nil
                }
                tokens.append(String(index))
            }
            value = object[JSONPointer(tokens: tokens)]
        }
        return JSONPointer(tokens: tokens)
    }

    private enum Part {
        case field(String)
        case item(named: String)

        var isItem: Bool {
            if case .item = self { true } else { false }
        }
    }

    /// - Returns: `nil` for an item that has no name.
    private static func parts(of pointer: JSONPointer, in manifest: JSONValue) -> [Part]? {
        var value: JSONValue? = manifest
        var parts: [Part] = []
        for token in pointer.tokens {
            let child = value?[JSONPointer(tokens: [token])]
            if case .array? = value {
                guard let name = child?["name"]?.stringValue else { return nil }
                parts.append(.item(named: name))
            } else {
                parts.append(.field(token))
            }
            value = child
        }
        return parts
    }

    private static func ignored(_ text: String) throws(Fault) -> JSONPointer {
        let pointer: JSONPointer
        do {
            pointer = try JSONPointer(text)
        } catch {
            throw Fault(
                annotation: ignoreAnnotation,
                message: "names '\(text)', which is no JSON pointer: write /spec/replicas"
            )
        }
        guard !pointer.tokens.isEmpty, !identity.contains(pointer) else {
            throw Fault(annotation: ignoreAnnotation, message: "names '\(text)', which cannot be left to others")
        }
        guard !pointer.tokens.contains(where: { $0.hasPrefix("taffrail.dev/") }) else {
            throw Fault(annotation: ignoreAnnotation, message: "names '\(text)', which is a mark of ours")
        }
        guard pointer.tokens.last.flatMap({ Int($0) }) == nil else {
            throw Fault(
                annotation: ignoreAnnotation,
                message: "names '\(text)', an item of a list: name a field in it, or the whole list"
            )
        }
        return pointer
    }
}

/// An object as another one names it: `Deployment/web`, `Kind.group/namespace/name`.
package struct ObjectReference: Sendable, Hashable, CustomStringConvertible {
    package let kind: String
    /// `nil` for any.
    package let group: String?
    /// `nil` for that of the object that names it, or for an object of the cluster.
    package let namespace: String?
    package let name: String

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), !parts.contains("") else { return nil }
        let type = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !type.contains("") else { return nil }
        kind = type[0]
        group = type.count == 2 ? type[1] : nil
        namespace = parts.count == 3 ? parts[1] : nil
        name = parts[parts.count - 1]
    }

    package var description: String {
        [group.map { "\(kind).\($0)" } ?? kind, namespace, name].compactMap(\.self).joined(separator: "/")
    }

    /// - Parameter other: the object that names this one.
    package func names(_ key: ObjectKey, from other: ObjectKey) -> Bool {
        key.kind == kind && key.name == name && (group.map { $0 == key.group } ?? true)
            && (key.namespace == (namespace ?? other.namespace) || (key.namespace == nil && namespace == nil))
    }
}
