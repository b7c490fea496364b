// Changes are laid over a tree key by key. A key that a change touches moves to the end, so that a schema that expects
// one of several keys can tell which was chosen last; the order means nothing else.

extension YAMLNode {
  /// This tree, changed by another: mappings are merged, `null` takes a key away, all else is replaced.
  ///
  /// A mapping whose keys are numbers changes the items of a list that they name, from 0: `null` takes an item away, and the
  /// number behind the last adds one. The numbers are those of the list as it was.
  ///
  /// - Throws: `RecipeError` at a number that names no item.
  public func changed(by change: YAMLNode) throws(RecipeError) -> YAMLNode {
    guard let changes = change.entries else { return change }
    if let items, let numbered = Self.numbered(changes) {
      return try Self.changed(items, by: numbered, at: change.mark)
    }
    guard let entries else { return change }
    var merged = entries
    for change in changes {
      let old = merged.firstIndex { $0.key == change.key }.map { merged.remove(at: $0) }
      if change.value.isExplicitNull, old != nil { continue }
      let value = try old?.value.changed(by: change.value) ?? change.value
      merged.append(YAMLEntry(change.key, at: change.keyMark, value))
    }
    return YAMLNode(.mapping(merged), at: change.mark)
  }

  private typealias NumberedChange = (index: Int, entry: YAMLEntry)

  /// The entries with their keys as numbers, in order, if they all are; an empty mapping changes no item.
  private static func numbered(_ entries: [YAMLEntry]) -> [NumberedChange]? {
    let numbered = entries.compactMap { entry in Int(entry.key).map { (index: $0, entry: entry) } }
    guard !numbered.isEmpty, numbered.count == entries.count else { return nil }
    return numbered.sorted { $0.index < $1.index }
  }

  private static func changed(
    _ items: [YAMLNode], by changes: [NumberedChange], at mark: YAMLMark
  ) throws(RecipeError) -> YAMLNode {
    var changed: [YAMLNode?] = items
    for (index, entry) in changes {
      guard (0...changed.count).contains(index), index < items.count || !entry.value.isExplicitNull else {
        throw RecipeError(entry.keyMark, "the list that this changes has no item \(entry.key); \(validItems(items))")
      }
      if index == changed.count {
        changed.append(entry.value)
      } else {
        changed[index] = entry.value.isExplicitNull ? nil : try items[index].changed(by: entry.value)
      }
    }
    return YAMLNode(.sequence(changed.compactMap { $0 }), at: mark)
  }

  private var isExplicitNull: Bool { isNull && scalar?.text.isEmpty == false }

  /// What numbers mean to a list.
  private static func validItems(_ items: [YAMLNode]) -> String {
    items.isEmpty ? "it is empty, and 0 adds one" : "its items are 0 to \(items.count - 1), and \(items.count) adds one"
  }

