/// Distances between two sets of images by features that some network gives.
public enum FeatureDistances {
  /// The Fréchet distance of Gaussians fitted to both sets.
  ///
  ///     |μₐ − μ_b|² + Tr(Cₐ + C_b − 2 (Cₐ C_b)^½)
  ///
  /// - Source: Heusel et al., "GANs trained by a two time-scale update rule", NeurIPS 2017.
  /// - Throws: `AnalysisError` for fewer than two of either, or features of different length.
  public static func frechet(_ a: Codes, _ b: Codes, workers: Workers = Workers()) throws(AnalysisError) -> Double {
    try b.check(length: a.dimension)
    let (first, second) = (try Moments(a, workers: workers), try Moments(b, workers: workers))
    let dimension = a.dimension
    // The root of the product has the trace of the root of the symmetric A^½ B A^½.
    let root = try SymmetricEigen(first.covariance, dimension: dimension).matrix { max(0, $0).squareRoot() }
    let inner = multiply(multiply(root, second.covariance, dimension), root, dimension)
    let symmetric = inner.indices.map { (inner[$0] + inner[$0 % dimension * dimension + $0 / dimension]) / 2 }
    let roots = try SymmetricEigen(symmetric, dimension: dimension).values.map { max(0, $0).squareRoot() }
    let shift = zip(first.mean, second.mean).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let spread = first.variances.reduce(0, +) + second.variances.reduce(0, +) - 2 * roots.reduce(0, +)
    return shift + spread
  }

  /// The kernel distance: the squared maximum mean discrepancy under `k(x, y) = (x·y / d + 1)³`, unbiased, so that it is
  /// about 0, possibly below, for sets of one distribution.
  ///
  /// - Source: Bińkowski et al., "Demystifying MMD GANs", ICLR 2018, over all pairs instead of subsets.
  /// - Throws: `AnalysisError` for fewer than two of either, or features of different length.
  public static func kernel(_ a: Codes, _ b: Codes, workers: Workers = Workers()) throws(AnalysisError) -> Double {
    try b.check(length: a.dimension)
    for codes in [a, b] { try codes.check(atLeast: 2, for: "a kernel distance") }
    let pool = try WorkerPool(workers)
    let (m, n) = (Double(a.count), Double(b.count))
    let withinA = kernelSum(a, a, skipsDiagonal: true, on: pool) / (m * (m - 1))
    let withinB = kernelSum(b, b, skipsDiagonal: true, on: pool) / (n * (n - 1))
    return withinA + withinB - 2 * kernelSum(a, b, skipsDiagonal: false, on: pool) / (m * n)
  }

  private static func kernelSum(_ a: Codes, _ b: Codes, skipsDiagonal: Bool, on pool: WorkerPool) -> Double {
    let dimension = a.dimension
    return a.values.withUnsafeBufferPointer { left in
      b.values.withUnsafeBufferPointer { right in
        pool.sum(a.count, inRunsOf: 32) { rows in
          var total = 0.0
          for i in rows {
            for j in 0..<b.count where !(skipsDiagonal && i == j) {
              var product = SIMD8<Float>()
              var d = 0
              while d + 8 <= dimension {
                let (x, y) = (i * dimension + d, j * dimension + d)
                product += eight(left, at: x) * eight(right, at: y)
                d += 8
              }
              var sum = product.sum()
              while d < dimension {
                sum += left[i * dimension + d] * right[j * dimension + d]
                d += 1
              }
              let value = Double(sum) / Double(dimension) + 1
              total += value * value * value
            }
          }
          return total
        }
      }
    }
  }

  private static func eight(_ values: UnsafeBufferPointer<Float>, at index: Int) -> SIMD8<Float> {
    UnsafeRawBufferPointer(values).loadUnaligned(fromByteOffset: 4 * index, as: SIMD8<Float>.self)
  }

  /// The product of two square matrices.
  private static func multiply(_ a: [Double], _ b: [Double], _ dimension: Int) -> [Double] {
    var result = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<dimension {
      for k in 0..<dimension {
        let factor = a[i * dimension + k]
        for j in 0..<dimension { result[i * dimension + j] += factor * b[k * dimension + j] }
      }
    }
    return result
  }
}
