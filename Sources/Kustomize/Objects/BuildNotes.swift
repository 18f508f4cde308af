// SPDX-License-Identifier: Apache-2.0

internal import JSON

extension Resource {
    /// Annotations that kustomize keeps for itself, and removes in the end wherever they come from.
    private static let notes: Set<String> = {
        let names = [
            "previousKinds", "previousNames", "prefixes", "suffixes", "previousNamespaces", "allowNameChange",
            "allowKindChange", "refBy", "generatorBehavior", "needsHashSuffix", "path", "index", "seqindent", "id",
            "annotations-migration-resource-id",
        ]
        return Set(names.map { "internal.config.kubernetes.io/" + $0 }).union([
            "config.kubernetes.io/path", "config.kubernetes.io/index", "config.k8s.io/id",
            "config.kubernetes.io/origin", "alpha.config.kubernetes.io/transformations",
            "internal.config.kubernetes.io/helm-generated",
        ])
    }()

    /// The object as it is printed: its annotations are strings, and gone if there are none.
    var withoutNotes: JSONValue {
        var copy = self
        copy.setMetadata("annotations", annotations.filter { !Self.notes.contains($0.key) })
        return copy.value
    }
}
