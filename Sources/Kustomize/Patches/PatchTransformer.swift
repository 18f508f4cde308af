// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Applies the patches of one kustomization.
struct PatchTransformer {
    let kustomization: Kustomization
    let folder: String
    let builder: Builder

    private var document: SourceDocument { kustomization.document }
    private var loader: PatchLoader { PatchLoader(problems: builder.problems) }

    // MARK: - The three fields

    /// `patchesStrategicMerge`: all patches are read before the first is applied.
    func applyStrategicMerges(to list: inout ResourceList) throws(KustomizeProblem) {
        var patches: [(patch: Resource, tokens: [String])] = []
        for entry in kustomization.patchesStrategicMerge {
            for patch in try strategicMerges(entry) { patches.append((patch, entry.tokens)) }
        }
        for (patch, tokens) in patches {
            try document.locating(tokens) { () throws(Refusal) in
                let index = try list.index(of: patch.originalID)
                try merge(patch, into: [index], of: &list, for: nil)
            }
        }
    }

    /// `patches`.
    func applyPatches(to list: inout ResourceList) throws(KustomizeProblem) {
        for entry in kustomization.patches {
            switch try patch(of: entry) {
            case .strategicMerge(let patches):
                try document.locating(entry.tokens) { () throws(Refusal) in try apply(patches, of: entry, to: &list) }
            case .operations(let patch):
                try document.locating(entry.tokens) { () throws(Refusal) in
                    guard let target = entry.target else { throw .invalid("a JSON patch needs a target") }
                    try builder.expand(by: list.items.count)
                    for index in list.items.indices where target.selects(list.items[index]) {
                        list.items[index].rememberName()
                        try apply(patch, to: &list.items[index])
                    }
                }
            }
        }
    }

    /// `patchesJson6902`.
    func applyJSONPatches(to list: inout ResourceList) throws(KustomizeProblem) {
        for entry in kustomization.patchesJSON {
            guard case .operations(let patch) = try patch(of: entry) else {
                throw document.problem(.invalid, "this is no JSON patch", at: entry.tokens)
            }
            try document.locating(entry.tokens) { () throws(Refusal) in
                guard let target = entry.target, !entry.targetName.isEmpty else {
                    throw .invalid("a JSON patch needs a target with a name")
                }
                guard !patch.operations.isEmpty else { throw .invalid("the patch is empty") }
                try builder.expand(by: list.items.count)
                for index in list.items.indices where target.selects(list.items[index]) {
                    try apply(patch, to: &list.items[index])
                }
            }
        }
    }

    // MARK: - Reading

    private func strategicMerges(_ entry: PlacedText) throws(KustomizeProblem) -> [Resource] {
        let patches: [Resource]?
        if loader.isStrategicMerge(entry.text) {
            patches = loader.loadStrategicMerge(Array(entry.text.utf8), at: .field(document, entry.tokens))
        } else {
            let file = try document.locating(entry.tokens) { () throws(Refusal) in
                try builder.contents(named: entry.text, in: folder)
            }
            patches = loader.loadStrategicMerge(file.bytes, at: .file(file.path))
        }
        return try known(patches, entry.tokens)
    }

    private func patch(of entry: PatchEntry) throws(KustomizeProblem) -> PatchLoader.Patch {
        let text = entry.text.trimmingSpace
        guard text.isEmpty != entry.path.isEmpty else {
            let problem = text.isEmpty ? "a patch needs 'patch' or 'path'" : "'patch' and 'path' exclude each other"
            throw document.problem(.invalid, problem, at: entry.tokens)
        }
        guard entry.path.isEmpty else {
            let file = try document.locating(entry.tokens + ["path"]) { () throws(Refusal) in
                try builder.contents(named: entry.path, in: folder)
            }
            return try known(loader.load(file.bytes, at: .file(file.path)), entry.tokens)
        }
        return try known(loader.load(Array(text.utf8), at: .field(document, entry.tokens + ["patch"])), entry.tokens)
    }

    /// What a loader gives back, unless it has reported a problem: then the rest of the folder is not worth a try.
    private func known<Patch>(_ patch: Patch?, _ tokens: [String]) throws(KustomizeProblem) -> Patch {
        guard let patch else {
            if let problem = builder.problems.all.last { throw problem }
            throw document.problem(.invalid, "the patch is wrong", at: tokens)
        }
        return patch
    }

