/// How much larger one of two numbers of the same things is, on average: of the errors of two models on the same images.
public struct PairedDifference: Hashable, Sendable {
  public let count: Int
  public let mean: Double
  /// The ends of the 95 % confidence interval, mean ± t·s/√n with Student's t of n − 1 degrees of freedom.
  public let low: Double
  public let high: Double

  /// Second minus first.
  ///
  /// - Returns: nil for fewer than two pairs, which have no deviation.
  public init?(_ first: [Double], _ second: [Double]) {
    let differences = zip(first, second).map { $1 - $0 }
    guard differences.count > 1 else { return nil }
    count = differences.count
    mean = Sample.mean(differences)
    let reach =
      Self.quantile(degrees: count - 1) * Sample.standardDeviation(differences) / Double(count).squareRoot()
    (low, high) = (mean - reach, mean + reach)
  }

  /// Whether the interval leaves out 0.
  public var isClear: Bool { low > 0 || high < 0 }

  /// The 97.5 % quantile of Student's t, to three decimals.
  ///
  /// - Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5 and table 26.10.
  public static func quantile(degrees: Int) -> Double {
    let few = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706]
    guard degrees > few.count else { return few[max(1, degrees) - 1] }
    let (x, n) = (1.959963984540054, Double(degrees))
    let square = x * x
    let terms = [
      x,
      x * (square + 1) / 4,
      x * ((5 * square + 16) * square + 3) / 96,
      x * (((3 * square + 19) * square + 17) * square - 15) / 384,
      x * ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92_160,
    ]
    return terms.reversed().reduce(0) { $0 / n + $1 }
  }
}
