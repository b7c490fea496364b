import Glibc

extension Codes {
  /// Copies of one code with `values` along one dimension.
  ///
  /// - Throws: `AnalysisError` for a code or dimension that does not exist, or a value that is not finite.
  public func traversal(of code: Int, along dimension: Int, values: [Float]) throws(AnalysisError) -> Codes {
    try check(code: code)
    try check(dimension: dimension)
    return try varied(code, values.map { [(dimension, $0)] })
  }

  /// Copies of one code with all pairs of values along two dimensions, [value of the second][value of the first].
  ///
  /// - Throws: `AnalysisError` for a code or dimension that does not exist, one dimension twice, or a value that is not finite.
  public func traversal(of code: Int, along dimensions: (Int, Int), values: (first: [Float], second: [Float]))
    throws(AnalysisError) -> Codes
  {
    try check(code: code)
    try check(dimension: dimensions.0)
    try check(dimension: dimensions.1)
    guard dimensions.0 != dimensions.1 else {
      throw .setting(name: "the second dimension", value: "\(dimensions.1)", allowed: "another than the first")
    }
    return try varied(
      code, values.second.flatMap { second in values.first.map { [(dimensions.0, $0), (dimensions.1, second)] } })
  }

  private func varied(_ code: Int, _ changes: [[(dimension: Int, value: Float)]]) throws(AnalysisError) -> Codes {
    var result: [Float] = []
    for change in changes {
      var row = Array(self[code])
      for (dimension, value) in change { row[dimension] = value }
      result += row
    }
    return try Codes(result, dimension: dimension)
  }
}

/// The way from one code to another.
public enum Interpolation: Hashable, Sendable, CaseIterable {
  /// `(1 − t) a + t b`
  case linear
  /// `(sin((1 − t)Ω) a + sin(tΩ) b) / sin Ω`, Ω the angle between both: keeps the length that codes of a normal prior have.
  ///
  /// - Source: Shoemake, "Animating rotation with quaternion curves", SIGGRAPH 1985; for latent codes White, "Sampling
  ///   generative networks", 2016.
  case spherical

  /// `steps` codes from `a` to `b`, both included.
  ///
  /// - Throws: `AnalysisError` for codes that do not exist, fewer than two steps, or, spherically, a code of zeros only.
  public func callAsFunction(from a: Int, to b: Int, of codes: Codes, steps: Int) throws(AnalysisError) -> Codes {
    try codes.check(code: a)
    try codes.check(code: b)
    guard steps >= 2 else { throw .setting(name: "the number of steps", value: "\(steps)", allowed: "at least 2") }
    let (first, last) = (codes[a].map { Double($0) }, codes[b].map { Double($0) })
    let weights = try weights(codes, a, b, first, last)
    let rows = (0..<steps).flatMap { step in
      let (left, right) = weights(Double(step) / Double(steps - 1))
      return zip(first, last).map { Float(left * $0 + right * $1) }
    }
    return try Codes(rows, dimension: codes.dimension)
  }

  private func weights(_ codes: Codes, _ a: Int, _ b: Int, _ first: [Double], _ last: [Double])
    throws(AnalysisError) -> (Double) -> (Double, Double)
  {
    let straight: (Double) -> (Double, Double) = { (1 - $0, $0) }
    guard self == .spherical else { return straight }
    func length(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let lengths = (length(first), length(last))
    guard lengths.0 > 0 else { throw .noDirection(code: a) }
    guard lengths.1 > 0 else { throw .noDirection(code: b) }
    let cosine = zip(first, last).reduce(0) { $0 + $1.0 * $1.1 } / (lengths.0 * lengths.1)
    let angle = acos(min(1, max(-1, cosine)))
    // Along one line, in the same or the opposite direction, no arc is determined.
    guard sin(angle) > 1e-6 else { return straight }
    return { (sin((1 - $0) * angle) / sin(angle), sin($0 * angle) / sin(angle)) }
  }
}
