/// Whole numbers from `low` to `high`: every `step`-th, or all of them on a logarithmic scale.
public struct IntegerDistribution: Hashable, Sendable {
  public let low: Int
  /// The last value that the step reaches.
  public let high: Int
  public let isLogarithmic: Bool
  public let step: Int

  /// Up to here every whole number is a double, which is how a study stores it.
  static let largest = 1 << 53

  /// - Throws: `SearchError` for an empty range, bounds beyond ±2^53, a logarithm that begins below 1, a step below 1, or a step
  ///   other than 1 on a logarithmic scale.
  public init(low: Int, high: Int, log: Bool = false, step: Int = 1) throws(SearchError) {
    for value in [low, high] where value.magnitude > UInt(Self.largest) { throw .integerTooLarge(value) }
    guard low <= high else { throw .emptyRange(low: Double(low), high: Double(high)) }
    guard step >= 1 else { throw .nonPositiveStep(Double(step)) }
    if log, step != 1 { throw .logarithmWithStep(Double(step)) }
    if log, low < 1 { throw .logarithmOfNonPositive(low: Double(low)) }
    self.low = low
    self.high = low + (high - low) / step * step
    self.isLogarithmic = log
    self.step = step
  }

  /// Whether it has one value only.
  public var isSingle: Bool { low == high }

  public func contains(_ value: Int) -> Bool { low <= value && value <= high && (value - low) % step == 0 }
}
