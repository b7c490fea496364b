extension Schema {
  /// A single value: `parse` gives nil where the form is wrong.
  fileprivate static func value(
    _ words: String, limits: (any Limits<Value> & Sendable)? = nil,
    parse: @escaping @Sendable (YAMLScalar) -> Value?
  ) -> Schema where Value: Comparable {
    let grammar = Grammar.value(words + (limits.map { ", \($0.words)" } ?? ""))
    return Schema(grammar) { (node, name) throws(RecipeError) in
      guard let value = node.scalar.flatMap(parse) else {
        throw node.mismatch(name, words)
      }
      if let limits, !limits.contains(value) {
        throw node.mismatch(name, limits.words)
      }
      return Reading(value, node)
    }
  }
}

extension Schema<Int> {
  /// A whole number, such as `.integer(1...)`.
  public static func integer(_ limits: some Limits<Int> & Sendable) -> Schema { wholeNumber(limits) }

  public static var integer: Schema { wholeNumber(nil) }

  private static func wholeNumber(_ limits: (any Limits<Int> & Sendable)?) -> Schema {
    .value("a whole number", limits: limits) { scalar in
      if case .integer(let value) = scalar.meaning { value } else { nil }
    }
  }
}

extension Schema<Double> {
  /// A finite number, such as `.number(0...1)` or `.number(Above(0))`.
  public static func number(_ limits: some Limits<Double> & Sendable) -> Schema { finite(limits) }

  public static var number: Schema { finite(nil) }

  private static func finite(_ limits: (any Limits<Double> & Sendable)?) -> Schema {
    .value("a number", limits: limits) { scalar in
      switch scalar.meaning {
      case .integer(let value): Double(value)
      case .number(let value): value.isFinite ? value : nil
      case .null, .boolean, .text: nil
      }
    }
  }
}

extension Schema<String> {
  /// Text; bare numbers and truth values are taken as they are written.
  public static var text: Schema {
    .value("text") { $0.meaning == .null || $0.text.isEmpty ? nil : $0.text }
  }
}

extension Schema<Bool> {
  public static var boolean: Schema {
    Schema(.value("true or false")) { (node, name) throws(RecipeError) in
      guard case .boolean(let value) = node.scalar?.meaning else {
        throw node.mismatch(name, "true or false")
      }
      return Reading(value, node)
    }
  }
}

extension Schema<YAMLNode> {
  /// Anything at all, left as it is.
  public static var anything: Schema { Schema(.anything) { (node, _) in Reading(node, node) } }
}

extension Schema {
  /// One of some words: `.word(["sigmoid": .sigmoid, "none": nil])`.
  public static func word(_ values: KeyValuePairs<String, Value>) -> Schema { word(values.map { ($0.key, $0.value) }) }

  /// One of the words of an enumeration.
  public static func word(of type: Value.Type = Value.self) -> Schema
  where Value: CaseIterable & RawRepresentable<String> {
    word(Value.allCases.map { ($0.rawValue, $0) })
  }

  static func word(_ values: [(name: String, value: Value)]) -> Schema {
    let names = values.map(\.name)
    let grammar = Grammar.word(names)
    return Schema(grammar) { (node, name) throws(RecipeError) in
      guard let text = node.scalar?.text, !node.isNull else { throw node.mismatch(name, grammar.words) }
      guard let match = values.first(where: { $0.name == text }) else {
        throw RecipeError(
          node.mark, "unknown \(name) \"\(text)\"" + Spelling.advice(for: text, among: names, called: "choices"))
      }
      return Reading(match.value, node)
    }
  }
}
