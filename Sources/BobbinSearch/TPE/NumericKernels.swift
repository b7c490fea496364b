import Glibc

/// The kernels of one numeric parameter: a normal distribution on the range around each observation, and a wide one for what is
/// known beforehand, which comes last.
package struct NumericKernels {
  let range: NumericRange
  /// On the scale of the range.
  let low: Double
  let high: Double
  package let means: [Double]
  package let deviations: [Double]
  /// ln of what each kernel's density is divided by: its mass on the range and, where that is continuous, σ√2π.
  private let logDivisors: [Double]

  /// - Source: Optuna's `_calculate_numerical_distributions`: a kernel reaches to the farther of its two neighbours, the outermost to
  ///   their only one, and at least over the range's 1/min(100, n + 2).
  init(_ range: NumericRange, observations: [Double]) {
    (low, high) = range.interval
    let centers = observations.map(range.scaled)
    var widths = Self.distances(centers, low: low, high: high)
    let narrowest = (high - low) / min(100, Double(centers.count + 2))
    for index in widths.indices { widths[index] = min(max(widths[index], narrowest), high - low) }
    self.range = range
    means = centers + [0.5 * (low + high)]
    deviations = widths + [high - low]
    let (first, last) = (low, high)
    logDivisors = zip(means, deviations).map { mean, deviation in
      let mass = TruncatedNormal.logMass((first - mean) / deviation, (last - mean) / deviation)
      return range.step == nil ? mass + TruncatedNormal.halfLogTwoPi + log(deviation) : mass
    }
  }

  /// For each observation the distance to the farther neighbour in order.
  private static func distances(_ centers: [Double], low: Double, high: Double) -> [Double] {
    let count = centers.count
    let order = centers.indices.sorted { (centers[$0], $0) < (centers[$1], $1) }
    let edges = [low] + order.map { centers[$0] } + [high]
    var result = [Double](repeating: 0, count: count)
    for (rank, index) in order.enumerated() {
      let (below, above) = (edges[rank + 1] - edges[rank], edges[rank + 2] - edges[rank + 1])
      let isOutermost = count >= 2 && (rank == 0 || rank == count - 1)
      result[index] = isOutermost ? (rank == 0 ? above : below) : max(below, above)
    }
    return result
  }

  /// Adds ln density (continuous) or ln mass (discrete) of a value under every kernel.
  ///
  /// On a logarithmic scale without the factor 1/x, which the ratio of two estimators does not have.
  func addLogDensities(of value: Double, to sums: inout [Double]) {
    guard let step = range.step else {
      let x = range.scaled(value)
      let isOutside = x < low || x > high
      for index in sums.indices {
        let z = (x - means[index]) / deviations[index]
        sums[index] += isOutside ? -.infinity : -0.5 * z * z - logDivisors[index]
      }
      return
    }
    let (first, last) = (range.scaled(value - step / 2), range.scaled(value + step / 2))
    for index in sums.indices {
      let (mean, deviation) = (means[index], deviations[index])
      sums[index] +=
        TruncatedNormal.logMass((first - mean) / deviation, (last - mean) / deviation) - logDivisors[index]
    }
  }

  func draw(from kernel: Int, using random: inout SearchRandom) -> Double {
    let (mean, deviation) = (means[kernel], deviations[kernel])
    let z = TruncatedNormal.quantile(random.uniform(), (low - mean) / deviation, (high - mean) / deviation)
    let x = z * deviation + mean
    return range.snapped(range.isLogarithmic ? exp(x) : x)
  }
}
