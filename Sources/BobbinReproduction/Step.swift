/// One thing after the other: a training, a search, or an item of the report.
public enum Step: Sendable {
  /// Trained with the first seed and so many more.
  case work(Work, Int)
  case item(Item)

  /// The name of its folder and file.
  public var name: String {
    switch self {
    case .work(let work, let repetition): repetition == 0 ? work.name : "\(work.name)-seed-\(repetition + 1)"
    case .item(let item): item.name
    }
  }

  /// As people read it.
  public var title: String {
    switch self {
    case .work(let work, _): work.isSearch ? "search \(name)" : "train \(name)"
    case .item(let item): "\(item.rows.joined(separator: ", ")): \(item.title)"
    }
  }

  /// The works of items before each item, nothing twice.
  static func all(of items: [Item], seeds: Int) -> [Step] {
    var (steps, known): ([Step], Set<Work>) = ([], [])
    func add(_ work: Work) {
      for need in work.needs where !known.contains(need) { add(need) }
      guard known.insert(work).inserted else { return }
      steps += (0..<(work.isRepeated ? seeds : 1)).map { .work(work, $0) }
    }
    for item in items {
      for work in item.needs { add(work) }
      steps.append(.item(item))
    }
    return steps
  }
}
