// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Keys

/// The suffix that names of generated ConfigMaps and Secrets get, so that what uses them restarts when they change.
///
/// Ten characters of the SHA-256 of the content as Go writes it in JSON, some of them exchanged so that they spell
/// nothing: the algorithm of kustomize's `hasher` package, which comes from kubectl.
enum NameHash {
    /// - Throws: `unsupported` for other kinds.
    static func append(to resource: inout Resource) throws(Refusal) {
        guard resource.generation?.addsHash == true else { return }
        let hash = try hash(of: resource)
        resource.rememberName()
        resource.setMetadata("name", resource.name + "-" + hash)
    }

    private static func hash(of resource: Resource) throws(Refusal) -> String {
        let value = resource.value
        // The members in the order of their names. The name is empty: kustomize looks for it in the wrong place.
        var members: [(key: String, value: JSONValue)] = []
        switch resource.kind.kind {
        case "ConfigMap":
            if value["binaryData"]?.objectValue != nil { members.append(("binaryData", value["binaryData"] ?? .null)) }
            members += [("data", content(value["data"])), ("kind", "ConfigMap"), ("name", "")]
        case "Secret":
            members += [("data", content(value["data"])), ("kind", "Secret"), ("name", "")]
            if value["stringData"]?.objectValue != nil { members.append(("stringData", value["stringData"] ?? .null)) }
            members.append(("type", content(value["type"])))
        default:
            throw Refusal(.unsupported, "a generated object has become \(resource.kind.kind): its name gets no hash")
        }
        var json = GoJSON()
        json.write(.object(JSONObject(uniqueMembers: members)))
        return suffix(SHA256Digest.of(json.bytes).description)
    }

    /// Scalars count as text, and what is absent as an empty one.
    private static func content(_ value: JSONValue?) -> JSONValue {
        guard let value else { return "" }
        return value.isScalar ? .string(value.scalarText) : value
    }

    private static let exchanged: [Character: Character] = ["0": "g", "1": "h", "3": "k", "a": "m", "e": "t"]

    private static func suffix(_ digits: String) -> String {
        String(digits.prefix(10).map { exchanged[$0] ?? $0 })
    }
}

/// JSON as Go's `encoding/json` writes it: keys sorted by their bytes, and what could end a script escaped.
struct GoJSON {
    private(set) var bytes: [UInt8] = []
    /// One member or item a line, indented by two spaces.
    private let isPretty: Bool
    private var depth = 0

    init(isPretty: Bool = false) {
        self.isPretty = isPretty
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            write("{", "}", sorted) { json, member in
                json.write(.string(member.key))
                json.bytes += (json.isPretty ? ": " : ":").utf8
                json.write(member.value)
            }
        case .array(let items):
            write("[", "]", items) { $0.write($1) }
        case .string(let text):
            write(text)
        default:
            bytes += value.serialized()
        }
    }

    private mutating func write<Element>(
        _ opening: String,
        _ closing: String,
        _ elements: [Element],
        writeElement: (inout GoJSON, Element) -> Void
    ) {
        bytes += opening.utf8
        depth += 1
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes += ",".utf8 }
            breakLine()
            writeElement(&self, element)
        }
        depth -= 1
        if !elements.isEmpty { breakLine() }
        bytes += closing.utf8
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        bytes += "\n".utf8
        bytes += repeatElement(UInt8(ascii: " "), count: 2 * depth)
    }

    private mutating func write(_ text: String) {
        bytes += "\"".utf8
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += "\\\"".utf8
            case "\\": bytes += "\\\\".utf8
            case "\n": bytes += "\\n".utf8
            case "\r": bytes += "\\r".utf8
            case "\t": bytes += "\\t".utf8
            case "\u{8}": bytes += "\\b".utf8
            case "\u{C}": bytes += "\\f".utf8
            case "<", ">", "&", "\u{0}"..."\u{1F}", "\u{2028}", "\u{2029}": escape(scalar)
            default: bytes += String(scalar).utf8
            }
        }
        bytes += "\"".utf8
    }

    private mutating func escape(_ scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        bytes += ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8
    }
}
