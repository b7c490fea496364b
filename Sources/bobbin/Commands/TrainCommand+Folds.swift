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
    guard try sweep(of: experiments[0]) == nil else {
      throw UsageError("--folds and a sweep both say which runs there are: leave one away", command: "train")
    }
    let backend = try backend()
    let training = try dataset(experiments[0], .training)
    let test = experiments[0].readsTestFiles ? try dataset(experiments[0], .test) : nil
    let base = try self[TrainCommand.out]
    var results: [RunResult] = []
    for (index, experiment) in experiments.enumerated() {
      let out = base.map { "\($0)/fold-\(index + 1)" }
      let run = try newRun(experiment, at: out, dataset: training, test: test, on: backend)
      note("fold \(index + 1) of \(count)")
      _ = try train(run, on: backend, training: training, test: test)
      results.append(try RunResult(run.directory, of: run.experiment))
    }
    try print(RunResult.table(of: results), asJSON: false)
  }
}

extension RunResult {
  fileprivate static func table(of folds: [RunResult]) -> TextTable {
    var table = TextTable([
      .init("run"), .init("epoch"), .init("training.loss", titled: "training loss"),
      .init("validation.loss", titled: "validation loss"),
    ])
    for result in folds {
      table.append([
        .text(result.run), .integer(result.epoch), .number(result.training, decimals: 6),
        .number(result.validation, decimals: 6),
      ])
    }
    let (training, validation) = (folds.map(\.training), folds.map(\.validation))
    for (name, summary) in [("mean", Sample.mean), ("standard deviation", Sample.standardDeviation)] {
      table.append([
        .text(name), .missing, .number(summary(training), decimals: 6), .number(summary(validation), decimals: 6),
      ])
    }
    return table
  }
}
