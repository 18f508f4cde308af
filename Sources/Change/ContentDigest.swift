// SPDX-License-Identifier: Apache-2.0

package import JSON
internal import Keys

/// What content looked like, without the content: a SHA-256, or an HMAC where Secret values went into it.
package struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
    package enum Algorithm: String, Sendable {
        case sha256
        case hmacSHA256 = "hmac-sha256"
    }

    package let algorithm: Algorithm
    package let hex: String

    package init(algorithm: Algorithm, hex: String) {
        self.algorithm = algorithm
        self.hex = hex
    }

    /// Reads `sha256:<hex>` or `hmac-sha256:<hex>`; `nil` if it is neither.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let algorithm = Algorithm(rawValue: String(parts[0])),
            SHA256Digest(hex: String(parts[1])) != nil
        else { return nil }
        self.init(algorithm: algorithm, hex: String(parts[1]))
    }

    package var description: String { "\(algorithm.rawValue):\(hex)" }
}

/// Computes digests and masks values so that nobody can guess a Secret from what is written down.
///
/// The key is generated beside the log's key and kept as private as that one. Without it (a plan on a laptop) a key that lives as long
/// as the process does the same, and digests cannot be compared between runs.
package struct SecretKeeper: Sendable {
    private let key: [UInt8]

    /// - Parameter key: 32 random bytes.
    package init(key: [UInt8]) {
        self.key = key
    }

    /// The digest of a value's canonical form, keyed if it belongs to a Secret.
    package func digest(of value: JSONValue, isSecret: Bool) throws -> ContentDigest {
        let bytes = try value.canonicalized()
        guard isSecret else { return ContentDigest(algorithm: .sha256, hex: SHA256Digest.of(bytes).description) }
        return ContentDigest(algorithm: .hmacSHA256, hex: keyedHex(bytes))
    }

    /// The object with each Secret value replaced by a mark that differs when the value differs.
    package func masked(_ object: JSONValue) -> JSONValue {
        guard Self.isSecret(object) else { return object }
        var result = object
        for member in ["data", "stringData"] {
            guard let values = object[member]?.objectValue else { continue }
            result[member] = .object(JSONObject(values.map { (key: $0.key, value: mark(for: $0.value)) }))
        }
        // kubectl's client-side apply keeps the whole manifest, values included, in an annotation.
        let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
        if let annotation = object["metadata"]?["annotations"]?[lastApplied] {
            result["metadata"]?["annotations"]?[lastApplied] = mark(for: annotation)
        }
        return result
    }

    /// What stands in place of a Secret's value: the beginning of its HMAC, enough to see that it changed.
    package func mark(for value: JSONValue) -> JSONValue {
        .string("*** (hmac \(keyedHex(value.serialized()).prefix(8)))")
    }

    package static func isSecret(_ object: JSONValue) -> Bool {
        object["kind"]?.stringValue == "Secret" && object["apiVersion"]?.stringValue == "v1"
    }

    private func keyedHex(_ bytes: [UInt8]) -> String {
        Hex.encode(hmacSHA256(key: key, message: bytes))
    }
}
