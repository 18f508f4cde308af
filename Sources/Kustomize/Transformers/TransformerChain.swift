// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// All that one kustomization does to the objects that it has gathered, in kustomize's order.
struct TransformerChain {
    let kustomization: Kustomization
    let folder: String
    let builder: Builder

    func transform(_ list: inout ResourceList) throws(KustomizeProblem) {
        let patches = PatchTransformer(kustomization: kustomization, folder: folder, builder: builder)
        try patches.applyStrategicMerges(to: &list)
        try patches.applyPatches(to: &list)
        try at("namespace") { () throws(Refusal) in try setNamespace(of: &list) }
        try at("namePrefix") { () throws(Refusal) in
            try addAffixes(to: &list, prefix: kustomization.namePrefix, suffix: "")
        }
        try at("nameSuffix") { () throws(Refusal) in
            try addAffixes(to: &list, prefix: "", suffix: kustomization.nameSuffix)
        }
        try addLabels(to: &list)
        try at("commonAnnotations") { () throws(Refusal) in
            try set(kustomization.commonAnnotations, at: BuiltinFields.annotations, in: &list)
        }
        try patches.applyJSONPatches(to: &list)
        for entry in kustomization.replicas {
            try at(entry.tokens) { () throws(Refusal) in
                try builder.expand(by: list.items.count)
                try setReplicas(entry, in: &list)
            }
        }
        for entry in kustomization.images {
            try at(entry.tokens) { () throws(Refusal) in
                try builder.expand(by: list.items.count)
                try ImageTransformer(entry).transform(&list)
            }
        }
        try ReplacementTransformer(kustomization: kustomization, folder: folder, builder: builder).transform(&list)
    }

    private func at(_ field: String, _ body: () throws(Refusal) -> Void) throws(KustomizeProblem) {
        try at([field], body)
    }

    private func at(_ tokens: [String], _ body: () throws(Refusal) -> Void) throws(KustomizeProblem) {
        try kustomization.document.locating(tokens, body)
    }

    // MARK: - Namespace

    private func setNamespace(of list: inout ResourceList) throws(Refusal) {
        let namespace = kustomization.namespace
        guard !namespace.isEmpty else { return }
        for index in list.items.indices {
            let isScoped = !list.items[index].id.isClusterScoped
            list.items[index].rememberName()
            try list.items[index].editing { (value) throws(Refusal) in
                if isScoped {
                    try FieldEditor(Self.ownNamespace, creating: .text) { (field) throws(Refusal) in
                        try field.setText(namespace)
                    }.edit(&value)
                }
                try setSubjectNamespaces(namespace, in: &value)
                try edit(BuiltinFields.namespaces, .text, in: &value) { (field) throws(Refusal) in
                    try field.setText(namespace)
                }
            }
        }
        try list.checkIdentities()
    }

    private static let ownNamespace = FieldSpec("metadata/namespace", create: true)

    /// Subjects that are called `default` are the service accounts of the namespace.
    private func setSubjectNamespaces(_ namespace: String, in value: inout JSONValue) throws(Refusal) {
        guard ["RoleBinding", "ClusterRoleBinding"].contains(value["kind"]?.scalarText),
            let field = value["subjects"], !field.isNull
        else { return }
        guard var subjects = field.arrayValue else { throw .invalid("subjects is \(field.typeName) and not a list") }
        for index in subjects.indices where subjects[index]["name"]?.scalarText == "default" {
            subjects[index]["namespace"] = .string(namespace)
        }
        value["subjects"] = .array(subjects)
    }

    // MARK: - Names

    /// Kinds whose names mean something of their own.
    private static let unnamedKinds = [
        Kind(kind: "CustomResourceDefinition"), Kind(group: "apiregistration.k8s.io", kind: "APIService"),
        Kind(kind: "Namespace"),
    ]

    private func addAffixes(to list: inout ResourceList, prefix: String, suffix: String) throws(Refusal) {
        guard !prefix.isEmpty || !suffix.isEmpty else { return }
        for index in list.items.indices {
            let kind = list.items[index].originalID.kind
            guard !Self.unnamedKinds.contains(where: kind.isSelected(by:)) else { continue }
            if !prefix.isEmpty { list.items[index].addPrefix(prefix) }
            if !suffix.isEmpty { list.items[index].addSuffix(suffix) }
            list.items[index].rememberName()
            list.items[index].setMetadata("name", prefix + list.items[index].name + suffix)
        }
    }

    // MARK: - Labels and annotations

    private func addLabels(to list: inout ResourceList) throws(KustomizeProblem) {
        for entry in kustomization.labels {
            try at(entry.tokens) { () throws(Refusal) in
                try builder.expand(by: list.items.count * (entry.pairs.count + entry.fields.count))
                try set(entry.pairs, at: try fields(of: entry), in: &list)
            }
        }
        try at("commonLabels") { () throws(Refusal) in
            try set(kustomization.commonLabels, at: BuiltinFields.commonLabels, in: &list)
        }
    }

    private func fields(of entry: LabelEntry) throws(Refusal) -> [FieldSpec] {
        if entry.includesSelectors { return try entry.fields.merging(BuiltinFields.commonLabels) }
        let fields = entry.includesTemplates ? try entry.fields.merging(BuiltinFields.templateLabels) : entry.fields
        return try fields.merging([BuiltinFields.metadataLabels])
    }

    private func set(_ pairs: [String: String], at specs: [FieldSpec], in list: inout ResourceList) throws(Refusal) {
        guard !pairs.isEmpty else { return }
        let sorted = pairs.sorted { $0.key < $1.key }
        for index in list.items.indices {
            var added: [String: [[String]]] = [:]
            let type = list.items[index].kind
            try list.items[index].editing { (value) throws(Refusal) in
                for spec in specs where type.isSelected(by: spec.kind) {
                    let editor = FieldEditor(spec, creating: .mapping) { (field, place) throws(Refusal) in
                        for (key, text) in sorted {
                            if field[key] == nil { added[key, default: []].append(place + [key]) }
                            try field.setMember(key, text)
                        }
                    }
                    try editor.edit(&value)
                }
            }
            for places in added.values { list.items[index].share(places) }
        }
    }

    // MARK: - Replicas

    private func setReplicas(_ entry: ReplicaEntry, in list: inout ResourceList) throws(Refusal) {
        var isFound = false
        for spec in BuiltinFields.replicas {
            for index in list.indices(matching: { $0.name == entry.name && $0.kind.isSelected(by: spec.kind) }) {
                isFound = true
                try list.items[index].editing { (value) throws(Refusal) in
                    try edit([spec], .text, in: &value) { (field) throws(Refusal) in
                        guard field.isScalar else { throw .invalid("spec.replicas is \(field.typeName)") }
                        field = .int(entry.count)
                    }
                }
            }
        }
        guard isFound else {
            let kinds = BuiltinFields.replicas.map(\.kind.kind).joined(separator: ", ")
            throw Refusal(.notFound, "nothing with replicas (\(kinds)) is called '\(entry.name)'")
        }
    }

    private func edit(
        _ specs: [FieldSpec],
        _ kind: FieldEditor.Kind,
        in value: inout JSONValue,
        _ change: @escaping (inout JSONValue) throws(Refusal) -> Void
    ) throws(Refusal) {
        let type = value.kind
        for spec in specs where type.isSelected(by: spec.kind) {
            try FieldEditor(spec, creating: kind, change: change).edit(&value)
        }
    }
}

extension JSONValue {
    var kind: Kind { Kind(apiVersion: self["apiVersion"]?.scalarText ?? "", kind: self["kind"]?.scalarText ?? "") }
}
