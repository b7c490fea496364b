/// What a schema accepts, as data: error messages and the reference page are made from it.
public indirect enum Grammar: Sendable, Hashable {
  /// One value, described in words: `a whole number, at least 1`.
  case value(String)
  /// One of some words.
  case word([String])
  case list(of: Grammar, count: String?)
  /// Known keys; a bare value stands for the key named `shorthand`.
  case mapping([GrammarItem], shorthand: String?)
  /// Keys of the user's choice.
  case dictionary(of: Grammar)
  /// A bare name, or a mapping with that name as its one key.
  case variant([GrammarItem])
  /// A mapping whose other keys depend on one of them.
  case tagged(by: String, [GrammarItem])
  case either(Grammar, Grammar)
  /// Described elsewhere under this name: how a grammar contains itself.
  case reference(String)
  case anything
}

/// A key or a kind.
public struct GrammarItem: Sendable, Hashable {
  public enum Presence: Sendable, Hashable {
    case required
    case optional
    case defaults(to: YAMLNode)
  }

  public let name: String
  public let grammar: Grammar
  public let presence: Presence
  public let help: String
}

extension Grammar {
  /// `a whole number`, `a list`: what follows "must be".
  public var words: String {
    switch self {
    case .value(let words): words
    case .word(let names): "one of " + names.joined(separator: ", ")
    case .list(_, let count): "a list" + (count.map { " of \($0) items" } ?? "")
    case .mapping, .dictionary: "keys and values"
    case .variant(let items): "one of " + items.map(\.name).joined(separator: ", ")
    case .tagged(let key, _): "keys and values, \(key) among them"
    case .either(let one, let other): "\(one.words), or \(other.words)"
    case .reference(let name): name
    case .anything: "anything"
    }
  }

  /// The kinds of node that can be right.
  var forms: Set<YAMLNode.Form> {
    switch self {
    case .value, .word: [.scalar]
    case .list: [.sequence]
    case .mapping(_, let shorthand): shorthand == nil ? [.mapping] : [.mapping, .scalar]
    case .dictionary, .tagged: [.mapping]
    case .variant: [.scalar, .mapping]
    case .either(let one, let other): one.forms.union(other.forms)
    case .reference, .anything: [.scalar, .sequence, .mapping]
    }
  }
}

extension YAMLNode {
  enum Form { case scalar, sequence, mapping }

  var form: Form {
    switch content {
    case .scalar: .scalar
    case .sequence: .sequence
    case .mapping: .mapping
    }
  }

  /// What follows "found".
  var words: String {
    switch content {
    case .scalar(let scalar):
      switch scalar.meaning {
      case .null: "nothing"
      case .boolean, .integer, .number: scalar.text
      case .text:
        scalar.text.isEmpty || scalar == YAMLScalar(text: scalar.text, style: .plain)
          ? "\"\(scalar.text)\"" : "text: \"\(scalar.text)\""
      }
    case .sequence(let items): items.isEmpty ? "an empty list" : "a list"
    case .mapping(let entries):
      entries.isEmpty ? "no keys" : "the keys " + entries.map(\.key).joined(separator: ", ")
    }
  }

  func mismatch(_ name: String, _ expected: String) -> RecipeError {
    RecipeError(mark, "\(name) must be \(expected), found \(words)")
  }
}
