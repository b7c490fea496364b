import BobbinSearch

/// Fills `"{n}"` and `"{2*n + 1}"` in a tree with the values of a trial.
///
/// Expressions know numbers, parameters, `+`, `-`, `*` and parentheses. Of whole numbers they make whole numbers. A text, a truth
/// value or a choice that stands for a tree can only stand alone.
struct SearchTemplate {
  let values: [String: ParameterValue]
  let trees: [String: [String: YAMLNode]]
  let known: [String]

  /// The tree with every expression replaced; nil where a parameter does not take part in the trial.
  func filled(_ node: YAMLNode) throws(RecipeError) -> YAMLNode? {
    switch node.content {
    case .scalar(let scalar):
      guard let text = Self.expression(in: scalar) else { return node }
      return try value(of: text, at: node.mark)
    case .sequence(let items):
      var filled: [YAMLNode] = []
      for item in items { if let item = try self.filled(item) { filled.append(item) } }
      return YAMLNode(.sequence(filled), at: node.mark)
    case .mapping(let entries):
      var filled: [YAMLEntry] = []
      for entry in entries {
        // A key whose parameter does not take part keeps its default.
        guard let value = try self.filled(entry.value) else { continue }
        filled.append(YAMLEntry(entry.key, at: entry.keyMark, value))
      }
      return YAMLNode(.mapping(filled), at: node.mark)
    }
  }

  private func value(of text: Substring, at mark: YAMLMark) throws(RecipeError) -> YAMLNode? {
    let name = String(text.trimmingSpaces)
    if known.contains(name) {
      guard let value = values[name] else { return nil }
      if case .string(let choice) = value, let tree = trees[name]?[choice] { return try filled(tree) }
      return YAMLNode(value.node.content, at: mark)
    }
    var expression = Expression(text, known: known, mark: mark)
    let tokens = try expression.names()
    guard tokens.allSatisfy({ values[$0] != nil }) else { return nil }
    return YAMLNode(try expression.value(with: values).node.content, at: mark)
  }

  /// The parameters that a template speaks of.
  static func names(in node: YAMLNode, among known: [String]) throws(RecipeError) -> Set<String> {
    var names: Set<String> = []
    switch node.content {
    case .scalar(let scalar):
      guard let text = expression(in: scalar) else { break }
      let name = String(text.trimmingSpaces)
      if known.contains(name) { return [name] }
      var expression = Expression(text, known: known, mark: node.mark)
      names = try expression.names()
    case .sequence(let items): for item in items { names.formUnion(try Self.names(in: item, among: known)) }
    case .mapping(let entries): for entry in entries { names.formUnion(try Self.names(in: entry.value, among: known)) }
    }
    return names
  }

  /// What stands between the braces, if the scalar is an expression.
  private static func expression(in scalar: YAMLScalar) -> Substring? {
    guard scalar.text.hasPrefix("{"), scalar.text.hasSuffix("}"), scalar.text.count > 1 else { return nil }
    return scalar.text.dropFirst().dropLast()
  }
}

/// Sums of products of numbers and parameters.
private struct Expression {
  private let text: Substring
  private let known: [String]
  private let mark: YAMLMark
  private var rest: Substring = ""
  private var values: [String: ParameterValue] = [:]

  init(_ text: Substring, known: [String], mark: YAMLMark) {
    (self.text, self.known, self.mark) = (text, known, mark)
  }

  /// The parameters in it, all of which are known.
  mutating func names() throws(RecipeError) -> Set<String> {
    let ones = Dictionary(known.map { ($0, ParameterValue.integer(1)) }) { first, _ in first }
    used = []
    _ = try value(with: ones)
    return used
  }

  private var used: Set<String> = []

  mutating func value(with values: [String: ParameterValue]) throws(RecipeError) -> ParameterValue {
    (rest, self.values) = (text, values)
    let value = try sum()
    guard rest.isEmpty else { throw problem("found \"\(rest)\" where it should end") }
    return value
  }

  private mutating func sum() throws(RecipeError) -> ParameterValue {
    var value = try product()
    while let sign = take("+-") {
      let other = try product()
      value =
        sign == "+"
        ? try combined(value, other, { $0.addingReportingOverflow($1) }, +)
        : try combined(value, other, { $0.subtractingReportingOverflow($1) }, -)
    }
    return value
  }

  private mutating func product() throws(RecipeError) -> ParameterValue {
    var value = try atom()
    while take("*") != nil {
      value = try combined(value, try atom(), { $0.multipliedReportingOverflow(by: $1) }, *)
    }
    return value
  }

  private mutating func atom() throws(RecipeError) -> ParameterValue {
    if take("(") != nil {
      let value = try sum()
      guard take(")") != nil else { throw problem("a parenthesis is not closed") }
      return value
    }
    if take("-") != nil {
      return try combined(.integer(0), try atom(), { $0.subtractingReportingOverflow($1) }, -)
    }
    rest = rest.trimmingSpaces
    let word = String(rest.prefix { $0.isLetter || $0.isNumber || "._".contains($0) })
    rest = rest.dropFirst(word.count).trimmingSpaces
    guard !word.isEmpty else { throw problem("a number or a parameter is missing") }
    if let value = values[word] {
      used.insert(word)
      return value
    }
    if let number = Int(word) { return .integer(number) }
    if let number = Double(word), number.isFinite { return .number(number) }
    throw problem("there is no parameter \"\(word)\"" + Spelling.advice(for: word, among: known, called: "parameters"))
  }

  private mutating func take(_ characters: String) -> Character? {
    rest = rest.trimmingSpaces
    guard let first = rest.first, characters.contains(first) else { return nil }
    rest = rest.dropFirst().trimmingSpaces
    return first
  }

  private func combined(
    _ one: ParameterValue, _ other: ParameterValue, _ whole: (Int, Int) -> (partialValue: Int, overflow: Bool),
    _ real: (Double, Double) -> Double
  ) throws(RecipeError) -> ParameterValue {
    if case .integer(let one) = one, case .integer(let other) = other {
      let result = whole(one, other)
      guard !result.overflow else { throw problem("the result is too large") }
      return .integer(result.partialValue)
    }
    guard let one = one.double, let other = other.double else {
      throw problem("only numbers can be reckoned with, found \(one) and \(other)")
    }
    return .number(real(one, other))
  }

  private func problem(_ what: String) -> RecipeError { RecipeError(mark, "\"{\(text)}\": \(what)") }
}

extension ParameterValue {
  /// The value as a recipe writes it.
  public var node: YAMLNode {
    switch self {
    case .null: .null
    case .bool(let value): YAMLNode(value)
    case .integer(let value): YAMLNode(value)
    case .number(let value): YAMLNode(value)
    case .string(let value): YAMLNode(value)
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text = text.dropLast() }
    return text
  }
}
