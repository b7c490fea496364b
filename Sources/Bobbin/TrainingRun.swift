import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinModels
import BobbinRecipes
import BobbinTraining

/// A training session that leaves a run directory behind, and can go on after any interruption.
///
/// Resumed from its last checkpoint, it ends with the same bits in every file as if nothing had happened, wall-clock fields
/// apart.
public struct TrainingRun {
  public let experiment: Experiment
  public let directory: RunDirectory
  public let split: Split
  private let isResumed: Bool

  /// Begins a run: writes its recipe and its split.
  public init(
    starting experiment: Experiment, in directory: RunDirectory, split: Split
  ) throws {
    // One that was killed while it began may have left a part of a file here.
    directory.removeLeftovers()
    // The recipe comes last: a directory that has one is a whole run.
    try split.write(to: directory.split)
    if experiment.beginsPretrained { try Self.keepPretrained(experiment, in: directory) }
    try AtomicFile.write(Array(experiment.resolved.yaml.utf8), to: directory.recipe)
    self.experiment = experiment
    self.directory = directory
    self.split = split
    isResumed = false
  }

  /// Copies the weights that training begins with, so that the run needs no other.
  private static func keepPretrained(_ experiment: Experiment, in directory: RunDirectory) throws {
    guard let file = experiment.pretrained?.file else {
      throw TrainingError.run(
        directory.path,
        "its recipe was written by training, and the weights that its encoder began with are not at hand: "
          + "write from: RUN in place of layers and origin")
    }
    let encoder = try Checkpoint(contentsOf: file).network(Experiment.pretrainedNetwork)
    try encoder.write(to: directory.pretrained)
  }

  /// Goes on with a run.
  ///
  /// - Parameter experiment: must say what the run's own recipe says, but for the number of epochs.
  public init(resuming directory: RunDirectory, as experiment: Experiment) throws {
    let own = try Experiment(reading: directory.path)
    if let difference = own.resolved.firstDifference(from: experiment.resolved, ignoring: ["training.epochs"]) {
      throw TrainingError.run(
        directory.path, "was trained from another recipe: \(difference); start a new run, or undo the change")
    }
    let done = try directory.records().count
    guard done <= experiment.recipe.training.epochs else {
      throw TrainingError.run(
        directory.path, "has \(done) epochs already, more than training.epochs=\(experiment.recipe.training.epochs)")
    }
    let split = try Split(contentsOf: directory.split)
    guard try experiment.recipe.data.split.agrees(with: split) else {
      throw TrainingError.run(
        directory.split,
        "is not the split that recipe.yaml speaks of; undo the change of the recipe, or start a new run")
    }
    self.experiment = experiment
    self.directory = directory
    self.split = split
    isResumed = true
  }

  /// Trains to the end, or until a callback stops it.
  ///
  /// - Parameters:
  ///   - test: the test images where they are files of their own; those that the split cuts off are in `training`.
  ///   - interval: steps between checkpoints within an epoch; none when `nil`.
  ///   - extra: beside the callbacks of the recipe.
  public func train(
    on backend: any Backend, training: ImageDataset, test: ImageDataset?, everySteps interval: Int? = nil,
    callbacks extra: [any Callback] = []
  ) throws -> StopReason {
    // Nobody else may write here meanwhile.
    let lock = try RunLock(directory)
    defer { withExtendedLifetime(lock) {} }
    let parts = try training.divided(by: split)
    if PathKind(of: directory.images) == .nothing { try ImageForm(of: training).write(to: directory) }
    var session = try experiment.session(for: Shape(of: training), on: backend)
    if experiment.beginsPretrained, try directory.savedCheckpoint(.last) == nil {
      try experiment.adopt(directory.pretrained, into: &session)
    }
    let best = isResumed ? try restore(&session) : nil
    let settings = experiment.recipe.training
    let monitored = parts.test.count > 0 ? parts.test : test?.all
    let (list, watched) = experiment.callbacks
    let pictures = try pictures(training, test)
    let recorder = RunRecorder(
      directory, watching: watched, everySteps: interval, keepingEvery: experiment.epochsBetweenKeptCheckpoints,
      recordingSteps: experiment.recordsSteps)
    return try session.fit(
      parts.training, validatingOn: parts.validation.count > 0 ? parts.validation : nil,
      monitoring: settings.monitorsTest ? monitored : nil, epochs: settings.epochs, batch: settings.batch, best: best
    ) {
      MachineRecorder(run: directory, backend: backend)
      recorder
      pictures.map { $0 as any Callback }
      if experiment.writesEvents {
        TensorBoardCallback(directory, pictures: pictures)
      }
      list
      extra
    }
  }

