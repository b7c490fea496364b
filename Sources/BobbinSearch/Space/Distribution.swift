/// The values that a parameter may take, and how they are spread.
///
/// A study stores a value as a double, its *internal* form: a number as it is, a choice by its index.
public enum Distribution: Hashable, Sendable {
  case float(FloatDistribution)
  case integer(IntegerDistribution)
  case categorical(CategoricalDistribution)

  /// Real numbers. See ``FloatDistribution/init(low:high:log:step:)``.
  public static func float(
    low: Double, high: Double, log: Bool = false, step: Double? = nil
  ) throws(SearchError) -> Distribution {
    .float(try FloatDistribution(low: low, high: high, log: log, step: step))
  }

  /// Whole numbers. See ``IntegerDistribution/init(low:high:log:step:)``.
  public static func integer(low: Int, high: Int, log: Bool = false, step: Int = 1) throws(SearchError) -> Distribution
  {
    .integer(try IntegerDistribution(low: low, high: high, log: log, step: step))
  }

  /// Choices. See ``CategoricalDistribution/init(_:)``.
  public static func categorical(of choices: [ParameterValue]) throws(SearchError) -> Distribution {
    .categorical(try CategoricalDistribution(choices))
  }

  /// Whether there is nothing to search.
  public var isSingle: Bool {
    switch self {
    case .float(let range): range.isSingle
    case .integer(let range): range.isSingle
    case .categorical(let set): set.choices.count == 1
    }
  }

  /// Whether a value in internal form is one of its values.
  public func contains(internal value: Double) -> Bool {
    switch self {
    case .float(let range): return range.contains(value)
    case .integer(let range): return Int(exactly: value.rounded(.towardZero)).map(range.contains) ?? false
    case .categorical(let set):
      return Int(exactly: value.rounded(.towardZero)).map(set.choices.indices.contains) ?? false
    }
  }

  /// The value that an internal form stands for. A whole number is cut, as Python's `int` does.
  ///
  /// - Throws: `SearchError.valueOutside` for an index without a choice and for what is no number.
  public func value(internal form: Double) throws(SearchError) -> ParameterValue {
    switch self {
    case .float: return .number(form)
    case .integer:
      guard let value = Int(exactly: form.rounded(.towardZero)) else { throw .valueOutside(.number(form)) }
      return .integer(value)
    case .categorical(let set):
      guard let index = Int(exactly: form.rounded(.towardZero)), set.choices.indices.contains(index) else {
        throw .valueOutside(.number(form))
      }
      return set.choices[index]
    }
  }

  /// The internal form of a value. Numbers outside the range have one too: somebody may ask for them.
  ///
  /// - Throws: `SearchError.valueOutside` for an unknown choice, or for what is no such number.
  public func internalForm(of value: ParameterValue) throws(SearchError) -> Double {
    switch self {
    case .float:
      guard let number = value.double, !number.isNaN else { throw .valueOutside(value) }
      return number
    case .integer:
      guard let number = value.integer else { throw .valueOutside(value) }
      guard number.magnitude <= UInt(IntegerDistribution.largest) else { throw .integerTooLarge(number) }
      return Double(number)
    case .categorical(let set):
      guard let index = set.index(of: value) else { throw .valueOutside(value) }
      return Double(index)
    }
  }

  /// Whether one parameter of a study may have both: the same kind, and the same scale or choices. Bounds and steps may differ.
  public func isCompatible(with other: Distribution) -> Bool {
    switch (self, other) {
    case (.float(let mine), .float(let others)): mine.isLogarithmic == others.isLogarithmic
    case (.integer(let mine), .integer(let others)): mine.isLogarithmic == others.isLogarithmic
    case (.categorical(let mine), .categorical(let others)): mine == others
    default: false
    }
  }

  /// The number of its values, or nil where it is continuous.
  public var count: Int? {
    switch self {
    case .float(let range):
      range.isSingle ? 1 : range.step.flatMap { Int(exactly: ((range.high - range.low) / $0).rounded()) }.map { $0 + 1 }
    case .integer(let range): (range.high - range.low) / range.step + 1
    case .categorical(let set): set.choices.count
    }
  }
}
