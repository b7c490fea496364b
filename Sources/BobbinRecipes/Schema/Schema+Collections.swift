// MARK: - Mappings

/// A key of a mapping: what it is called, what may stand behind it, what it means.
public struct Key<Value: Sendable>: Sendable {
  let item: GrammarItem
  /// Reads what stands behind the key, or nothing: the value, and the node to keep.
  let reader: @Sendable (YAMLNode?, YAMLMark) throws(RecipeError) -> (value: Value, node: YAMLNode?)

  /// A key that must be given, unless it has a default: written as it would be in a recipe.
  public init(_ name: String, _ schema: Schema<Value>, default fallback: YAMLNode? = nil, _ help: String) {
    let presence = fallback.map { GrammarItem.Presence.defaults(to: $0) } ?? .required
    item = GrammarItem(name: name, grammar: schema.grammar, presence: presence, help: help)
    reader = { (node, mark) throws(RecipeError) in
      guard let node = node ?? fallback else { throw RecipeError(mark, "missing key \"\(name)\": \(help)") }
      let reading = try schema.reader(node, name)
      return (reading.value, reading.node)
    }
  }

  /// A key that may be left out, or be `null`, and then is nil.
  public static func optional<Some>(_ name: String, _ schema: Schema<Some>, _ help: String) -> Key
  where Value == Some? {
    let item = GrammarItem(name: name, grammar: schema.grammar, presence: .optional, help: help)
    return Key(item: item) { (node, _) throws(RecipeError) in
      guard let node, !node.isNull else { return (nil, nil) }
      let reading = try schema.reader(node, name)
      return (reading.value, reading.node)
    }
  }

  private init(
    item: GrammarItem,
    reader: @escaping @Sendable (YAMLNode?, YAMLMark) throws(RecipeError) -> (value: Value, node: YAMLNode?)
  ) {
    self.item = item
    self.reader = reader
  }
}

extension Schema {
  /// Known keys; all others are refused.
  ///
  /// - Parameters:
  ///   - shorthand: the key that a bare value stands for: with `"features"`, `linear: 128` is `linear: {features: 128}`.
  ///   - make: builds the value from those of the keys, in order; what it throws is reported where the mapping begins.
  public static func mapping<each Field: Sendable>(
    _ keys: repeat Key<each Field>, shorthand: String? = nil,
    make: @escaping @Sendable (repeat each Field) throws -> Value
  ) -> Schema {
    let keys = (repeat each keys)
    var items: [GrammarItem] = []
    repeat items.append((each keys).item)
    let names = items.map(\.name)

    return Schema(.mapping(items, shorthand: shorthand)) { (node, name) throws(RecipeError) in
      let entries = try node.mapping(name, shorthand: shorthand)
      for entry in entries where !names.contains(entry.key) {
        let advice = Spelling.advice(for: entry.key, among: names, called: "valid keys")
        throw RecipeError(entry.keyMark, "unknown key \"\(entry.key)\"" + advice)
      }
      var completed: [YAMLEntry] = []
      func read<Some>(_ key: Key<Some>) throws(RecipeError) -> Some {
        let entry = entries.first { $0.key == key.item.name }
        let reading = try key.reader(entry?.value, node.mark)
        if let node = reading.node { completed.append(YAMLEntry(key.item.name, at: entry?.keyMark ?? .swift, node)) }
        return reading.value
      }
      let value = try node.attempt { try make(repeat try read(each keys)) }
      return Reading(value, YAMLNode(.mapping(completed), at: node.mark))
    }
  }

  /// Keys of the user's choice, in the order written.
  public static func dictionary<Item>(of schema: Schema<Item>) -> Schema where Value == [DictionaryItem<Item>] {
    Schema(.dictionary(of: schema.grammar)) { (node, name) throws(RecipeError) in
      var (values, completed): (Value, [YAMLEntry]) = ([], [])
      for entry in try node.mapping(name, shorthand: nil) {
        let reading = try schema.reader(entry.value, entry.key)
        values.append(DictionaryItem(key: entry.key, mark: entry.keyMark, value: reading.value))
        completed.append(YAMLEntry(entry.key, at: entry.keyMark, reading.node))
      }
      return Reading(values, YAMLNode(.mapping(completed), at: node.mark))
    }
  }
}

/// A key of the user's choice, where it stands, and its value.
public struct DictionaryItem<Value: Sendable>: Sendable {
  public let key: String
  public let mark: YAMLMark
  public let value: Value
}

extension YAMLNode {
  /// The entries of a mapping; nothing at all is an empty one.
  fileprivate func mapping(_ name: String, shorthand: String?) throws(RecipeError) -> [YAMLEntry] {
    if let entries { return entries }
    if isNull { return [] }
    guard let shorthand, scalar != nil else { throw mismatch(name, "keys and values") }
    return [YAMLEntry(shorthand, at: mark, self)]
  }
}

// MARK: - Lists

extension Schema {
  /// A list, such as `.list(of: .number, count: 2...2)`; nothing at all is an empty one.
  public static func list<Item>(of schema: Schema<Item>, count: some Limits<Int> & Sendable = 0...) -> Schema
  where Value == [Item] {
    let isAny = count.contains(0) && count.contains(.max)
    return Schema(.list(of: schema.grammar, count: isAny ? nil : count.words)) { (node, name) throws(RecipeError) in
      guard let items = node.items ?? (node.isNull ? [] : nil) else { throw node.mismatch(name, "a list") }
      guard count.contains(items.count) else {
        throw RecipeError(node.mark, "\(name) must have \(count.words) items, found \(items.count)")
      }
      var (values, completed): ([Item], [YAMLNode]) = ([], [])
      for (index, item) in items.enumerated() {
        let reading = try schema.reader(item, "item \(index) of \(name)")
        values.append(reading.value)
        completed.append(reading.node)
      }
      return Reading(values, YAMLNode(.sequence(completed), at: node.mark))
    }
  }
}
