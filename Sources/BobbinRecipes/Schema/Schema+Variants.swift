/// One of the kinds that a value may be of.
public struct Kind<Value: Sendable>: Sendable {
  let item: GrammarItem
  let schema: Schema<Value>

  /// A kind with a schema of its own: `Kind("conv", convolution, "Convolution in two dimensions")`.
  public init(_ name: String, _ schema: Schema<Value>, _ help: String) {
    item = GrammarItem(name: name, grammar: schema.grammar, presence: .optional, help: help)
    self.schema = schema
  }

  /// A kind that says all by its name: `Kind("relu", Layer.relu, "max(0, x)")`.
  public init(_ name: String, _ value: Value, _ help: String) {
    self.init(name, .mapping(make: { value }), help)
  }
}

extension Schema {
  /// One of several kinds: a bare name, or a mapping with that name as its only key.
  ///
  /// ```swift
  /// Schema<Layer>.variant("layer", Kind("relu", .relu, "max(0, x)"), Kind("linear", linear, "Every input to every output"))
  /// ```
  /// reads `relu`, `relu: {}`, `linear: {features: 20}` and, with a shorthand, `linear: 20`. Where a recipe changes
  /// another, the kind that was chosen last is meant.
  /// - Parameter noun: what errors call such a value: `unknown layer "rleu"`.
  public static func variant(_ noun: String, _ kinds: Kind<Value>...) -> Schema {
    let names = kinds.map(\.item.name)
    let grammar = Grammar.variant(kinds.map(\.item))
    return Schema(grammar) { (node, name) throws(RecipeError) in
      let entry = try node.chosen(name, grammar)
      guard let kind = kinds.first(where: { $0.item.name == entry.key }) else {
        let advice = Spelling.advice(for: entry.key, among: names, called: "choices")
        throw RecipeError(entry.keyMark, "unknown \(noun) \"\(entry.key)\"" + advice)
      }
      let reading = try kind.schema.reader(entry.value, entry.key)
      let isBare = reading.node.entries?.isEmpty ?? false
      let completed =
        isBare ? YAMLNode(entry.key) : YAMLNode(.mapping([YAMLEntry(entry.key, at: entry.keyMark, reading.node)]))
      return Reading(reading.value, YAMLNode(completed.content, at: node.mark))
    }
  }

  /// A mapping of several kinds: the word behind `key` says which other keys there are.
  ///
  /// ```swift
  /// Schema<Model>.tagged(by: "kind", Kind("vae", vae, "Variational autoencoder"), Kind("gan", gan, "Two players"))
  /// ```
  /// - Parameter kinds: each with the schema of a mapping, which does not know `key`.
  public static func tagged(by key: String, _ kinds: Kind<Value>...) -> Schema {
    let names = kinds.map(\.item.name)
    let grammar = Grammar.tagged(by: key, kinds.map(\.item))
    return Schema(grammar) { (node, name) throws(RecipeError) in
      guard let entries = node.entries else { throw node.mismatch(name, "keys and values") }
      guard let tag = entries.first(where: { $0.key == key }) else {
        for entry in entries where Spelling.nearest(to: entry.key, in: [key]) != nil {
          throw RecipeError(entry.keyMark, "unknown key \"\(entry.key)\", did you mean \"\(key)\"?")
        }
        throw RecipeError(node.mark, "missing key \"\(key)\" of \(name): one of \(names.joined(separator: ", "))")
      }
      guard let word = tag.value.scalar?.text, !tag.value.isNull else {
        throw tag.value.mismatch(key, "one of " + names.joined(separator: ", "))
      }
      guard let kind = kinds.first(where: { $0.item.name == word }) else {
        let advice = Spelling.advice(for: word, among: names, called: "choices")
        throw RecipeError(tag.value.mark, "unknown \(key) \"\(word)\"" + advice)
      }
      // The kind's own schema does not know the tag, and could not say that it was meant.
      if case .mapping(let items, _) = kind.item.grammar {
        let known = [key] + items.map(\.name)
        for entry in entries where !known.contains(entry.key) {
          let advice = Spelling.advice(for: entry.key, among: known, called: "valid keys")
          throw RecipeError(entry.keyMark, "unknown key \"\(entry.key)\"" + advice)
        }
      }
      let others = YAMLNode(.mapping(entries.filter { $0.key != key }), at: node.mark)
      let reading = try kind.schema.reader(others, name)
      return Reading(reading.value, YAMLNode(.mapping([tag] + (reading.node.entries ?? [])), at: node.mark))
    }
  }

  /// Either of two, told apart by their form: a list, a mapping or a bare value.
  public static func either(_ one: Schema, or other: Schema) -> Schema {
    let grammar = Grammar.either(one.grammar, other.grammar)
    return Schema(grammar) { (node, name) throws(RecipeError) in
      if one.grammar.forms.contains(node.form) { return try one.reader(node, name) }
      if other.grammar.forms.contains(node.form) { return try other.reader(node, name) }
      throw node.mismatch(name, grammar.words)
    }
  }

  /// A schema that is described elsewhere under `name`; this is how a schema contains itself.
  public static func reference(_ name: String, _ schema: @escaping @Sendable () -> Schema) -> Schema {
    Schema(.reference(name)) { (node, name) throws(RecipeError) in try schema().reader(node, name) }
  }
}

extension YAMLNode {
  /// The one name, and what it holds.
  fileprivate func chosen(_ name: String, _ grammar: Grammar) throws(RecipeError) -> YAMLEntry {
    if let scalar, !isNull { return YAMLEntry(scalar.text, at: mark, YAMLNode(.mapping([]), at: mark)) }
    guard let entries, let last = entries.last else { throw mismatch(name, grammar.words) }
    let latest = entries.filter { $0.keyMark.source == last.keyMark.source }
    guard latest.count == 1 else { throw mismatch(name, "one kind only") }
    return last
  }
}