  /// Applies an override as the command line gives it: `training.epochs=3`, `model.encoder.0.conv.channels=16`,
  /// `data.scale=[-1, 1]`.
  ///
  /// The path is dotted, a number picks an item of a list or, behind the last, adds one, and the value is YAML and replaces what was
  /// there. Keys that were not there are made;
  /// whether they may be there is for the schema to say, which finds the override as their place.
  ///
  /// - Throws: `RecipeError` whose place is the override, as in `--set training.epocks=3: …`.
  public mutating func apply(override: String, option: String = "--set") throws(RecipeError) {
    let mark = YAMLMark.source("\(option) \(override)")
    guard let equals = override.firstIndex(of: "=") else {
      throw RecipeError(misuse: mark, "expected PATH=VALUE, as in training.epochs=3")
    }
    let path = override[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard path.allSatisfy({ !$0.isEmpty }) else {
      throw RecipeError(misuse: mark, "expected a dotted path before \"=\", as in training.epochs=3")
    }
    let value = try YAMLNode(parsing: Array(override[override.index(after: equals)...].utf8)) { _, _ in mark }
    try set(path[...], to: value, mark: mark, parent: "the recipe")
  }

  /// Applies a change as an override is applied. What is wrong with it is reported at its own place.
  public mutating func apply(_ change: RecipeChange) throws(RecipeError) {
    let path = change.path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard path.allSatisfy({ !$0.isEmpty }) else {
      throw RecipeError(change.mark, "\"\(change.path)\" is no dotted path, such as training.epochs")
    }
    try set(path[...], to: change.value, mark: change.mark, parent: "the recipe")
  }

  private mutating func set(
    _ path: ArraySlice<String>, to value: YAMLNode, mark: YAMLMark, parent: String
  ) throws(RecipeError) {
    guard let step = path.first else { return self = value }
    let rest = path.dropFirst()
    switch content {
    case .sequence(var items):
      guard let index = Int(step), (0...items.count).contains(index) else {
        throw RecipeError(mark, "\(parent) is a list and has no \"\(step)\"; \(Self.validItems(items))")
      }
      if index == items.count { items.append(YAMLNode(.mapping([]), at: mark)) }
      try items[index].set(rest, to: value, mark: mark, parent: step)
      content = .sequence(items)
    case .mapping(var entries):
      let old = entries.firstIndex { $0.key == step }.map { entries.remove(at: $0).value }
      var child = old ?? YAMLNode(.mapping([]), at: mark)
      try child.set(rest, to: value, mark: mark, parent: step)
      entries.append(YAMLEntry(step, at: mark, child))
      content = .mapping(entries)
    case .scalar(let scalar):
      // `optimizer: adam` is short for `optimizer: {adam: {}}`.
      guard scalar.meaning == .null || scalar.text == step else {
        throw RecipeError(mark, "\(parent) is \"\(scalar.text)\" and has no \"\(step)\"")
      }
      self = YAMLNode(.mapping([]), at: mark)
      try set(path, to: value, mark: mark, parent: parent)
    }
  }
}

/// A key of a recipe that gets another value: what `--set` says, in Swift.
///
/// ```swift
/// let smaller = try experiment.changed([RecipeChange("training.batch", to: 64)])
/// ```
public struct RecipeChange: Sendable, Hashable {
  /// Dotted; a number picks an item of a list.
  public let path: String
  public let value: YAMLNode
  /// What errors name as its place.
  public let mark: YAMLMark

  public init(_ path: String, to value: YAMLNode, at mark: YAMLMark? = nil) {
    self.path = path
    self.mark = mark ?? .source("\(path)=\(value.flow)")
    // A value that was written in Swift stands where the change does.
    self.value = value.mark == .swift ? YAMLNode(value.content, at: self.mark) : value
  }
}

// MARK: - Comparing

extension YAMLNode {
  /// Where two trees differ first, in words: `training.batch is 128 there and 64 here`.
  ///
  /// - Parameters:
  ///   - other: the tree "here".
  ///   - ignored: paths that may differ.
  public func firstDifference(from other: YAMLNode, ignoring ignored: Set<String> = []) -> String? {
    difference(from: other, at: "", ignored)
  }

  private func difference(from other: YAMLNode, at path: String, _ ignored: Set<String>) -> String? {
    guard self != other, !ignored.contains(path) else { return nil }
    func inner(_ step: String) -> String { path.isEmpty ? step : "\(path).\(step)" }
    if let mine = entries, let theirs = other.entries {
      for entry in mine {
        guard let value = other[entry.key] else { return "\(inner(entry.key)) is only there" }
        if let found = entry.value.difference(from: value, at: inner(entry.key), ignored) { return found }
      }
      return theirs.first { self[$0.key] == nil && !ignored.contains(inner($0.key)) }
        .map { "\(inner($0.key)) is only here" }
    }
    if let mine = items, let theirs = other.items, mine.count == theirs.count {
      for (index, pair) in zip(mine, theirs).enumerated() {
        if let found = pair.0.difference(from: pair.1, at: inner("\(index)"), ignored) { return found }
      }
      return nil
    }
    return "\(path) is \(flow) there and \(other.flow) here"
  }
}
