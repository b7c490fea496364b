import Bobbin

enum RobustnessCommand {
  static let runs = Argument.positionals("RUN", Schema<String>.text, completion: .folders, "Directories of runs")
  static let noises = Argument.options(
    "noise", Schema<String>.text, "SPEC",
    "A noise to test with, as behind corruption: in a recipe, or none (default: none, and what the runs trained with)")
  static let family = Argument.option(
    "family", Schema<NoiseFamily>.word(of: NoiseFamily.self), "NAME",
    "Instead: one kind of noise at several --levels: gaussian (the level is its standard deviation), gaussianMeanVariance "
      + "(its mean and its variance), saltAndPepper or masking (the share of pixels)")
  static let levels = Argument.option(
    "levels", Schema<String>.text, "X,Y,…", "Levels of --family in the recipes' pixel scale (default: 0,0.1,0.2 … 1)")
  static let clamp = Argument.flag("clamp", "Clamp what --family corrupts into the range of pixels")
  static let count = Argument.option(
    "count", Schema<Int>.integer(1...), "N", "Only N images, taken at even distances (default: all)")
  static let out = Argument.option(
    "out", Schema<String>.text, "STEM", completion: .files,
    "Where STEM.png, .svg and .csv go (default: figures/robustness, or figures/levels, in the first run)")

  static let command = Command(
    "robustness", .explore, "Measure how models clean images of noises that others trained with",
    details: """
      Every run meets every noise, on the same images and with the same random numbers for all, so that errors can be \
      compared. Prints mean squared error and structural similarity of pixels from 0 to 1 and the peak signal-to-noise ratio, \
      of the output compared with the clean image and with the corrupted one, and `before`, how far the corrupted image is from the clean one. \
      Draws models against noises as shaded tables; with --family the error over the level, and the exponential a·exp(b·x) with \
      the least squared residuals, whose R² is printed beside that of a straight line. Numbers also go into a CSV file.
      """,
    arguments: [
      runs, noises, family, levels, clamp, Common.part, count, out, Common.json, Common.threads, Common.device,
      Common.data,
    ],
    examples: [
      .init(
        "bobbin robustness runs/denoiser-both-1 runs/denoiser-gaussian-1 runs/cae-1",
        "Each with the noises of all, and without"),
      .init(
        "bobbin robustness runs/cae-1 --family gaussianMeanVariance --levels 0,0.25,0.5,0.75,1",
        "Error against the level of noise"),
    ]
  ) { context in
    let runs = try context.noisyRuns()
    let images = try context.imagesForAll(runs)
    let backend = try context.backend()
    let named = runs.map { (name: $0.title, path: $0.directory.path) }
    let stem = try context[out] ?? runs[0].directory.figures + "/" + (context[family] == nil ? "robustness" : "levels")
    if try context[out] == nil { try RunDirectory.makeFolder(runs[0].directory.figures) }
    let subtitle =
      "\(Format.count(images.count)) \(try context[Common.part].rawValue) images of "
      + "\(runs[0].experiment.recipe.data.source.name), the same noise for all models"

    let drawing: Drawing
    let table: TextTable
    var fits: TextTable?
    if let family = try context[family] {
      let levels = try context.noiseLevels()
      let scaling = runs[0].experiment.recipe.data.scaling
      let curve = try context.measuring(runs.count * levels.count) { progress in
        try NoiseCurve(
          of: named, family: family, levels: levels, clamping: try context[clamp] ? scaling.low...scaling.high : nil,
          images, on: backend, progress: progress)
      }
      drawing = Panels(
        rows: try DenoisingMatrix.Target.allCases.map { [try curve.chart(against: $0, subtitle: subtitle).drawing()] }
      ).drawing()
      table = RobustnessTable.rows(of: curve.matrix, noise: "level")
      if levels.count > 2 { fits = try RobustnessTable.fits(of: curve) }
    } else {
      guard try context[levels] == nil, try !context[clamp] else {
        throw UsageError("--levels and --clamp are of a kind of noise: add --family", command: "robustness")
      }
      let noises = try context.noises(of: runs)
      let matrix = try context.measuring(runs.count * noises.count) { progress in
        try DenoisingMatrix(of: named, against: noises, images, on: backend, progress: progress)
      }
      drawing = matrix.drawing(subtitle: subtitle)
      table = RobustnessTable.rows(of: matrix, noise: "noise")
    }
    try Figure.write(drawing, to: stem)
    try AtomicFile.write(Array(table.csv.utf8), to: stem + ".csv")
    let isJSON = try context[Common.json]
    try context.print(table, asJSON: isJSON)
    if let fits {
      if !isJSON { try context.print("") }
      try context.print(fits, asJSON: isJSON)
    }
    for ending in ["png", "svg", "csv"] { context.note("\(stem).\(ending)") }
  }
}

/// A run of the command line.
private struct NoisyRun {
  let directory: RunDirectory
  let experiment: Experiment
  /// The name of its recipe; of its directory where several have that.
  var title: String
}

extension Context {
  fileprivate func noisyRuns() throws -> [NoisyRun] {
    var runs = try self[RobustnessCommand.runs].map { path in
      let experiment = try Experiment(reading: path)
      return NoisyRun(directory: try RunDirectory(opening: path), experiment: experiment, title: experiment.recipe.name)
    }
    for index in runs.indices where runs.count(where: { $0.experiment.recipe.name == runs[index].title }) > 1 {
      runs[index].title = runs[index].directory.path
    }
    return runs
  }

