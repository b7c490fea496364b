/// One description of a piece of YAML, from which reading, error messages and documentation all come.
///
/// ```swift
/// extension Training {
///   static let schema: Schema<Training> = .mapping(
///     Key("epochs", .integer(1...), default: 100, "Passes over the training images"),
///     Key("optimizer", Optimizer.schema, default: "adam", "What changes the weights"),
///     .optional("watch", .text, "The metric that decides"),
///     make: Training.init)
/// }
/// ```
/// A schema reads a node into a value, and into the same node with every default filled in. It refuses what it does
/// not know, with the place and the nearest valid name.
public struct Schema<Value: Sendable>: Sendable {
  /// What is accepted.
  public let grammar: Grammar
  /// Reads a node; the name is what errors call it.
  let reader: @Sendable (YAMLNode, String) throws(RecipeError) -> Reading<Value>

  init(
    _ grammar: Grammar, reader: @escaping @Sendable (YAMLNode, String) throws(RecipeError) -> Reading<Value>
  ) {
    self.grammar = grammar
    self.reader = reader
  }

  /// The value that `node` describes.
  public func read(_ node: YAMLNode, as name: String = "the recipe") throws(RecipeError) -> Value {
    try reader(node, name).value
  }

  /// `node` with every default filled in and its keys in the declared order: what a run keeps as its recipe.
  public func completed(_ node: YAMLNode, as name: String = "the recipe") throws(RecipeError) -> YAMLNode {
    try reader(node, name).node
  }

  /// Reads text that stands outside of a file, such as an option of the command line.
  package func read(_ text: String, at place: String) throws(RecipeError) -> Value {
    // Text is never taken for a number or for null, whatever it looks like.
    let style: YAMLScalar.Style = grammar == Schema<String>.text.grammar ? .quoted : .plain
    return try read(YAMLNode(.scalar(.init(text: text, style: style)), at: .source(place)), as: place)
  }

  /// The same schema for what `change` makes of the node.
  func preparing(_ change: @escaping @Sendable (YAMLNode) -> YAMLNode) -> Schema {
    Schema(grammar) { [reader] (node, name) throws(RecipeError) in try reader(change(node), name) }
  }

  /// A schema for what `transform` makes of the value.
  ///
  /// - Parameter transform: what it throws is reported at the value's place.
  public func map<New: Sendable>(_ transform: @escaping @Sendable (Value) throws -> New) -> Schema<New> {
    Schema<New>(grammar) { [reader] (node, name) throws(RecipeError) in
      let reading = try reader(node, name)
      return Reading(try node.attempt { try transform(reading.value) }, reading.node)
    }
  }
}

/// A value, and the node that says it in full.
struct Reading<Value: Sendable>: Sendable {
  let value: Value
  let node: YAMLNode

  init(_ value: Value, _ node: YAMLNode) {
    self.value = value
    self.node = node
  }
}

extension YAMLNode {
  /// Reports whatever goes wrong at this place.
  func attempt<Value>(_ body: () throws -> Value) throws(RecipeError) -> Value {
    do {
      return try body()
    } catch let error as RecipeError {
      throw error
    } catch {
      throw RecipeError(mark, "\(error)")
    }
  }
}

/// A value that a schema's own check refuses: thrown from `make` or `map`, it is reported at the value's place.
public struct Refusal: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
