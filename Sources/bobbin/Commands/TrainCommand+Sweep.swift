import Bobbin

extension TrainCommand {
  static let sweep = Argument.options(
    "sweep", Schema<String>.text, "KEY=VALUES", "Train a run for each value of a key of the recipe")
  static let seeds = Argument.option(
    "seeds", Schema<Int>.integer(1...1000), "K", "Train each with K seeds: training.seed and those that follow")
}

extension Context {
  /// The sweep that the command line and the recipe ask for; the command line's keys stand in place of the recipe's.
  func sweep(of experiment: Experiment) throws -> Sweep? {
    let given = try self[TrainCommand.sweep].map { text throws(RecipeError) in try Sweep.Axis(parsing: text) }
    let written = PathKind(of: try self[TrainCommand.recipe]) == .folder ? nil : experiment.recipe.sweep
    let axes = given.isEmpty ? written?.axes ?? [] : given
    let seeds = try self[TrainCommand.seeds] ?? written?.seeds
    guard !axes.isEmpty || seeds != nil else { return nil }
    do { return try Sweep(axes: axes, seeds: seeds) } catch { throw UsageError("\(error)", command: "train") }
  }

  /// Trains every run of a sweep that begins, or goes on with one.
  ///
  /// - Parameter base: the recipe without what runs have of their own.
  func trainSweep(_ sweep: Sweep, of base: Experiment) throws {
    let path = try self[TrainCommand.recipe]
    guard PathKind(of: path) != .folder else {
      throw UsageError(
        "\(path) is a run: a sweep begins with a recipe file, or goes on by its own folder", command: "train")
    }
    let points = sweep.points(from: base.recipe.training.seed)
    let content = SweepFolder.Content(sweep, points: points, name: base.recipe.name)
    let overrides = try self[TrainCommand.set]
    let experiments = try zip(points, content.runs).map { point, run in
      try naming(run, of: content) {
        try Experiment(reading: path, overrides: overrides, swept: point.overrides)
      }
    }
    let backend = try backend()
    if try self[TrainCommand.resume] {
      return try train(try sweepFolder(of: content), experiments, on: backend)
    }
    try train(try begin(content, experiments, on: backend), experiments, on: backend)
  }

  /// Goes on with the sweep in a folder.
  func resumeSweep(_ folder: SweepFolder) throws {
    guard try self[TrainCommand.resume] else {
      throw UsageError(
        "\(folder.path) is a sweep: add --resume to go on with it, or name a recipe file", command: "train")
    }
    guard try self[TrainCommand.sweep].isEmpty, try self[TrainCommand.seeds] == nil, try self[TrainCommand.out] == nil
    else {
      throw UsageError(
        "a sweep goes on where it is, as it began: leave --sweep, --seeds and --out away", command: "train")
    }
    let overrides = try self[TrainCommand.set]
    let experiments = try folder.content.runs.map { run in
      try Experiment(reading: folder.run(run), overrides: overrides)
    }
    try train(folder, experiments, on: try backend())
  }

  // MARK: - Folders

  /// Makes the folder and every run in it, once all of them are known to fit.
  private func begin(
    _ content: SweepFolder.Content, _ experiments: [Experiment], on backend: any Backend
  ) throws -> SweepFolder {
    var images = SweepImages()
    var splits: [Split] = []
    for (run, experiment) in zip(content.runs, experiments) {
      try images.load(for: experiment, in: self)
      splits.append(
        try naming(run, of: content) { try checkedSplit(experiment, of: try images.training(), on: backend) })
    }
    let path: String
    if let out = try self[TrainCommand.out] {
      guard !SweepFolder.isOne(out) else {
        throw TrainingError.run(out, "holds a sweep already: choose another folder, or go on with --resume")
      }
      path = out
    } else {
      path = try RunDirectory.makeNumberedFolder(in: "runs", name: Self.folderName(content.name))
    }
    for (index, run) in content.runs.enumerated() {
      let directory = try RunDirectory.make(at: "\(path)/\(run.folder)")
      _ = try TrainingRun(starting: experiments[index], in: directory, split: splits[index])
    }
    return try SweepFolder(writing: content, in: path)
  }

