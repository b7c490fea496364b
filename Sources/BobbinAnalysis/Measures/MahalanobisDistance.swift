/// How far codes lie from where others are at home, in units of how those spread:
///
///     D²(x) = (x − μ)ᵀ Σ⁻¹ (x − μ)
///
/// μ and Σ are those of the share of the codes that lies nearest to them, found by turns, so that a few strangers among the codes
/// do not say where home is. In units of each dimension's deviation Σ is drawn towards a multiple of the identity, as far as so few
/// codes leave it uncertain; so it can be inverted where there are more dimensions than codes.
///
/// ```swift
/// let home = try MahalanobisDistance(from: trainingCodes)
/// let strangeness = try home.squares(of: codes)
/// ```
/// - Source: the turns: Rousseeuw and Van Driessen, "A fast algorithm for the minimum covariance determinant estimator", 1999,
///   theorem 1; towards the identity: Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance
///   matrices", 2004, section 3.3.
public struct MahalanobisDistance: Hashable, Sendable {
  /// μ
  public let center: [Double]
  /// How far the covariance was drawn towards the identity, from 0 to 1.
  public let shrinkage: Double
  /// The square root of each dimension's variance; 1 where there is none.
  private let deviations: [Double]
  /// Σ⁻¹ in units of the deviations: [dimension][dimension]
  private let precision: [Double]

  /// More turns change next to nothing.
  private static let mostTurns = 5

  /// - Parameter share: of the codes that are trusted; 1 trusts all of them.
  /// - Throws: `AnalysisError` for a share outside 0 to 1, and where it leaves fewer than two codes.
  public init(from codes: Codes, trusting share: Double = 0.9, workers: Workers = Workers()) throws(AnalysisError) {
    guard share > 0, share <= 1 else {
      throw .setting(name: "the trusted share", value: "\(share)", allowed: "more than 0 and at most 1")
    }
    var (trusted, distance) = (Array(0..<codes.count), try Self(moments: codes, workers))
    let count = max(2, Int((share * Double(codes.count)).rounded(.up)))
    for _ in 0..<Self.mostTurns {
      let squares = try distance.squares(of: codes)
      let nearest = squares.indices.sorted { (squares[$0], $0) < (squares[$1], $1) }.prefix(count).sorted()
      guard nearest != trusted else { break }
      trusted = nearest
      distance = try Self(moments: codes.selecting(trusted), workers)
    }
    self = distance
  }

  private init(moments codes: Codes, _ workers: Workers) throws(AnalysisError) {
    let moments = try Moments(codes, workers: workers)
    let dimension = codes.dimension
    let deviations = moments.variances.map { $0 > 0 ? $0.squareRoot() : 1 }
    var correlation = moments.covariance
    for row in 0..<dimension {
      for column in 0..<dimension { correlation[row * dimension + column] /= deviations[row] * deviations[column] }
    }
    let target = (0..<dimension).reduce(0) { $0 + correlation[$1 * dimension + $1] } / Double(dimension)
    let shrinkage = Self.shrinkage(of: correlation, to: target, codes, moments.mean, deviations)
    for index in correlation.indices { correlation[index] *= 1 - shrinkage }
    for axis in 0..<dimension { correlation[axis * dimension + axis] += shrinkage * target }
    // Where all codes are one there is no spread to measure by: the distance is plain then.
    let least = max(target * 1e-9, .leastNormalMagnitude)
    precision = try SymmetricEigen(correlation, dimension: dimension).matrix { target > 0 ? 1 / max($0, least) : 1 }
    (center, self.deviations, self.shrinkage) = (moments.mean, deviations, shrinkage)
  }

  /// min(1, b²/d²), where d² = ‖S − mI‖² says how far the target is and b² = Σ‖xxᵀ − S‖²/n² how uncertain S = Σxxᵀ/n.
  private static func shrinkage(
    of correlation: [Double], to target: Double, _ codes: Codes, _ center: [Double], _ deviations: [Double]
  ) -> Double {
    let (count, dimension) = (Double(codes.count), codes.dimension)
    // The correlation was divided by n − 1.
    let share = (count - 1) / count
    let norm = share * share * correlation.reduce(0) { $0 + $1 * $1 }
    let distance = norm - share * share * target * target * Double(dimension)
    guard distance > 0 else { return 1 }
    var fourth = 0.0
    for code in 0..<codes.count {
      var square = 0.0
      for (axis, value) in codes[code].enumerated() {
        let unit = (Double(value) - center[axis]) / deviations[axis]
        square += unit * unit
      }
      fourth += square * square
    }
    return min(1, max(0, fourth / count - norm) / count / distance)
  }

  /// D² of each code.
  ///
  /// - Throws: `AnalysisError.codeLength` for codes of another dimension.
  public func squares(of codes: Codes) throws(AnalysisError) -> [Double] {
    let dimension = center.count
    try codes.check(length: dimension)
    var offset = [Double](repeating: 0, count: dimension)
    return (0..<codes.count).map { code in
      for (axis, value) in codes[code].enumerated() {
        offset[axis] = (Double(value) - center[axis]) / deviations[axis]
      }
      var square = 0.0
      for row in 0..<dimension {
        var sum = 0.0
        for column in 0..<dimension { sum += precision[row * dimension + column] * offset[column] }
        square += offset[row] * sum
      }
      return max(0, square)
    }
  }
}
