import Glibc

/// A curve through pairs of numbers, and how much of their variation it explains.
public struct CurveFit: Hashable, Sendable {
  public enum Form: Hashable, Sendable {
    /// `a + b·x`
    case line
    /// `a·exp(b·x)`
    case exponential
  }

  public let form: Form
  public let a: Double
  public let b: Double
  /// `1 − Σ(y − ŷ)² / Σ(y − ȳ)²`; 1 where all y are equal and met.
  public let determination: Double

  public func callAsFunction(_ x: Double) -> Double {
    switch form {
    case .line: a + b * x
    case .exponential: a * exp(b * x)
    }
  }

  /// The curve with the least sum of squared residuals of y.
  ///
  /// An exponential begins at the line through the logarithms, and takes damped Gauss–Newton steps from there.
  ///
  /// - Throws: `AnalysisError` for fewer than three pairs, x that are all equal, a number that is not finite or, for an exponential,
  ///   a y that is not positive.
  public init(_ form: Form, x: [Double], y: [Double]) throws(AnalysisError) {
    guard x.count == y.count else { throw .otherCount(what: "values", expected: x.count, found: y.count) }
    guard x.count > 2 else { throw .tooFew(found: x.count, needed: 3, purpose: "a fit") }
    if let value = (x + y).first(where: { !$0.isFinite }) {
      throw .setting(name: "a value of a fit", value: "\(value)", allowed: "finite numbers")
    }
    guard x.contains(where: { $0 != x[0] }) else {
      throw .setting(name: "every place of a fit", value: "\(x[0])", allowed: "different ones")
    }
    self.form = form
    switch form {
    case .line: (a, b) = Self.line(x, y)
    case .exponential:
      if let value = y.first(where: { $0 <= 0 }) {
        throw .setting(name: "a value of an exponential fit", value: "\(value)", allowed: "positive numbers")
      }
      (a, b) = Self.exponential(x, y)
    }
    let mean = y.reduce(0, +) / Double(y.count)
    let (form, a, b) = (form, a, b)
    let residual = zip(x, y).reduce(0.0) { sum, pair in
      let curve = form == .line ? a + b * pair.0 : a * exp(b * pair.0)
      return sum + (pair.1 - curve) * (pair.1 - curve)
    }
    let variation = y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    determination = variation > 0 ? 1 - residual / variation : residual > 0 ? 0 : 1
  }

  private static func line(_ x: [Double], _ y: [Double]) -> (a: Double, b: Double) {
    let count = Double(x.count)
    let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    let slope =
      zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    return (meanY - slope * meanX, slope)
  }

  private static func exponential(_ x: [Double], _ y: [Double]) -> (a: Double, b: Double) {
    let start = line(x, y.map { log($0) })
    var (a, b) = (exp(start.a), start.b)
    func squares(_ a: Double, _ b: Double) -> Double {
      zip(x, y).reduce(0) { $0 + ($1.1 - a * exp(b * $1.0)) * ($1.1 - a * exp(b * $1.0)) }
    }
    var error = squares(a, b)
    for _ in 0..<200 {
      // Normal equations of the Jacobian (eᵇˣ, a·x·eᵇˣ).
      var (aa, ab, bb, ra, rb) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for (place, value) in zip(x, y) {
        let growth = exp(b * place)
        let (byA, byB, residual) = (growth, a * place * growth, value - a * growth)
        (aa, ab, bb) = (aa + byA * byA, ab + byA * byB, bb + byB * byB)
        (ra, rb) = (ra + byA * residual, rb + byB * residual)
      }
      let determinant = aa * bb - ab * ab
      guard determinant > 0 else { break }
      let step = ((bb * ra - ab * rb) / determinant, (aa * rb - ab * ra) / determinant)
      var share = 1.0
      while share > 1e-6, !(squares(a + share * step.0, b + share * step.1) <= error) { share /= 2 }
      guard share > 1e-6 else { break }
      (a, b) = (a + share * step.0, b + share * step.1)
      let improved = squares(a, b)
      let isDone = error - improved <= 1e-15 * error
      error = improved
      if isDone { break }
    }
    return (a, b)
  }
}
