/// A piece of a YAML document that knows where it was written.
///
/// Nodes can also be written in Swift, which is how a schema states its defaults:
///
/// ```swift
/// let optimizer: YAMLNode = ["adam": ["learningRate": 0.002]]
/// ```
/// Two nodes are equal when they are read alike, wherever they were written.
public struct YAMLNode: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([YAMLEntry])
  }

  public var content: Content
  /// Where the node begins.
  public var mark: YAMLMark

  public init(_ content: Content, at mark: YAMLMark = .swift) {
    self.content = content
    self.mark = mark
  }

  public static func == (one: YAMLNode, other: YAMLNode) -> Bool { one.content == other.content }

  public func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

/// A key of a mapping and what stands behind it.
public struct YAMLEntry: Sendable, Hashable {
  public var key: String
  public var keyMark: YAMLMark
  public var value: YAMLNode

  public init(_ key: String, at keyMark: YAMLMark = .swift, _ value: YAMLNode) {
    self.key = key
    self.keyMark = keyMark
    self.value = value
  }

  public static func == (one: YAMLEntry, other: YAMLEntry) -> Bool { one.key == other.key && one.value == other.value }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(key)
    hasher.combine(value)
  }
}

/// Where something was written.
public enum YAMLMark: Sendable, Hashable, CustomStringConvertible {
  /// A place in a file; lines and columns count from 1.
  case file(String, line: Int, column: Int)
  /// A whole source: a file as such, or `--set training.epochs=3`.
  case source(String)

  /// Written in Swift: a default.
  public static let swift = YAMLMark.source("default")

  public var description: String {
    switch self {
    case .file(let name, let line, let column): "\(name):\(line):\(column)"
    case .source(let name): name
    }
  }

  var source: String {
    switch self {
    case .file(let name, _, _), .source(let name): name
    }
  }
}

// MARK: - Looking

extension YAMLNode {
  /// The entries of a mapping; nil for anything else.
  public var entries: [YAMLEntry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// The items of a sequence; nil for anything else.
  public var items: [YAMLNode]? {
    if case .sequence(let items) = content { items } else { nil }
  }

  public var scalar: YAMLScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  /// Nothing was written, or `null`.
  public var isNull: Bool { scalar?.meaning == .null }

  /// The value behind `key` of a mapping.
  public subscript(key: String) -> YAMLNode? { entries?.last { $0.key == key }?.value }

  /// The node at a dotted path such as `model.encoder.3.conv`, where a number picks an item of a list.
  public func node(at path: String) -> YAMLNode? {
    path.split(separator: ".").reduce(self as YAMLNode?) { node, step in
      guard let items = node?.items else { return node?[String(step)] }
      return Int(step).flatMap { items.indices.contains($0) ? items[$0] : nil }
    }
  }
}

// MARK: - Writing nodes in Swift

extension YAMLNode: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(_ text: String) { self.init(.scalar(.init(text: text, style: .quoted))) }
  public init(_ value: Int) { self.init(.scalar(.init(text: "\(value)", style: .plain))) }
  public init(_ value: Bool) { self.init(.scalar(.init(text: "\(value)", style: .plain))) }

  public init(_ value: Double) {
    let text = value.isNaN ? ".nan" : value.isInfinite ? (value < 0 ? "-.inf" : ".inf") : "\(value)"
    self.init(.scalar(.init(text: text, style: .plain)))
  }

  public init(stringLiteral text: String) { self.init(text) }
  public init(integerLiteral value: Int) { self.init(value) }
  public init(floatLiteral value: Double) { self.init(value) }
  public init(booleanLiteral value: Bool) { self.init(value) }
  public init(arrayLiteral items: YAMLNode...) { self.init(.sequence(items)) }

  public init(dictionaryLiteral entries: (String, YAMLNode)...) {
    self.init(.mapping(entries.map { YAMLEntry($0, $1) }))
  }

  /// What an empty value reads as.
  public static let null = YAMLNode(.scalar(.init(text: "null", style: .plain)))
}
