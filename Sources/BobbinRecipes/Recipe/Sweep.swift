/// Keys of a recipe and the values that they take in turn: every combination is a run.
///
/// ```swift
/// let sweep = try Sweep(axes: [.init(parsing: "model.latent=2..6")], seeds: 3)
/// ```
public struct Sweep: Hashable, Sendable {
  /// A key and its values.
  public struct Axis: Hashable, Sendable {
    /// A path, as overrides have it: `model.latent`.
    public let key: String
    public let values: [YAMLNode]
  }

  public let axes: [Axis]
  /// How often each combination is trained, if it is said.
  public let seeds: Int?

  /// More runs than this are a slip.
  static let mostRuns = 10_000
  public static let seedKey = "training.seed"

  /// - Throws: `Refusal` for a key that is swept twice, or is not to be swept, and for too many runs.
  public init(axes: [Axis], seeds: Int? = nil) throws(Refusal) {
    var keys: Set<String> = []
    var count = seeds ?? 1
    for axis in axes {
      guard keys.insert(axis.key).inserted else { throw Refusal("\(axis.key) is swept twice") }
      guard axis.key != "sweep", !axis.key.hasPrefix("sweep.") else { throw Refusal("a sweep cannot be swept") }
      count = count.multipliedReportingOverflow(by: axis.values.count).partialValue
      guard 1...Self.mostRuns ~= count else { throw Refusal("a sweep has at most \(Self.mostRuns) runs") }
    }
    guard seeds == nil || !keys.contains(Self.seedKey) else {
      throw Refusal("seeds and \(Self.seedKey) both say which seeds there are: leave one away")
    }
    self.axes = axes
    self.seeds = seeds
  }

  /// One run.
  public struct Point: Hashable, Sendable {
    /// One value for each axis, as YAML in one line.
    public let values: [String]
    /// Where there are several.
    public let seed: UInt64?
    /// What its recipe has of its own.
    public let overrides: [String]
  }

  /// Every run: the last axis turns fastest, and seeds faster still.
  ///
  /// - Parameter seed: the first.
  public func points(from seed: UInt64) -> [Point] {
    var combinations: [[String]] = [[]]
    for axis in axes {
      combinations = combinations.flatMap { values in axis.values.map { values + [$0.flow] } }
    }
    let seeds: [UInt64?] = seeds.map { count in (0..<UInt64(count)).map { seed &+ $0 } } ?? [nil]
    return combinations.flatMap { values in
      seeds.map { seed in
        let own = zip(axes, values).map { "\($0.key)=\($1)" }
        let seeded = seed.map { ["\(Self.seedKey)=\($0)"] } ?? []
        // A run is one of the sweep's, and has none itself.
        return Point(values: values, seed: seed, overrides: own + seeded + ["sweep=null"])
      }
    }
  }
}

// MARK: - Reading

extension Sweep {
  static let seedsKey = "seeds"
  private static let seedCount = Schema<Int>.integer(1...1000)

  static let schema: Schema<Sweep> = Schema<[DictionaryItem<YAMLNode>]>.dictionary(of: .anything).map { items in
    var (axes, seeds): ([Axis], Int?) = ([], nil)
    for item in items {
      if item.key == seedsKey {
        seeds = try seedCount.read(item.value, as: seedsKey)
      } else {
        axes.append(try Axis(item.key, item.value))
      }
    }
    return try Sweep(axes: axes, seeds: seeds)
  }
}

