import Glibc

/// The normal distribution on an interval, in logarithms, so that it holds 300 standard deviations out.
///
/// - Source: the definitions of `scipy.stats.truncnorm`; the series for the tail is Abramowitz and Stegun 26.2.12.
package enum TruncatedNormal {
  package static let halfLogTwoPi = 0.5 * log(2 * Double.pi)

  /// ln Φ(x)
  static func logCumulative(_ x: Double) -> Double {
    if x > 6 { return -0.5 * erfc(x / 2.0.squareRoot()) }
    if x > -20 { return log(0.5 * erfc(-x / 2.0.squareRoot())) }
    var (sum, term, previous, index) = (1.0, 1.0, 0.0, 0.0)
    while abs(previous - sum) > Double.ulpOfOne {
      index += 1
      previous = sum
      term *= -(2 * index - 1) / (x * x)
      sum += term
    }
    return -0.5 * x * x - log(-x) - halfLogTwoPi + log(sum)
  }

  /// ln (Φ(b) − Φ(a)) for a ≤ b
  package static func logMass(_ a: Double, _ b: Double) -> Double {
    if a > 0 { return logMass(-b, -a) }
    if b <= 0 {
      guard a < b else { return -.infinity }
      let upper = logCumulative(b)
      return upper + log1p(-exp(logCumulative(a) - upper))
    }
    return log1p(-0.5 * erfc(-a / 2.0.squareRoot()) - 0.5 * erfc(b / 2.0.squareRoot()))
  }

  /// The x below which a share q of the mass on [a, b] lies.
  package static func quantile(_ q: Double, _ a: Double, _ b: Double) -> Double {
    guard a < b else { return .nan }
    if q <= 0 { return a }
    if q >= 1 { return b }
    let mass = logMass(a, b)
    return a < 0
      ? inverseLogCumulative(logSum(logCumulative(a), log(q) + mass))
      : -inverseLogCumulative(logSum(logCumulative(-b), log1p(-q) + mass))
  }

  /// ln (eᵖ + e^q)
  private static func logSum(_ p: Double, _ q: Double) -> Double {
    let larger = max(p, q)
    return larger == -.infinity ? larger : larger + log(exp(p - larger) + exp(q - larger))
  }

  /// The x with ln Φ(x) = y, by Newton's method from an estimate for either tail.
  private static func inverseLogCumulative(_ y: Double) -> Double {
    // Near y = 0 the other tail has the digits.
    let isMirrored = y > -1e-2
    let target = isMirrored ? log(-expm1(y)) : y
    var x =
      target < -5
      ? -(-2 * (target + halfLogTwoPi)).squareRoot() : -3.0.squareRoot() / Double.pi * log(expm1(-target))
    for _ in 0..<100 {
      let value = logCumulative(x)
      let change = (value - target) * exp(value + 0.5 * x * x + halfLogTwoPi)
      x -= change
      if abs(change) < 1e-8 * abs(x) { break }
    }
    return isMirrored ? -x : x
  }
}
