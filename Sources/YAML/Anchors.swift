// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// The anchored nodes of one document.
struct Anchors {
    struct Node {
        /// A scalar is kept as such, because what it is as a key cannot be told from its JSON.
        enum Content {
            case scalar(Scalar)
            case container(JSONValue)
        }

        let content: Content
        /// See `AliasBudget`.
        let size: Int
        /// The containers inside each other, itself counted.
        let height: Int

        /// The node as the name of a member; `nil` for what cannot be one.
        var key: String? {
            guard case .scalar(let scalar) = content else { return nil }
            return scalar.key
        }
    }

    enum Entry {
        /// The node is being read: an alias here would be inside its own anchor.
        case open
        case complete(Node)
    }

    private var entries: [String: Entry] = [:]

    /// A later anchor of the same name replaces an earlier one.
    subscript(name: String) -> Entry? {
        get { entries[name] }
        set { entries[name] = newValue }
    }
}

/// What aliases may add to a stream. A few lines of aliases to aliases can stand for gigabytes; here they are refused
/// before anything is made of them.
///
/// A node's size is the length of its text and a little for the node itself, with all that the aliases in it stand for.
struct AliasBudget {
    private static let nodeSize = 16

    private let ratio: Int
    private let allowance: Int
    private var written = 0
    private var aliased = 0

    init(_ limits: YAMLLimits) {
        ratio = limits.aliasRatio
        allowance = limits.aliasAllowance
    }

    /// All that was seen up to now.
    var size: Int { written + aliased }

    mutating func addNode(textLength: Int = 0) {
        written += Self.nodeSize + textLength
    }

    /// Whether an alias to a node of the size still fits; if so, it is counted.
    mutating func addAlias(size: Int) -> Bool {
        guard aliased + size <= max(allowance, written * ratio) else { return false }
        aliased += size
        return true
    }
}
