import CAnalysis

/// Repulsion by a split kernel: pairs near each other directly, the smooth rest by a mesh and Fourier transforms.
///
///     1/(1 + r²) = D + S,  D = x⁴/(1 + r²) for r < R, else 0,  x = (R² − r²)/(1 + R²)
///
/// The force is half the falling slope of the potential Σⱼ 1/(1 + rᵢⱼ²), so one convolution gives forces and Z.
package final class SplitRepulsion: Repulsion {
  private let count: Int
  private let pool: WorkerPool
  private let fixedPlan: MeshPlan?
  private let x: Memory<Float>
  private let y: Memory<Float>
  private let pointPlaces: Memory<Int32>
  private let pointCells: Memory<Int32>
  private let result: Memory<Float>
  private var mesh: Mesh?
  private var crowding = Crowding()
  private var updatesSincePlan = 0
  private var cellStarts: [Int32] = []
  private var chunkCounts: [Int32] = []

  /// Updates after which a cheaper plan is looked for.
  private static let planInterval = 10
  /// A new plan must save this share: making its kernel costs about as much as three updates.
  private static let worthwhileSaving = 0.15
  /// Below this span the kernel is the first term of its series.
  private static let smallSpan: Float = 0.02

  /// - Parameter plan: for maps that fit, instead of the cheapest.
  package init(count: Int, plan: MeshPlan? = nil, on pool: WorkerPool) throws(AnalysisError) {
    (self.count, self.pool, fixedPlan) = (count, pool, plan)
    // Vectors are read beyond the last point.
    x = try Memory(count + pool.width)
    y = try Memory(count + pool.width)
    pointPlaces = try Memory(count)
    pointCells = try Memory(count)
    result = try Memory(2 * count)
  }

  package var forces: UnsafePointer<Float> { UnsafePointer(result.base) }
  package var places: UnsafePointer<Int32>? { UnsafePointer(pointPlaces.base) }

  package func update(at positions: UnsafePointer<Float>, within bounds: MapBounds) throws(AnalysisError) -> Double {
    guard bounds.span > Self.smallSpan else { return updateSmall(at: positions) }
    let mesh = try planned(positions, bounds)
    let columns = Int(bounds.span / mesh.cellSide) + 1
    sort(positions, from: bounds.least, columns: columns, side: mesh.cellSide)
    let total = cellStarts.withUnsafeBufferPointer { starts in
      var cells = bobbin_cells(
        x: x.base, y: y.base, starts: starts.baseAddress, columns: Int32(columns), rows: Int32(columns),
        count: Int32(count))
      return mesh.repel(&cells, origin: bounds.least, forces: result.base, on: pool)
    }
    // Without what each point does to itself: its potential is 1.
    return total - Double(count)
  }

  /// All differences small: q = 1 − d², so F = N(yᵢ − ȳ) and Z = N(N − 1) − 2N Σ|yᵢ − ȳ|². The mean ȳ is 0.
  private func updateSmall(at positions: UnsafePointer<Float>) -> Double {
    let n = Double(count)
    for i in 0..<count {
      pointPlaces.base[i] = Int32(i)
      result.base[2 * i] = Float(count) * positions[2 * i]
      result.base[2 * i + 1] = Float(count) * positions[2 * i + 1]
    }
    let squares = (0..<2 * count).reduce(0.0) { $0 + Double(positions[$1]) * Double(positions[$1]) }
    return n * (n - 1) - 2 * n * squares
  }

  /// The mesh in use if the map fits and none is much cheaper, else a new one.
  private func planned(_ positions: UnsafePointer<Float>, _ bounds: MapBounds) throws(AnalysisError) -> Mesh {
    updatesSincePlan += 1
    if let fixedPlan, mesh == nil { mesh = try Mesh(fixedPlan, on: pool) }
    let fitting = mesh.flatMap { bounds.span <= $0.plan.capacity ? $0 : nil }
    if let fitting, fixedPlan != nil || updatesSincePlan < Self.planInterval { return fitting }
    updatesSincePlan = 0
    let density = crowding.measure(positions, count: count, within: bounds)
    let cheapest = MeshPlan.cheapest(span: bounds.span, crowding: density)
    if let fitting {
      let saved = 1 - cheapest.cost(crowding: density) / fitting.plan.cost(crowding: density)
      guard saved > Self.worthwhileSaving else { return fitting }
    }
    let new = try Mesh(cheapest, on: pool)
    mesh = new
    return new
  }

  /// A stable counting sort, in a few chunks of points at once. The result does not depend on how many.
  private func sort(_ positions: UnsafePointer<Float>, from origin: MapPosition, columns: Int, side: Float) {
    let cells = columns * columns
    let chunk = max(2048, (count + 7) / 8)
    let chunks = (count + chunk - 1) / chunk
    let geometry = bobbin_cell_geometry(
      positions: positions, origin_x: origin.x, origin_y: origin.y, inverse_side: 1 / side, columns: Int32(columns))
    if chunkCounts.count < cells * chunks { chunkCounts = [Int32](repeating: 0, count: cells * chunks) }
    if cellStarts.count < cells + 1 { cellStarts = [Int32](repeating: 0, count: cells + 1) }
    chunkCounts.withUnsafeMutableBufferPointer { counts in
      guard let counts = counts.baseAddress else { return }
      counts.update(repeating: 0, count: cells * chunks)
      pool.run(count, inRunsOf: chunk) { points, _ in
        let number = points.lowerBound / chunk
        bobbin_count_cells(
          geometry, Int32(points.lowerBound), Int32(points.upperBound), pointCells.base, counts + number * cells)
      }
      cellStarts.withUnsafeMutableBufferPointer { starts in
        var place: Int32 = 0
        for cell in 0..<cells {
          starts[cell] = place
          for number in 0..<chunks {
            let points = counts[number * cells + cell]
            counts[number * cells + cell] = place
            place += points
          }
        }
        starts[cells] = place
      }
      pool.run(count, inRunsOf: chunk) { points, _ in
        let number = points.lowerBound / chunk
        bobbin_sort_into_cells(
          positions, pointCells.base, Int32(points.lowerBound), Int32(points.upperBound), counts + number * cells,
          x.base, y.base, pointPlaces.base)
      }
    }
  }
}
