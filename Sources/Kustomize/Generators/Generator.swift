// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Keys

/// Makes ConfigMaps and Secrets of literals and files.
struct Generator {
    enum Product: String {
        case configMap = "ConfigMap"
        case secret = "Secret"
    }

    private let document: SourceDocument
    /// Whether the places of the entries are looked up: each costs reading the kustomization once.
    private let isSearched: Bool
    private let read: (String) throws(Refusal) -> [UInt8]

    /// - Parameters:
    ///   - document: the kustomization.
    ///   - entries: how many it has.
    ///   - read: the content of a file that it names.
    init(document: SourceDocument, entries: Int, read: @escaping (String) throws(Refusal) -> [UInt8]) {
        self.document = document
        isSearched = entries * document.bytes.count <= SourceDocument.mostSearched
        self.read = read
    }

    func make(_ product: Product, _ entry: GeneratorEntry) throws(KustomizeProblem) -> Resource {
        let pairs = try pairs(entry, product)
        var value: JSONValue = ["apiVersion": "v1", "kind": .string(product.rawValue), "metadata": [:]]
        var metadata: JSONValue = ["name": .string(entry.name)]
        if !entry.namespace.isEmpty { metadata["namespace"] = .string(entry.namespace) }
        if !entry.options.labels.isEmpty { metadata["labels"] = .strings(entry.options.labels) }
        if !entry.options.annotations.isEmpty { metadata["annotations"] = .strings(entry.options.annotations) }
        value["metadata"] = metadata
        switch product {
        case .configMap:
            value.addConfigMapData(pairs)
        case .secret:
            value["type"] = .string(entry.type.isEmpty ? "Opaque" : entry.type)
            value["data"] = .object(
                JSONObject(uniqueMembers: pairs.map { ($0.key, .string(WrappedBase64.encode($0.content))) })
            )
        }
        if entry.options.isImmutable { value["immutable"] = true }
        return Resource(
            value: value,
            origin: Resource.Origin(
                path: document.path,
                document: document.index,
                position: isSearched ? document.position(of: entry.tokens) : document.start
            ),
            generation: Resource.Generation(behavior: entry.behavior, addsHash: !entry.options.isHashDisabled)
        )
    }

    // MARK: - Sources

    private typealias Pair = (key: String, content: [UInt8])

    /// From the files of variables, the literals and the files, sorted by key.
    private func pairs(_ entry: GeneratorEntry, _ product: Product) throws(KustomizeProblem) -> [Pair] {
        var pairs: [String: [UInt8]] = [:]
        func add(_ pair: Pair, _ place: PlacedText) throws(KustomizeProblem) {
            guard pairs.updateValue(pair.content, forKey: pair.key) == nil else {
                let message = "the \(product.rawValue) '\(entry.name)' has the key '\(pair.key)' twice"
                throw document.problem(.duplicate, message, at: place.tokens)
            }
        }
        for place in entry.environments {
            let found = try document.locating(place.tokens) { () throws(Refusal) in
                try EnvironmentFile.pairs(try read(place.text), name: place.text)
            }
            for pair in found { try add(pair, place) }
        }
        for place in entry.literals {
            try add(try document.locating(place.tokens) { () throws(Refusal) in try literal(place.text) }, place)
        }
        for place in entry.files {
            let pair = try document.locating(place.tokens) { () throws(Refusal) -> Pair in
                let source = try fileSource(place.text)
                return (source.key, try read(source.path))
            }
            try add(pair, place)
        }
        return pairs.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
    }

    /// `key=value`, the value in quotes or not. Messages do not show the literal, which may be a password.
    private func literal(_ text: String) throws(Refusal) -> Pair {
        guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
            throw .invalid("a literal is written 'key=value'")
        }
        return (String(text[..<sign]), Array(unquoted(text[text.index(after: sign)...]).utf8))
    }

    private func unquoted(_ text: Substring) -> Substring {
        guard text.utf8.count >= 2, let first = text.utf8.first, first == text.utf8.last,
            first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
        else { return text }
        return text.dropFirst().dropLast()
    }

    /// `path`, whose last part is the key, or `key=path`.
    private func fileSource(_ text: String) throws(Refusal) -> (key: String, path: String) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1:
            guard let name = text.split(separator: "/").last else { throw .invalid("an empty path names nothing") }
            return (String(name), text)
        case 2 where parts[0].isEmpty: throw .invalid("'\(text)' has no key before the '='")
        case 2 where parts[1].isEmpty: throw .invalid("'\(text)' has no path behind the '='")
        case 2: return (parts[0], parts[1])
        default: throw .invalid("'\(text)' has more than one '='")
        }
    }
}

extension JSONValue {
    /// A mapping of strings, sorted by key.
    static func strings(_ members: [String: String]) -> JSONValue {
        let sorted = members.sorted { $0.key < $1.key }
        return .object(JSONObject(uniqueMembers: sorted.map { (key: $0.key, value: .string($0.value)) }))
    }

    /// Text goes to `data`, what is no text to `binaryData`.
    fileprivate mutating func addConfigMapData(_ pairs: [(key: String, content: [UInt8])]) {
        var data: [JSONObject.Element] = []
        var binaryData: [JSONObject.Element] = []
        for (key, content) in pairs {
            if let text = String(validating: content, as: UTF8.self) {
                data.append((key, .string(text)))
            } else {
                binaryData.append((key, .string(WrappedBase64.encode(content))))
            }
        }
        if !data.isEmpty { self["data"] = .object(JSONObject(uniqueMembers: data)) }
        if !binaryData.isEmpty { self["binaryData"] = .object(JSONObject(uniqueMembers: binaryData)) }
    }
}

/// Base64 as kustomize writes it: from 70 characters on in lines, which the hash of the name depends on.
private enum WrappedBase64 {
    private static let lineLength = 70

    static func encode(_ bytes: [UInt8]) -> String {
        let text = Array(Base64.encode(bytes).utf8)
        guard text.count >= lineLength else { return String(decoding: text, as: UTF8.self) }
        var result: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: lineLength) {
            result += text[start..<min(start + lineLength, text.count)]
            result.append(UInt8(ascii: "\n"))
        }
        return String(decoding: result, as: UTF8.self)
    }
}
