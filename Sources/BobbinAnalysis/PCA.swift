/// Principal components of codes: the orthogonal directions of largest variance.
///
/// ```swift
/// let pca = try PCA(codes, components: 2)
/// let map = try pca.transform(codes).positions()
/// let code = try pca.inverse(Codes(rows: [[0.5, -1]]))
/// ```
/// The largest entry of each component (the first of equals) is positive, as in scikit-learn from version 1.5.
///
/// - Source: eigenvectors of the covariance matrix, as scikit-learn's `PCA(svd_solver="covariance_eigh")`.
public struct PCA: Hashable, Sendable {
  public let mean: [Double]
  /// Unit vectors, [component][dimension].
  public let components: [Double]
  /// Variance along each component.
  public let explainedVariance: [Double]
  /// Share of the whole variance.
  public let explainedVarianceRatio: [Double]
  /// Mean variance of the directions left out.
  public let noiseVariance: Double
  /// Whether transformed codes have variance 1 along each component.
  public let whitens: Bool

  public var dimension: Int { mean.count }
  public var componentCount: Int { explainedVariance.count }

  /// - Parameter components: how many are kept; all when `nil`.
  /// - Throws: `AnalysisError` for fewer than two codes, or more components than dimensions.
  public init(_ codes: Codes, components: Int? = nil, whitens: Bool = false, workers: Workers = Workers())
    throws(AnalysisError)
  {
    try self.init(codes, components: components, whitens: whitens, on: WorkerPool(workers))
  }

  init(_ codes: Codes, components: Int?, whitens: Bool = false, on pool: WorkerPool) throws(AnalysisError) {
    let dimension = codes.dimension
    let kept = components ?? dimension
    guard (1...dimension).contains(kept) else {
      throw .setting(name: "the number of components", value: "\(kept)", allowed: "from 1 to \(dimension)")
    }
    let moments = try Moments(codes, on: pool)
    let eigen = try SymmetricEigen(moments.covariance, dimension: dimension)
    let variances = eigen.values.map { max(0, $0) }
    let total = variances.reduce(0, +)
    mean = moments.mean
    self.components = (0..<kept).flatMap { Self.signed(eigen.vectors[$0 * dimension..<($0 + 1) * dimension]) }
    explainedVariance = Array(variances[..<kept])
    explainedVarianceRatio = explainedVariance.map { total > 0 ? $0 / total : 0 }
    noiseVariance = kept < dimension ? variances[kept...].reduce(0, +) / Double(dimension - kept) : 0
    self.whitens = whitens
  }

  /// With the largest entry positive.
  private static func signed(_ vector: ArraySlice<Double>) -> [Double] {
    let largest = vector.max { abs($0) < abs($1) } ?? 0
    let size = abs(largest)
    let first = vector.first { abs($0) == size } ?? 0
    return first < 0 ? vector.map { -$0 } : Array(vector)
  }

  /// What a transformed code is divided by.
  private var scales: [Double] {
    explainedVariance.map { whitens ? max($0.squareRoot(), Double.ulpOfOne) : 1 }
  }

  /// `(x − μ)Vᵀ`, divided by the standard deviations if this whitens.
  ///
  /// - Throws: `AnalysisError.codeLength`.
  public func transform(_ codes: Codes) throws(AnalysisError) -> Codes {
    try codes.check(length: dimension)
    let scales = scales
    var result = [Float]()
    result.reserveCapacity(codes.count * componentCount)
    for row in 0..<codes.count {
      for k in 0..<componentCount {
        var sum = 0.0
        for d in 0..<dimension {
          sum += (Double(codes.values[row * dimension + d]) - mean[d]) * components[k * dimension + d]
        }
        result.append(Float(sum / scales[k]))
      }
    }
    return Codes(unchecked: result, dimension: componentCount)
  }

  /// `μ + tV`: the code nearest to all that transform to `t`.
  ///
  /// - Throws: `AnalysisError.codeLength`.
  public func inverse(_ transformed: Codes) throws(AnalysisError) -> Codes {
    try transformed.check(length: componentCount)
    let scales = scales
    var result = [Float]()
    result.reserveCapacity(transformed.count * dimension)
    for row in 0..<transformed.count {
      var sum = mean
      for k in 0..<componentCount {
        let along = Double(transformed.values[row * componentCount + k]) * scales[k]
        for d in 0..<dimension { sum[d] += along * components[k * dimension + d] }
      }
      result += sum.map { Float($0) }
    }
    return Codes(unchecked: result, dimension: dimension)
  }
}
