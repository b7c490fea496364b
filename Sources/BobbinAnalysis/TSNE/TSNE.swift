/// t-distributed stochastic neighbour embedding: a map of codes on which neighbours stay neighbours.
///
///     minimise KL(P‖Q) = Σ pᵢⱼ log(pᵢⱼ/qᵢⱼ),  qᵢⱼ = (1 + |yᵢ − yⱼ|²)⁻¹ / Z
///
/// ```swift
/// let map = try TSNE(perplexity: 30).map(codes)
/// map.positions[0]
/// ```
/// The same codes and settings give the same bits, at any number of threads.
///
/// - Source: van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 9 (2008). Defaults of openTSNE 1.0:
///   early exaggeration 12 for 250 iterations, then 500 without, learning rate N / exaggeration (Belkina et al., Nature
///   Communications 10 (2019)), start from the principal components (Kobak and Berens, ibid.).
public struct TSNE: Hashable, Sendable {
  /// About how many neighbours count for each code: more than 1, at most a third of the other codes.
  public var perplexity: Double
  public var phases: [Phase]
  public var engine: Engine
  public var start: Start
  /// Of the small random part of the start.
  public var seed: UInt64
  /// Iterations from one progress report to the next.
  public var reportInterval: Int
  /// The last phase ends early when the divergence falls by less than this share per iteration, over one report interval.
  /// The value of opt-SNE is 1/5000. Nil: never.
  public var tolerance: Double?

  /// Iterations with one exaggeration of attraction.
  public struct Phase: Hashable, Sendable {
    public var iterations: Int
    public var exaggeration: Double
    public var momentum: Double
    /// N / exaggeration, but at least 50, when `nil`.
    public var learningRate: Double?

    public init(iterations: Int, exaggeration: Double, momentum: Double = 0.8, learningRate: Double? = nil) {
      (self.iterations, self.exaggeration) = (iterations, exaggeration)
      (self.momentum, self.learningRate) = (momentum, learningRate)
    }
  }

  /// How repulsion between all points is computed.
  public enum Engine: Hashable, Sendable {
    /// `exact` for up to 4,000 points, else `split`.
    case automatic
    /// Every pair.
    case exact
    /// Pairs near each other exactly, the rest through a mesh; forces are right to about 3 in 10,000.
    case split
  }

  /// Where points begin.
  public enum Start: Hashable, Sendable {
    /// On the first two principal components, scaled to a standard deviation of 0.0001, with a random part of a hundredth of it.
    case principalComponents
    /// Normally distributed with a standard deviation of 0.0001.
    case random
    /// Given places, taken as they are.
    case positions([MapPosition])
  }

  public init(
    perplexity: Double = 30,
    phases: [Phase] = [Phase(iterations: 250, exaggeration: 12), Phase(iterations: 500, exaggeration: 1)],
    engine: Engine = .automatic, start: Start = .principalComponents, seed: UInt64 = 0, reportInterval: Int = 50,
    tolerance: Double? = nil
  ) {
    (self.perplexity, self.phases, self.engine, self.start) = (perplexity, phases, engine, start)
    (self.seed, self.reportInterval, self.tolerance) = (seed, reportInterval, tolerance)
  }

  /// The state of a map at an iteration.
  public struct Progress: Sendable {
    public let iteration: Int
    /// Of all phases.
    public let iterations: Int
    /// KL(P‖Q) of the positions, without exaggeration.
    public let divergence: Double
    public let positions: [MapPosition]
  }

  /// What a progress callback wants.
  public enum Verdict: Hashable, Sendable {
    case goOn
    /// The map as it is now is the result.
    case finish
    /// No result: `map` throws `AnalysisError.cancelled`.
    case cancel
  }

  /// A finished map.
  public struct Map: Hashable, Sendable {
    public let positions: [MapPosition]
    /// KL(P‖Q), over all pairs.
    public let divergence: Double
    /// How many were done.
    public let iterations: Int
    /// The divergence at each progress report.
    public let history: [Measurement]
  }

  public struct Measurement: Hashable, Sendable {
    public let iteration: Int
    public let divergence: Double
  }

  /// Computes a map.
  ///
  /// - Parameter progress: called before the first iteration and then every `reportInterval` iterations.
  /// - Throws: `AnalysisError` for fewer than five codes, a perplexity that does not suit them, settings out of range, or
  ///   `cancelled` when the callback asks for it or the task is cancelled.
  public func map(
    _ codes: Codes, workers: Workers = Workers(), progress: (Progress) -> Verdict = { _ in .goOn }
  ) throws(AnalysisError) -> Map {
    try check(codes)
    let pool = try WorkerPool(workers)
    let affinities = try affinities(of: codes, on: pool)
    let start = try startingPositions(of: codes, on: pool)
    var descent = try Descent(affinities, from: start, repulsion: repulsion(codes.count, on: pool), on: pool)
    return try run(&descent, progress)
  }

  /// The divergence KL(P‖Q) of any map of `codes`, over all pairs: to compare maps of whatever origin.
  ///
  /// - Throws: `AnalysisError` as `map`, and for another number of positions.
  public func divergence(of positions: [MapPosition], for codes: Codes, workers: Workers = Workers())
    throws(AnalysisError) -> Double
  {
    try check(codes)
    try check(positions, count: codes.count)
    let pool = try WorkerPool(workers)
    let affinities = try affinities(of: codes, on: pool)
    let exact = try ExactRepulsion(count: codes.count, on: pool)
    return try Descent(affinities, from: positions, repulsion: exact, on: pool).exactDivergence()
  }

  private func run(_ descent: inout Descent, _ progress: (Progress) -> Verdict) throws(AnalysisError) -> Map {
    let total = phases.reduce(0) { $0 + $1.iterations }
    var history: [Measurement] = []
    var iteration = 0
    for (index, phase) in phases.enumerated() {
      let rate = phase.learningRate ?? max(50, Double(descent.count) / phase.exaggeration)
      for step in 0..<phase.iterations {
        guard !Task.isCancelled else { throw .cancelled }
        try descent.updateRepulsion()
        if iteration % reportInterval == 0 {
          let divergence = descent.divergence()
          let settled = index == phases.count - 1 && step > reportInterval && hasSettled(history.last, divergence)
          history.append(Measurement(iteration: iteration, divergence: divergence))
          let report = Progress(
            iteration: iteration, iterations: total, divergence: divergence, positions: descent.currentPositions)
          switch progress(report) {
          case .goOn: if settled { return try finish(descent, iteration, history) }
          case .finish: return try finish(descent, iteration, history)
          case .cancel: throw .cancelled
          }
        }
        descent.step(exaggeration: phase.exaggeration, momentum: phase.momentum, rate: rate)
        iteration += 1
      }
    }
    return try finish(descent, iteration, history)
  }

  private func hasSettled(_ last: Measurement?, _ divergence: Double) -> Bool {
    guard let tolerance, let last else { return false }
    return (last.divergence - divergence) / Double(reportInterval) < tolerance * divergence
  }

  private func finish(_ descent: Descent, _ iterations: Int, _ history: [Measurement]) throws(AnalysisError) -> Map {
    Map(
      positions: descent.currentPositions, divergence: try descent.exactDivergence(), iterations: iterations,
      history: history)
  }
}
