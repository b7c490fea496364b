/// A place where trees differ, and what each of them has there.
public struct YAMLDifference: Hashable, Sendable {
  /// Dotted, as overrides have it.
  public let path: String
  /// One for each tree; nil where it has nothing.
  public let values: [YAMLNode?]
}

extension YAMLNode {
  /// Every place where trees differ: mappings are compared key by key, lists of the same length item by item.
  public static func differences(among trees: [YAMLNode]) -> [YAMLDifference] { differences(among: trees, at: "") }

  private static func differences(among trees: [YAMLNode?], at path: String) -> [YAMLDifference] {
    guard Set(trees).count > 1 else { return [] }
    func inner(_ step: String) -> String { path.isEmpty ? step : "\(path).\(step)" }
    let present = trees.compactMap { $0 }
    let mappings = present.compactMap(\.entries)
    if mappings.count == trees.count {
      var keys: [String] = []
      for key in mappings.joined().map(\.key) where !keys.contains(key) { keys.append(key) }
      return keys.flatMap { key in differences(among: trees.map { $0?[key] }, at: inner(key)) }
    }
    let lists = present.compactMap(\.items)
    if lists.count == trees.count, let first = lists.first, lists.allSatisfy({ $0.count == first.count }) {
      return first.indices.flatMap { index in differences(among: lists.map { $0[index] }, at: inner("\(index)")) }
    }
    return [YAMLDifference(path: path, values: trees)]
  }
}
