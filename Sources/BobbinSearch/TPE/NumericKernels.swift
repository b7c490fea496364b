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
  /// Kernels that are alike, which those of a discrete range mostly are: for each kernel the place of its shape.
  private let shapes: [Shape]
  private let shapeOfKernel: [Int]

  private struct Shape: Hashable {
    let mean: Double
    let deviation: Double
  }

  /// ln of what each shape's density is divided by: its mass on the range and, where that is continuous, σ√2π.
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
    (shapes, shapeOfKernel) = Self.shapes(means, deviations, areShared: range.step != nil)
    let (first, last) = (low, high)
    logDivisors = shapes.map { shape in
      let mass = TruncatedNormal.logMass((first - shape.mean) / shape.deviation, (last - shape.mean) / shape.deviation)
      return range.step == nil ? mass + TruncatedNormal.halfLogTwoPi + log(shape.deviation) : mass
    }
  }

  private static func shapes(
    _ means: [Double], _ deviations: [Double], areShared: Bool
  ) -> (shapes: [Shape], ofKernel: [Int]) {
    guard areShared else { return (zip(means, deviations).map(Shape.init), Array(means.indices)) }
    var places: [Shape: Int] = [:]
    var shapes: [Shape] = []
    let shapeOfKernel = zip(means, deviations).map { mean, deviation in
      let shape = Shape(mean: mean, deviation: deviation)
      if let place = places[shape] { return place }
      places[shape] = shapes.count
      shapes.append(shape)
      return shapes.count - 1
    }
    return (shapes, shapeOfKernel)
  }

  /// For each observation the distance to the farther neighbour in order.
  private static func distances(_ centers: [Double], low: Double, high: Double) -> [Double] {
    let count = centers.count
    let order = centers.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
    let edges = [low] + order.map(\.element) + [high]
    var result = [Double](repeating: 0, count: count)
    for (rank, index) in order.map(\.offset).enumerated() {
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
    let densities = range.step.map { logMasses(of: value, step: $0) } ?? logDensities(of: value)
    for index in sums.indices { sums[index] += densities[shapeOfKernel[index]] }
  }

  private func logDensities(of value: Double) -> [Double] {
    let x = range.scaled(value)
    guard low <= x, x <= high else { return [Double](repeating: -.infinity, count: shapes.count) }
    return zip(shapes, logDivisors).map { shape, divisor in
      let z = (x - shape.mean) / shape.deviation
      return -0.5 * z * z - divisor
    }
  }

  private func logMasses(of value: Double, step: Double) -> [Double] {
    let (first, last) = (range.scaled(value - step / 2), range.scaled(value + step / 2))
    return zip(shapes, logDivisors).map { shape, divisor in
      let mass = TruncatedNormal.logMass((first - shape.mean) / shape.deviation, (last - shape.mean) / shape.deviation)
      return mass - divisor
    }
  }

  func draw(from kernel: Int, using random: inout SearchRandom) -> Double {
    let (mean, deviation) = (means[kernel], deviations[kernel])
    let z = TruncatedNormal.quantile(random.uniform(), (low - mean) / deviation, (high - mean) / deviation)
    let x = z * deviation + mean
    return range.snapped(range.isLogarithmic ? exp(x) : x)
  }
}
