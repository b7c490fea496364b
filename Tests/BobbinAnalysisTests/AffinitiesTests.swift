import BobbinAnalysis
import Foundation
import Testing

/// The perplexities that weights have.
private func perplexities(_ weights: [Float], count: Int) -> [Double] {
  stride(from: 0, to: weights.count, by: count).map { start in
    exp(weights[start..<start + count].reduce(0.0) { $1 > 0 ? $0 - Double($1) * log(Double($1)) : $0 })
  }
}

struct AffinitiesTests {
  private let pool: WorkerPool
  init() throws { pool = try WorkerPool(Workers(threads: 2)) }

  @Test func `Probabilities are those of openTSNE`() throws {
    let fixture = try Fixture()
    let neighbors = try Neighbors(of: fixture.sixty(), count: 15, on: pool)
    let weights = try Perplexity.weights(neighbors, perplexity: 5, on: pool)
    let affinities = try Affinities(neighbors, weights: weights, on: pool)
    var dense = [Double](repeating: 0, count: 3600)
    for row in 0..<60 {
      for (column, value) in affinities.row(row) { dense[row * 60 + column] = Double(value) }
    }
    #expect(agree(dense, fixture.affinities, absolute: 1e-8, relative: 1e-4))
  }

  @Test func `Probabilities are symmetric, sum to 1, and rows ascend without the diagonal`() throws {
    let (codes, _) = try clustered(800, dimension: 8, clusters: 4, distance: 4, seed: 5)
    let neighbors = try Neighbors(of: codes, count: 30, on: pool)
    let weights = try Perplexity.weights(neighbors, perplexity: 10, on: pool)
    let affinities = try Affinities(neighbors, weights: weights, on: pool)
    var entries: [SIMD2<Int>: Float] = [:]
    var total = 0.0
    for row in 0..<codes.count {
      let columns = affinities.row(row).map(\.column)
      #expect(columns == Set(columns).sorted() && !columns.contains(row))
      for (column, value) in affinities.row(row) {
        entries[SIMD2(row, column)] = value
        total += Double(value)
      }
    }
    #expect(abs(total - 1) < 1e-6)
    #expect(entries.allSatisfy { entries[SIMD2($0.key.y, $0.key.x)] == $0.value })
  }

  @Test(arguments: [1e-6, 1e-3, 1, 1e3, 1e6] as [Float])
  func `Weights have the perplexity, whatever the scale`(scale: Float) throws {
    let (codes, _) = try clustered(300, dimension: 5, clusters: 2, distance: 6, seed: 6)
    let scaled = try Codes(codes.values.map { $0 * scale }, dimension: 5)
    let neighbors = try Neighbors(of: scaled, count: 60, on: pool)
    let weights = try Perplexity.weights(neighbors, perplexity: 20, on: pool)
    #expect(perplexities(weights, count: 60).allSatisfy { abs(log($0) - log(20)) < 1e-5 })
  }

  @Test func `Equal distances weigh the same, and more copies than the perplexity share all weight`() throws {
    let same = try Codes([Float](repeating: 3, count: 20), dimension: 2)
    let ofSame = try Neighbors(of: same, count: 6, on: pool)
    #expect(try Perplexity.weights(ofSame, perplexity: 2, on: pool).allSatisfy { abs($0 - 1 / 6) < 1e-6 })

    let copies = try Codes(rows: [[0], [0], [0], [0], [0], [1], [2], [3], [4], [5]])
    let ofCopies = try Neighbors(of: copies, count: 6, on: pool)
    let weights = try Perplexity.weights(ofCopies, perplexity: 2, on: pool)
    #expect(agree(Array(weights[..<6]), [0.25, 0.25, 0.25, 0.25, 0, 0], absolute: 1e-6))
  }
}
