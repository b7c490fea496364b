/// Tree-structured Parzen estimator: models where the best tenth of the trials lies and where the others lie, draws candidates from
/// the first and takes the one at which the ratio of both densities is largest.
///
/// The defaults are those of Optuna 5.0; `isMultivariate: false` gives those of Optuna up to 4.9. Studies of several objectives are
/// searched at random.
///
/// - Source: Bergstra et al., "Algorithms for hyper-parameter optimization", NIPS 2011; Watanabe, "Tree-structured Parzen estimator",
///   arXiv:2304.11127, for multivariate kernels.
public struct TPESampler: Sampler {
  public let seed: UInt64
  /// Random trials before there is something to model.
  public let startupTrials: Int
  public let candidates: Int
  /// Whether the parameters that all trials have are drawn together.
  public let isMultivariate: Bool
  /// Whether parameters that only some trials have are drawn together too, in groups that occur together.
  public let isGrouped: Bool
  /// Whether trials that still run count as bad ones, so that workers spread out.
  public let avoidsRunning: Bool
  /// Whether a combination of discrete values that was tried is not tried again while another is left.
  public let avoidsRepetition: Bool

  /// How often candidates are drawn anew where all of them were tried, before evenly drawn ones are taken.
  private static let rounds = 8
  /// How many evenly drawn ones are looked at for one that was not tried.
  private static let evenDraws = 2048

  /// As Optuna 5.0 has it, and without repetitions.
  public init(seed: UInt64 = .random(in: 0 ... .max)) {
    self.init(
      seed, startupTrials: 10, candidates: 24, isMultivariate: true, isGrouped: false, avoidsRunning: true,
      avoidsRepetition: true)
  }

  /// - Throws: `SearchError.option` where a number is out of range or groups are asked for without joint drawing.
  public init(
    seed: UInt64 = .random(in: 0 ... .max), startupTrials: Int = 10, candidates: Int = 24, isMultivariate: Bool = true,
    isGrouped: Bool = false, avoidsRunning: Bool = true, avoidsRepetition: Bool = true
  ) throws(SearchError) {
    guard startupTrials >= 0 else { throw .option("startupTrials", reason: "must be 0 or more, not \(startupTrials)") }
    guard candidates >= 1 else { throw .option("candidates", reason: "must be 1 or more, not \(candidates)") }
    guard isMultivariate || !isGrouped else { throw .option("isGrouped", reason: "needs isMultivariate") }
    self.init(
      seed, startupTrials: startupTrials, candidates: candidates, isMultivariate: isMultivariate, isGrouped: isGrouped,
      avoidsRunning: avoidsRunning, avoidsRepetition: avoidsRepetition)
  }

  private init(
    _ seed: UInt64, startupTrials: Int, candidates: Int, isMultivariate: Bool, isGrouped: Bool, avoidsRunning: Bool,
    avoidsRepetition: Bool
  ) {
    self.seed = seed
    self.startupTrials = startupTrials
    self.candidates = candidates
    self.isMultivariate = isMultivariate
    self.isGrouped = isGrouped
    self.avoidsRunning = avoidsRunning
    self.avoidsRepetition = avoidsRepetition
  }

  // MARK: Together

  public func drawTogether(_ history: History, for trial: TrialRecord) throws(SearchError) -> JointDraw {
    guard isMultivariate, history.directions.count == 1 else { return JointDraw() }
    let finished = Self.finishedCount(history)
    guard finished > 0 else { return JointDraw() }
    let spaces = isGrouped ? JointSpace.groups(history.trials) : [JointSpace.intersection(history.trials)]
    var draw = JointDraw()
    for space in spaces where !space.isEmpty {
      let tried = tried(space, history, except: trial)
      // Without repetitions to avoid, the first trials draw every parameter by itself.
      guard finished >= startupTrials || tried != nil else { continue }
      var random = SearchRandom(
        seed: seed, trial: trial.number, purpose: "tpe/" + space.map(\.name).joined(separator: "/"))
      let point =
        finished < startupTrials
        ? even(space, tried: tried, using: &random)
        : modelled(space, tried: tried, history, finished: finished, for: trial, using: &random)
      for (parameter, value) in zip(space, point) {
        draw.parameters.append(ParameterRecord(parameter.name, parameter.distribution, internalValue: value))
      }
    }
    if avoidsRunning, !draw.parameters.isEmpty { draw.attributes = try RelativeParameters.attributes(draw.parameters) }
    return draw
  }

  private func modelled(
    _ space: JointSpace.Space, tried: Set<[Double]>?, _ history: History, finished: Int, for trial: TrialRecord,
    using random: inout SearchRandom
  ) -> [Double] {
    let model = model(space, history, finished: finished, for: trial, together: true)
    guard let tried else { return model.best(candidates, using: &random) { _ in false } ?? [] }
    for _ in 0..<Self.rounds {
      if let point = model.best(candidates, using: &random, unless: tried.contains) { return point }
    }
    return even(space, tried: tried, using: &random)
  }

