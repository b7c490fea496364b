extension Grammar {
  /// The grammar as a page in Markdown: a table for each mapping, a list for each set of kinds.
  public func reference(titled title: String) -> String { sections(title, level: 2).joined(separator: "\n") }

  private func sections(_ title: String, level: Int) -> [String] {
    let own = body.map { ["\(String(repeating: "#", count: min(level, 6))) \(title)\n\n\($0)\n"] } ?? []
    return own + children.flatMap { $0.grammar.sections("\(title).\($0.name)", level: level + 1) }
  }

  private var body: String? {
    switch self {
    case .mapping(let items, let shorthand):
      guard !items.isEmpty else { return nil }
      let rows = items.map { "| `\($0.name)` | \($0.grammar.words) | \($0.presence.words) | \($0.help) |" }
      let note = shorthand.map { "\n\nA bare value stands for `\($0)`." } ?? ""
      return (["| key | takes | default | meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n") + note
    case .variant(let items):
      return items.map { "* `\($0.name)`: \($0.help)" }.joined(separator: "\n")
    case .tagged(let key, let items):
      return items.map { "* `\(key): \($0.name)`: \($0.help)" }.joined(separator: "\n")
    case .list(let item, _): return item.body
    case .dictionary(let item): return item.body
    case .either(let one, let other):
      let bodies = [one.body, other.body].compactMap { $0 }
      return bodies.isEmpty ? nil : bodies.joined(separator: "\n\nOr:\n\n")
    case .value, .word, .reference, .anything: return nil
    }
  }

  private var children: [GrammarItem] {
    switch self {
    case .mapping(let items, _), .variant(let items), .tagged(_, let items): items
    case .list(let item, _), .dictionary(let item): item.children
    case .either(let one, let other): one.children + other.children
    case .value, .word, .reference, .anything: []
    }
  }
}

extension GrammarItem.Presence {
  fileprivate var words: String {
    switch self {
    case .required: "required"
    case .optional: "none"
    case .defaults(let node): "`\(node.flow)`"
    }
  }
}
