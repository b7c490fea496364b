import CAnalysis

/// Repulsion over all pairs.
package final class ExactRepulsion: Repulsion {
  private let count: Int
  private let pool: WorkerPool
  private let x: Memory<Float>
  private let y: Memory<Float>
  private let result: Memory<Float>
  private let potentials: Memory<Float>

  package init(count: Int, on pool: WorkerPool) throws(AnalysisError) {
    (self.count, self.pool) = (count, pool)
    x = try Memory(count.rounded(up: pool.width))
    y = try Memory(count.rounded(up: pool.width))
    result = try Memory(2 * count)
    potentials = try Memory(count)
  }

  package var forces: UnsafePointer<Float> { UnsafePointer(result.base) }
  package var places: UnsafePointer<Int32>? { nil }

  package func update(at positions: UnsafePointer<Float>, within bounds: MapBounds) -> Double {
    for i in 0..<count { (x.base[i], y.base[i]) = (positions[2 * i], positions[2 * i + 1]) }
    var arguments = bobbin_all_pairs(
      x: x.base, y: y.base, count: Int32(count), at: positions, repulsion: result.base, potentials: potentials.base)
    return withUnsafePointer(to: &arguments) { arguments in
      pool.sum(count, inRunsOf: 64) { rows in
        pool.kernels.all_pairs(arguments, Int32(rows.lowerBound), Int32(rows.upperBound))
        // Without what each point would do to itself.
        return rows.reduce(0.0) { $0 + Double(potentials.base[$1]) - 1 }
      }
    }
  }
}
