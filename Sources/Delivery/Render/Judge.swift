// SPDX-License-Identifier: Apache-2.0

package import Change
internal import JSON
package import Kubernetes

/// Decides which rendered objects may go on: those whose kind the cluster serves, in a namespace that the Environment delivers to,
/// said once.
package struct Judge: Sendable {
    private let targetNamespace: String?
    private let secrets: SecretKeeper

    /// - Parameter targetNamespace: where objects go that name no namespace; objects that name another one are refused.
    package init(targetNamespace: String?, secrets: SecretKeeper) {
        self.targetNamespace = targetNamespace
        self.secrets = secrets
    }

    /// - Parameters:
    ///   - resources: what the cluster serves of the kinds that occur; `nil` where there is no cluster to ask, and then scope
    ///     and existence of kinds are not checked.
    ///   - unreadable: why a kind could not be looked up.
    ///   - likely: the versions that may have been meant by one that is not served.
    package func judge(
        _ rendering: Rendering,
        resources: [GroupVersionKind: APIResource]?,
        unreadable: [GroupVersionKind: String] = [:],
        likely: [GroupVersionKind: [String]] = [:]
    ) throws -> Verdict {
        var findings = rendering.findings
        var objects: [DesiredObject] = []
        var places: [ObjectKey: [SourceLocation]] = [:]
        let defined = Self.definedKinds(rendering.objects)
        for object in rendering.objects {
            if let reason = unreadable[object.type] {
                findings.append(
                    finding(
                        object,
                        "unreadable-kind",
                        "the cluster cannot tell of \(object.type): \(reason)",
                        field: ["kind"]
                    ).finding
                )
                continue
            }
            switch place(object, resources: resources, defined: defined, likely: likely[object.type] ?? []) {
            case .failure(let error): findings.append(error.finding)
            case .success(let namespace):
                places[object.key(in: namespace), default: []].append(object.location)
                switch rules(of: object, namespace: namespace) {
                case .failure(let error): findings.append(error.finding)
                case .success(let rules): objects.append(try desired(object, namespace: namespace, rules: rules))
                }
            }
        }
        // Of an object that is there twice neither is applied: nobody can say which of them was meant.
        let unique = objects.filter { places[$0.key]?.count == 1 }
        findings += places.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.flatMap(Self.duplicates)
        let left = Dictionary(
            uniqueKeysWithValues: unique.filter { $0.rules.apply == .ignore }.map { ($0.key, $0.rules.prune) }
        )
        let applied = unique.filter { $0.rules.apply != .ignore }
        let stopped = Self.stopped(applied, others: Set(left.keys), findings: findings)
        return Verdict(
            allowed: applied.filter { stopped[$0.key] == nil },
            left: left,
            findings: findings + stopped.values.sorted { $0.description < $1.description }
        )
    }

    /// Objects that cannot be applied because of what they depend on, with the reason.
    static func stopped(
        _ objects: [DesiredObject],
        others: Set<ObjectKey> = [],
        findings: [Finding]
    ) -> [ObjectKey: Finding] {
        let dependencies = ObjectDependencies(objects, others: others.union(findings.compactMap(\.object)))
        guard !dependencies.isEmpty || objects.contains(where: { !$0.rules.dependencies.isEmpty }) else { return [:] }
        let byKey = Dictionary(objects.map { ($0.key, $0) }) { first, _ in first }
        var stopped: [ObjectKey: Finding] = [:]
        for fault in dependencies.faults(stopped: Set(findings.compactMap(\.object))) {
            stopped[fault.key] = Finding(
                rule: fault.rule,
                message: fault.message,
                location: byKey[fault.key]?.location,
                object: fault.key,
                field: JSONPointer(tokens: ["metadata", "annotations", ObjectRules.dependsOnAnnotation])
            )
        }
        return stopped
    }

    /// Kinds that a CustomResourceDefinition of the same commit brings, with their scope.
    static func definedKinds(_ objects: [RenderedObject]) -> [GroupKind: Bool] {
        var kinds: [GroupKind: Bool] = [:]
        for object in objects where object.type.kind == "CustomResourceDefinition" {
            guard let group = object.manifest["spec"]?["group"]?.stringValue,
                let kind = object.manifest["spec"]?["names"]?["kind"]?.stringValue
            else { continue }
            kinds[GroupKind(group: group, kind: kind)] = object.manifest["spec"]?["scope"]?.stringValue != "Cluster"
        }
        return kinds
    }

    private func place(
        _ object: RenderedObject,
        resources: [GroupVersionKind: APIResource]?,
        defined: [GroupKind: Bool],
        likely: [String]
    ) -> Result<String?, FindingError> {
        let groupKind = GroupKind(group: object.type.group, kind: object.type.kind)
        guard let resources else { return deliverable(object, to: object.namespace ?? targetNamespace) }
        guard let isNamespaced = resources[object.type]?.isNamespaced ?? defined[groupKind] else {
            return .failure(
                finding(
                    object,
                    "unknown-kind",
                    "the cluster serves no kind \(object.type.kind) in \(object.type.apiVersion)"
                        + (likely.isEmpty
                            ? ": check the spelling, or install its CustomResourceDefinition first"
                            : ", but in \(likely.joined(separator: ", ")): change apiVersion, and what changed with it"),
                    field: ["kind"]
                )
            )
        }
        guard isNamespaced else { return .success(nil) }
        guard let namespace = object.namespace ?? targetNamespace else {
            return .failure(
                finding(
                    object,
                    "missing-namespace",
                    "metadata.namespace is missing, and no namespace to deliver to is named either: name one with -n, or with "
                        + "targetNamespace in the Environment",
                    field: ["metadata"]
                )
            )
        }
        return deliverable(object, to: namespace)
    }

    private func deliverable(_ object: RenderedObject, to namespace: String?) -> Result<String?, FindingError> {
        guard let targetNamespace, let namespace, namespace != targetNamespace else { return .success(namespace) }
        return .failure(
            finding(
                object,
                "other-namespace",
                "metadata.namespace is \(namespace), but only \(targetNamespace) is delivered to",
                field: ["metadata", "namespace"]
            )
        )
    }

    private func rules(of object: RenderedObject, namespace: String?) -> Result<ObjectRules, FindingError> {
        do throws(ObjectRules.Fault) {
            let rules = try ObjectRules(of: object.manifest)
            try rules.checkItems(in: object.manifest)
            return .success(rules)
        } catch {
            return .failure(
                finding(
                    object,
                    "bad-annotation",
                    "\(error.annotation) \(error.message)",
                    field: ["metadata", "annotations", error.annotation],
                    namespace: .some(namespace)
                )
            )
        }
    }

    private func desired(_ object: RenderedObject, namespace: String?, rules: ObjectRules) throws -> DesiredObject {
        var manifest = object.manifest
        manifest["metadata"]?["namespace"] = namespace.map { .string($0) }
        for pointer in rules.ignored where manifest[pointer] != nil { manifest[pointer] = nil }
        let isSecret = SecretKeeper.isSecret(manifest)
        return DesiredObject(
            type: object.type,
            key: object.key(in: namespace),
            manifest: manifest,
            location: object.location,
            digest: try secrets.digest(of: manifest, isSecret: isSecret),
            rules: rules
        )
    }

    /// - Parameter places: where the object is, of which a few are enough to find the others.
    private static func duplicates(of key: ObjectKey, in places: [SourceLocation]) -> [Finding] {
        places.map { place in
            let others = places.lazy.filter { $0 != place }.prefix(3).map(\.description)
            let rest = places.count - 1 - others.count
            let words = others.joined(separator: ", ") + (rest > 0 ? " and \(rest) more places" : "")
            return Finding(
                rule: "duplicate-object",
                message: "the same object is also in \(words): remove one of them",
                location: place,
                object: key
            )
        }
    }

    /// - Parameter namespace: where the object would go, once that is known.
    private func finding(
        _ object: RenderedObject,
        _ rule: String,
        _ message: String,
        field: [String],
        namespace: String?? = nil
    ) -> FindingError {
        FindingError(
            finding: Finding(
                rule: rule,
                message: message,
                location: object.location,
                object: object.key(in: namespace ?? object.namespace ?? targetNamespace),
                field: JSONPointer(tokens: field)
            )
        )
    }
}

extension RenderedObject {
    fileprivate func key(in namespace: String?) -> ObjectKey {
        ObjectKey(group: type.group, kind: type.kind, namespace: namespace, name: name)
    }
}

/// A finding as the failure of one object.
private struct FindingError: Error {
    let finding: Finding
}
