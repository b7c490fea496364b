/// Writes a run as it happens: after every epoch the best weights if they are new, a checkpoint of its own if it is to be
/// kept, what its steps came to if that is wanted, the record, and where training stands.
///
/// In that order: whatever is killed in between, the last checkpoint is never ahead of the record.
public struct RunRecorder: Callback {
  private let run: RunDirectory
  private let interval: Int?
  private let kept: Int?
  /// Steps that are not written yet; nil where none is to be recorded.
  private var steps: [StepRecord]?
  private var best: BestSoFar

  /// - Parameters:
  ///   - watched: decides which weights are the best.
  ///   - interval: steps between checkpoints within an epoch; none when `nil`.
  ///   - kept: a checkpoint of each epoch that this number divides is kept beside the best and the last; none when `nil`.
  ///   - recordsSteps: whether every step has a record, too.
  public init(
    _ run: RunDirectory, watching watched: KeyPath<EpochRecord, Double> = \.decisiveLoss,
    everySteps interval: Int? = nil, keepingEvery kept: Int? = nil, recordingSteps recordsSteps: Bool = false
  ) {
    self.run = run
    self.interval = interval
    self.kept = kept
    steps = recordsSteps ? [] : nil
    best = BestSoFar(watched: watched)
  }

  public mutating func resume(after history: [EpochRecord], best weights: Checkpoint?) -> Verdict {
    for record in history { _ = best.improves(with: record) }
    return .proceed
  }

  public mutating func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    steps?.append(snapshot.lastStep)
    if let interval, snapshot.position.step % interval == 0 {
      try writeSteps()
      try snapshot.checkpoint().write(to: run.checkpoint(.last))
    }
    return .proceed
  }

  public mutating func epochEnded(
    _ record: EpochRecord, _ snapshot: TrainingSnapshot
  ) throws(TrainingError) -> Verdict {
    steps?.append(snapshot.lastStep)
    let checkpoint = try snapshot.checkpoint()
    if best.improves(with: record) { try checkpoint.write(to: run.checkpoint(.best)) }
    if let kept, record.epoch % kept == 0 { try checkpoint.write(to: run.checkpoint(.epoch(record.epoch))) }
    try writeSteps()
    try run.append(record)
    try checkpoint.write(to: run.checkpoint(.last))
    return .proceed
  }

  public mutating func trainingEnded(
    _ reason: StopReason, _ snapshot: TrainingSnapshot
  ) throws(TrainingError) {
    guard reason == .interrupted, snapshot.position.stepInEpoch > 0 else { return }
    try writeSteps()
    try snapshot.checkpoint().write(to: run.checkpoint(.last))
  }

  private mutating func writeSteps() throws(TrainingError) {
    guard let written = steps, !written.isEmpty else { return }
    try run.append(written)
    steps = []
  }
}

/// Ends training after the step in which somebody asked for it.
public struct Interruption: Callback {
  private let isRequested: () -> Bool

  public init(when isRequested: @escaping () -> Bool) { self.isRequested = isRequested }

  public mutating func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    isRequested() ? .stop(.interrupted) : .proceed
  }

  public mutating func epochEnded(
    _ record: EpochRecord, _ snapshot: TrainingSnapshot
  ) throws(TrainingError) -> Verdict { isRequested() ? .stop(.interrupted) : .proceed }
}