  private func pictures(_ training: ImageDataset, _ test: ImageDataset?) throws -> [EpochPictures] {
    let reconstructions = try experiment.picturedImages(training, split, test: test).map {
      EpochPictures($0.pictures, of: $0.images, in: directory)
    }
    let samples = experiment.recipe.callbacks.compactMap { callback in
      if case .samples(let samples) = callback { EpochPictures(samples, in: directory) } else { nil }
    }
    return samples + reconstructions
  }

  /// Puts the session where the last checkpoint stands, and takes back what was recorded after it.
  ///
  /// - Returns: the best weights so far, if any.
  private func restore(_ session: inout Session) throws -> Checkpoint? {
    let last = try directory.savedCheckpoint(.last)
    let epochs = last?.position.epoch ?? 0
    // A training that was killed in its first epoch may have recorded it before the first checkpoint.
    if last == nil, try directory.records().count > 1 {
      throw TrainingError.run(
        directory.path,
        "has a history but no \(directory.checkpoint(.last)) to go on from: put it back, or start a new run")
    }
    let seed = experiment.recipe.training.seed
    guard last?.seed == nil || last?.seed == seed else {
      throw TrainingError.run(
        directory.path, "was trained with another seed than \(seed); undo the change of its recipe")
    }
    let records = try directory.records(epochs: epochs)
    guard records.count == epochs else {
      throw TrainingError.run(
        directory.history, "has \(records.count) epochs, but the checkpoint stands after \(epochs); start a new run")
    }
    if let last { try session.restore(last, from: directory.checkpoint(.last), history: records) }
    directory.removeLeftovers()
    directory.removeCheckpoints(after: epochs)
    try AtomicFile.write(Array(experiment.resolved.yaml.utf8), to: directory.recipe)
    try directory.truncateHistory(to: records)
    try directory.truncateSteps(to: last?.position.step ?? 0)
    return try directory.savedCheckpoint(.best)
  }
}

extension RunDirectory {
  /// Why there is no such checkpoint.
  fileprivate func missing(_ which: Which) -> TrainingError {
    guard case .epoch(let epoch) = which else {
      return .run(path, "has no checkpoint yet: let it train for an epoch")
    }
    let kept = keptEpochs
    guard !kept.isEmpty else {
      return .run(
        path, "keeps no checkpoint of epoch \(epoch): its recipe has no callbacks: [checkpoints: {every: N}]")
    }
    return .run(
      path, "keeps no checkpoint of epoch \(epoch), only of \(kept.map(String.init).joined(separator: ", "))")
  }

  /// A checkpoint, or nil when there is none yet.
  fileprivate func savedCheckpoint(_ which: Which) throws(TrainingError) -> Checkpoint? {
    guard PathKind(of: checkpoint(which)) != .nothing else { return nil }
    return try Checkpoint(contentsOf: checkpoint(which))
  }
}

/// A run whose model is ready to be used.
public struct TrainedModel: ~Copyable {
  public let experiment: Experiment
  public let directory: RunDirectory
  /// The file that the weights come from.
  public let weights: String
  /// The epoch whose weights these are.
  public let epoch: Int
  public var session: Session

  /// Weights of the run itself, or of any checkpoint of the same network.
  public enum Weights: Hashable, Sendable {
    case ofRun(RunDirectory.Which)
    case file(String)
  }

  /// - Parameters:
  ///   - weights: the recipe decides when `nil`.
  ///   - noise: what is done to images that are evaluated or denoised.
  public init(
    opening path: String, weights: Weights? = nil, for input: Shape, noise: Experiment.Noise = .ofRecipe,
    on backend: any Backend
  ) throws {
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let file: String
    switch weights ?? .ofRun(experiment.finalCheckpoint) {
    case .ofRun(let which):
      file = directory.checkpoint(which)
      guard PathKind(of: file) != .nothing else { throw directory.missing(which) }
    case .file(let name): file = name
    }
    let checkpoint = try Checkpoint(contentsOf: file)
    var session = try experiment.session(for: input, noise: noise, on: backend)
    try session.restore(checkpoint, from: file)
    self.directory = directory
    self.experiment = experiment
    self.weights = file
    epoch = checkpoint.position.epoch
    self.session = session
  }

  /// Of its recipe.
  public var scaling: PixelScaling { experiment.recipe.data.scaling }
}
