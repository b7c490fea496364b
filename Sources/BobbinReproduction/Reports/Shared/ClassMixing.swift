import Bobbin

/// Which classes lie among each other: of the nearest neighbours of each class's codes, how many are of which class.
package struct ClassMixing: Hashable {
  /// `[class][class of the neighbour]`, each row a sum of 1.
  package let shares: [[Double]]

  var classCount: Int { shares.count }

  /// - Parameter neighbors: how many of each code count, itself left out.
  /// - Throws: `AnalysisError` for too few codes.
  init(of codes: Codes, labels: [Int], classCount: Int, neighbors: Int = 10, workers: Workers) throws {
    let found = try Neighbors(of: codes, count: neighbors, workers: workers)
    self.init(neighbors: found.indices.map { labels[Int($0)] }, of: labels, each: neighbors, classCount: classCount)
  }

  /// - Parameters:
  ///   - neighbors: the classes of the neighbours, those of the first code first.
  ///   - labels: the class of each code.
  ///   - count: how many neighbours each has.
  package init(neighbors: [Int], of labels: [Int], each count: Int, classCount: Int) {
    var counts = [[Double]](repeating: .init(repeating: 0, count: classCount), count: classCount)
    for (place, neighbor) in neighbors.enumerated() { counts[labels[place / count]][neighbor] += 1 }
    shares = counts.map { row in
      let sum = max(1, row.reduce(0, +))
      return row.map { $0 / sum }
    }
  }

  /// Of the neighbours of a group's codes, the mean share that is of another class of the group: of each pair, in both directions.
  package func mixing(of group: [Int]) -> Double {
    let pairs = group.flatMap { first in group.filter { $0 != first }.map { shares[first][$0] } }
    return pairs.isEmpty ? 0 : pairs.reduce(0, +) / Double(pairs.count)
  }

  /// The three classes that mix most, rising.
  ///
  /// - Parameter others: classes that do not count.
  package func mostMixedThree(without others: [Int] = []) -> [Int] {
    let classes = (0..<classCount).filter { !others.contains($0) }
    let groups = classes.flatMap { a in
      classes.filter { $0 > a }.flatMap { b in classes.filter { $0 > b }.map { [a, b, $0] } }
    }
    return groups.max { mixing(of: $0) < mixing(of: $1) } ?? []
  }

  /// Percentages of neighbours of other classes.
  func heatmap(title: String, subtitle: String, classNames: [String]) -> Heatmap {
    let values = (0..<classCount).map { row in (0..<classCount).map { row == $0 ? 0 : shares[row][$0] } }
    let texts = shares.map { row in row.map { $0 < 0.005 ? "" : fixed(100 * $0, 0) } }
    return Heatmap(
      title: title, subtitle: subtitle, values: values, texts: texts, rowLabels: classNames, columnLabels: classNames,
      rowTitle: "class of the code", columnTitle: "class of its neighbours, percent")
  }
}
