import CYAML

extension YAMLNode {
  /// Reads one YAML document.
  ///
  /// An empty document reads as an empty scalar. Recipes are plain data: aliases, tags and several documents in one
  /// file are refused.
  ///
  /// ```swift
  /// let recipe = try YAMLNode(parsing: bytes, from: "recipe.yaml")
  /// ```
  /// - Parameter name: what errors call the source.
  /// - Throws: `RecipeError` with the place of whatever is not YAML, of a duplicate key or of bytes that are not UTF-8.
  public init(parsing bytes: [UInt8], from name: String) throws(RecipeError) {
    try self.init(parsing: bytes) { .file(name, line: $0, column: $1) }
  }

  /// Reads one YAML document whose places are given by line and column, both from 1.
  init(parsing bytes: [UInt8], mark: @escaping (_ line: Int, _ column: Int) -> YAMLMark) throws(RecipeError) {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count + 1)
    defer { copy.deallocate() }
    _ = copy.update(fromContentsOf: bytes)
    let events = YAMLEvents(UnsafeBufferPointer(rebasing: copy[..<bytes.count]), mark: mark)
    self = try events.document()
  }
}

/// Builds a tree from libyaml's events.
private struct YAMLEvents: ~Copyable {
  /// Deeper nesting is a mistake, and would exhaust the stack in time.
  static let maximumDepth = 64

  // On the heap: libyaml keeps the parser's address in the parser.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeBufferPointer<UInt8>
  private let mark: (Int, Int) -> YAMLMark

  init(_ input: UnsafeBufferPointer<UInt8>, mark: @escaping (Int, Int) -> YAMLMark) {
    self.input = input
    self.mark = mark
    parser = .allocate(capacity: 1)
    yaml_parser_initialize(parser)
    // Otherwise a byte-order mark could turn the file into UTF-16.
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  func document() throws(RecipeError) -> YAMLNode {
    _ = try next()
    let start = try next()
    guard start.kind == .documentStart else { return YAMLNode(.scalar(.init(text: "", style: .plain)), at: start.mark) }
    let root = try node(next(), depth: 0)
    _ = try next()
    let end = try next()
    guard end.kind == .streamEnd else { throw RecipeError(end.mark, "a second document begins here, expected one") }
    return root
  }

  private func node(_ event: Event, depth: Int) throws(RecipeError) -> YAMLNode {
    guard depth <= Self.maximumDepth else {
      throw RecipeError(event.mark, "nested more than \(Self.maximumDepth) levels deep")
    }
    switch event.kind {
    case .scalar(let scalar):
      return YAMLNode(.scalar(scalar), at: event.mark)
    case .sequenceStart:
      var items: [YAMLNode] = []
      while true {
        let event = try next()
        if event.kind == .end { break }
        items.append(try node(event, depth: depth + 1))
      }
      return YAMLNode(.sequence(items), at: event.mark)
    case .mappingStart:
      return YAMLNode(.mapping(try entries(depth: depth)), at: event.mark)
    case .documentStart, .streamEnd, .end, .other:
      throw RecipeError(event.mark, "not valid YAML")
    }
  }

  private func entries(depth: Int) throws(RecipeError) -> [YAMLEntry] {
    var entries: [YAMLEntry] = []
    var marks: [String: YAMLMark] = [:]
    while true {
      let event = try next()
      if event.kind == .end { return entries }
      guard case .scalar(let key) = event.kind else { throw RecipeError(event.mark, "a key must be a plain word") }
      if let first = marks.updateValue(event.mark, forKey: key.text) {
        throw RecipeError(event.mark, "duplicate key \"\(key.text)\", first given at \(first)")
      }
      entries.append(YAMLEntry(key.text, at: event.mark, try node(next(), depth: depth + 1)))
    }
  }

  // MARK: - Events

  struct Event {
    enum Kind: Equatable {
      case scalar(YAMLScalar)
      case sequenceStart, mappingStart, documentStart, streamEnd
      /// Of a sequence or mapping.
      case end
      case other
    }

    var kind: Kind
    var mark: YAMLMark
  }

  private func next() throws(RecipeError) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) != 0 else { throw error() }
    defer { yaml_event_delete(&event) }
    let mark = place(event.start_mark)
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try refuse(anchor: scalar.anchor, tag: scalar.tag, at: mark)
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      let style: YAMLScalar.Style = scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted
      return Event(kind: .scalar(.init(text: text, style: style)), mark: mark)
    case YAML_SEQUENCE_START_EVENT:
      try refuse(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, at: mark)
      return Event(kind: .sequenceStart, mark: mark)
    case YAML_MAPPING_START_EVENT:
      try refuse(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, at: mark)
      return Event(kind: .mappingStart, mark: mark)
    case YAML_ALIAS_EVENT:
      throw RecipeError(mark, "aliases (*name) are not supported; write the value out, or use extends")
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return Event(kind: .end, mark: mark)
    case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, mark: mark)
    case YAML_STREAM_END_EVENT: return Event(kind: .streamEnd, mark: mark)
    default: return Event(kind: .other, mark: mark)
    }
  }

  private func refuse(
    anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?, at mark: YAMLMark
  ) throws(RecipeError) {
    if anchor != nil {
      throw RecipeError(
        mark, "anchors (&name) are not supported; write the value out where it is needed, or use extends")
    }
    if let tag {
      throw RecipeError(
        mark, "tags are not supported, found \(String(cString: tag)); put text that begins with ! in quotes")
    }
  }

  private func place(_ mark: yaml_mark_t) -> YAMLMark { self.mark(mark.line + 1, mark.column + 1) }

  private func error() -> RecipeError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
    guard parser.pointee.error == YAML_READER_ERROR else {
      let context = parser.pointee.context.map { " " + String(cString: $0) } ?? ""
      return RecipeError(place(parser.pointee.problem_mark), "not valid YAML: \(problem)\(context)")
    }
    // A byte that is not text has an offset only.
    let before = input.prefix(parser.pointee.problem_offset)
    let newline = UInt8(ascii: "\n")
    let line = before.count { $0 == newline } + 1
    let beginning = before.lastIndex(of: newline).map { $0 + 1 } ?? before.startIndex
    let column = String(decoding: before[beginning...], as: UTF8.self).unicodeScalars.count + 1
    return RecipeError(mark(line, column), "not text in UTF-8: \(problem)")
  }
}
