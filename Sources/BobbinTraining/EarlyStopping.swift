/// Follows a number that should fall, and knows when it was lowest. Begins at +∞; NaN is never an improvement.
struct BestSoFar {
  let watched: KeyPath<EpochRecord, Double>
  private(set) var value = Double.infinity
  private(set) var epoch = 0

  /// Whether `record` is better than every one before it.
  mutating func improves(with record: EpochRecord) -> Bool {
    let new = record[keyPath: watched]
    guard new < value else { return false }
    (value, epoch) = (new, record.epoch)
    return true
  }
}

/// Ends training when a number has not fallen for some epochs.
///
/// - Source: the usual rule (Prechelt 1998, "Early stopping — but when?", UP); defaults: the best weights come back.
public struct EarlyStopping: Callback {
  private let patience: Int
  private let margin: Double
  private let restoresBest: Bool
  private var best: BestSoFar
  /// The number that last ended the wait; the best may be lower by less than the margin.
  private var standard = Double.infinity
  private var waited = 0
  private var bestWeights: Checkpoint?

  /// - Parameters:
  ///   - watched: what should fall, such as `\.validation.loss`.
  ///   - patience: how many epochs in a row may pass without improvement; the last of them ends training.
  ///   - margin: how much lower counts as an improvement. It says how long to wait; the best epoch is that of the lowest number.
  ///   - restoringBest: whether training ends with the weights of the best epoch.
  public init(
    watching watched: KeyPath<EpochRecord, Double> = \.validation.loss, patience: Int,
    margin: Double = 0, restoringBest: Bool = true
  ) {
    self.patience = max(1, patience)
    self.margin = margin
    restoresBest = restoringBest
    best = BestSoFar(watched: watched)
  }

  public mutating func resume(after history: [EpochRecord], best weights: Checkpoint?) -> Verdict {
    for record in history { observe(record) }
    bestWeights = weights
    return verdict
  }

  public mutating func epochEnded(
    _ record: EpochRecord, _ snapshot: TrainingSnapshot
  ) throws(TrainingError) -> Verdict {
    if record[keyPath: best.watched].isNaN { throw .nothingToWatch(epoch: record.epoch) }
    if observe(record), restoresBest { bestWeights = try snapshot.checkpoint() }
    return verdict
  }

  private var verdict: Verdict {
    guard waited >= patience else { return .proceed }
    return .stop(.earlyStopping(epochsWithoutImprovement: waited, bestEpoch: best.epoch))
  }

  public var weightsToRestore: Checkpoint? { restoresBest ? bestWeights : nil }

  /// Whether the record is the best so far.
  @discardableResult
  private mutating func observe(_ record: EpochRecord) -> Bool {
    let new = record[keyPath: best.watched]
    if new < standard - margin {
      (standard, waited) = (new, 0)
    } else {
      waited += 1
    }
    return best.improves(with: record)
  }
}
