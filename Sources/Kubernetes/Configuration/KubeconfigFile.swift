// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// The text of one kubeconfig, with what it takes to say where in it something is wrong.
struct KubeconfigFile: Sendable {
    /// The longest kubeconfig that is read, in bytes: enough for a thousand clusters with their certificates.
    private static let limit = 8 << 20

    /// As it was named to us: for errors.
    let name: String
    /// Absolute: relative paths in the file are read against it.
    let folder: String
    private let bytes: [UInt8]
    /// What the file says: a mapping, or nothing.
    let content: JSONValue

    /// Reads a file.
    init(path: String) throws(KubernetesError) {
        try self.init(
            bytes: try FileReader.bytes(path, limit: Self.limit),
            name: path,
            folder: FilePath.folder(of: FilePath.absolute(path))
        )
    }

    /// Takes what was read elsewhere.
    /// - Throws: `configuration` if it is no YAML, or YAML of something else.
    init(bytes: [UInt8], name: String, folder: String) throws(KubernetesError) {
        self.name = name
        self.folder = folder
        self.bytes = bytes
        guard bytes.count <= Self.limit else {
            throw KubernetesError(
                .configuration,
                "\(name) is longer than \(Self.limit) bytes, too long for a kubeconfig"
            )
        }
        guard !bytes.starts(with: Array("-----BEGIN ".utf8)) else {
            throw KubernetesError(
                .configuration,
                "\(name) is a key or a certificate (PEM), and no kubeconfig, which would name such files"
            )
        }
        let stream = YAML.parse(bytes, file: name)
        if let error = stream.errors.first {
            throw KubernetesError(
                .configuration,
                "\(error): this is no kubeconfig that can be read; correct it, or name another with --kubeconfig"
            )
        }
        // Only the first document counts, and it may be empty: kubectl reads no further.
        content = stream.documents.first.flatMap { $0.index == 0 ? $0.value : nil } ?? .null
        guard content.isNull || content.objectValue != nil else {
            throw KubernetesError(
                .configuration,
                "\(name): a kubeconfig is a mapping with clusters, users and contexts, and this is of type \(content.typeName)"
            )
        }
        try checkKind()
    }

    private func checkKind() throws(KubernetesError) {
        for (field, expected) in [("kind", "Config"), ("apiVersion", "v1")] {
            guard let value = content[field], !value.isNull, value != "" else { continue }
            guard value == .string(expected) else {
                let found = value.stringValue.map { ", and is \($0.prefix(100))" } ?? ""
                throw error(at: [field], "must be \(expected)\(found): a manifest of something else is no kubeconfig")
            }
        }
    }

    /// An error about one place, with its line where the text has one for it.
    /// - Parameter place: the tokens of a JSON pointer.
    func error(at place: [String], _ message: String) -> KubernetesError {
        var tokens = place
        var line = ""
        // What is missing stands nowhere: the line is then that of what it is missing from.
        while !tokens.isEmpty {
            if let position = YAML.position(of: JSONPointer(tokens: tokens), document: 0, in: bytes) {
                line = ":\(position)"
                break
            }
            tokens.removeLast()
        }
        return KubernetesError(.configuration, "\(name)\(line): \(Self.written(place)) \(message)")
    }

    /// `users[2].user.exec.command`
    private static func written(_ place: [String]) -> String {
        var text = ""
        for token in place {
            if token.allSatisfy(\.isWholeNumber) {
                text += "[\(token)]"
            } else {
                text += text.isEmpty ? token : "." + token
            }
        }
        return text
    }
}