    // MARK: - Applying

    private func apply(_ patches: [Resource], of entry: PatchEntry, to list: inout ResourceList) throws(Refusal) {
        guard let target = entry.target else {
            for patch in patches {
                let index = try list.index(of: patch.originalID)
                try merge(patch, into: [index], of: &list, for: entry, isCopied: false)
            }
            return
        }
        guard patches.count <= 1 else {
            throw .invalid("a target takes one patch, and here are \(patches.count): write an entry for each")
        }
        for patch in patches {
            let selected = list.items.indices.filter { target.selects(list.items[$0]) }
            try merge(patch, into: selected, of: &list, for: entry)
        }
    }

    /// - Parameter isCopied: whether the patch is fitted to each object first, as kustomize does unless it looks for
    ///   the object by the patch's own name.
    private func merge(
        _ patch: Resource,
        into indices: [Int],
        of list: inout ResourceList,
        for entry: PatchEntry?,
        isCopied: Bool = true
    ) throws(Refusal) {
        try builder.expand(by: list.items.count)
        for index in indices {
            var fitted = patch
            if isCopied { try fitted.fit(to: list.items[index]) }
            // Lists are merged by looking for each item in the other.
            try builder.expand(by: fitted.value.weight + (fitted.value.pairs + list.items[index].value.pairs) / 16)
            try list.items[index].merge(
                fitted,
                allowsNameChange: entry?.allowsNameChange ?? false,
                allowsKindChange: entry?.allowsKindChange ?? false
            )
        }
        list.items.removeAll { $0.value.isNullOrEmpty }
        if isCopied { try list.checkIdentities() }
    }

    private func apply(_ patch: JSONPatch, to resource: inout Resource) throws(Refusal) {
        // Kustomize's notes make annotations exist, which operations may then add to.
        if resource.hasNotes, resource.value["metadata"]?["annotations"] == nil {
            resource.value.edit("metadata") { $0["annotations"] = [:] }
        }
        resource.unshare()
        let builder = builder
        try resource.editing { (value) throws(Refusal) in
            value = try patch.appliedLeniently(to: value) { (weight) throws(Refusal) in try builder.expand(by: weight) }
            guard value.objectValue != nil else { throw .invalid("the patch leaves no object") }
        }
    }
}

extension Resource {
    /// Makes labels and annotations strings, and takes over the version of the object to be patched.
    fileprivate mutating func fit(to target: Resource) throws(Refusal) {
        for field in ["labels", "annotations"] {
            for (key, item) in value["metadata"]?[field]?.objectValue ?? [:] where item.isNull {
                throw Refusal(
                    .unsupported,
                    "kustomize would set \(field) '\(key)' to the text 'null' instead of removing it: "
                        + "use a JSON patch, or a patch without a target"
                )
            }
        }
        setMetadata("labels", labels)
        setMetadata("annotations", annotations)
        value["apiVersion"] = target.value["apiVersion"]
    }

    fileprivate mutating func merge(
        _ patch: Resource,
        allowsNameChange: Bool,
        allowsKindChange: Bool
    ) throws(Refusal) {
        let (name, namespace, kind) = (value["metadata"]?["name"], namespace, value["kind"])
        if allowsNameChange || allowsKindChange { rememberName() }
        try editing { (value) throws(Refusal) in
            value = try StrategicMerge.merge(patch.value, into: value) ?? .null
        }
        guard !value.isNullOrEmpty else { return }
        if patch.removesAnnotations { forgetNotes() }
        if !allowsKindChange { value["kind"] = kind }
        if !allowsNameChange { value.edit("metadata") { $0["name"] = name } }
        setMetadata("namespace", namespace.isEmpty ? nil : namespace)
    }

    /// Whether a patch takes away all annotations, and with them what kustomize notes there.
    private var removesAnnotations: Bool {
        let metadata = value["metadata"]
        if metadata?["annotations"] == .null { return true }
        return [metadata, metadata?["annotations"]].contains { place in
            ["replace", "delete"].contains(place?[MergeDirective.key]?.scalarText)
        }
    }
}

extension String {
    /// Without white space at either end.
    var trimmingSpace: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
