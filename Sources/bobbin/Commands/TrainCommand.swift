import Bobbin
import Glibc

enum TrainCommand {
  static let recipe = Argument.positional(
    "RECIPE", .text, "Recipe file; with --resume also the directory of a run")
  static let set = Argument.options(
    "set", Schema<String>.text, "KEY=VALUE", "Change a value of the recipe, such as training.epochs=10")
  static let out = Argument.option(
    "out", Schema<String>.text, "DIR", completion: .folders,
    "Directory of the run (default: runs/NAME-1, runs/NAME-2 …)")
  static let resume = Argument.flag("resume", "Go on with the run at --out, or with the newest run of this recipe")
  static let interval = Argument.option(
    "checkpoint-steps", Schema<Int>.integer(1...), "N", "Write a checkpoint every N steps, not only after every epoch")

  static let command = Command(
    "train", .train, "Train a model from a recipe",
    details: """
      Writes a run directory: the recipe with every default, the split, one line per epoch in history.jsonl, and the \
      checkpoints; at the end the curves, figures/loss.png and .svg. Ctrl-C finishes the step, writes a checkpoint and exits with code 130; --resume goes on from there, or from \
      the last checkpoint after a crash, to the same bits as an uninterrupted run.

      --sweep, or sweep: in the recipe, trains a run for each value of a key, and several sweeps one for each combination; VALUES \
      are 2,4,8, a YAML list, 2..6, 0..1+0.25 (in steps of 0.25) or 2..64*2 (each twice the one before). --seeds trains each \
      with several seeds and the same split. The runs go into one folder, with a table of their losses and what the test images \
      came to, means and standard deviations over the seeds, as table.csv and table.json, every run in runs.csv and \
      runs.json, and curves of the loss over a swept number. Resumed, a sweep goes on with the run that was cut off.
      """,
    arguments: [recipe, set, out, resume, sweep, seeds, folds, interval, Common.threads, Common.device, Common.data],
    examples: [
      .init("bobbin train Recipes/fashion-autoencoders/cae.yaml", "Train the report's autoencoder"),
      .init("bobbin train cae.yaml --set training.epochs=10 --threads 2", "Ten epochs with two threads"),
      .init("bobbin train runs/cae-1 --resume", "Go on with an interrupted run"),
      .init("bobbin train cae.yaml --folds 5", "Five runs that take turns with the validation images, and their mean"),
      .init("bobbin train vae.yaml --sweep model.latent=2..6 --seeds 3", "Code sizes 2 to 6, three runs of each"),
      .init("bobbin train runs/vae-sweep-1 --resume", "Go on with an interrupted sweep"),
    ]
  ) { context in
    if let count = try context[folds] { return try context.trainFolds(count) }
    let path = try context[recipe]
    if SweepFolder.isOne(path) { return try context.resumeSweep(SweepFolder(opening: path)) }
    let experiment = try Experiment(reading: path, overrides: try context[set])
    if let sweep = try context.sweep(of: experiment) { return try context.trainSweep(sweep, of: experiment) }
    let backend = try context.backend()
    let training = try context.dataset(experiment, .training)
    let test = experiment.readsTestFiles ? try context.dataset(experiment, .test) : nil
    let run = try context.trainingRun(experiment, recipe: path, dataset: training, test: test, on: backend)
    let outcome = try context.train(run, on: backend, training: training, test: test)
    try context.report(run.directory, outcome.isNew ? outcome.reason : nil)
  }

  fileprivate static func description(of experiment: Experiment, _ split: Split) -> String {
    let training = experiment.recipe.training
    return
      "\(Format.count(split.training.count)) training and \(Format.count(split.validation.count)) validation images "
      + "of \(experiment.recipe.data.source.name), batch \(training.batch)"
  }
}

extension Context {
  /// Trains a run, with progress on the terminal, to its end or to Ctrl-C.
  ///
  /// - Parameter sweep: the folder of the sweep that it belongs to, which is what goes on after Ctrl-C.
  /// - Returns: why training ended, and whether there was anything left to train.
  func train(
    _ run: TrainingRun, on backend: any Backend, training: ImageDataset, test: ImageDataset?, of sweep: String? = nil
  ) throws -> (reason: StopReason, isNew: Bool) {
    let experiment = run.experiment
    note(
      "\(run.directory.path): \(TrainCommand.description(of: experiment, run.split)), \(TrainingMachine(backend, after: 0).computing)"
    )
    if let kept = try experiment.keptCheckpoints(for: Shape(of: training)), kept.count > 0 {
      note("keeps checkpoints of \(kept.count) epochs: \(Format.bytes(kept.bytes)) when all are trained")
    }

    InterruptSignal.watch()
    defer { InterruptSignal.restore() }
    let progress = ProgressCallback(
      terminal, images: run.split.training.count, epochs: experiment.recipe.training.epochs)
    let reason = try run.train(
      on: backend, training: training, test: test, everySteps: try self[TrainCommand.interval],
      callbacks: [progress, Interruption { InterruptSignal.wasSent }])
    progress.finish()
    if reason == .interrupted {
      note("interrupted; go on with: bobbin train \(sweep ?? run.directory.path) --resume")
      throw ExitCode.interrupted
    }
    drawLosses(of: run.directory)
    if progress.trainedEpochs == 0, sweep == nil {
      let (epochs, path) = (experiment.recipe.training.epochs, run.directory.path)
      let all =
        "all \(epochs) epochs are done; for more: bobbin train \(path) --resume --set training.epochs=\(2 * epochs)"
      note("nothing to do: " + (reason == .completed ? all : "\(reason)"))
    }
    return (reason, progress.trainedEpochs > 0)
  }
}

