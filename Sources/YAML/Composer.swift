// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Makes JSON values from libyaml's events as they come; there is no tree in between.
///
/// A syntax error, or nesting beyond the limit, is thrown and ends the stream. Any other error is noted, costs its document, and reading goes on, so that all of
/// a document's errors are reported at once.
struct Composer: ~Copyable {
    private var reader: EventReader
    private let file: String
    private let limits: YAMLLimits
    private var faults: [YAMLError] = []
    private var faultCount = 0
    /// Of these, how many only repeat one that is listed.
    private var repeatedCount = 0
    private var anchors = Anchors()
    private var budget: AliasBudget
    /// The largest depth since the innermost open anchor.
    private var deepest = 0

    init(_ input: UnsafeBufferPointer<UInt8>, file: String, limits: YAMLLimits) throws(YAMLError) {
        reader = try .open(input, file: file)
        self.file = file
        self.limits = limits
        budget = AliasBudget(limits)
    }

    /// Reads the whole stream.
    mutating func stream() -> YAMLStream {
        var documents: [YAMLDocument] = []
        do throws(YAMLError) {
            try reader.advance()
            var index = 0
            while reader.kind == .documentStart {
                guard index < limits.documents else {
                    report(.limit, "the file has more than \(limits.documents) documents")
                    break
                }
                if let document = try document(index) { documents.append(document) }
                try reader.advance()
                index += 1
            }
        } catch {
            add(error)
        }
        if faultCount - repeatedCount > faults.count {
            let message = "\(faultCount - repeatedCount) errors, of which the first \(faults.count) are listed"
            faults.append(YAMLError(.limit, message, file: file))
        }
        return YAMLStream(documents: documents, errors: faults)
    }

    /// The document whose start is the current event; `nil` for one that is empty, null or faulty.
    private mutating func document(_ index: Int) throws(YAMLError) -> YAMLDocument? {
        let faultsBefore = faultCount
        anchors = Anchors()
        try reader.advance()
        let position = reader.position
        let value = try node(depth: 0)
        try reader.advance()
        guard faultCount == faultsBefore, !value.isNull else { return nil }
        return YAMLDocument(value: value, position: position, index: index)
    }

    // MARK: Nodes

    // Each of these begins on the first event of its node and ends on the last. A node with an error is null.

    /// - Parameter depth: the number of containers around the node.
    private mutating func node(depth: Int) throws(YAMLError) -> JSONValue {
        if reader.kind == .alias { return aliased(depth: depth).map { value(of: $0) } ?? .null }
        if let name = reader.anchor { return value(of: try anchored(name, depth: depth)) }
        return reader.kind == .scalar ? json(scalar()) : try container(depth: depth + 1)
    }

    private mutating func value(of node: Anchors.Node) -> JSONValue {
        switch node.content {
        case .scalar(let scalar): json(scalar)
        case .container(let value): value
        }
    }

    /// - Parameter depth: the number of containers, itself counted.
    private mutating func container(depth: Int) throws(YAMLError) -> JSONValue {
        budget.addNode()
        deepest = max(deepest, depth)
        guard depth <= limits.depth else { throw reader.tooDeep(limits.depth) }
        return reader.kind == .mappingStart ? try mapping(depth: depth) : try sequence(depth: depth)
    }

    private mutating func sequence(depth: Int) throws(YAMLError) -> JSONValue {
        var items: [JSONValue] = []
        try reader.advance()
        while reader.kind != .sequenceEnd {
            items.append(try node(depth: depth))
            try reader.advance()
        }
        return .array(items)
    }

    private mutating func mapping(depth: Int) throws(YAMLError) -> JSONValue {
        var list = MemberList()
        try reader.advance()
        while reader.kind != .mappingEnd {
            if reader.isMergeKey {
                try reader.advance()
                try merge(into: &list, depth: depth)
            } else {
                try member(into: &list, depth: depth)
            }
            try reader.advance()
        }
        return .object(JSONObject(uniqueMembers: list.members))
    }

    private mutating func member(into list: inout MemberList, depth: Int) throws(YAMLError) {
        let position = reader.position
        let key = try key()
        try reader.advance()
        let value = try node(depth: depth)
        guard let key, let earlier = list.add(key, value, at: position) else { return }
        let place = "line \(earlier.line), column \(earlier.column)"
        report(.duplicateKey, "duplicate key '\(key)', which stands at \(place) already", at: position)
    }

