/// Real numbers from `low` to `high`: all of them, evenly or on a logarithmic scale, or every `step`-th.
public struct FloatDistribution: Hashable, Sendable {
  public let low: Double
  /// With a step the last value that it reaches.
  public let high: Double
  public let isLogarithmic: Bool
  public let step: Double?

  /// - Throws: `SearchError` for an empty range, a bound that is not finite, a logarithm of 0 or less, a step of 0 or less, or a
  ///   step on a logarithmic scale.
  public init(low: Double, high: Double, log: Bool = false, step: Double? = nil) throws(SearchError) {
    for value in [low, high, step ?? 1] where !value.isFinite { throw .notFinite(value) }
    guard low <= high else { throw .emptyRange(low: low, high: high) }
    if log, let step { throw .logarithmWithStep(step) }
    if log, low <= 0 { throw .logarithmOfNonPositive(low: low) }
    if let step, step <= 0 { throw .nonPositiveStep(step) }
    self.low = low
    self.isLogarithmic = log
    self.step = step
    guard let step else {
      self.high = high
      return
    }
    guard let last = ShortestDecimal.lastStep(low: low, high: high, step: step) else { throw .stepTooFine(step) }
    self.high = last
  }

  /// Whether it has one value only. A step beyond the range has brought `high` down to `low`.
  public var isSingle: Bool { low == high }

  /// Whether it has this value. On a step, values count as equal up to 1e-8 steps.
  public func contains(_ value: Double) -> Bool {
    guard low <= value, value <= high else { return false }
    guard let step else { return true }
    let steps = (value - low) / step
    return abs(steps - steps.rounded()) < 1e-8
  }
}
