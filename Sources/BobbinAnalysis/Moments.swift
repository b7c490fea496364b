/// Mean and covariance of codes, the covariance divided by one less than their number.
///
///     μ = Σ xᵢ / N,  C = Σ (xᵢ − μ)(xᵢ − μ)ᵀ / (N − 1)
public struct Moments: Hashable, Sendable {
  public let count: Int
  public let mean: [Double]
  /// [dimension][dimension]
  public let covariance: [Double]

  public var dimension: Int { mean.count }

  /// - Throws: `AnalysisError.tooFew` for fewer than two codes.
  public init(_ codes: Codes, workers: Workers = Workers()) throws(AnalysisError) {
    try self.init(codes, on: WorkerPool(workers))
  }

  init(_ codes: Codes, on pool: WorkerPool) throws(AnalysisError) {
    try codes.check(atLeast: 2, for: "a covariance")
    let (count, dimension) = (codes.count, codes.dimension)
    let mean = Self.mean(of: codes)

    // The mean is taken off before the products: afterwards, large means would cancel away the digits of small variances.
    let stride = dimension.rounded(up: pool.width)
    let centered = try Memory<Float>(count * stride)
    let products = try Memory<Double>(dimension * stride)
    codes.values.withUnsafeBufferPointer { values in
      pool.run(count, inRunsOf: 512) { range, _ in
        for row in range {
          for d in 0..<dimension {
            centered.base[row * stride + d] = Float(Double(values[row * dimension + d]) - mean[d])
          }
        }
      }
    }
    pool.run(dimension, inRunsOf: 8) { range, _ in
      pool.kernels.products(
        centered.base, Int64(count), Int32(stride), Int32(range.lowerBound), Int32(range.upperBound),
        products.base + range.lowerBound * stride)
    }
    var covariance = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<dimension {
      for j in 0..<dimension {
        // Each pair of sums differs by rounding only; both get one of them.
        covariance[i * dimension + j] = products.base[max(i, j) * stride + min(i, j)] / Double(count - 1)
      }
    }
    (self.count, self.mean, self.covariance) = (count, mean, covariance)
  }

  static func mean(of codes: Codes) -> [Double] {
    var sums = [Double](repeating: 0, count: codes.dimension)
    codes.values.withUnsafeBufferPointer { values in
      for row in 0..<codes.count {
        for d in 0..<codes.dimension { sums[d] += Double(values[row * codes.dimension + d]) }
      }
    }
    return sums.map { $0 / Double(max(1, codes.count)) }
  }

  /// The variance of each dimension.
  public var variances: [Double] { (0..<dimension).map { covariance[$0 * dimension + $0] } }
}
