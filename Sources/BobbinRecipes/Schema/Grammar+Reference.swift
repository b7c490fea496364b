extension Grammar {
  /// The grammar as a page in Markdown: a table for each mapping, a list for each set of kinds.
  ///
  /// What occurs at several places, such as the layers of a network, is described at the first; the others name that place.
  public func reference(titled title: String) -> String {
    var places: [Grammar: String] = [:]
    return sections(title, level: 2, places: &places).joined(separator: "\n")
  }

  /// - Parameter places: the titles of what is described already.
  private func sections(_ title: String, level: Int, places: inout [Grammar: String]) -> [String] {
    var (bodies, children): ([String], [GrammarItem]) = ([], [])
    for part in parts {
      if let place = places[part] {
        bodies.append("As `\(place)`.")
      } else {
        places[part] = title
        bodies.append(part.body)
        children += part.items
      }
    }
    var sections: [String] = []
    if !bodies.isEmpty {
      let heading = "\(String(repeating: "#", count: min(level, 6))) \(title)"
      sections.append("\(heading)\n\n\(bodies.joined(separator: "\n\nOr:\n\n"))\n")
    }
    for child in children {
      sections += child.grammar.sections("\(title).\(child.name)", level: level + 1, places: &places)
    }
    return sections
  }

  /// The mappings and sets of kinds that this is made of.
  private var parts: [Grammar] {
    switch self {
    case .mapping, .variant, .tagged: items.isEmpty ? [] : [self]
    case .list(let item, _), .dictionary(let item): item.parts
    case .either(let one, let other): one.parts + other.parts
    case .value, .word, .reference, .anything: []
    }
  }

  private var items: [GrammarItem] {
    switch self {
    case .mapping(let items, _), .variant(let items), .tagged(_, let items): items
    case .list, .dictionary, .either, .value, .word, .reference, .anything: []
    }
  }

  private var body: String {
    switch self {
    case .mapping(let items, let shorthand):
      let rows = items.map { "| `\($0.name)` | \($0.grammar.words) | \($0.presence.words) | \($0.help) |" }
      let note = shorthand.map { "\n\nA bare value stands for `\($0)`." } ?? ""
      return (["| key | takes | default | meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n") + note
    case .tagged(let key, let items):
      return items.map { "* `\(key): \($0.name)`: \($0.help)" }.joined(separator: "\n")
    default:
      return items.map { "* `\($0.name)`: \($0.help)" }.joined(separator: "\n")
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
