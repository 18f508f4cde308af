// SPDX-License-Identifier: Apache-2.0

package import Change
package import JSON
internal import Kustomize
package import TaffrailAPI

/// What one Environment makes different in a set of manifests that several share: its patches and its variables.
package struct Overlay: Sendable, Hashable {
    package static let none = Overlay(patches: [], variables: [:])

    /// What findings about it name in place of a file.
    static let name = "the Environment's patches"

    /// Each as in the `patches` of a kustomization.
    private let patches: [JSONValue]
    private let variables: Variables

    package init(patches: [JSONValue], variables: [String: JSONValue]) {
        self.patches = patches
        self.variables = Variables(variables)
    }

    package init(_ spec: TaffrailAPI.Environment.Spec) {
        self.init(patches: spec.patches.map(\.json), variables: spec.variables)
    }

    /// What tells one overlay from another; `nil` for one that changes nothing. Keyed, since a variable's value may go into a Secret.
    package func digest(_ secrets: SecretKeeper) throws -> ContentDigest? {
        guard self != .none else { return nil }
        return try secrets.digest(of: ["patches": .array(patches), "variables": variables.json], isSecret: true)
    }

    /// Patches first, so that they may name variables too.
    ///
    /// - Returns: nothing if a patch is wrong, since what it was to change must not be applied without it.
    func applied(to manifests: [Manifest], _ report: inout RenderReport) -> [Manifest] {
        var added = 0
        return patched(manifests, &report).compactMap { variables.substituted(in: $0, added: &added, &report) }
    }

    private func patched(_ manifests: [Manifest], _ report: inout RenderReport) -> [Manifest] {
        guard !patches.isEmpty else { return manifests }
        let objects = manifests.map { manifest in
            KustomizeObject(
                value: manifest.value,
                path: manifest.place.path,
                document: manifest.place.document,
                position: manifest.place.start
            )
        }
        let result = KustomizePatches.apply(.array(patches), to: objects)
        for problem in result.problems {
            let pointer = problem.field.flatMap { try? JSONPointer($0) } ?? JSONPointer(tokens: ["patches"])
            let field = FieldPath.text(pointer)
            report.add(Finding(rule: problem.rule, message: "spec.\(field) of the Environment: \(problem.message)"))
        }
        guard result.problems.isEmpty else { return [] }
        return zip(manifests, result.values).compactMap { manifest, value in
            value.map { Manifest(value: $0, place: manifest.place) }
        }
    }
}

extension Finding {
    /// A kustomization's problem; its messages hold no values of Secrets.
    init(_ problem: KustomizeProblem) {
        self.init(
            rule: problem.rule,
            message: problem.message,
            location: SourceLocation(path: problem.path, line: problem.line, column: problem.column),
            field: problem.field.flatMap { try? JSONPointer($0) }
        )
    }
}
