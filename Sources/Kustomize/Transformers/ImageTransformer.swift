// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Changes names, tags and digests of images.
struct ImageTransformer {
    private let entry: ImageEntry

    init(_ entry: ImageEntry) {
        self.entry = entry
    }

    func transform(_ list: inout ResourceList) throws(Refusal) {
        for index in list.items.indices where list.items[index].kind.kind != "CustomResourceDefinition" {
            // Both ways, as in kustomize: so a suffix comes twice where both lead to an image.
            try list.items[index].editing { (value) throws(Refusal) in try updateContainers(in: &value) }
            try list.items[index].editing { (value) throws(Refusal) in
                for spec in BuiltinFields.images {
                    try FieldEditor(spec) { (field) throws(Refusal) in try update(&field) }.edit(&value)
                }
            }
        }
    }

    /// Looks for lists of containers at any depth and in any kind.
    private func updateContainers(in value: inout JSONValue) throws(Refusal) {
        switch value {
        case .object(let members):
            for (key, member) in members {
                var changed = member
                try updateContainers(in: &changed)
                if key == "containers" || key == "initContainers" { try updateImages(of: &changed) }
                if changed != member { value[key] = changed }
            }
        case .array(var items):
            for index in items.indices { try updateContainers(in: &items[index]) }
            value = .array(items)
        default: break
        }
    }

    private func updateImages(of containers: inout JSONValue) throws(Refusal) {
        guard case .array(var items) = containers else { return }
        for index in items.indices where !items[index].isNull {
            guard let members = items[index].objectValue else {
                throw .invalid("a list of containers has \(items[index].typeName) in it")
            }
            guard var image = members["image"] else { continue }
            try update(&image)
            items[index]["image"] = image
        }
        containers = .array(items)
    }

    private func update(_ image: inout JSONValue) throws(Refusal) {
        guard !image.isNull else { return }
        guard image.isScalar else { throw .invalid("an image is \(image.typeName) and not a string") }
        let text = image.scalarText
        guard entry.pattern.isFound(in: text) else { return }
        var reference = ImageReference(text)
        if !entry.newName.isEmpty { reference.name = entry.newName }
        if !entry.newTag.isEmpty || !entry.digest.isEmpty {
            reference.tag = entry.newTag
            reference.digest = entry.digest
        } else if !entry.tagSuffix.isEmpty {
            reference.tag += entry.tagSuffix
            reference.digest = ""
        }
        image = .string(reference.text)
    }
}

/// The parts of `registry/name:tag@digest`.
private struct ImageReference {
    var name: String
    var tag = ""
    var digest = ""

    init(_ text: String) {
        // A colon before the first slash belongs to the port of a registry.
        let slash = text.firstIndex(of: "/").flatMap { $0 > text.startIndex ? $0 : nil } ?? text.startIndex
        let colon = text[slash...].firstIndex(of: ":")
        let at = text[slash...].firstIndex(of: "@")
        switch (colon, at) {
        case (nil, nil):
            name = text
        case (let colon, let at?) where colon.map({ at < $0 }) ?? true:
            name = String(text[..<at])
            digest = String(text[text.index(after: at)...])
        case (let colon?, let at?):
            name = String(text[..<colon])
            tag = String(text[text.index(after: colon)..<at])
            digest = String(text[text.index(after: at)...])
        case (let colon?, nil):
            name = String(text[..<colon])
            tag = String(text[text.index(after: colon)...])
        case (nil, _?):
            name = text
        }
    }

    var text: String { name + (tag.isEmpty ? "" : ":" + tag) + (digest.isEmpty ? "" : "@" + digest) }
}