    private mutating func merge(into list: inout MemberList, depth: Int) throws(YAMLError) {
        let position = reader.position
        let isList = reader.kind == .sequenceStart
        let faultsBefore = faultCount
        let source = try node(depth: depth)
        guard faultCount == faultsBefore else { return }
        var objects: [JSONObject] = []
        switch source {
        case .object(let object): objects = [object]
        case .array(let items) where isList:
            objects = items.compactMap(\.objectValue)
            guard objects.count == items.count else { fallthrough }
        default:
            report(.merge, "'<<' needs a mapping or a list of mappings", at: position)
        }
        // In a list, the earlier mapping wins.
        for object in objects.reversed() { list.merge(object) }
    }

    // MARK: Scalars and keys

    private mutating func scalar() -> Scalar {
        let text = reader.text
        budget.addNode(textLength: text.count)
        do {
            return try ScalarResolver.resolve(text, reader.tag)
        } catch {
            report(.unsupportedValue, error.message, at: reader.position)
            return .null
        }
    }

    private mutating func json(_ scalar: Scalar) -> JSONValue {
        if let value = scalar.json { return value }
        report(.unsupportedValue, "JSON has no infinities and no 'not a number': quote the value", at: reader.position)
        return .null
    }

    /// The name of a member; `nil` if the node cannot be one, which is reported.
    private mutating func key() throws(YAMLError) -> String? {
        let position = reader.position
        let faultsBefore = faultCount
        let key: String?
        switch reader.kind {
        case .alias:
            key = aliased(depth: 0)?.key
        case .scalar:
            if let name = reader.anchor { key = try anchored(name, depth: 0).key } else { key = scalar().key }
        default:
            key = nil
            try reader.skipNode(depth: limits.depth)
        }
        if key == nil, faultCount == faultsBefore {
            report(
                .unsupportedKey,
                "a key must be a string, a number that fits in 64 bits, or a boolean: put it in quotes",
                at: position
            )
        }
        return key
    }

    // MARK: Anchors and aliases

    private mutating func anchored(_ name: String, depth: Int) throws(YAMLError) -> Anchors.Node {
        let sizeBefore = budget.size
        let deepestBefore = deepest
        anchors[name] = .open
        deepest = depth
        let content: Anchors.Node.Content =
            reader.kind == .scalar ? .scalar(scalar()) : .container(try container(depth: depth + 1))
        let node = Anchors.Node(content: content, size: budget.size - sizeBefore, height: deepest - depth)
        deepest = max(deepest, deepestBefore)
        anchors[name] = .complete(node)
        return node
    }

    /// What the alias at hand stands for; `nil` if that cannot be had, which is reported.
    private mutating func aliased(depth: Int) -> Anchors.Node? {
        let name = reader.anchor ?? ""
        switch anchors[name] {
        case nil:
            report(
                .alias,
                "unknown anchor '\(name)': put the value in quotes if no alias is meant",
                at: reader.position
            )
        case .open: report(.alias, "the anchor '\(name)' contains itself", at: reader.position)
        case .complete(let node):
            guard budget.addAlias(size: node.size) else {
                reportExhaustedBudget()
                return nil
            }
            guard depth + node.height <= limits.depth else {
                report(.limit, "aliases nest mappings and lists deeper than \(limits.depth)", at: reader.position)
                return nil
            }
            deepest = max(deepest, depth + node.height)
            return node
        }
        return nil
    }

    // MARK: Errors

    /// Once: from there on every alias is too much.
    private mutating func reportExhaustedBudget() {
        let message = "aliases make the file more than it may become: write out what they stand for"
        guard faults.contains(where: { $0.message == message }) else {
            return report(.limit, message, at: reader.position)
        }
        faultCount += 1
        repeatedCount += 1
    }

    private mutating func report(_ code: YAMLError.Code, _ message: String, at position: SourcePosition? = nil) {
        add(YAMLError(code, message, file: file, position: position))
    }

    private mutating func add(_ error: YAMLError) {
        faultCount += 1
        if faults.count < limits.errors { faults.append(error) }
    }
}

extension EventReader {
    /// Whether the current event is the key `<<`, not quoted or tagged as a merge.
    var isMergeKey: Bool {
        guard kind == .scalar, text.count == 2, text[0] == UInt8(ascii: "<"), text[1] == UInt8(ascii: "<") else {
            return false
        }
        let tag = tag
        return tag == .unresolved || tag == .merge
    }
}

extension ScalarResolver.Failure {
    /// What is wrong, without the text, which may be secret.
    var message: String {
        switch self {
        case .notAsTagged(let tag): "the text is not the \(tag) that its tag says"
        case .invalidBase64: "the text is tagged as binary but is not Base64"
        case .notText: "binary data that is not UTF-8 has no place in JSON"
        }
    }
}