  /// The images of `--part`, which must be the same for every run.
  fileprivate func imagesForAll(_ runs: [NoisyRun]) throws -> ImageSubset {
    let part = try self[Common.part]
    let data = runs[0].experiment.recipe.data
    for run in runs.dropFirst() {
      let other = run.experiment.recipe.data
      let sharesSplit = try Split(contentsOf: run.directory.split) == Split(contentsOf: runs[0].directory.split)
      guard other.source == data.source, other.size == data.size,
        part == .test && data.split.test.isNone || sharesSplit
      else {
        throw TrainingError.run(
          run.directory.path, "looks at other \(part.rawValue) images than \(runs[0].directory.path)")
      }
    }
    let images = try images(of: runs[0].experiment, in: runs[0].directory, part)
    return try self[RobustnessCommand.count].map { try images.spread(to: $0) } ?? images
  }

  /// Those of `--noise`, or none and all that the runs trained with.
  fileprivate func noises(of runs: [NoisyRun]) throws -> [NamedNoise] {
    let given = try self[RobustnessCommand.noises]
    guard given.isEmpty else {
      return try given.map { text in
        do { return NamedNoise(text == "none" ? nil : try SessionCorruption(parsing: text, at: "--noise")) } catch {
          throw UsageError("\(error)", command: "robustness")
        }
      }
    }
    var noises = [NamedNoise.none]
    for noise in runs.compactMap(\.experiment.recipe.corruption).map({ NamedNoise($0) }) where !noises.contains(noise) {
      noises.append(noise)
    }
    guard noises.count > 1 else {
      throw UsageError("no run trained with noise: say with --noise how to corrupt images", command: "robustness")
    }
    return noises
  }

  fileprivate func noiseLevels() throws -> [Double] {
    guard try self[RobustnessCommand.noises].isEmpty else {
      throw UsageError("--noise and --family exclude each other", command: "robustness")
    }
    guard let text = try self[RobustnessCommand.levels] else { return (0...10).map { Double($0) / 10 } }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let level = Double(String(part.filter { $0 != " " })), level.isFinite else {
        throw UsageError("--levels \(text): \"\(part)\" is no number", command: "robustness")
      }
      return level
    }
  }

  /// Measures with progress on the terminal, until Ctrl-C.
  fileprivate func measuring<Result>(_ cells: Int, _ body: ((Int) -> Bool) throws -> Result) throws -> Result {
    InterruptSignal.watch()
    defer { InterruptSignal.restore() }
    let bar = ProgressBar("robustness", total: cells, unit: "evaluations", on: terminal)
    defer { bar.finish() }
    do {
      return try body {
        bar.update(completed: $0)
        return !InterruptSignal.wasSent
      }
    } catch AnalysisError.cancelled {
      throw ExitCode.interrupted
    }
  }
}

/// What is printed.
private enum RobustnessTable {
  static func rows(of matrix: DenoisingMatrix, noise title: String) -> TextTable {
    var table = TextTable([
      .init("model"), .init(title), .init("images", isForPrograms: true), .init("mse"),
      .init("psnr", titled: "psnr (dB)"),
      .init("ssim"), .init("mseBefore", titled: "mse before"), .init("psnrBefore", titled: "psnr before (dB)"),
      .init("ssimBefore", titled: "ssim before"), .init("mseAgainstCorrupted", titled: "mse against corrupted"),
      .init("psnrAgainstCorrupted", titled: "psnr against corrupted (dB)"),
      .init("ssimAgainstCorrupted", titled: "ssim against corrupted"),
    ])
    for (model, name) in matrix.models.enumerated() {
      for (index, noise) in matrix.noises.enumerated() {
        let cell = matrix[model, index]
        table.append(
          [.text(name), .init(yaml: noise.name), .integer(matrix.count)] + cells(cell.clean.summary)
            + cells(matrix.before[index]?.summary)
            + cells(matrix.before[index] == nil ? nil : cell.corrupted.summary))
      }
    }
    return table
  }

  private static func cells(_ summary: ReconstructionErrors.Summary?) -> [TextTable.Cell] {
    guard let summary else { return [.missing, .missing, .missing] }
    return [
      .number(summary.meanSquared, decimals: 6), .number(summary.signalToNoise, decimals: 2),
      summary.similarity.map { .number($0, decimals: 4) } ?? .missing,
    ]
  }

  static func fits(of curve: NoiseCurve) throws -> TextTable {
    var table = TextTable([
      .init("model"), .init("target"), .init("a"), .init("b"), .init("r2", titled: "R² of a·exp(b·x)"),
      .init("r2Line", titled: "R² of a line"),
    ])
    for (model, name) in curve.matrix.models.enumerated() {
      for target in DenoisingMatrix.Target.allCases {
        let fit = try curve.fit(.exponential, model: model, against: target)
        table.append([
          .text(name), .text(target.rawValue), .number(fit.a, decimals: 6), .number(fit.b, decimals: 4),
          .number(fit.determination, decimals: 4),
          .number(try curve.fit(.line, model: model, against: target).determination, decimals: 4),
        ])
      }
    }
    return table
  }
}
