// SPDX-License-Identifier: Apache-2.0

internal import JSON

extension JSONValue {
    /// A scalar as text, the way kustomize compares names and keys: `80` and `"80"` are the same. Empty for null and
    /// for lists and mappings.
    var scalarText: String {
        switch self {
        case .string(let text): text
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: ""
        }
    }

    var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    /// Null, or a list or mapping without content.
    var isNullOrEmpty: Bool {
        switch self {
        case .null: true
        case .array(let items): items.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }

    /// Lists and mappings inside each other, that a build may make. Files have fewer.
    static let deepest = 256

    /// How many lists and mappings are inside each other.
    var depth: Int {
        switch self {
        case .array(let items): 1 + (items.lazy.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.lazy.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }

    /// What comparing each item with each, and each member with each, would cost at most.
    var pairs: Int {
        switch self {
        case .array(let items): items.reduce(items.count * items.count) { $0 + $1.pairs }
        case .object(let members): members.reduce(members.count * members.count) { $0 + $1.value.pairs }
        default: 0
        }
    }

    /// What the value takes of a limit: one for each value, and the bytes of its texts.
    var weight: Int {
        switch self {
        case .string(let text): 1 + text.utf8.count
        case .array(let items): items.reduce(1) { $0 + $1.weight }
        case .object(let members): members.reduce(1) { $0 + $1.key.utf8.count + $1.value.weight }
        default: 1
        }
    }
}
