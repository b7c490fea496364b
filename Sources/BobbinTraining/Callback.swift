/// Takes part in training by what it returns.
public protocol Callback {
  /// Training goes on from these epochs, which an earlier session recorded.
  ///
  /// - Parameter best: the best weights of those epochs, when they were kept.
  /// - Returns: what the callback would have returned after the last of them.
  mutating func resume(after history: [EpochRecord], best: Checkpoint?) -> Verdict

  /// Training begins, or goes on, from here. Called once, behind `resume`, before the first step.
  mutating func trainingBegins(_ snapshot: TrainingSnapshot) throws(TrainingError)

  /// A batch was trained on. Called after every step: take no memory here.
  mutating func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict

  /// An epoch was recorded.
  mutating func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict

  /// Training ends for this reason; the snapshot may stand in the middle of an epoch.
  mutating func trainingEnded(_ reason: StopReason, _ snapshot: TrainingSnapshot) throws(TrainingError)

  /// The weights to end with, if not the last ones.
  var weightsToRestore: Checkpoint? { get }
}

extension Callback {
  public mutating func resume(after history: [EpochRecord], best: Checkpoint?) -> Verdict { .proceed }
  public mutating func trainingBegins(_ snapshot: TrainingSnapshot) throws(TrainingError) {}
  public mutating func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict { .proceed }
  public mutating func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict
  { .proceed }
  public mutating func trainingEnded(_ reason: StopReason, _ snapshot: TrainingSnapshot) throws(TrainingError) {}
  public var weightsToRestore: Checkpoint? { nil }
}

/// What a callback wants to happen.
public enum Verdict: Hashable, Sendable {
  case proceed
  case stop(StopReason)
}

/// Why training ended.
public enum StopReason: Hashable, Sendable, CustomStringConvertible {
  /// All epochs were trained.
  case completed
  case earlyStopping(epochsWithoutImprovement: Int, bestEpoch: Int)
  case interrupted
  case requested(String)

  public var description: String {
    switch self {
    case .completed: "all epochs done"
    case .earlyStopping(let epochs, let best):
      "no improvement for \(epochs) epoch\(epochs == 1 ? "" : "s"); epoch \(best) was the best"
    case .interrupted: "interrupted"
    case .requested(let why): why
    }
  }
}

/// Training as a callback sees it between two steps.
public struct TrainingSnapshot {
  let core: SessionCore

  public var position: TrainingPosition { core.position }
  /// Batches of a full epoch.
  public let stepsPerEpoch: Int
  public let epochs: Int
  /// Mean training loss of the epoch so far.
  public var loss: Double { core.position.mean(0) }

  /// What the step before this moment came to.
  var lastStep: StepRecord {
    let names = core.programs.first(named: .train)?.metrics.map(\.name) ?? []
    return StepRecord(
      step: core.position.step, epoch: core.position.stepInEpoch > 0 ? core.position.epoch + 1 : core.position.epoch,
      training: Metrics(Dictionary(uniqueKeysWithValues: zip(names, core.lastStep))))
  }

  /// Everything that training needs to go on from here.
  ///
  /// - Throws: `TrainingError.diverged` rather than weights that are no numbers: nothing can go on from those.
  public func checkpoint() throws(TrainingError) -> Checkpoint {
    let checkpoint = try core.checkpoint()
    if let name = checkpoint.firstNonFiniteWeight {
      let epoch = position.stepInEpoch == 0 ? position.epoch : position.epoch + 1
      throw .diverged(epoch: epoch, step: position.step, "\(name) holds what is no number")
    }
    return checkpoint
  }
}

/// How far training has come. Random numbers are keyed by seed, epoch and step, so this is their position too.
public struct TrainingPosition: Hashable, Sendable {
  /// Epochs that are complete.
  public internal(set) var epoch = 0
  /// Updates so far, which number the random draws.
  public internal(set) var step = 0
  /// Updates of the epoch that is not complete.
  public internal(set) var stepInEpoch = 0
  /// Images of the epoch that is not complete.
  public internal(set) var images = 0
  /// Sums over those images of the model's metrics, in the order of its program.
  var sums: [Double] = []

  func mean(_ metric: Int) -> Double {
    images > 0 && metric < sums.count ? sums[metric] / Double(images) : .nan
  }
}

/// Collects callbacks in braces.
@resultBuilder
public enum CallbackBuilder {
  public static func buildExpression(_ callback: some Callback) -> [any Callback] { [callback] }
  public static func buildExpression(_ callbacks: [any Callback]) -> [any Callback] { callbacks }
  public static func buildBlock(_ parts: [any Callback]...) -> [any Callback] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [any Callback]?) -> [any Callback] { part ?? [] }
  public static func buildEither(first part: [any Callback]) -> [any Callback] { part }
  public static func buildEither(second part: [any Callback]) -> [any Callback] { part }
  public static func buildArray(_ parts: [[any Callback]]) -> [any Callback] { parts.flatMap { $0 } }
}
