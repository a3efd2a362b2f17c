import CLibYAML

/// Builds the nodes of a YAML document from the events of libyaml.
///
/// Scalars stay text (`no` is a valid interface name): the configuration's schema decides what a number or a flag is.
/// Lines and columns count from 1; a column is a Unicode scalar. See yaml.h (libyaml 0.2.5); YAML 1.1, chapter 3.
@safe package struct YAMLComposer: ~Copyable {
    /// The levels of nesting in a document, aliases included. libyaml has no limit, and building and releasing a node
    /// recurse once per level.
    static let maximumDepth = 100

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeBufferPointer<UInt8>
    private let file: String
    /// The nodes that an alias can repeat. A later anchor replaces an earlier one of the same name.
    private var anchors: [String: YAMLNode] = [:]

    /// The root of the document in `text`; nil if there is no document. Positions name `file`.
    package static func root(of text: String, file: String) throws(YAMLError) -> YAMLNode? {
        try unsafe Array(text.utf8).withUnsafeBufferPointer { (bytes) throws(YAMLError) in
            var composer = unsafe YAMLComposer(bytes, file: file)
            return try composer.root()
        }
    }

    /// `bytes` must outlive the composer.
    private init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
        self.file = file
        unsafe self.bytes = bytes
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        precondition(unsafe yaml_parser_initialize(parser) == 1, "out of memory")
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
    }

    private mutating func root() throws(YAMLError) -> YAMLNode? {
        _ = try next()  // the start of the stream
        guard case .documentStart = try next().kind else { return nil }
        let root = try node(next(), depth: 0)
        _ = try next()  // the end of the document
        let event = try next()
        if case .documentStart = event.kind {
            let problem = "expected a single document in the stream (line 1) but found another document"
            throw .invalid(problem: problem, at: event.position)
        }
        return root
    }

    /// The node that begins with `event`, inside `depth` sequences and mappings.
    private mutating func node(_ event: Event, depth: Int) throws(YAMLError) -> YAMLNode {
        let content: YAMLNode.Content
        switch event.kind {
        case .scalar(let scalar): content = .scalar(scalar)
        case .sequenceStart: content = .sequence(try sequence(event, depth: depth))
        case .mappingStart: content = .mapping(try mapping(event, depth: depth))
        case .alias:
            guard let node = event.anchor.flatMap({ anchors[$0] }) else {
                throw .invalid(problem: "found undefined alias", at: event.position)
            }
            guard depth + node.depth <= YAMLComposer.maximumDepth else { throw .tooDeep(at: event.position) }
            return node
        case .collectionEnd, .documentStart, .other: preconditionFailure("libyaml begins no node with this event")
        }
        let node = YAMLNode(content, at: event.position)
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func sequence(_ start: Event, depth: Int) throws(YAMLError) -> [YAMLNode] {
        guard depth < YAMLComposer.maximumDepth else { throw .tooDeep(at: start.position) }
        var nodes: [YAMLNode] = []
        while let event = try nextInCollection() { nodes.append(try node(event, depth: depth + 1)) }
        return nodes
    }

    private mutating func mapping(_ start: Event, depth: Int) throws(YAMLError) -> [(key: YAMLNode, value: YAMLNode)] {
        guard depth < YAMLComposer.maximumDepth else { throw .tooDeep(at: start.position) }
        var pairs: [(key: YAMLNode, value: YAMLNode)] = []
        while let event = try nextInCollection() {
            let key = try node(event, depth: depth + 1)
            pairs.append((key, try node(next(), depth: depth + 1)))
        }
        try refuseDuplicates(in: pairs.map(\.key))
        return pairs
    }

    private func refuseDuplicates(in keys: [YAMLNode]) throws(YAMLError) {
        var positions: [String: [Position]] = [:]
        for key in keys { if let scalar = key.scalar { positions[scalar.text, default: []].append(key.position) } }
        guard positions.contains(where: { $0.value.count > 1 }) else { return }
        throw .duplicateKeys(positions.filter { $0.value.count > 1 }.map { ($0.key, $0.value) })
    }

    /// The next event in a sequence or a mapping; nil at its end.
    private func nextInCollection() throws(YAMLError) -> Event? {
        let event = try next()
        if case .collectionEnd = event.kind { return nil }
        return event
    }

    private func next() throws(YAMLError) -> Event {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { unsafe yaml_event_delete(&event) }
        return unsafe Event(event, at: position(event.start_mark))
    }

    // MARK: Positions

    private func position(_ mark: yaml_mark_t) -> Position {
        Position(file: file, line: mark.line + 1, column: mark.column + 1)
    }

    /// The error that made libyaml return no event.
    private var failure: YAMLError {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "out of memory"
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            return unsafe .invalid(problem: problem, at: position(ofByte: parser.pointee.problem_offset))
        }
        let context = unsafe parser.pointee.context.map { context in
            unsafe "\(String(cString: context)) (line \(parser.pointee.context_mark.line + 1)) "
        }
        return unsafe .invalid(problem: (context ?? "") + problem, at: position(parser.pointee.problem_mark))
    }

    /// The position of a byte. libyaml's reader reports bytes, since it fails before lines are known.
    private func position(ofByte offset: Int) -> Position {
        let before = unsafe String(decoding: bytes.prefix(offset), as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return Position(file: file, line: before.count, column: (before.last?.unicodeScalars.count ?? 0) + 1)
    }
}

/// The parts of a libyaml event that the composer needs.
private struct Event {
    enum Kind {
        case scalar(YAMLNode.Scalar)
        case sequenceStart, mappingStart, collectionEnd, alias, documentStart, other
    }

    let kind: Kind
    /// The name after `&` or, in an alias, after `*`.
    let anchor: String?
    let position: Position

    init(_ event: yaml_event_t, at position: Position) {
        func text(_ characters: UnsafeMutablePointer<yaml_char_t>?) -> String? {
            unsafe characters.map { unsafe String(cString: $0) }
        }
        self.position = position
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let characters = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let tag = unsafe text(scalar.tag)
            kind = .scalar(
                YAMLNode.Scalar(
                    text: unsafe String(decoding: characters, as: UTF8.self),
                    isPlain: unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE,
                    tag: tag == "!" || tag == YAML_STR_TAG ? nil : tag))
            anchor = unsafe text(scalar.anchor)
        case YAML_SEQUENCE_START_EVENT: (kind, anchor) = unsafe (.sequenceStart, text(event.data.sequence_start.anchor))
        case YAML_MAPPING_START_EVENT: (kind, anchor) = unsafe (.mappingStart, text(event.data.mapping_start.anchor))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: (kind, anchor) = (.collectionEnd, nil)
        case YAML_ALIAS_EVENT: (kind, anchor) = unsafe (.alias, text(event.data.alias.anchor))
        case YAML_DOCUMENT_START_EVENT: (kind, anchor) = (.documentStart, nil)
        default: (kind, anchor) = (.other, nil)
        }
    }
}
