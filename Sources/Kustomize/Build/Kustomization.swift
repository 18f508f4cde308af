// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// What a `kustomization.yaml` says, as it is written.
struct Kustomization {
    let document: SourceDocument
    let isComponent: Bool

    var resources: [PlacedText] = []
    var components: [PlacedText] = []
    var configMaps: [GeneratorEntry] = []
    var secrets: [GeneratorEntry] = []

    var patchesStrategicMerge: [PlacedText] = []
    var patches: [PatchEntry] = []
    var patchesJSON: [PatchEntry] = []
    var namespace = ""
    var namePrefix = ""
    var nameSuffix = ""
    var labels: [LabelEntry] = []
    var commonLabels: [String: String] = [:]
    var commonAnnotations: [String: String] = [:]
    var replicas: [ReplicaEntry] = []
    var images: [ImageEntry] = []
    var replacements: [ReplacementEntry] = []
    var sorting: SortOrder = .legacy(first: SortOrder.first, last: SortOrder.last)
}

struct LabelEntry {
    let tokens: [String]
    let pairs: [String: String]
    let includesSelectors: Bool
    let includesTemplates: Bool
    let fields: [FieldSpec]
}

struct ReplicaEntry {
    let tokens: [String]
    let name: String
    let count: Int64
}

struct ImageEntry {
    let tokens: [String]
    let pattern: RegularExpression
    let newName: String
    let newTag: String
    let digest: String
    let tagSuffix: String
}

struct PatchEntry {
    let tokens: [String]
    /// The patch itself; empty if a file has it.
    let text: String
    let path: String
    let target: Selector?
    let targetName: String
    let allowsNameChange: Bool
    let allowsKindChange: Bool
}

/// What `configMapGenerator` and `secretGenerator` have in common.
struct GeneratorEntry {
    let tokens: [String]
    let name: String
    let namespace: String
    /// Of Secrets only; empty stands for `Opaque`.
    let type: String
    let behavior: Resource.Behavior
    let literals: [PlacedText]
    let files: [PlacedText]
    let environments: [PlacedText]
    var options: GeneratorOptions
}

struct GeneratorOptions {
    var labels: [String: String] = [:]
    var annotations: [String: String] = [:]
    var isHashDisabled = false
    var isImmutable = false

    /// What is said for all generators fills in what an entry does not say.
    mutating func fillIn(_ other: GeneratorOptions) {
        labels.merge(other.labels) { own, _ in own }
        annotations.merge(other.annotations) { own, _ in own }
        isHashDisabled = isHashDisabled || other.isHashDisabled
        isImmutable = isImmutable || other.isImmutable
    }
}

struct ReplacementEntry {
    let tokens: [String]
    /// The file that says the rest; empty if it is said here.
    let path: String
    let replacement: Replacement?
}

/// One value that is copied to other places.
struct Replacement {
    enum Source {
        case object(ResourceSelection, field: String, FieldOptions)
        case value(String)
    }

    struct Target {
        let selector: Selector
        let rejected: [Selector]
        let fields: [String]
        let options: FieldOptions
    }

    struct FieldOptions {
        var delimiter = ""
        var index = 0
        var creates = false
    }

    /// An object that is named exactly; empty parts stand for any.
    struct ResourceSelection {
        let kind: Kind
        let name: String
        let namespace: String
    }

    let source: Source
    let targets: [Target]
}

/// The order in which objects are printed.
enum SortOrder {
    /// As they are read.
    case fifo
    /// By kind, then by name.
    case legacy(first: [String], last: [String])
}
