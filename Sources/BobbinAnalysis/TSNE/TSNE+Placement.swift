import CAnalysis

extension TSNE {
  /// How new codes are placed on a finished map.
  ///
  /// - Source: defaults of openTSNE 1.0, `TSNEEmbedding.transform`.
  public struct Placement: Hashable, Sendable {
    public var perplexity: Double
    /// With 0, points stay at the median of their neighbours' positions.
    public var iterations: Int
    public var exaggeration: Double
    public var learningRate: Double
    public var momentum: Double

    public init(
      perplexity: Double = 5, iterations: Int = 250, exaggeration: Double = 1.5, learningRate: Double = 0.1,
      momentum: Double = 0.8
    ) {
      (self.perplexity, self.iterations, self.exaggeration) = (perplexity, iterations, exaggeration)
      (self.learningRate, self.momentum) = (learningRate, momentum)
    }
  }

  /// Positions of new codes on a map, which stays as it is. New codes do not act on each other, so one at a time or all at
  /// once gives the same positions.
  ///
  ///     gradient = α Σⱼ pⱼ qⱼ (y − yⱼ) − Σⱼ qⱼ² (y − yⱼ) / Σⱼ qⱼ
  ///
  /// - Parameters:
  ///   - reference: the codes of the map.
  ///   - positions: where they are on it.
  /// - Throws: `AnalysisError` for codes of another length, another number of positions, a perplexity that does not suit the
  ///   map, settings out of range, or when the task is cancelled.
  public static func place(
    _ codes: Codes, among reference: Codes, at positions: [MapPosition], settings: Placement = Placement(),
    workers: Workers = Workers()
  ) throws(AnalysisError) -> [MapPosition] {
    guard positions.count == reference.count else {
      throw .otherCount(what: "positions", expected: reference.count, found: positions.count)
    }
    let largest = Double(reference.count / 3)
    guard settings.perplexity > 1, settings.perplexity <= largest else {
      throw .perplexity(settings.perplexity, largest: largest, count: reference.count)
    }
    try check(iterations: settings.iterations)
    try check(exaggeration: settings.exaggeration)
    try check(momentum: settings.momentum)
    try check(learningRate: settings.learningRate)
    let pool = try WorkerPool(workers)
    // The start looks at 25 neighbours, the attraction at three times the perplexity.
    let startCount = min(25, reference.count)
    let count = Int(3 * settings.perplexity)
    let nearest = try Neighbors(of: codes, among: reference, count: max(startCount, count), on: pool)
    let neighbors = nearest.keeping(count)
    let weights = try Perplexity.weights(neighbors, perplexity: settings.perplexity, on: pool)
    let points = try NewPoints(neighbors, weights: weights, among: positions, on: pool)
    for point in 0..<codes.count {
      points.start(point, at: nearest.indices[point * nearest.count..<point * nearest.count + startCount])
    }
    for _ in 0..<settings.iterations {
      guard !Task.isCancelled else { throw .cancelled }
      points.step(settings)
    }
    return points.positions
  }
}

extension Neighbors {
  /// The first `kept` neighbours of each code.
  fileprivate func keeping(_ kept: Int) -> Neighbors {
    let places = (0..<indices.count / count).flatMap { $0 * count..<$0 * count + kept }
    return Neighbors(
      count: kept, indices: places.map { indices[$0] }, squaredDistances: places.map { squaredDistances[$0] })
  }

  private init(count: Int, indices: [Int32], squaredDistances: [Float]) {
    (self.count, self.indices, self.squaredDistances) = (count, indices, squaredDistances)
  }
}

/// Points that move on a map without moving it.
private struct NewPoints {
  private let neighbors: Neighbors
  private let weights: [Float]
  private let reference: [MapPosition]
  private let pool: WorkerPool
  private let x: Memory<Float>
  private let y: Memory<Float>
  private let current: Memory<MapPosition>
  private let repulsion: Memory<MapPosition>
  private let potentials: Memory<Float>
  private let velocities: Memory<MapPosition>
  private let gains: Memory<MapPosition>

  private static let longestGradient: Float = 0.25

  init(_ neighbors: Neighbors, weights: [Float], among reference: [MapPosition], on pool: WorkerPool)
    throws(AnalysisError)
  {
    (self.neighbors, self.weights, self.reference, self.pool) = (neighbors, weights, reference, pool)
    x = try Memory(reference.count.rounded(up: pool.width))
    y = try Memory(reference.count.rounded(up: pool.width))
    for (i, position) in reference.enumerated() { (x.base[i], y.base[i]) = (position.x, position.y) }
    let count = neighbors.indices.count / neighbors.count
    current = try Memory(count)
    repulsion = try Memory(count)
    potentials = try Memory(count)
    velocities = try Memory(count)
    gains = try Memory(count)
    gains.base.update(repeating: MapPosition(1, 1), count: count)
  }

  var positions: [MapPosition] { current.elements }

  /// Puts a point at the median of positions, along each axis.
  func start(_ point: Int, at neighbors: ArraySlice<Int32>) {
    func median(_ values: [Float]) -> Float {
      let sorted = values.sorted()
      return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
    current.base[point] = MapPosition(
      median(neighbors.map { reference[Int($0)].x }), median(neighbors.map { reference[Int($0)].y }))
  }

  func step(_ settings: TSNE.Placement) {
    let count = current.count
    current.base.withMemoryRebound(to: Float.self, capacity: 2 * count) { at in
      repulsion.base.withMemoryRebound(to: Float.self, capacity: 2 * count) { result in
        var arguments = bobbin_all_pairs(
          x: x.base, y: y.base, count: Int32(reference.count), at: at, repulsion: result, potentials: potentials.base)
        withUnsafePointer(to: &arguments) { arguments in
          pool.run(count, inRunsOf: 16) { points, _ in
            pool.kernels.all_pairs(arguments, Int32(points.lowerBound), Int32(points.upperBound))
          }
        }
      }
    }
    pool.run(count, inRunsOf: 64) { points, _ in
      for point in points { move(point, settings) }
    }
  }

  private func move(_ point: Int, _ settings: TSNE.Placement) {
    var attraction = MapPosition()
    for place in point * neighbors.count..<(point + 1) * neighbors.count {
      let difference = current.base[point] - reference[Int(neighbors.indices[place])]
      attraction += difference * (weights[place] / (1 + (difference * difference).sum()))
    }
    var gradient = Float(settings.exaggeration) * attraction - repulsion.base[point] / potentials.base[point]
    let length = (gradient * gradient).sum().squareRoot()
    if length > Self.longestGradient { gradient *= Self.longestGradient / length }
    let velocity = velocities.base[point]
    let steady = ((gradient .< 0) .^ (velocity .< 0)) .| (velocity .== 0)
    let gain = pointwiseMax(
      MapPosition(repeating: 0.01),
      (gains.base[point] * 0.8 + 0.01).replacing(with: gains.base[point] + 0.2, where: steady))
    gains.base[point] = gain
    velocities.base[point] = Float(settings.momentum) * velocity - Float(settings.learningRate) * gain * gradient
    current.base[point] += velocities.base[point]
  }
}