extension Sweep.Axis {
  /// `KEY=VALUES`, as the command line has it.
  ///
  /// - Throws: `RecipeError` whose place is the option.
  public init(parsing text: String, option: String = "--sweep") throws(RecipeError) {
    let mark = YAMLMark.source("\(option) \(text)")
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw RecipeError(misuse: mark, "expected KEY=VALUES, as in model.latent=2..6")
    }
    let written = text[text.index(after: equals)...]
    let range = YAMLNode(.scalar(.init(text: String(written), style: .plain)), at: mark)
    try self.init(
      String(text[..<equals]),
      NumberRange.isMeant(by: written)
        ? range
        : try YAMLNode(parsing: Array((written.hasPrefix("[") ? written : "[\(written)]").utf8)) { _, _ in mark })
  }

  /// - Parameter node: a list, a range, or one value.
  init(_ key: String, _ node: YAMLNode) throws(RecipeError) {
    let values: [YAMLNode]
    if let items = node.items {
      values = items
    } else if let text = node.scalar?.text, NumberRange.isMeant(by: text[...]) {
      do throws(Refusal) { values = try NumberRange(text).values } catch {
        throw RecipeError(node.mark, error.description)
      }
    } else {
      values = node.isNull ? [] : [node]
    }
    guard !values.isEmpty else { throw RecipeError(node.mark, "\(key) is swept over no values: give at least one") }
    if let twice = values.indices.first(where: { values[..<$0].contains(values[$0]) }) {
      throw RecipeError(node.mark, "\(key) takes \(values[twice].flow) twice")
    }
    (self.key, self.values) = (key, values)
  }
}

/// `2..6`, `0..1+0.25`, `2..64*2`: both ends included where the steps meet them.
private struct NumberRange {
  let values: [YAMLNode]

  /// A number before two dots: not so a path such as `../runs`.
  static func isMeant(by text: Substring) -> Bool {
    text.firstRange(of: "..").map { number(text[..<$0.lowerBound]) != nil } ?? false
  }

  private static func number(_ text: Substring) -> Double? {
    switch YAMLScalar(text: String(text.filter { $0 != " " }), style: .plain).meaning {
    case .integer(let value): Double(value)
    case .number(let value) where value.isFinite: value
    default: nil
    }
  }

  init(_ text: String) throws(Refusal) {
    func number(_ part: Substring) throws(Refusal) -> Double {
      guard let value = Self.number(part) else {
        throw Refusal("expected a range such as 2..6, 0..1+0.25 or 2..64*2, found \"\(text)\"")
      }
      return value
    }
    let dots = text.firstRange(of: "..") ?? text.endIndex..<text.endIndex
    let behind = text[dots.upperBound...]
    // The sign of an exponent is none of a step.
    let operation = behind.indices.dropFirst().first { index in
      "*+".contains(behind[index]) && !"eE".contains(behind[behind.index(before: index)])
    }
    let low = try number(text[..<dots.lowerBound])
    let high = try number(behind[..<(operation ?? behind.endIndex)])
    let step = try operation.map { index throws(Refusal) in try number(behind[behind.index(after: index)...]) } ?? 1
    let isGeometric = operation.map { behind[$0] == "*" } ?? false
    guard low <= high else { throw Refusal("the range \(text) is empty: it begins above its end") }
    guard isGeometric ? step > 1 && low > 0 : step > 0 else {
      throw Refusal(
        isGeometric
          ? "the range \(text) needs a factor above 1 and a first number above 0"
          : "the range \(text) needs a step above 0")
    }
    var numbers: [Double] = []
    var next = low
    // What a decimal step misses the end by is not meant.
    while next <= high + abs(high) * 1e-9 {
      guard numbers.count < Sweep.mostRuns else {
        throw Refusal("the range \(text) has more than \(Sweep.mostRuns) numbers")
      }
      numbers.append(next)
      next = isGeometric ? next * step : Self.decimal(low + Double(numbers.count) * step)
    }
    values = numbers.map { $0 == $0.rounded() && abs($0) < 1e15 ? YAMLNode(Int($0)) : YAMLNode($0) }
  }

  /// 0.3 rather than 0.30000000000000004.
  private static func decimal(_ value: Double) -> Double { abs(value) < 1e3 ? (value * 1e12).rounded() / 1e12 : value }
}
