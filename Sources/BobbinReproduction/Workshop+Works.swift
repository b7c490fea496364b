import Bobbin

/// The end of a reproduction that somebody asked for.
public struct ReproductionInterrupted: Error, CustomStringConvertible {
  public let description = "interrupted"
}

/// Is told how far a reproduction is, and asked whether it shall go on.
public protocol ReproductionObserver: Sendable {
  func begins(_ step: Step)
  /// - Parameter share: of the current step, 0 to 1.
  func reaches(_ share: Double)
  func ends(_ step: Step, summary: String, seconds: Double)
  var isInterrupted: Bool { get }
}

extension Workshop {
  /// Trains or searches to the end, from where an earlier session left it.
  ///
  /// - Throws: `ReproductionInterrupted`; what training and searching throw.
  func perform(_ work: Work, repetition: Int, telling observer: any ReproductionObserver) throws -> Outcome {
    try work.isSearch ? search(work, observer) : train(work, repetition, observer)
  }

  private func train(_ work: Work, _ repetition: Int, _ observer: any ReproductionObserver) throws -> Outcome {
    let experiment = try experiment(work, repetition: repetition)
    let images = try dataset(experiment, .training)
    let test = experiment.readsTestFiles ? try dataset(experiment, .test) : nil
    let path = folder.run(work, repetition)
    let run =
      if PathKind(of: path + "/recipe.yaml") == .file {
        try TrainingRun(resuming: RunDirectory(opening: path), as: experiment)
      } else {
        try TrainingRun(
          starting: experiment, in: RunDirectory.make(at: path), split: experiment.split(of: images))
      }
    let epochs =
      work.usualEpochs.map { min($0, experiment.recipe.training.epochs) } ?? experiment.recipe.training.epochs
    let reason = try run.train(
      on: backend(), training: images, test: test,
      callbacks: [Listener(observer, epochs: epochs), Interruption { observer.isInterrupted }])
    if reason == .interrupted { throw ReproductionInterrupted() }
    let records = try run.directory.records()
    try RunDirectory.makeFolder(run.directory.figures)
    let curves = LossCurves.drawing(records, subtitle: experiment.recipe.name)
    try AtomicFile.write(try encodePNG(curves), to: run.directory.figures + "/loss.png")
    let best = LossCurves.best(records)
    let part = records.last?.validation.isEmpty ?? true ? "training" : "validation"
    let loss = best.map { ", \(part) loss \(formatted($0.decisiveLoss, "%.4g")) in epoch \($0.epoch)" } ?? ""
    return Outcome(
      summary: "\(records.count) epochs\(loss)", seconds: records.map(\.seconds).reduce(0, +), chapter: nil)
  }

  private func search(_ work: Work, _ observer: any ReproductionObserver) throws -> Outcome {
    let search = try RecipeSearch(of: experiment(work))
    let images = try dataset(search.base, .training)
    try search.check(for: Shape(of: images))
    let results = SearchFolder(folder.search(work))
    try RunDirectory.makeFolder(results.path)
    let study = try search.study(
      named: work.name, in: SQLiteStorage(path: results.database), opening: .createOrContinue)
    let total = search.search.trials
    let base = Double(search.base.recipe.training.epochs)
    do {
      try search.run(
        study, on: images,
        TrialSettings(
          backend: backendMaker, isInterrupted: { observer.isInterrupted },
          epochEnded: { trial, record in
            observer.reaches((Double(trial) + Double(record.epoch) / base) / Double(total))
          }))
    } catch is SearchInterrupted {
      throw ReproductionInterrupted()
    }
    let report = SearchReport(
      of: try study.trials(), direction: search.search.direction, metric: search.search.metric.description)
    guard let best = report.best else {
      throw Refusal("\(results.path): no trial of \(total) was completed; its study.db says what became of them")
    }
    try results.write(report, best: try search.recipe(of: best))
    return Outcome(
      summary: "\(report.trials.count) trials, \(report.count(.pruned)) pruned; best \(report.metric) "
        + formatted(best.value ?? .nan, "%.4g"),
      seconds: report.trials.compactMap(\.seconds).reduce(0, +), chapter: nil)
  }
}

/// Passes on how far a training is.
private struct Listener: Callback {
  let observer: any ReproductionObserver
  let epochs: Int

  init(_ observer: any ReproductionObserver, epochs: Int) { (self.observer, self.epochs) = (observer, epochs) }

  private func tell(_ snapshot: TrainingSnapshot) {
    let position = snapshot.position
    let steps = Double(position.epoch) + Double(position.stepInEpoch) / Double(max(1, snapshot.stepsPerEpoch))
    observer.reaches(min(1, steps / Double(epochs)))
  }

  mutating func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    tell(snapshot)
    return .proceed
  }

  mutating func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    tell(snapshot)
    return .proceed
  }
}
