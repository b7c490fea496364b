/// How well codes, or their places on a map, tell classes apart.
public enum ClassSeparation {
  /// Share of codes whose class most of their neighbours have, themselves left out; the smallest of tied classes counts.
  ///
  /// - Throws: `AnalysisError` for another number of labels, or not more codes than neighbours.
  public static func nearestNeighborAccuracy(
    _ codes: Codes, labels: [Int], neighbors: Int = 10, workers: Workers = Workers()
  ) throws(AnalysisError) -> Double {
    try codes.check(labels: labels)
    let nearest = try Neighbors(of: codes, count: neighbors, workers: workers)
    let right = labels.indices.count { index in
      var votes: [Int: Int] = [:]
      for neighbor in nearest.indices[index * neighbors..<(index + 1) * neighbors] {
        votes[labels[Int(neighbor)], default: 0] += 1
      }
      let winner = votes.max { ($0.value, $1.key) < ($1.value, $0.key) }
      return winner?.key == labels[index]
    }
    return Double(right) / Double(codes.count)
  }

  /// Mean over all codes of `(b − a) / max(a, b)`: `a` the mean distance to the others of the class, `b` that to the nearest
  /// other class. 1: far apart; 0: not apart; a class of one code counts 0.
  ///
  /// - Source: Rousseeuw, "Silhouettes", J. Comput. Appl. Math. 20 (1987).
  /// - Throws: `AnalysisError` for another number of labels, or fewer than two classes.
  public static func silhouette(_ codes: Codes, labels: [Int], workers: Workers = Workers())
    throws(AnalysisError) -> Double
  {
    try codes.check(labels: labels)
    let classes = Array(Set(labels)).sorted()
    guard classes.count > 1 else { throw .tooFewClasses(found: classes.count, purpose: "a silhouette") }
    let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    let groups = labels.compactMap { numbers[$0] }
    var sizes = [Double](repeating: 0, count: classes.count)
    for group in groups { sizes[group] += 1 }

    let pool = try WorkerPool(workers)
    let distances = try DistanceRows(codes, on: pool)
    let total = pool.sum(codes.count, inRunsOf: 32) { rows in
      distances.withRow { row in
        rows.reduce(0.0) { total, i in
          distances.fill(row, from: i)
          var sums = [Double](repeating: 0, count: sizes.count)
          for (j, group) in groups.enumerated() { sums[group] += Double(row[j].squareRoot()) }
          return total + silhouette(of: groups[i], sums: sums, sizes: sizes)
        }
      }
    }
    return total / Double(codes.count)
  }

  private static func silhouette(of own: Int, sums: [Double], sizes: [Double]) -> Double {
    guard sizes[own] > 1 else { return 0 }
    let within = sums[own] / (sizes[own] - 1)
    let between = sums.indices.filter { $0 != own }.map { sums[$0] / sizes[$0] }.min() ?? 0
    let larger = max(within, between)
    return larger > 0 ? (between - within) / larger : 0
  }
}
