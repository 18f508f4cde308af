// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Walks through a stream's events once and notes where the values stand that pointers name.
struct PositionFinder: ~Copyable {
    /// What is looked for below one node: the tokens of all pointers, as a tree.
    struct Wanted {
        /// The numbers of the pointers that end here.
        fileprivate var ends: [Int] = []
        fileprivate var children: [ExactString: Wanted] = [:]

        mutating func add(_ tokens: ArraySlice<String>, number: Int) {
            guard let token = tokens.first else { return ends.append(number) }
            children[ExactString(token), default: Wanted()].add(tokens.dropFirst(), number: number)
        }
    }

    private var reader: EventReader
    private let depth: Int
    /// What the scalars that have an anchor are as keys, since a key can be an alias.
    private var keys: [String: String] = [:]
    /// By the number of the pointer.
    private(set) var found: [Int: SourcePosition] = [:]

    /// - Parameter depth: how deep the stream may be nested.
    init(_ input: UnsafeBufferPointer<UInt8>, depth: Int) throws(YAMLError) {
        reader = try .open(input, file: "")
        self.depth = depth
    }

    /// - Parameter wanted: by the number of the document.
    mutating func find(_ wanted: [Int: Wanted]) throws(YAMLError) {
        var remaining = wanted
        var document = -1
        while reader.kind != .streamEnd, !remaining.isEmpty {
            try reader.advance()
            guard reader.kind == .documentStart else { continue }
            document += 1
            guard let tree = remaining.removeValue(forKey: document) else { continue }
            try reader.advance()
            try node(tree, at: reader.position)
        }
    }

    // Each of these begins on the first event of its node and ends on the last.

    /// - Parameter position: of the node: a member is found at its key.
    private mutating func node(_ wanted: Wanted, at position: SourcePosition) throws(YAMLError) {
        for number in wanted.ends { found[number] = position }
        guard !wanted.children.isEmpty else { return try skip() }
        switch reader.kind {
        case .mappingStart: try members(wanted)
        case .sequenceStart: try items(wanted)
        // Behind an alias, everything is where the alias is.
        case .alias: settle(wanted, at: position)
        default: try skip()
        }
    }

    private mutating func skip() throws(YAMLError) {
        // Taken out meanwhile, so that neither the reader's access overlaps nor the table is copied.
        var keys: [String: String] = [:]
        swap(&keys, &self.keys)
        defer { swap(&keys, &self.keys) }
        try reader.skipNode(depth: depth) { event in
            if let anchor = event.anchor, let key = event.key { keys[anchor] = key }
        }
    }

    private mutating func members(_ wanted: Wanted) throws(YAMLError) {
        var remaining = wanted.children
        var merge: SourcePosition?
        try reader.advance()
        while reader.kind != .mappingEnd {
            let position = reader.position
            let isMerge = reader.isMergeKey
            let name = reader.kind == .alias ? reader.anchor.flatMap { keys[$0] } : reader.key
            if isMerge { merge = position }
            try skip()
            try reader.advance()
            if !isMerge, let name, let tree = remaining.removeValue(forKey: ExactString(name)) {
                try node(tree, at: position)
            } else {
                try skip()
            }
            try reader.advance()
        }
        guard let merge else { return }
        for (_, tree) in remaining { settleAll(tree, at: merge) }
    }

    private mutating func items(_ wanted: Wanted) throws(YAMLError) {
        var index = 0
        try reader.advance()
        while reader.kind != .sequenceEnd {
            if let tree = wanted.children[ExactString(String(index))] {
                try node(tree, at: reader.position)
            } else {
                try skip()
            }
            try reader.advance()
            index += 1
        }
    }

    private mutating func settle(_ wanted: Wanted, at position: SourcePosition) {
        for (_, tree) in wanted.children { settleAll(tree, at: position) }
    }

    private mutating func settleAll(_ wanted: Wanted, at position: SourcePosition) {
        for number in wanted.ends { found[number] = position }
        settle(wanted, at: position)
    }
}

extension EventReader {
    /// What a scalar is as a key; `nil` if it cannot be one, and for anything else.
    fileprivate var key: String? {
        kind == .scalar ? (try? ScalarResolver.resolve(text, tag))?.key : nil
    }
}
