import Bobbin

extension TrainCommand {
  static let folds = Argument.option(
    "folds", Schema<Int>.integer(2...1000), "K",
    "Train K runs, each with another K-th of the images to judge by, and print their mean")
}

extension Context {
  /// Trains every fold in a run of its own, and prints what came of them with mean and standard deviation.
  ///
  /// A fold's recipe says which it is, so that its run can be resumed like any other.
  func trainFolds(_ count: Int) throws {
    let path = try self[TrainCommand.recipe]
    guard PathKind(of: path) != .folder, !(try self[TrainCommand.resume]) else {
      throw UsageError("--folds begins new runs of a recipe file; go on with one fold by its own directory")
    }
    let experiments = try (1...count).map { fold in
      try Experiment(
        reading: path,
        overrides: try self[TrainCommand.set] + [
          "data.split.validation=0", "data.split.folds=\(count)", "data.split.fold=\(fold)",
        ])
    }
    let backend = try backend()
    let training = try dataset(experiments[0], .training)
    let test = experiments[0].readsTestFiles ? try dataset(experiments[0], .test) : nil
    let base = try self[TrainCommand.out]
    var results: [FoldResult] = []
    for (index, experiment) in experiments.enumerated() {
      let out = base.map { "\($0)/fold-\(index + 1)" }
      let run = try newRun(experiment, at: out, dataset: training, test: test, on: backend)
      note("fold \(index + 1) of \(count)")
      _ = try train(run, on: backend, training: training, test: test)
      results.append(try FoldResult(run))
    }
    try print(FoldResult.table(of: results), asJSON: false)
  }
}

/// What came of one fold: the numbers of the epoch whose weights stand for the run.
private struct FoldResult {
  let run: String
  let epoch: Int
  let training: Double
  let validation: Double

  init(_ run: TrainingRun) throws {
    let records = try run.directory.records()
    let best = records.filter { !$0.decisiveLoss.isNaN }.min { $0.decisiveLoss < $1.decisiveLoss }
    let chosen = run.experiment.finalCheckpoint == .best ? best : records.last
    self.run = run.directory.path
    epoch = chosen?.epoch ?? 0
    training = chosen?.training.loss ?? .nan
    validation = chosen?.validation.loss ?? .nan
  }

  static func table(of results: [FoldResult]) -> TextTable {
    var table = TextTable([
      .init("run"), .init("epoch"), .init("training.loss", titled: "training loss"),
      .init("validation.loss", titled: "validation loss"),
    ])
    for result in results {
      table.append([
        .text(result.run), .integer(result.epoch), .number(result.training, decimals: 6),
        .number(result.validation, decimals: 6),
      ])
    }
    let (training, validation) = (results.map(\.training), results.map(\.validation))
    for (name, summary) in [("mean", mean), ("standard deviation", standardDeviation)] {
      table.append([
        .text(name), .missing, .number(summary(training), decimals: 6), .number(summary(validation), decimals: 6),
      ])
    }
    return table
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// Of a sample: divided by one less than there are.
  private static func standardDeviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }
}
