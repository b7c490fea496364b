import Bobbin

// What evaluate says beyond the model's own metrics.

extension EvaluateCommand {
  static let samples = Argument.option(
    "samples", Schema<Int>.integer(1...100_000), "K",
    "Estimate the likelihood under a variational autoencoder with K draws per image")
  static let seed = Argument.option(
    "seed", .integer(0...), "N", default: "0", "Of the draws of --samples, and of samples")
  static let figures = Argument.flag(
    "figures", "Draw the best and worst images, the confusion of classes, and KL per dimension into figures in the run")

  /// A number with its name.
  struct Value {
    let column: TextTable.Column
    let cell: TextTable.Cell

    init(_ key: String, titled title: String, _ cell: TextTable.Cell) {
      (column, self.cell) = (.init(key, titled: title), cell)
    }

    /// For programs.
    var number: (String, Double)? {
      switch cell {
      case .integer(let value): (column.key, Double(value))
      case .number(let value, _): (column.key, value)
      case .text, .missing: nil
      }
    }
  }

  /// The single numbers of an evaluation that the model itself does not report.
  static func columns(of evaluation: Evaluation) -> [Value] {
    var values: [Value] = []
    func add(_ key: String, _ title: String, _ value: Double?, decimals: Int = 6) {
      guard let value else { return }
      values.append(Value(key, titled: title, .number(value, decimals: decimals)))
    }
    if let errors = evaluation.reconstruction?.summary {
      add("mse01", "mse, pixels 0 to 1", errors.meanSquared)
      add("mse255", "mse, pixels 0 to 255", errors.meanSquaredOfBytes, decimals: 2)
      add("mae01", "mae, pixels 0 to 1", errors.meanAbsolute)
      add("ssim", "ssim", errors.similarity, decimals: 4)
    }
    add("negativeElbo", "-ELBO (nats)", evaluation.negativeELBO, decimals: 3)
    if let likelihood = evaluation.likelihood {
      add("nll", "-log p, \(Format.count(likelihood.samples)) samples (nats)", likelihood.mean, decimals: 3)
      add("nllStandardError", "its standard error", likelihood.standardError, decimals: 3)
    }
    if let posterior = evaluation.posterior {
      values.append(Value("activeUnits", titled: "active units", .integer(posterior.activeUnits)))
    }
    add("codeDeviation", "spread of codes", evaluation.spread?.deviation, decimals: 4)
    add("codeArea", "area of their ellipse, 2 sigma", evaluation.spread?.area, decimals: 3)
    add("macroF1", "macro F1", evaluation.confusion?.macroF1, decimals: 4)
    return values
  }

  /// What the training of a classifier took; nothing of other models.
  static func training(of model: borrowing TrainedModel, _ images: ImageSubset) throws -> [Value] {
    guard let classifier = model.experiment.recipe.model as? Classifier else { return [] }
    let summary = try classifier.summary(for: Shape(of: images.dataset))
    let seconds = try model.directory.records().map(\.seconds).reduce(0, +)
    return [
      Value("trainedParameters", titled: "parameters that train", .integer(summary.trainedParameters)),
      Value("trainingSeconds", titled: "seconds of training", .number(seconds, decimals: 1)),
    ]
  }

  /// A row for every class that has images; nil where there is nothing to say of classes.
  static func classTable(_ evaluation: Evaluation, _ images: ImageSubset) -> TextTable? {
    guard let labels = images.labels else { return nil }
    let names = images.dataset.classNames
    func cell(_ value: Double?, _ decimals: Int) -> TextTable.Cell {
      value.map { .number($0, decimals: decimals) } ?? .missing
    }
    if let confusion = evaluation.confusion {
      var table = TextTable([.init("class"), .init("images"), .init("precision"), .init("recall"), .init("F1")])
      for (label, score) in confusion.scores.enumerated() {
        table.append([
          .text(names.indices.contains(label) ? names[label] : "\(label)"), .integer(score.support),
          cell(score.precision, 4), cell(score.recall, 4), cell(score.f1, 4),
        ])
      }
      return table
    }
    guard let errors = evaluation.reconstruction else { return nil }
    var table = TextTable([
      .init("class"), .init("images"), .init("mse, pixels 0 to 1"), .init("psnr (dB)"), .init("ssim"),
    ])
    for (name, summary) in zip(names, errors.summaries(labels: labels, classCount: names.count)) {
      guard let summary else { continue }
      table.append([
        .text(name), .integer(summary.count), cell(summary.meanSquared, 6), cell(summary.signalToNoise, 2),
        cell(summary.similarity, 4),
      ])
    }
    return table
  }

  /// The images that come out best and worst: `best: 12, 7 …`.
  static func extremes(_ evaluation: Evaluation, _ images: ImageSubset, count: Int = 5) -> [String] {
    guard let order = evaluation.reconstruction?.order, order.count > 1 else { return [] }
    func list(_ places: some Sequence<Int>) -> String {
      places.map { "\(images.indices[$0])" }.joined(separator: ", ")
    }
    return [
      "best images: \(list(order.prefix(count)))", "worst images: \(list(order.suffix(count).reversed()))",
    ]
  }
}

extension Context {
  /// The likelihood that `--samples` asks for.
  func likelihood(
    of images: ImageSubset, under model: borrowing TrainedModel, _ scaling: PixelScaling
  ) throws -> LikelihoodEstimate? {
    guard let samples = try self[EvaluateCommand.samples] else { return nil }
    guard let vae = model.experiment.recipe.model as? VAE, vae.likelihood != .meanSquaredError else {
      throw UsageError(
        "--samples: only a variational autoencoder with a likelihood says how likely images are", command: "evaluate")
    }
    InterruptSignal.watch()
    defer { InterruptSignal.restore() }
    let bar = ProgressBar("likelihood", total: images.count, unit: "images", on: terminal)
    defer { bar.finish() }
    let estimate = try LikelihoodEstimate(
      of: images, under: model.session, likelihood: vae.likelihood, scaling, samples: samples,
      seed: UInt64(try self[EvaluateCommand.seed])
    ) {
      bar.update(completed: $0)
      return !InterruptSignal.wasSent
    }
    guard let estimate else { throw ExitCode.interrupted }
    return estimate
  }

  /// Draws what `--figures` asks for; prints the paths as notes.
  func drawFigures(
    of evaluation: Evaluation, _ images: ImageSubset, under model: borrowing TrainedModel, _ scaling: PixelScaling
  ) throws {
    let folder = model.directory.figures
    try RunDirectory.makeFolder(folder)
    func write(_ drawing: Drawing, _ name: String) throws {
      try Figure.write(drawing, to: "\(folder)/\(name)")
      note("\(folder)/\(name).png, .svg")
    }
    let subtitle = "\(model.experiment.recipe.name), \(try self[Common.part].rawValue) images"
    if let confusion = evaluation.confusion {
      try write(confusion.heatmap(subtitle: subtitle, classNames: images.dataset.classNames).drawing(), "confusion")
    }
    if let posterior = evaluation.posterior { try write(posterior.chart(subtitle: subtitle).drawing(), "kl") }
    if let errors = evaluation.reconstruction {
      let sheet = try ReconstructionSheet.extremes(errors, images, under: model.session, scaling, subtitle: subtitle)
      try write(sheet.drawing(), "extremes")
    }
  }
}