  /// Evenly drawn values, untried ones where some are found.
  private func even(_ space: JointSpace.Space, tried: Set<[Double]>?, using random: inout SearchRandom) -> [Double] {
    var point: [Double] = []
    for _ in 0..<Self.evenDraws {
      point = []
      for parameter in space { point.append(RandomSampler.draw(parameter.distribution, using: &random)) }
      guard let tried, tried.contains(point) else { break }
    }
    return point
  }

  /// The combinations that were tried, where all parameters are discrete and some combination is left; else nil.
  ///
  /// A trial that has other parameters beside these was not the same trial. One that failed was tried, too: whoever wants it again
  /// says so with ``Study/retryFailed(retries:)``.
  private func tried(_ space: JointSpace.Space, _ history: History, except trial: TrialRecord) -> Set<[Double]>? {
    guard avoidsRepetition else { return nil }
    var combinations = 1
    for parameter in space {
      guard let count = parameter.distribution.count else { return nil }
      let (product, overflow) = combinations.multipliedReportingOverflow(by: count)
      combinations = overflow ? .max : product
    }
    var tried: Set<[Double]> = []
    for other in history.trials where other.number != trial.number && other.state != .waiting {
      let parameters = other.state == .running ? RelativeParameters.merged(other, space) : other.parameters
      let searched = parameters.count { !$0.distribution.isSingle }
      guard searched == space.count, let row = Self.row(parameters, space) else { continue }
      tried.insert(row)
    }
    return tried.count < combinations ? tried : nil
  }

  // MARK: One by one

  public func draw(
    _ name: String, _ distribution: Distribution, _ history: History, for trial: TrialRecord
  ) -> Double {
    var random = SearchRandom(seed: seed, trial: trial.number, purpose: "tpe/\(name)")
    let finished = Self.finishedCount(history)
    guard finished >= startupTrials, history.directions.count == 1 else {
      return RandomSampler.draw(distribution, using: &random)
    }
    let space = [(name: name, distribution: distribution)]
    let model = model(space, history, finished: finished, for: trial, together: false)
    return model.best(candidates, using: &random) { _ in false }?.first
      ?? RandomSampler.draw(distribution, using: &random)
  }

  // MARK: Model

  private func model(
    _ space: JointSpace.Space, _ history: History, finished: Int, for trial: TrialRecord, together: Bool
  ) -> DensityRatio {
    let split = TrialSplit(
      history.trials, direction: history.directions[0], best: TrialSplit.bestCount(finished),
      countsRunning: { avoidsRunning && $0.number != trial.number })
    func estimator(_ places: [Int]) -> ParzenEstimator {
      let rows = places.compactMap { place in
        let isDrawn = together && history.trials[place].state == .running
        let parameters =
          isDrawn ? RelativeParameters.merged(history.trials[place], space) : history.trials[place].parameters
        return Self.row(parameters, space)
      }
      return ParzenEstimator(space.map(\.distribution), observations: rows)
    }
    return DensityRatio(below: estimator(split.below), above: estimator(split.above))
  }

  private static func finishedCount(_ history: History) -> Int {
    history.trials.count { $0.state == .complete || $0.state == .pruned }
  }

  /// The values of the parameters of a space, if a trial has them all.
  private static func row(_ parameters: [ParameterRecord], _ space: JointSpace.Space) -> [Double]? {
    var row: [Double] = []
    row.reserveCapacity(space.count)
    for parameter in space {
      guard let value = parameters.first(where: { $0.name == parameter.name })?.internalValue else { return nil }
      row.append(value)
    }
    return row
  }
}

/// The two densities whose ratio says how promising a point is.
package struct DensityRatio {
  private let below: ParzenEstimator
  private let above: ParzenEstimator

  package init(below: ParzenEstimator, above: ParzenEstimator) {
    self.below = below
    self.above = above
  }

  /// ln (below / above)
  package func acquisition(_ point: [Double]) -> Double { below.logDensity(point) - above.logDensity(point) }

  /// Of some points drawn from the first density the most promising, or nil where all are excluded.
  func best(
    _ candidates: Int, using random: inout SearchRandom, unless isExcluded: ([Double]) -> Bool
  ) -> [Double]? {
    var best: (point: [Double], acquisition: Double)?
    for _ in 0..<candidates {
      let point = below.draw(using: &random)
      guard !isExcluded(point) else { continue }
      let acquisition = acquisition(point)
      if best.map({ acquisition > $0.acquisition }) ?? true { best = (point, acquisition) }
    }
    return best?.point
  }
}
