import Glibc

/// A mixture of product kernels: one kernel per observed trial, over all parameters at once, and one for what is known beforehand.
package struct ParzenEstimator {
  private enum Kernels {
    case numeric(NumericKernels)
    case categorical(CategoricalKernels)
  }

  /// Of the kernels, oldest observation first and the prior last; their sum is 1.
  package let weights: [Double]
  private let logWeights: [Double]
  private let dimensions: [Kernels]

  /// - Parameters:
  ///   - space: the distributions of the parameters.
  ///   - observations: internal values by trial, oldest first, and parameter.
  package init(_ space: [Distribution], observations: [[Double]]) {
    let relative = observations.isEmpty ? [1] : Self.weights(observations.count) + [1]
    let total = relative.reduce(0, +)
    weights = relative.map { $0 / total }
    logWeights = weights.map { log($0) }
    dimensions = space.enumerated().map { index, distribution in
      let column = observations.map { $0[index] }
      if let range = NumericRange(distribution) { return .numeric(NumericKernels(range, observations: column)) }
      return .categorical(CategoricalKernels(choices: distribution.count ?? 1, observations: column))
    }
  }

  /// Of n trials the 25 latest weigh 1; the earlier ones less, from 1/n for the oldest.
  package static func weights(_ count: Int) -> [Double] {
    guard count >= 25 else { return [Double](repeating: 1, count: count) }
    let older = count - 25
    let first = 1 / Double(count)
    let ramp = (0..<older).map { older == 1 ? first : first + (1 - first) * Double($0) / Double(older - 1) }
    return ramp + [Double](repeating: 1, count: 25)
  }

  /// ln of the density at a point.
  package func logDensity(_ point: [Double]) -> Double {
    var sums = logWeights
    for (dimension, value) in zip(dimensions, point) {
      switch dimension {
      case .numeric(let kernels): kernels.addLogDensities(of: value, to: &sums)
      case .categorical(let kernels): kernels.addLogDensities(of: value, to: &sums)
      }
    }
    let largest = sums.max() ?? -.infinity
    guard largest > -.infinity else { return -.infinity }
    return largest + log(sums.reduce(0) { $0 + exp($1 - largest) })
  }

  func draw(using random: inout SearchRandom) -> [Double] {
    let kernel = index(at: random.uniform(), of: weights)
    return dimensions.map { dimension in
      switch dimension {
      case .numeric(let kernels): kernels.draw(from: kernel, using: &random)
      case .categorical(let kernels): kernels.draw(from: kernel, using: &random)
      }
    }
  }

  /// Means and deviations of a numeric parameter, for tests.
  package func numericKernels(_ index: Int) -> NumericKernels? {
    if case .numeric(let kernels) = dimensions[index] { kernels } else { nil }
  }

  /// Probabilities of a categorical parameter, for tests.
  package func categoricalKernels(_ index: Int) -> CategoricalKernels? {
    if case .categorical(let kernels) = dimensions[index] { kernels } else { nil }
  }
}
