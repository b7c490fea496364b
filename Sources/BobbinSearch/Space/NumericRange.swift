import Glibc

/// What real and whole numbers have in common for those who sample them.
struct NumericRange {
  let low: Double
  let high: Double
  let isLogarithmic: Bool
  /// The distance of two values; nil where the range is continuous.
  let step: Double?

  /// Nil for choices.
  init?(_ distribution: Distribution) {
    switch distribution {
    case .float(let range):
      (low, high, isLogarithmic, step) = (range.low, range.high, range.isLogarithmic, range.step)
    case .integer(let range):
      (low, high, isLogarithmic) = (Double(range.low), Double(range.high), range.isLogarithmic)
      step = Double(range.step)
    case .categorical: return nil
    }
  }

  /// The scale on which values are compared.
  func scaled(_ value: Double) -> Double { isLogarithmic ? log(value) : value }

  /// The interval on that scale, half a step wider on both sides so that every value has its own piece of it.
  ///
  /// The half step goes off before the logarithm.
  var interval: (low: Double, high: Double) {
    let half = (step ?? 0) / 2
    return (scaled(low - half), scaled(high + half))
  }

  func clipped(_ value: Double) -> Double { min(max(value, low), high) }

  /// The value of the range that is nearest; halves go to the even multiple of the step.
  func snapped(_ value: Double) -> Double {
    guard let step else { return value }
    return clipped(low + ((value - low) / step).rounded(.toNearestOrEven) * step)
  }
}
