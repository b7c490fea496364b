import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinModels
import BobbinRecipes
import BobbinSearch
import BobbinTraining

/// The end of a search that somebody asked for in the middle of a trial.
public struct SearchInterrupted: Error, CustomStringConvertible {
  public let description = "interrupted"

  public init() {}
}

/// The recipe that a trial came to cannot be trained.
public struct TrialRefused: Error, CustomStringConvertible {
  /// Nil before the study begins.
  public let number: Int?
  public let values: String
  public let reason: any Error

  public var description: String {
    "\(reason) (" + (number.map { "trial \($0), " } ?? "tried before the study begins, ") + "with \(values))"
  }
}

/// What every trial of a search has in common.
public struct TrialSettings: Sendable {
  /// The number of an epoch that decides.
  public var metric: SearchMetric
  /// How many trials run at once.
  public var workers: Int
  /// Makes the backend of one trial.
  public var backend: @Sendable () throws -> any Backend
  /// Asked after every step: whether to end the search here.
  public var isInterrupted: @Sendable () -> Bool
  /// Is told of each epoch of each trial.
  public var epochEnded: @Sendable (_ trial: Int, EpochRecord) -> Void
  /// Is told of each trial that begins, and how many epochs it may take.
  public var trialBegan: @Sendable (_ trial: Int, _ epochs: Int) -> Void
  /// Is told of each trial that ended.
  public var trialEnded: @Sendable (TrialRecord) -> SearchVerdict

  public init(
    metric: SearchMetric = SearchMetric(.validation, ProgramName.loss), workers: Int = 1,
    backend: @escaping @Sendable () throws -> any Backend, isInterrupted: @escaping @Sendable () -> Bool = { false },
    epochEnded: @escaping @Sendable (Int, EpochRecord) -> Void = { _, _ in },
    trialBegan: @escaping @Sendable (Int, Int) -> Void = { _, _ in },
    trialEnded: @escaping @Sendable (TrialRecord) -> SearchVerdict = { _ in .proceed }
  ) {
    (self.metric, self.workers, self.backend, self.isInterrupted) = (metric, workers, backend, isInterrupted)
    (self.epochEnded, self.trialBegan, self.trialEnded) = (epochEnded, trialBegan, trialEnded)
  }
}

/// What a search notes at its trials and studies.
public enum SearchAttribute {
  /// At a study: the recipe that is varied, as YAML.
  public static let recipe = "bobbin:recipe"
  /// At a trial: the epochs that it may take.
  public static let epochs = "bobbin:epochs"
  /// At a trial: it ended because the search did.
  public static let interrupted = "bobbin:interrupted"
  /// At a trial: why it failed.
  public static let failure = "bobbin:failure"
}

extension Study {
  /// Trains an experiment for each trial. The images are in memory once, and nothing is written but the study.
  ///
  /// A trial reports `settings.metric` after every epoch, and ends where the study's pruner says so. Its value is that of its last
  /// epoch, or of the best one where early stopping goes back to that. A training that diverges fails its trial only.
  ///
  /// ```swift
  /// let base = try Experiment(reading: "cae.yaml")
  /// let study = try Study(sampler: RandomSampler(seed: 1))
  /// try study.train(.trials(20), on: images, TrialSettings { try CPUBackend(threads: 2) }) { trial in
  ///   try base.changed([
  ///     RecipeChange("training.optimizer.adam.learningRate", to: YAMLNode(try trial.float("rate", low: 1e-4, high: 1e-1, log: true)))
  ///   ])
  /// }
  /// ```
  /// - Parameters:
  ///   - images: the training images of every trial; each experiment splits them as it says.
  ///   - experiment: what a trial trains; it asks the trial for its parameters.
  /// - Throws: `SearchInterrupted`, `TrialRefused`, and errors of the storage.
  public func train(
    _ budget: TrialBudget, on images: ImageDataset, _ settings: TrialSettings,
    experiment: @escaping @Sendable (Trial) throws -> Experiment
  ) throws {
    let callback: Callback = { _, record in
      let verdict = settings.trialEnded(record)
      return settings.isInterrupted() ? .stop : verdict
    }
    try optimize(
      budget, workers: settings.workers, catching: { $0 is TrainingError }, callbacks: [callback]
    ) { trial in
      // A worker that takes its next trial after the wish to end.
      if settings.isInterrupted() { throw try trial.interrupted() }
      do {
        return try experiment(trial).train(trial, on: images, settings)
      } catch let error as TrainingError {
        try trial.setAttribute(SearchAttribute.failure, .string("\(error)"))
        guard case .diverged = error else { throw TrialRefused(trial, error) }
        throw error
      } catch let error as RecipeError {
        throw TrialRefused(trial, error)
      }
    }
    if settings.isInterrupted() { throw SearchInterrupted() }
  }
}

