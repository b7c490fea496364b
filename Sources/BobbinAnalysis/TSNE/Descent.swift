import CAnalysis
import Glibc

/// The repulsive half of t-SNE's gradient.
package protocol Repulsion: AnyObject {
  /// Computes Σⱼ qᵢⱼ²(yᵢ − yⱼ) with q = 1 / (1 + d²) for all points within a box, and returns Z = Σ_{i≠j} qᵢⱼ.
  func update(at positions: UnsafePointer<Float>, within bounds: MapBounds) throws(AnalysisError) -> Double

  /// What `update` computed, [place][2].
  var forces: UnsafePointer<Float> { get }

  /// The place of each point in `forces`; nil where it is the point's number.
  var places: UnsafePointer<Int32>? { get }
}

/// The box around a map.
package struct MapBounds: BitwiseCopyable {
  package var least = MapPosition(repeating: .infinity)
  package var greatest = MapPosition(repeating: -.infinity)

  package init() {}

  package mutating func add(_ position: MapPosition) {
    least = pointwiseMin(least, position)
    greatest = pointwiseMax(greatest, position)
  }

  mutating func add(_ other: MapBounds) {
    add(other.least)
    add(other.greatest)
  }

  var span: Float { (greatest - least).max() }
}

/// Gradient descent of a map, with momentum and a gain for each coordinate.
package struct Descent {
  let count: Int
  private let affinities: Affinities
  private let repulsion: any Repulsion
  private let pool: WorkerPool
  private var positions: Memory<Float>
  private var next: Memory<Float>
  private let velocities: Memory<Float>
  private let gains: Memory<Float>
  private let partSums: Memory<SIMD2<Double>>
  private let partBounds: Memory<MapBounds>
  private var bounds = MapBounds()
  private var normalizer = 0.0

  /// Points that one thread takes at a time. Sums are made within these runs, then over them in order.
  private static let run = 512

  package init(_ affinities: Affinities, from start: [MapPosition], repulsion: any Repulsion, on pool: WorkerPool)
    throws(AnalysisError)
  {
    (count, self.affinities, self.repulsion, self.pool) = (start.count, affinities, repulsion, pool)
    positions = try Memory(copying: start.flatMap { [$0.x, $0.y] })
    next = try Memory(2 * count)
    velocities = try Memory(2 * count)
    gains = try Memory(2 * count)
    gains.base.update(repeating: 1, count: 2 * count)
    let runs = count.rounded(up: Self.run) / Self.run
    partSums = try Memory(runs)
    partBounds = try Memory(runs)
    center()
  }

  package var currentPositions: [MapPosition] {
    (0..<count).map { MapPosition(positions.base[2 * $0], positions.base[2 * $0 + 1]) }
  }

  /// Repulsion and Z at the current positions.
  package mutating func updateRepulsion() throws(AnalysisError) {
    normalizer = try normalizer(by: repulsion)
  }

  /// Z, at least what it is if all points are as far apart as any can be: where they are so far apart that rounding
  /// hides it, nothing divides by 0.
  private func normalizer(by repulsion: any Repulsion) throws(AnalysisError) -> Double {
    let (n, span) = (Double(count), Double(bounds.span))
    return max(try repulsion.update(at: positions.base, within: bounds), n * (n - 1) / (1 + 2 * span * span))
  }

  /// KL(P‖Q) = Σ p log p + Σ p log(1 + d²) + log Z, with Z of the last `updateRepulsion`.
  package func divergence() -> Double {
    let attraction = pool.sum(count, inRunsOf: Self.run) { rows in
      pool.kernels.logarithms(affinities.rows, positions.base, Int32(rows.lowerBound), Int32(rows.upperBound))
    }
    return affinities.negativeEntropy + attraction + log(normalizer)
  }

  /// KL(P‖Q) with Z over all pairs.
  func exactDivergence() throws(AnalysisError) -> Double {
    var copy = self
    copy.normalizer = try normalizer(by: ExactRepulsion(count: count, on: pool))
    return copy.divergence()
  }

  /// One step along the gradient, and the mean back to 0.
  package mutating func step(exaggeration: Double, momentum: Double, rate: Double) {
    var arguments = bobbin_descent(
      affinities: affinities.rows, positions: positions.base, next: next.base, velocities: velocities.base,
      gains: gains.base, repulsion: repulsion.forces, places: repulsion.places,
      inverse_normalizer: Float(1 / normalizer), exaggeration: Float(exaggeration), rate: Float(rate),
      momentum: Float(momentum), least_gain: 0.01, longest_step: 5)
    withUnsafePointer(to: &arguments) { arguments in
      pool.run(count, inRunsOf: Self.run) { rows, _ in
        pool.kernels.descend(arguments, Int32(rows.lowerBound), Int32(rows.upperBound))
      }
    }
    swap(&positions, &next)
    center()
  }

  private mutating func center() {
    let (positions, sums, partBounds) = (positions.base, partSums.base, partBounds.base)
    pool.run(count, inRunsOf: Self.run) { rows, _ in
      var sum = SIMD2<Double>()
      for i in rows { sum += SIMD2(Double(positions[2 * i]), Double(positions[2 * i + 1])) }
      sums[rows.lowerBound / Self.run] = sum
    }
    let total = UnsafeBufferPointer(start: sums, count: partSums.count).reduce(SIMD2<Double>(), +)
    let mean = MapPosition(total / Double(count))
    pool.run(count, inRunsOf: Self.run) { rows, _ in
      var box = MapBounds()
      for i in rows {
        let position = MapPosition(positions[2 * i], positions[2 * i + 1]) - mean
        (positions[2 * i], positions[2 * i + 1]) = (position.x, position.y)
        box.add(position)
      }
      partBounds[rows.lowerBound / Self.run] = box
    }
    bounds = MapBounds()
    for part in UnsafeBufferPointer(start: partBounds, count: self.partBounds.count) { bounds.add(part) }
  }
}
