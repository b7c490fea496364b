/// Lets the best share 1/η of the trials pass each rung: rung k lies at step r·η^(s + k).
///
/// Trials are judged as they come, without waiting for the others of a rung.
///
/// - Source: Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020; the rules are those of Optuna's
///   `SuccessiveHalvingPruner`.
public struct SuccessiveHalvingPruner: Pruner {
  /// r: the step of the first rung; nil: a hundredth of the last step of the completed trials, fixed once there is one.
  public let minimumResource: Int?
  /// η
  public let reductionFactor: Int
  /// s: the rung at which judging begins.
  public let earlyStoppingRate: Int
  /// So many trials are pruned at each rung before one passes.
  public let bootstrapCount: Int

  private let estimate = LastStep()

  /// - Throws: `SearchError.option` where a number is out of range.
  public init(
    minimumResource: Int? = nil, reductionFactor: Int = 4, earlyStoppingRate: Int = 0, bootstrapCount: Int = 0
  ) throws(SearchError) {
    if let minimumResource, minimumResource < 1 { throw .option("minimumResource", reason: "must be 1 or more") }
    guard reductionFactor >= 2 else { throw .option("reductionFactor", reason: "must be 2 or more") }
    guard earlyStoppingRate >= 0 else { throw .option("earlyStoppingRate", reason: "must be 0 or more") }
    guard bootstrapCount >= 0 else { throw .option("bootstrapCount", reason: "must be 0 or more") }
    if minimumResource == nil, bootstrapCount > 0 {
      throw .option("bootstrapCount", reason: "needs a minimumResource, because nothing completes before")
    }
    self.init(
      checked: minimumResource, reductionFactor: reductionFactor, earlyStoppingRate: earlyStoppingRate,
      bootstrapCount: bootstrapCount)
  }

  init(checked minimumResource: Int?, reductionFactor: Int, earlyStoppingRate: Int, bootstrapCount: Int) {
    self.minimumResource = minimumResource
    self.reductionFactor = reductionFactor
    self.earlyStoppingRate = earlyStoppingRate
    self.bootstrapCount = bootstrapCount
  }

  public func verdict(on trial: TrialRecord, _ history: History) -> PruningVerdict {
    guard let step = trial.lastStep, let value = trial.intermediateValues[step] else { return .keep }
    guard let first = minimumResource ?? estimate.first(history.trials).map({ max($0 / 100, 1) }) else { return .keep }
    let isMaximized = history.directions.first == .maximize
    var verdict = PruningVerdict.keep
    var rung = Self.rung(of: trial)
    while reaches(step, rung: rung, first: first) {
      guard !value.isNaN else {
        verdict.isPruned = true
        break
      }
      let key = Self.key(rung)
      verdict.attributes[key] = .number(value)
      let others = history.trials.lazy.filter { $0.number != trial.number }
      let rivals = (others.compactMap { $0.systemAttributes[key]?.double } + [value]).sorted()
      guard rivals.count > bootstrapCount, isAmongBest(value, rivals, isMaximized) else {
        verdict.isPruned = true
        break
      }
      rung += 1
    }
    return verdict
  }

  /// Whether step ≥ r·η^(s + rung)
  private func reaches(_ step: Int, rung: Int, first: Int) -> Bool {
    var bound = first
    for _ in 0..<(earlyStoppingRate + rung) {
      let (product, overflow) = bound.multipliedReportingOverflow(by: reductionFactor)
      guard !overflow else { return false }
      bound = product
    }
    return step >= bound
  }

  private func isAmongBest(_ value: Double, _ sorted: [Double], _ isMaximized: Bool) -> Bool {
    let index = max(sorted.count / reductionFactor - 1, 0)
    return isMaximized ? value >= sorted[sorted.count - 1 - index] : value <= sorted[index]
  }

  /// How many rungs a trial has completed.
  private static func rung(of trial: TrialRecord) -> Int {
    var rung = 0
    while trial.systemAttributes[key(rung)] != nil { rung += 1 }
    return rung
  }

  private static func key(_ rung: Int) -> String { "completed_rung_\(rung)" }
}