extension Trial {
  /// Marks the trial, so that a search that goes on tries it again.
  fileprivate func interrupted() throws -> SearchInterrupted {
    try setAttribute(SearchAttribute.interrupted, .bool(true))
    return SearchInterrupted()
  }
}

extension TrialRefused {
  init(_ trial: Trial, _ reason: any Error) {
    self.init(number: trial.number, values: trial.record.assignment.listing, reason: reason)
  }
}

extension [String: ParameterValue] {
  /// `d = 27, n = 9`
  public var listing: String { sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ") }
}

extension Experiment {
  fileprivate func train(_ trial: Trial, on images: ImageDataset, _ settings: TrialSettings) throws -> Double {
    let epochs = recipe.training.epochs
    try trial.setAttribute(SearchAttribute.epochs, .integer(epochs))
    settings.trialBegan(trial.number, epochs)
    let parts = try images.divided(by: split(of: images))
    var session = try session(for: Shape(of: images), on: try settings.backend())
    if let pretrained { try adopt(pretrained.file, into: &session) }
    let reporter = TrialReporter(trial, settings)
    let list = callbacks.list
    let reason = try session.fit(
      parts.training, validatingOn: parts.validation.count > 0 ? parts.validation : nil, epochs: epochs,
      batch: recipe.training.batch
    ) {
      reporter
      list
    }
    if let failure = reporter.failure { throw failure }
    if reporter.isPruned { throw TrialPruned() }
    if reason == .interrupted { throw try trial.interrupted() }
    let values = session.history.map { $0[settings.metric] }
    guard finalCheckpoint == .best else { return values.last ?? .nan }
    let sign = trial.study.directions[0].sign
    return values.filter { !$0.isNaN }.min { sign * $0 < sign * $1 } ?? .nan
  }
}

extension EpochRecord {
  /// NaN where there is no such number.
  public subscript(metric: SearchMetric) -> Double {
    switch metric.part {
    case .training: training[metric.name]
    case .validation: validation[metric.name]
    }
  }
}

/// Reports the epochs of a trial and stops it when the study or the user says so.
private final class TrialReporter: Callback {
  private let trial: Trial
  private let settings: TrialSettings
  private(set) var isPruned = false
  /// What the storage refused, if anything: training cannot throw it.
  private(set) var failure: SearchError?

  init(_ trial: Trial, _ settings: TrialSettings) { (self.trial, self.settings) = (trial, settings) }

  func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    settings.isInterrupted() ? .stop(.interrupted) : .proceed
  }

  func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    settings.epochEnded(trial.number, record)
    do throws(SearchError) {
      // Steps count from 0: a warm-up of 2 grants the epochs 1 and 2.
      try trial.report(record[settings.metric], step: record.epoch - 1)
      // A trial that is through has its value; there is nothing left to save.
      isPruned = record.epoch < snapshot.epochs ? try trial.shouldPrune() : false
    } catch {
      failure = error
      return .stop(.requested("\(error)"))
    }
    if isPruned { return .stop(.requested("pruned")) }
    return settings.isInterrupted() ? .stop(.interrupted) : .proceed
  }
}
