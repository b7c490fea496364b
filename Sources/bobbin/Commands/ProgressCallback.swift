import Bobbin

/// Draws how far the whole training is while it goes on, and leaves a line for every epoch.
final class ProgressCallback: Callback {
  private let bar: ProgressBar
  private let images: Int
  private var best = Double.infinity
  /// Those of the last epoch, which are not said again.
  private var warned: Set<TrainingWarning.Kind> = []
  private var secondsPerEpoch: [Double] = []
  /// Epochs that were completed, earlier sessions apart.
  var trainedEpochs: Int { secondsPerEpoch.count }
  private var hasBegun = false
  private var shownEpoch = -1

  /// - Parameter images: of an epoch.
  init(_ terminal: Terminal, images: Int, epochs: Int) {
    self.images = images
    bar = ProgressBar("epoch 1/\(epochs)", total: images * epochs, unit: "images", on: terminal)
  }

  func resume(after history: [EpochRecord], best: Checkpoint?) -> Verdict {
    self.best = history.map(\.decisiveLoss).filter { !$0.isNaN }.min() ?? .infinity
    warned = Set(history.last?.warnings.map(\.kind) ?? [])
    return .proceed
  }

  func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    let position = snapshot.position
    let completed = position.epoch * images + position.images
    if !hasBegun { bar.skip(to: completed) }
    hasBegun = true
    // A label is text, and text takes memory: only when it changes.
    if position.epoch != shownEpoch {
      shownEpoch = position.epoch
      bar.update(completed: completed, label: "epoch \(shownEpoch + 1)/\(snapshot.epochs)")
    } else {
      bar.update(completed: completed)
    }
    return .proceed
  }

  func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    secondsPerEpoch.append(record.seconds)
    let recent = secondsPerEpoch.suffix(5)
    let mean = recent.reduce(0, +) / Double(recent.count)
    let isBest = record.decisiveLoss < best
    if isBest { best = record.decisiveLoss }
    var losses = [EpochLine.Loss("train", record.training.loss)]
    if !record.validation.isEmpty { losses.append(.init("validation", record.validation.loss)) }
    if let accuracy = record.validation.values[ProgramName.accuracy] { losses.append(.init("accuracy", accuracy)) }
    if !record.monitor.isEmpty { losses.append(.init("test", record.monitor.loss)) }
    bar.print(
      EpochLine(
        epoch: record.epoch, of: snapshot.epochs, losses: losses, isBest: isBest,
        imagesPerSecond: Double(images) / max(record.seconds, 1e-9),
        remaining: mean * Double(snapshot.epochs - record.epoch)
      ).description)
    for warning in record.warnings where !warned.contains(warning.kind) {
      bar.print("warning: epoch \(record.epoch): \(warning.message)")
    }
    warned = Set(record.warnings.map(\.kind))
    return .proceed
  }

  func finish() { bar.finish() }
}
