/// Prunes a trial whose best value so far is worse than a percentile of what completed trials reported at the same step.
///
/// - Source: Optuna's `PercentilePruner`; with 50 it is Google Vizier's median stopping rule (Golovin et al., KDD 2017, section 3.2.2).
public struct PercentilePruner: Pruner {
  /// The best share of trials that is kept, in percent.
  public let percentile: Double
  /// Nothing is pruned before so many trials have completed.
  public let startupTrials: Int
  /// Nor before this step.
  public let warmupSteps: Int
  /// Only the first report of each interval of so many steps is judged.
  public let interval: Int
  /// Nor where fewer completed trials have reported at the step.
  public let minimumTrials: Int

  /// - Throws: `SearchError.option` where a number is out of range.
  public init(
    percentile: Double, startupTrials: Int = 5, warmupSteps: Int = 0, interval: Int = 1, minimumTrials: Int = 1
  ) throws(SearchError) {
    guard (0...100).contains(percentile) else { throw .option("percentile", reason: "must be from 0 to 100") }
    guard startupTrials >= 0 else { throw .option("startupTrials", reason: "must be 0 or more") }
    guard warmupSteps >= 0 else { throw .option("warmupSteps", reason: "must be 0 or more") }
    guard interval >= 1 else { throw .option("interval", reason: "must be 1 or more") }
    guard minimumTrials >= 1 else { throw .option("minimumTrials", reason: "must be 1 or more") }
    self.init(
      checked: percentile, startupTrials: startupTrials, warmupSteps: warmupSteps, interval: interval,
      minimumTrials: minimumTrials)
  }

  private init(checked percentile: Double, startupTrials: Int, warmupSteps: Int, interval: Int, minimumTrials: Int) {
    self.percentile = percentile
    self.startupTrials = startupTrials
    self.warmupSteps = warmupSteps
    self.interval = interval
    self.minimumTrials = minimumTrials
  }

  /// The median, with the numbers that Optuna begins with.
  public static let median = PercentilePruner(
    checked: 50, startupTrials: 5, warmupSteps: 0, interval: 1, minimumTrials: 1)

  public func verdict(on trial: TrialRecord, _ history: History) -> PruningVerdict {
    let completed = history.trials.filter { $0.state == .complete }
    guard !completed.isEmpty, completed.count >= startupTrials else { return .keep }
    guard let step = trial.lastStep, step >= warmupSteps, isFirstOfInterval(step, trial) else { return .keep }
    let isMaximized = history.directions.first == .maximize
    let reported = trial.intermediateValues.values.filter { !$0.isNaN }
    guard let best = isMaximized ? reported.max() : reported.min() else { return .prune }
    let others = completed.compactMap { $0.intermediateValues[step] }
    guard others.count >= minimumTrials else { return .keep }
    let share = isMaximized ? 100 - percentile : percentile
    guard let bound = Self.percentile(share, of: others) else { return .keep }
    return PruningVerdict(isPruned: isMaximized ? best < bound : best > bound)
  }

  private func isFirstOfInterval(_ step: Int, _ trial: TrialRecord) -> Bool {
    let start = (step - warmupSteps) / interval * interval + warmupSteps
    return !trial.intermediateValues.keys.contains { $0 != step && $0 >= start }
  }

  /// Interpolated between the two values next to it. Nil where there is nothing but NaN.
  static func percentile(_ percentile: Double, of values: [Double]) -> Double? {
    let sorted = values.filter { !$0.isNaN }.sorted()
    guard !sorted.isEmpty else { return nil }
    let rank = percentile / 100 * Double(sorted.count - 1)
    let below = Int(rank)
    let above = min(below + 1, sorted.count - 1)
    let share = rank - Double(below)
    // Between infinities there is nothing to interpolate.
    if share == 0 || sorted[below] == sorted[above] { return sorted[below] }
    return sorted[below] + (sorted[above] - sorted[below]) * share
  }
}