extension Context {
  /// The run that `--out` and `--resume` ask for.
  fileprivate func trainingRun(
    _ experiment: Experiment, recipe path: String, dataset: ImageDataset, test: ImageDataset?, on backend: any Backend
  ) throws -> TrainingRun {
    let name = experiment.recipe.name
    if try self[TrainCommand.resume] {
      let directory = try resumedDirectory(path, name: name)
      return try TrainingRun(resuming: directory, as: experiment)
    }
    guard PathKind(of: path) != .folder else {
      throw UsageError("\(path) is a run: add --resume to go on with it, or name a recipe file", command: "train")
    }
    return try newRun(experiment, at: try self[TrainCommand.out], dataset: dataset, test: test, on: backend)
  }

  /// A run that begins: in a directory of its own, or the next of its name among the runs.
  func newRun(
    _ experiment: Experiment, at out: String?, dataset: ImageDataset, test: ImageDataset?, on backend: any Backend
  ) throws -> TrainingRun {
    // A model that does not fit and images that are not there are refused before there is a directory.
    let split = try checkedSplit(experiment, of: dataset, on: backend)
    _ = try experiment.picturedImages(dataset, split, test: test)
    let directory =
      if let out { try RunDirectory.make(at: out) } else {
        try RunDirectory.make(in: "runs", name: experiment.recipe.name)
      }
    return try TrainingRun(starting: experiment, in: directory, split: split)
  }

  /// The split of a run that could be trained.
  func checkedSplit(_ experiment: Experiment, of dataset: ImageDataset, on backend: any Backend) throws -> Split {
    if experiment.recipe.model is Classifier, dataset.labels == nil { throw TrainingError.noLabels(dataset.name) }
    let split = try experiment.split(of: dataset)
    let session = try experiment.session(for: Shape(of: dataset), on: backend)
    try session.checkBatches(of: split.training.count, batch: experiment.recipe.training.batch)
    return split
  }

  private func resumedDirectory(_ path: String, name: String) throws -> RunDirectory {
    let out = try self[TrainCommand.out]
    if PathKind(of: path) == .folder {
      guard out == nil else {
        throw UsageError("a run goes on where it is: leave --out away, or name a recipe file", command: "train")
      }
      return try RunDirectory(opening: path)
    }
    if let out { return try RunDirectory(opening: out) }
    guard let newest = try RunDirectory.newest(in: "runs", name: name) else {
      throw TrainingError.run(
        "runs", "has no run of \"\(name)\" to resume; name one with --out, or begin one without --resume")
    }
    return newest
  }

  /// A picture that cannot be written is not worth losing a training over.
  private func drawLosses(of directory: RunDirectory) {
    do {
      try RunDirectory.makeFolder(directory.figures)
      try Figure.write(LossCurves.drawing(directory.records()), to: directory.figures + "/loss")
    } catch { note("warning: \(error)") }
  }

  /// What came of a training: the decisive numbers, and where to look.
  ///
  /// - Parameter reason: why training ended, unless that was said.
  fileprivate func report(_ directory: RunDirectory, _ reason: StopReason?) throws {
    let records = try directory.records()
    guard let last = records.last else { return }
    let best = records.filter { !$0.decisiveLoss.isNaN }.min { $0.decisiveLoss < $1.decisiveLoss } ?? last
    let seconds = records.map(\.seconds).reduce(0, +)
    if let reason {
      note("\(reason) after \(Format.duration(seconds)); see how good it is: bobbin evaluate \(directory.path)")
    }
    var table = TextTable([
      .init("run"), .init("epochs"), .init("training.loss", titled: "last training loss"),
      .init("validation.loss", titled: "last validation loss"), .init("bestEpoch", titled: "best epoch"),
    ])
    table.append([
      .text(directory.path), .integer(last.epoch), .number(last.training.loss, decimals: 6),
      last.validation.isEmpty ? .missing : .number(last.validation.loss, decimals: 6), .integer(best.epoch),
    ])
    try print(table, asJSON: false)
  }
}
