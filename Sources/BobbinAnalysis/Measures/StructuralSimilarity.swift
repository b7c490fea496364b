import Glibc

/// The structural similarity of two grey images: 1 for equal ones.
///
///     SSIM = (2μₐμ_b + C₁)(2σ_ab + C₂) / ((μₐ² + μ_b² + C₁)(σₐ² + σ_b² + C₂)),  C₁ = (0.01 L)², C₂ = (0.03 L)²
///
/// averaged over all places where the whole window lies within the image.
///
/// - Source: Wang et al., "Image quality assessment", IEEE TIP 13 (2004); as scikit-image's `structural_similarity`, with
///   `gaussian_weights=True, use_sample_covariance=False` for `.gaussian`, with its defaults for `.uniform`.
public struct StructuralSimilarity: Hashable, Sendable {
  public enum Window: Hashable, Sendable {
    /// 11 × 11 with standard deviation 1.5, as in the paper.
    case gaussian
    /// Side × side of equal weights, an odd number from 3; variances divided by one less than the number of pixels.
    case uniform(side: Int)
  }

  public var window: Window
  /// From the darkest to the brightest that a pixel can be: L.
  public var range: Double

  public init(window: Window = .gaussian, range: Double = 1) { (self.window, self.range) = (window, range) }

  /// - Parameters:
  ///   - a: [height][width], as `b`.
  /// - Throws: `AnalysisError` when sizes differ, the window is larger than the image, or a setting is out of range.
  public func callAsFunction(_ a: [Float], _ b: [Float], height: Int, width: Int) throws(AnalysisError) -> Double {
    let (size, overflows) = height.multipliedReportingOverflow(by: width)
    guard height > 0, width > 0, !overflows, a.count == size else { throw .imageSize(expected: size, found: a.count) }
    guard b.count == a.count else { throw .imageSize(expected: a.count, found: b.count) }
    guard range > 0, range.isFinite else {
      throw .setting(name: "the range", value: "\(range)", allowed: "more than 0")
    }
    let weights = try weights()
    let side = weights.count
    guard side <= height, side <= width else { throw .windowTooLarge(window: side, height: height, width: width) }

    func blurred(_ value: (Int) -> Double) -> [Double] {
      Self.correlate((0..<height * width).map(value), width: width, height: height, weights: weights)
    }
    let (first, second) = (a.map(Double.init), b.map(Double.init))
    let (meanA, meanB) = (blurred { first[$0] }, blurred { second[$0] })
    let squareA = blurred { first[$0] * first[$0] }
    let squareB = blurred { second[$0] * second[$0] }
    let product = blurred { first[$0] * second[$0] }
    let correction = correction
    let (c1, c2) = (0.01 * range * 0.01 * range, 0.03 * range * 0.03 * range)
    let total = meanA.indices.reduce(0.0) { sum, i in
      let (ma, mb) = (meanA[i], meanB[i])
      let varianceA = correction * (squareA[i] - ma * ma)
      let varianceB = correction * (squareB[i] - mb * mb)
      let covariance = correction * (product[i] - ma * mb)
      let likeness = (2 * ma * mb + c1) * (2 * covariance + c2)
      return sum + likeness / ((ma * ma + mb * mb + c1) * (varianceA + varianceB + c2))
    }
    return total / Double(meanA.count)
  }

  private func weights() throws(AnalysisError) -> [Double] {
    switch window {
    case .gaussian:
      let weights = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    case .uniform(let side):
      guard side >= 3, side % 2 == 1 else {
        throw .setting(name: "the window's side", value: "\(side)", allowed: "an odd number from 3")
      }
      return [Double](repeating: 1 / Double(side), count: side)
    }
  }

  /// From a mean of squares to a sample variance.
  private var correction: Double {
    guard case .uniform(let side) = window else { return 1 }
    return Double(side * side) / Double(side * side - 1)
  }

  /// The weighted sums around all places where the window fits, along rows, then along columns.
  private static func correlate(_ image: [Double], width: Int, height: Int, weights: [Double]) -> [Double] {
    let (columns, rows) = (width - weights.count + 1, height - weights.count + 1)
    var along = [Double](repeating: 0, count: height * columns)
    for row in 0..<height {
      for column in 0..<columns {
        for (k, weight) in weights.enumerated() {
          along[row * columns + column] += weight * image[row * width + column + k]
        }
      }
    }
    var result = [Double](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for (k, weight) in weights.enumerated() {
        for column in 0..<columns { result[row * columns + column] += weight * along[(row + k) * columns + column] }
      }
    }
    return result
  }
}
