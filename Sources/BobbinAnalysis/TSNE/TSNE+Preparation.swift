// What t-SNE needs before its first iteration.

extension TSNE {
  /// The most neighbours that count for one code.
  var neighborCount: Int { Int(3 * perplexity) }

  func check(_ codes: Codes) throws(AnalysisError) {
    try codes.check(atLeast: 5, for: "t-SNE")
    let largest = Double((codes.count - 1) / 3)
    guard perplexity > 1, perplexity <= largest else {
      throw .perplexity(perplexity, largest: largest, count: codes.count)
    }
    guard reportInterval > 0 else {
      throw .setting(name: "the report interval", value: "\(reportInterval)", allowed: "at least 1")
    }
    for phase in phases { try phase.check() }
    if case .positions(let positions) = start { try check(positions, count: codes.count) }
  }

  func check(_ positions: [MapPosition], count: Int) throws(AnalysisError) {
    guard positions.count == count else {
      throw .otherCount(what: "positions", expected: count, found: positions.count)
    }
    _ = try Codes(positions: positions)
  }

  func affinities(of codes: Codes, on pool: WorkerPool) throws(AnalysisError) -> Affinities {
    let neighbors = try Neighbors(of: codes, count: neighborCount, on: pool)
    let weights = try Perplexity.weights(neighbors, perplexity: perplexity, on: pool)
    return try Affinities(neighbors, weights: weights, on: pool)
  }

  func repulsion(_ count: Int, on pool: WorkerPool) throws(AnalysisError) -> any Repulsion {
    switch engine {
    case .automatic where count <= 4000, .exact: return try ExactRepulsion(count: count, on: pool)
    case .automatic, .split: return try SplitRepulsion(count: count, on: pool)
    }
  }

  func startingPositions(of codes: Codes, on pool: WorkerPool) throws(AnalysisError) -> [MapPosition] {
    var random = SeededGenerator(seed: seed)
    func jitter(_ size: Float) -> MapPosition { MapPosition(Float(random.normal()), Float(random.normal())) * size }
    switch start {
    case .positions(let positions): return positions
    case .random: return (0..<codes.count).map { _ in jitter(1e-4) }
    case .principalComponents:
      let pca = try PCA(codes, components: min(2, codes.dimension), on: pool)
      let projected = try pca.transform(codes)
      let deviation = Float(pca.explainedVariance[0].squareRoot())
      let scale = deviation > 0 ? 1e-4 / deviation : 0
      return (0..<codes.count).map { index in
        let code = projected[index]
        let position = MapPosition(code.first ?? 0, code.count > 1 ? code.last ?? 0 : 0)
        return position * scale + jitter(1e-6)
      }
    }
  }
}

// Bounds of settings, wide enough for any map and narrow enough that no number overflows.
extension TSNE {
  static func check(iterations: Int) throws(AnalysisError) {
    guard iterations >= 0 else {
      throw .setting(name: "the number of iterations", value: "\(iterations)", allowed: "0 or more")
    }
  }

  static func check(exaggeration: Double) throws(AnalysisError) {
    guard (0.001...1000).contains(exaggeration) else {
      throw .setting(name: "the exaggeration", value: "\(exaggeration)", allowed: "from 0.001 to 1000")
    }
  }

  static func check(momentum: Double) throws(AnalysisError) {
    guard (0..<1).contains(momentum) else {
      throw .setting(name: "the momentum", value: "\(momentum)", allowed: "from 0 to less than 1")
    }
  }

  static func check(learningRate: Double) throws(AnalysisError) {
    guard learningRate > 0, learningRate <= 1e9 else {
      throw .setting(name: "the learning rate", value: "\(learningRate)", allowed: "more than 0 and at most 1e9")
    }
  }
}

extension TSNE.Phase {
  fileprivate func check() throws(AnalysisError) {
    try TSNE.check(iterations: iterations)
    try TSNE.check(exaggeration: exaggeration)
    try TSNE.check(momentum: momentum)
    if let learningRate { try TSNE.check(learningRate: learningRate) }
  }
}
