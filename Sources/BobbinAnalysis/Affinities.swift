import CAnalysis
import Glibc

/// The symmetric probabilities of t-SNE between codes, in rows of ascending columns.
///
///     pᵢⱼ = (p(j|i) + p(i|j)) / 2N,  Σ pᵢⱼ = 1
package struct Affinities {
  let count: Int
  let starts: Memory<Int64>
  let columns: Memory<Int32>
  let values: Memory<Float>
  /// Σ p log p.
  let negativeEntropy: Double

  /// The entries of a row.
  package func row(_ index: Int) -> [(column: Int, value: Float)] {
    (Int(starts.base[index])..<Int(starts.base[index + 1])).map { (Int(columns.base[$0]), values.base[$0]) }
  }

  /// Valid while this lives.
  var rows: bobbin_affinities {
    bobbin_affinities(starts: starts.base, columns: columns.base, values: values.base)
  }

  /// - Parameter weights: p(j|i) of the neighbours.
  package init(_ neighbors: Neighbors, weights: [Float], on pool: WorkerPool) throws(AnalysisError) {
    let merged = try MergedEdges(neighbors, weights: weights, on: pool)
    count = merged.lengths.count
    let starts = try Memory<Int64>(count + 1)
    for row in 0..<count { starts.base[row + 1] = starts.base[row] + Int64(merged.lengths.base[row]) }
    let columns = try Memory<Int32>(Int(starts.base[count]))
    let values = try Memory<Float>(Int(starts.base[count]))
    // Divided by their sum, which is 2N but for rounding.
    let total = weights.reduce(0.0) { $0 + Double($1) } * 2
    pool.run(count, inRunsOf: 256) { rows, _ in
      for row in rows {
        let start = Int(starts.base[row])
        for (offset, edge) in merged.edges(of: row).enumerated() {
          columns.base[start + offset] = edge.column
          values.base[start + offset] = Float(Double(edge.weight) / total)
        }
      }
    }
    negativeEntropy = pool.sum(values.count, inRunsOf: 65_536) { range in
      range.reduce(0.0) { sum, index in
        let p = Double(values.base[index])
        return p > 0 ? sum + p * log(p) : sum
      }
    }
    (self.starts, self.columns, self.values) = (starts, columns, values)
  }
}

/// A weight above its column: edges sort by column.
private struct Edge: BitwiseCopyable, Comparable {
  private let bits: UInt64

  init(column: Int32, weight: Float) { bits = UInt64(UInt32(bitPattern: column)) << 32 | UInt64(weight.bitPattern) }

  var column: Int32 { Int32(truncatingIfNeeded: bits >> 32) }
  var weight: Float { Float(bitPattern: UInt32(truncatingIfNeeded: bits)) }

  static func < (a: Edge, b: Edge) -> Bool { a.bits < b.bits }
}

/// For each code, its neighbours and those that it is a neighbour of, each once with the sum of both weights.
private struct MergedEdges {
  /// Where a code's edges may begin: at its own neighbours' place plus the place of those that it is a neighbour of.
  private let starts: Memory<Int>
  private let edges: Memory<Edge>
  let lengths: Memory<Int32>

  func edges(of row: Int) -> UnsafeBufferPointer<Edge> {
    UnsafeBufferPointer(start: edges.base + starts.base[row], count: Int(lengths.base[row]))
  }

  init(_ neighbors: Neighbors, weights: [Float], on pool: WorkerPool) throws(AnalysisError) {
    let own = neighbors.count
    let count = neighbors.indices.count / own
    let starts = try Memory<Int>(count + 1)
    for target in neighbors.indices { starts.base[Int(target) + 1] += 1 }
    for row in 0..<count { starts.base[row + 1] += starts.base[row] + own }

    // First the edges that come in, in ascending order because their sources are gone through in that order, then its own.
    let edges = try Memory<Edge>(starts.base[count])
    let next = try Memory<Int>(count)
    next.base.update(from: starts.base, count: count)
    for (position, target) in neighbors.indices.enumerated() {
      edges.base[next.base[Int(target)]] = Edge(column: Int32(position / own), weight: weights[position])
      next.base[Int(target)] += 1
    }
    let lengths = try Memory<Int32>(count)
    neighbors.indices.withUnsafeBufferPointer { indices in
      pool.run(count, inRunsOf: 256) { rows, _ in
        for row in rows {
          for offset in 0..<own {
            edges.base[next.base[row] + offset] = Edge(
              column: indices[row * own + offset], weight: weights[row * own + offset])
          }
          let all = UnsafeMutableBufferPointer(
            rebasing: UnsafeMutableBufferPointer(
              start: edges.base, count: edges.count)[starts.base[row]..<starts.base[row + 1]])
          lengths.base[row] = Int32(Self.mergeSorted(all))
        }
      }
    }
    (self.starts, self.edges, self.lengths) = (starts, edges, lengths)
  }

  /// Sorts by column and adds up equal columns; returns how many are left.
  private static func mergeSorted(_ edges: UnsafeMutableBufferPointer<Edge>) -> Int {
    var edges = edges
    edges.sort()
    var kept = 0
    for edge in edges {
      if kept > 0, edges[kept - 1].column == edge.column {
        edges[kept - 1] = Edge(column: edge.column, weight: edges[kept - 1].weight + edge.weight)
      } else {
        edges[kept] = edge
        kept += 1
      }
    }
    return kept
  }
}
