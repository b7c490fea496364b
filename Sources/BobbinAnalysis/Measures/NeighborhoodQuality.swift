import CAnalysis

/// How well a map keeps the neighbourhoods of codes.
///
/// Neighbours are other codes by Euclidean distance, equal distances in order of index.
public enum NeighborhoodQuality {
  /// Of how far away, among the codes, those come that are neighbours on the map: 1 if all are neighbours there too.
  ///
  ///     T(k) = 1 − 2 / (nk(2n − 3k − 1)) · Σᵢ Σ_{j ∈ neighbours on the map} max(0, rank(i, j) − k)
  ///
  /// With `map` and `codes` exchanged it is the continuity.
  ///
  /// - Source: Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", ICANN 2001.
  /// - Throws: `AnalysisError` for different counts, or `neighbors` not less than half of them.
  public static func trustworthiness(of map: Codes, for codes: Codes, neighbors: Int = 5, workers: Workers = Workers())
    throws(AnalysisError) -> Double
  {
    try check(map, codes)
    let (n, k) = (codes.count, neighbors)
    guard k > 0, 2 * k < n else {
      throw .setting(
        name: "the number of neighbours", value: "\(k)", allowed: "from 1 to less than half of the \(n) codes")
    }
    let pool = try WorkerPool(workers)
    let onMap = try Neighbors(of: map, count: k, on: pool)
    let distances = try DistanceRows(codes, on: pool)
    let penalty = pool.sum(n, inRunsOf: 32) { rows in
      distances.withRow { row in
        rows.reduce(0.0) { total, i in
          distances.fill(row, from: i)
          row[i] = .infinity
          let others = onMap.indices[i * k..<(i + 1) * k]
          return others.reduce(total) { $0 + Double(max(0, rank(of: Int($1), in: row, count: n) - k)) }
        }
      }
    }
    return 1 - 2 * penalty / (Double(n * k) * Double(2 * n - 3 * k - 1))
  }

  /// Mean share of a code's neighbours that are its neighbours on the map.
  ///
  /// - Throws: `AnalysisError` for different counts, or not more codes than neighbours.
  public static func preservation(of map: Codes, for codes: Codes, neighbors: Int = 10, workers: Workers = Workers())
    throws(AnalysisError) -> Double
  {
    try check(map, codes)
    let pool = try WorkerPool(workers)
    let onMap = try Neighbors(of: map, count: neighbors, on: pool)
    let amongCodes = try Neighbors(of: codes, count: neighbors, on: pool)
    var kept = 0
    for start in stride(from: 0, to: amongCodes.indices.count, by: neighbors) {
      let here = Set(amongCodes.indices[start..<start + neighbors])
      kept += onMap.indices[start..<start + neighbors].count { here.contains($0) }
    }
    return Double(kept) / Double(amongCodes.indices.count)
  }

  private static func check(_ map: Codes, _ codes: Codes) throws(AnalysisError) {
    guard map.count == codes.count else {
      throw .otherCount(what: "positions", expected: codes.count, found: map.count)
    }
  }

  /// 1 for the nearest.
  private static func rank(of other: Int, in row: UnsafeMutablePointer<Float>, count: Int) -> Int {
    let distance = row[other]
    var closer: Int32 = 0
    for j in 0..<other { closer &+= row[j] <= distance ? 1 : 0 }
    for j in other..<count { closer &+= row[j] < distance ? 1 : 0 }
    return Int(closer) + 1
  }
}

/// Squared distances from one code to all, row by row.
struct DistanceRows {
  private let codes: Codes
  private let packed: PackedCodes
  private let pool: WorkerPool
  private let length: Int

  init(_ codes: Codes, on pool: WorkerPool) throws(AnalysisError) {
    (self.codes, self.pool) = (codes, pool)
    packed = try PackedCodes(codes, on: pool)
    length = codes.count.rounded(up: pool.width)
  }

  /// Memory for a row.
  func withRow<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
    let row = UnsafeMutablePointer<Float>.allocate(capacity: length)
    defer { row.deallocate() }
    return body(row)
  }

  func fill(_ row: UnsafeMutablePointer<Float>, from index: Int) {
    codes.values.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress else { return }
      pool.kernels.distances(packed.points, start + index * codes.dimension, row)
    }
  }
}
