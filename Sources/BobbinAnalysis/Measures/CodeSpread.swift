/// How much room codes take.
public struct CodeSpread: Hashable, Sendable {
  /// Along each dimension.
  public let deviations: [Double]
  /// Along each principal axis, the largest first: what a rotation of the codes does not change.
  public let principalDeviations: [Double]

  /// The root of the mean variance of all dimensions.
  public var deviation: Double {
    (deviations.reduce(0) { $0 + $1 * $1 } / Double(deviations.count)).squareRoot()
  }

  /// What the ellipse of two standard deviations covers of the plane of the first two principal axes; nil for one dimension.
  ///
  ///     4π σ₁ σ₂
  public var area: Double? {
    principalDeviations.count > 1 ? 4 * .pi * principalDeviations[0] * principalDeviations[1] : nil
  }

  /// - Throws: `AnalysisError.tooFew` for fewer than two codes.
  public init(of codes: Codes, workers: Workers = Workers()) throws(AnalysisError) {
    let moments = try Moments(codes, workers: workers)
    deviations = moments.variances.map { max(0, $0).squareRoot() }
    principalDeviations = try SymmetricEigen(moments.covariance, dimension: codes.dimension).values
      .map { max(0, $0).squareRoot() }.sorted(by: >)
  }
}
