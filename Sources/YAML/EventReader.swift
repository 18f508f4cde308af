// SPDX-License-Identifier: Apache-2.0

internal import CYAML

/// libyaml's events, one at a time. Its errors become ours at once.
///
/// The caller keeps the input where it is for as long as the reader lives.
struct EventReader: ~Copyable {
    enum Kind {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias
        case scalar
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }

    /// The kind of the current event.
    private(set) var kind = Kind.streamStart
    private let source: SourceText
    // Both live on the heap, because libyaml keeps pointers into the parser.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let event: UnsafeMutablePointer<yaml_event_t>

    /// A reader that stands on the start of the stream.
    static func open(_ input: UnsafeBufferPointer<UInt8>, file: String) throws(YAMLError) -> EventReader {
        let source = try SourceText(input, file: file)
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw source.outOfMemory
        }
        var reader = EventReader(source, parser)
        try reader.advance()
        return reader
    }

    private init(_ source: SourceText, _ parser: UnsafeMutablePointer<yaml_parser_t>) {
        self.source = source
        self.parser = parser
        event = .allocate(capacity: 1)
        event.initialize(to: yaml_event_t())
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, source.start, source.bytes.count)
    }

    deinit {
        yaml_event_delete(event)
        yaml_parser_delete(parser)
        event.deallocate()
        parser.deallocate()
    }

    /// Goes to the next event. After an error, and behind the end of the stream, the reader must not be moved again.
    mutating func advance() throws(YAMLError) {
        yaml_event_delete(event)
        guard yaml_parser_parse(parser, event) == 1 else { throw source.error(of: parser.pointee) }
        kind = Self.kind(of: event.pointee.type)
    }

    /// Goes to the last event of the node whose first event is the current one.
    ///
    /// - Parameters:
    ///   - limit: how deep it may be nested. libyaml looks at every open bracket for every token, so that without a bound a few
    ///     kilobytes would keep it busy for minutes.
    ///   - show: is called on every event of the node.
    mutating func skipNode(
        depth limit: Int,
        showing show: (borrowing EventReader) -> Void = { _ in }
    ) throws(YAMLError) {
        var open = 0
        while true {
            show(self)
            switch kind {
            case .sequenceStart, .mappingStart:
                open += 1
                guard open <= limit else { throw tooDeep(limit) }
            case .sequenceEnd, .mappingEnd: open -= 1
            default: break
            }
            if open == 0 { return }
            try advance()
        }
    }

    /// Ends the stream: what comes after cannot be told without reading on.
    func tooDeep(_ limit: Int) -> YAMLError {
        YAMLError(
            .limit,
            "mappings and lists are nested deeper than \(limit): nest them less",
            file: source.file,
            position: position
        )
    }

    private static func kind(of type: yaml_event_type_t) -> Kind {
        switch type {
        case YAML_SCALAR_EVENT: .scalar
        case YAML_MAPPING_START_EVENT: .mappingStart
        case YAML_MAPPING_END_EVENT: .mappingEnd
        case YAML_SEQUENCE_START_EVENT: .sequenceStart
        case YAML_SEQUENCE_END_EVENT: .sequenceEnd
        case YAML_ALIAS_EVENT: .alias
        case YAML_DOCUMENT_START_EVENT: .documentStart
        case YAML_DOCUMENT_END_EVENT: .documentEnd
        case YAML_STREAM_START_EVENT: .streamStart
        default: .streamEnd
        }
    }
}

// MARK: - The current event

extension EventReader {
    /// Where the event begins.
    var position: SourcePosition { SourcePosition(event.pointee.start_mark) }

    /// The anchor of a node, or the one that an alias refers to.
    var anchor: String? {
        let name =
            switch kind {
            case .scalar: event.pointee.data.scalar.anchor
            case .mappingStart: event.pointee.data.mapping_start.anchor
            case .sequenceStart: event.pointee.data.sequence_start.anchor
            case .alias: event.pointee.data.alias.anchor
            default: UnsafeMutablePointer<yaml_char_t>?.none
            }
        return name.map { String(cString: $0) }
    }

    /// The text of a scalar. It is gone with the event.
    var text: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: event.pointee.data.scalar.value, count: event.pointee.data.scalar.length)
    }

    /// What the tag and the quotes of a scalar say about its type.
    var tag: ScalarTag {
        let isPlain = event.pointee.data.scalar.plain_implicit != 0
        guard let name = event.pointee.data.scalar.tag else { return isPlain ? .unresolved : .string }
        return ScalarTag(String(cString: name))
    }
}

extension SourcePosition {
    init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}
