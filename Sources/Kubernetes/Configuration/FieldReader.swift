// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Keys

/// The members of one mapping of a kubeconfig, read as what they must be. An absent member, `null` and an empty one are the same.
///
/// Errors name file, line and field, and never a value, which may be secret.
struct FieldReader: Sendable {
    let file: KubeconfigFile
    /// The way from the top of the file to this mapping.
    let place: [String]
    private let members: JSONObject

    init(_ file: KubeconfigFile) {
        self.file = file
        place = []
        members = file.content.objectValue ?? JSONObject()
    }

    private init(_ file: KubeconfigFile, _ place: [String], _ value: JSONValue) throws(KubernetesError) {
        self.file = file
        self.place = place
        switch value {
        case .object(let members): self.members = members
        case .null: members = JSONObject()
        default: throw file.error(at: place, "must be a mapping, not of type \(value.typeName)")
        }
    }

    /// What is wrong with a member, or, without one, with the mapping itself.
    func error(_ field: String?, _ message: String) -> KubernetesError {
        file.error(at: place + (field.map { [$0] } ?? []), message)
    }

    func has(_ field: String) -> Bool { value(field) != nil }

    func string(_ field: String) throws(KubernetesError) -> String {
        guard let value = value(field) else { return "" }
        guard let text = value.stringValue else {
            throw error(field, "must be text, not of type \(value.typeName): put it in quotes")
        }
        guard !text.utf8.contains(0) else { throw error(field, "has a zero byte in it") }
        return text
    }

    func bool(_ field: String) throws(KubernetesError) -> Bool {
        guard let value = value(field) else { return false }
        guard let flag = value.boolValue else {
            throw error(field, "must be true or false, not of type \(value.typeName)")
        }
        return flag
    }

    /// Bytes that are written as Base64, perhaps in several lines.
    func data(_ field: String) throws(KubernetesError) -> [UInt8] {
        let text = try string(field).filter { !$0.isNewline }
        guard let bytes = Base64.decode(text) else {
            throw error(field, "is not Base64: encode the file with 'base64 -w0'")
        }
        return bytes
    }

    /// The name of a file, absolute: a relative one is read against the kubeconfig's own folder.
    func path(_ field: String) throws(KubernetesError) -> String {
        let path = try string(field)
        return path.isEmpty ? "" : FilePath.absolute(path, in: file.folder)
    }

    func strings(_ field: String) throws(KubernetesError) -> [String] {
        try strings(value(field) ?? .array([]), at: [field])
    }

    /// A mapping whose values are lists of texts.
    func lists(_ field: String) throws(KubernetesError) -> [(key: String, values: [String])] {
        guard let mapping = try child(field) else { return [] }
        var lists: [(key: String, values: [String])] = []
        for (key, value) in mapping.members where !value.isNull {
            lists.append((key, try strings(value, at: [field, key])))
        }
        return lists
    }

    /// `nil` where there is no such member.
    func child(_ field: String) throws(KubernetesError) -> FieldReader? {
        has(field) ? try mapping(field) : nil
    }

    /// One without members where there is no such member.
    func mapping(_ field: String) throws(KubernetesError) -> FieldReader {
        try FieldReader(file, place + [field], value(field) ?? .null)
    }

    /// The mappings of a list.
    func items(_ field: String) throws(KubernetesError) -> [FieldReader] {
        guard let value = value(field) else { return [] }
        guard let items = value.arrayValue else { throw error(field, "must be a list, not of type \(value.typeName)") }
        var readers: [FieldReader] = []
        for (index, item) in items.enumerated() {
            readers.append(try FieldReader(file, place + [field, String(index)], item))
        }
        return readers
    }

    /// A member of any type.
    func value(_ field: String) -> JSONValue? {
        members[field].flatMap { $0.isNull ? nil : $0 }
    }

    private func strings(_ value: JSONValue, at path: [String]) throws(KubernetesError) -> [String] {
        guard let items = value.arrayValue else {
            throw file.error(at: place + path, "must be a list of texts, not of type \(value.typeName)")
        }
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            guard let text = item.stringValue, !text.utf8.contains(0) else {
                throw file.error(at: place + path + [String(index)], "must be text: put it in quotes")
            }
            texts.append(text)
        }
        return texts
    }
}
