import Bobbin

// How near to real images samples come.

extension EvaluateCommand {
  static let distance = Argument.flag(
    "distance", "Also measure how far samples are from real images; of a GAN this is always measured")
  static let sampler = Argument.option(
    "sampler", Schema<CodeSampler>.word(of: CodeSampler.self), "NAME",
    "Where the codes of samples are drawn from, as in generate (default: what suits the model)")
  static let count = Argument.option(
    "count", .integer(2...1_000_000), "N", default: "10000",
    "Samples and real images whose distance is measured; at most half of the training images")
}

/// What was measured of samples, and by what.
struct MeasuredSamples {
  let sampler: CodeSampler
  let quality: SampleQuality
  let accuracy: Double
  let checksum: String

  var values: [EvaluateCommand.Value] {
    let (distance, floor) = (quality.distance, quality.floor)
    return [
      .init("frechet", titled: "Fréchet distance", .number(distance.frechet, decimals: 4)),
      .init("frechetFloor", titled: "  of real images", .number(floor.frechet, decimals: 4)),
      .init("kernel", titled: "kernel distance", .number(distance.kernel, decimals: 6)),
      .init("kernelFloor", titled: "  of real images", .number(floor.kernel, decimals: 6)),
      .init("distanceImages", titled: "images of each kind", .integer(distance.count)),
      .init("sampler", .text(sampler.rawValue)),
      .init("sureShare", titled: "samples of a clear class", .number(quality.sureShare, decimals: 4)),
      .init("classifierAccuracy", titled: "accuracy of the classifier", .number(accuracy, decimals: 4)),
      .init("classifierChecksum", titled: "SHA-256 of its weights", .text(checksum)),
    ]
  }
}

extension EvaluateCommand.Value {
  fileprivate init(_ key: String, _ cell: TextTable.Cell) { self.init(key, titled: key, cell) }
}

extension Context {
  /// The distance of samples of `RUN` from its training images; nil where nobody asks for it.
  func measuredSamples(of model: borrowing TrainedModel) throws -> MeasuredSamples? {
    let recipe = model.experiment.recipe
    let isAsked = try self[EvaluateCommand.distance]
    guard isAsked || recipe.model is GAN else {
      if try self[EvaluateCommand.sampler] != nil {
        throw UsageError("--sampler is of samples: add --distance", command: "evaluate")
      }
      return nil
    }
    let real = try images(of: model.experiment, in: model.directory, .training)
    guard real.dataset.labels != nil else {
      // A GAN of images without labels is evaluated all the same.
      guard !isAsked else { throw TrainingError.noLabels(real.dataset.name) }
      note("the training images have no labels, so that there is no classifier to measure samples by")
      return nil
    }
    let sampler = try self[EvaluateCommand.sampler] ?? .suiting(recipe.model)
    let seed = UInt64(try self[EvaluateCommand.seed])
    let distribution = try sampler.distribution(
      dimension: try model.session.codeLength(), encoded: { try trainingCodes(of: model) }, variance: 0.1)
    let count = min(try self[EvaluateCommand.count], real.count / 2)
    let classifier = try featureClassifier(of: model.experiment)
    let made = try model.session.decode(distribution.sample(count, seed: seed))
    return MeasuredSamples(
      sampler: sampler,
      quality: try classifier.quality(of: made, model.scaling, real: real, seed: seed, workers: try workers()),
      accuracy: classifier.accuracy, checksum: classifier.checksum)
  }

  /// The classifier of a recipe's data set, trained with progress on the terminal unless it is kept already.
  func featureClassifier(of experiment: Experiment) throws -> FeatureClassifier {
    InterruptSignal.watch()
    defer { InterruptSignal.restore() }
    do {
      return try experiment.featureClassifier(
        in: try folders(), on: try backend(),
        callbacks: [ClassifierProgress(terminal), Interruption { InterruptSignal.wasSent }])
    } catch AnalysisError.cancelled {
      throw ExitCode.interrupted
    }
  }
}

/// Shows how far the training of the classifier is.
private final class ClassifierProgress: Callback {
  private let terminal: Terminal
  private var bar: ProgressBar?

  init(_ terminal: Terminal) { self.terminal = terminal }

  func trainingBegins(_ snapshot: TrainingSnapshot) throws(TrainingError) {
    bar = ProgressBar(
      "training the classifier that judges samples", total: snapshot.epochs * snapshot.stepsPerEpoch, unit: "steps",
      on: terminal)
  }

  func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    bar?.update(completed: snapshot.position.step)
    return .proceed
  }

  func trainingEnded(_ reason: StopReason, _ snapshot: TrainingSnapshot) throws(TrainingError) { bar?.finish() }
}