  /// The sweep at `--out`, or the newest of this recipe; its runs must be the same.
  private func sweepFolder(of content: SweepFolder.Content) throws -> SweepFolder {
    let name = Self.folderName(content.name)
    guard
      let path = try self[TrainCommand.out]
        ?? RunDirectory.newestFolder(in: "runs", name: name, holding: SweepFolder.file)
    else {
      throw TrainingError.run("runs", "has no sweep of \"\(content.name)\" to resume; begin one without --resume")
    }
    let folder = try SweepFolder(opening: path)
    guard folder.content == content else {
      throw TrainingError.run(path, "is a sweep of other runs; go on with it by its own folder, or begin a new one")
    }
    return folder
  }

  private static func folderName(_ name: String) -> String { name + "-sweep" }

  /// Says which of the runs a problem is of.
  private func naming<Result>(
    _ run: SweepFolder.Content.Run, of content: SweepFolder.Content, _ body: () throws -> Result
  ) throws -> Result {
    do { return try body() } catch let error where !(error is UsageError) {
      throw SweepProblem(run: content.title(of: run), problem: error)
    }
  }

  // MARK: - Training

  private func train(_ folder: SweepFolder, _ experiments: [Experiment], on backend: any Backend) throws {
    let runs = folder.content.runs
    var images = SweepImages()
    var results = SweepResults(folder.content)
    for (index, (run, experiment)) in zip(runs, experiments).enumerated() {
      if InterruptSignal.wasSent {
        note("interrupted; go on with: bobbin train \(folder.path) --resume")
        throw ExitCode.interrupted
      }
      note("run \(index + 1) of \(runs.count): \(folder.content.title(of: run))")
      try images.load(for: experiment, in: self)
      let training = try images.training()
      let directory = try RunDirectory(opening: folder.run(run))
      let trained = try TrainingRun(resuming: directory, as: experiment)
      let outcome = try train(
        trained, on: backend, training: training, test: experiment.readsTestFiles ? images.test : nil,
        of: folder.path)
      if !outcome.isNew { note("it was finished already") }
      let measured = try images.testImages(by: trained.split, of: experiment).map { images in
        let model = try TrainedModel(opening: directory.path, for: Shape(of: training), on: backend)
        return try EvaluateCommand.values(of: model.session, on: images, experiment.recipe.data.scaling)
      }
      results.append(run, try RunResult(directory, of: experiment), measured ?? [])
      try results.write(in: folder.path)
    }
    try print(results.table, asJSON: false)
    if let chart = results.chart {
      try chart.write(to: folder.path + "/chart")
      note("table, runs and chart are in \(folder.path)")
    } else {
      note("table and runs are in \(folder.path)")
    }
  }
}

/// What is wrong with one run of a sweep.
private struct SweepProblem: Error, CustomStringConvertible {
  let run: String
  let problem: any Error

  var description: String { "no run has begun, for that with \(run) cannot be: \(problem)" }
}

/// The images of the run that is trained, read again only when another recipe asks for other ones.
private struct SweepImages {
  private var key: YAMLNode?
  private var loaded: ImageDataset?
  /// Test images that are files of their own.
  private(set) var test: ImageDataset?

  mutating func load(for experiment: Experiment, in context: Context) throws {
    let data = experiment.resolved["data"]
    guard loaded == nil || data != key else { return }
    loaded = try context.dataset(experiment, .training)
    test = nil
    if experiment.recipe.data.split.test.isNone {
      do {
        test = try context.dataset(experiment, .test)
      } catch let error as DataError where !experiment.readsTestFiles {
        context.note("the table will be without test images: \(error)")
      }
    }
    key = data
  }

  func training() throws(TrainingError) -> ImageDataset {
    guard let loaded else { throw .noImages("train on") }
    return loaded
  }

  func testImages(by split: Split, of experiment: Experiment) throws -> ImageSubset? {
    if experiment.recipe.data.split.test.isNone { return test?.all }
    return try training().divided(by: split).test
  }
}
