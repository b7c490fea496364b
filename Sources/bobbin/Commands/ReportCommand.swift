import Bobbin

enum ReportCommand {
  static let runs = Argument.positionals("RUN", .text, completion: .folders, "Directories of runs")
  static let out = Argument.option(
    "out", .text, "FILE", default: "report.html", completion: .files, "The file to write")
  static let count = Argument.option(
    "count", .integer(5...1_000_000), "N", default: "2000", "Images on each map, at even distances")
  static let seed = Argument.option("seed", .integer(0...), "N", default: "0", "Of samples and t-SNE")

  static let command = Command(
    "report", .explore, "Write one page about runs: numbers, curves, images, maps, recipes",
    details: """
      The page is one HTML file without scripts that needs no other file: light or dark as the reader's system, and it prints. A table \
      of all runs comes first; then for each run its curves, images above what became of them, samples, maps of codes and \
      confusion of classes, as far as its model has them, of the test images; then its recipe, data and this machine. Prints the path.
      """,
    arguments: [runs, out, count, seed, Common.threads, Common.device, Common.data],
    examples: [
      .init("bobbin report runs/cae-1", "A page about one run"),
      .init("bobbin report runs/cae-1 runs/vae-1 --out comparison.html", "Two runs, compared"),
    ]
  ) { context in
    let file = try context[out]
    guard file.hasSuffix(".html") else {
      throw UsageError("--out \(file): the name must end in .html", command: "report")
    }
    var pages: [RunPage] = []
    let bar = ProgressBar("report", total: try context[runs].count, unit: "runs", on: context.terminal)
    for path in try context[runs] {
      bar.update(completed: pages.count, detail: path)
      pages.append(try context.page(of: path))
    }
    bar.finish()
    var sections = [HTMLReport.Section("Results", [.table(header: RunPage.header, rows: pages.map(\.row))])]
    if pages.count > 1 {
      let curves = LossCurves.comparison(pages.map { ($0.path, $0.records) })
      sections[0].parts.append(
        .figure(
          curves.drawing(),
          caption: "The loss that decides, of every run; losses of different models have different units.",
          command: nil))
    }
    sections += pages.map(\.section) + [try context.environment()]
    let title = pages.count == 1 ? "Run \(pages[0].path)" : "\(pages.count) runs"
    let report = HTMLReport(
      title: title, introduction: "Numbers are of test images unless a caption says otherwise.", sections: sections)
    try AtomicFile.write(Array(try report.html().utf8), to: file)
    try context.print(file)
  }
}

/// What a report says of a run.
private struct RunPage {
  static let header = [
    "run", "model", "parameters", "epochs", "best", "training loss", "validation loss", "mse [0, 1]", "PSNR", "SSIM",
    "accuracy", "active units", "time",
  ]
  let path: String
  let records: [EpochRecord]
  let row: [String]
  let section: HTMLReport.Section
}

extension Context {
  fileprivate func environment() throws -> HTMLReport.Section {
    let backend = try backend()
    let cpu = TrainingMachine(backend, after: 0).computing
    return .init(
      "This machine",
      [
        .paragraph("Where this page was made; what trained a run stands with the run."),
        .table(
          header: ["item", "found"],
          rows: [
            ["bobbin", program.version], ["system", Machine.system], ["processor", Machine.processor],
            ["computing", cpu], ["libraries", Machine.libraries],
          ]),
      ])
  }

  fileprivate func page(of path: String) throws -> RunPage {
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let images = try images(of: experiment, in: directory, .test)
    let model = try TrainedModel(opening: path, for: Shape(of: images.dataset), on: try backend())
    let scaling = experiment.recipe.data.scaling
    let evaluation = try Evaluation(of: model.session, as: experiment.recipe.model, on: images, scaling)
    let records = try directory.records()
    let summary = try experiment.recipe.model.summary(for: Shape(of: images.dataset))
    let words = "\(Format.count(images.count)) test images of \(experiment.recipe.data.source.name)"

    var parts: [HTMLReport.Part] = []
    for chart in LossCurves.charts(records, subtitle: path) {
      parts.append(
        .figure(
          chart.drawing(),
          caption:
            "\(chart.title) by epoch, of \(experiment.recipe.data.source.name); training seed \(experiment.recipe.training.seed), "
            + "split seed \(experiment.recipe.data.split.seed).", command: "bobbin train \(directory.recipe)"))
    }
    parts += try pictures(of: model, images, evaluation, scaling, words)
    parts += try maps(of: model, images, path)
    if let confusion = evaluation.confusion {
      let chart = confusion.heatmap(subtitle: words, classNames: images.dataset.classNames)
      parts.append(
        .figure(
          chart.drawing(), caption: "Counts of \(words), shaded by the share of each true class.",
          command: "bobbin evaluate \(path) --figures"))
    }
    parts.append(
      .figure(
        ArchitectureDiagram(title: "Architecture", input: Shape(of: images.dataset), summary: summary).drawing(),
        caption: "Boxes grow with the logarithm of height and channels.",
        command: "bobbin show \(path) --figure architecture.svg"))
    parts += try trained(directory, records)
    let files = images.dataset.sources.map { [$0.path, $0.contentChecksum] }
    if !files.isEmpty { parts.append(.table(header: ["data", "SHA-256 of the contents"], rows: files)) }
    parts.append(.text(experiment.resolved.yaml, summary: "The recipe, every default filled in"))
    return RunPage(
      path: path, records: records,
      row: row(path, experiment, summary, records, evaluation),
      section: .init(path, parts))
  }

  /// What trained the run, and how long that took.
  private func trained(_ directory: RunDirectory, _ records: [EpochRecord]) throws -> [HTMLReport.Part] {
    let machines = try directory.trainingMachines()
    guard !machines.isEmpty else { return [] }
    let rows = machines.enumerated().compactMap { index, machine -> [String]? in
      let end = index + 1 < machines.count ? machines[index + 1].after : records.count
      let epochs = records.dropFirst(machine.after).prefix(max(0, end - machine.after))
      guard let first = epochs.first, let last = epochs.last else { return nil }
      return [
        "\(first.epoch) to \(last.epoch)", Format.duration(epochs.map(\.seconds).reduce(0, +)), machine.computing,
        machine.processor, machine.system, machine.version,
      ]
    }
    return [
      .table(header: ["epochs trained", "wall time", "computing", "processor", "system", "bobbin"], rows: rows)
    ]
  }

  private func row(
    _ path: String, _ experiment: Experiment, _ summary: NetworkSummary, _ records: [EpochRecord],
    _ evaluation: Evaluation
  ) -> [String] {
    func number(_ value: Double?, _ decimals: Int) -> String {
      value.flatMap { $0.isNaN ? nil : Format.fixed($0, decimals: decimals) } ?? "–"
    }
    let errors = evaluation.reconstruction?.summary
    return [
      path, experiment.recipe.name, Format.count(summary.parameters), "\(records.count)",
      LossCurves.best(records).map { "\($0.epoch)" } ?? "–", number(records.last?.training.loss, 5),
      number(records.last?.validation.loss, 5), number(errors?.meanSquared, 5), number(errors?.signalToNoise, 2),
      number(errors?.similarity, 4), number(evaluation.confusion?.accuracy, 4),
      evaluation.posterior.map { "\($0.activeUnits)" } ?? "–",
      Format.duration(records.map(\.seconds).reduce(0, +)),
    ]
  }
}

extension Context {
  /// Images above what became of them, and samples.
  fileprivate func pictures(
    of model: borrowing TrainedModel, _ images: ImageSubset, _ evaluation: Evaluation, _ scaling: PixelScaling,
    _ words: String
  ) throws -> [HTMLReport.Part] {
    var parts: [HTMLReport.Part] = []
    let path = model.directory.path
    let isDenoiser = model.session.offers(.denoise)
    if isDenoiser || model.session.offers(.reconstruct) {
      let chosen = try images.dataset.subset(Array(images.indices.prefix(10)))
      let (labels, rows) = try ReconstructionSheet.rows(of: chosen, under: model.session, scaling)
      let title = isDenoiser ? "Images, corrupted and denoised" : "Images and reconstructions"
      parts.append(
        .figure(
          ImageSheet(title: title, subtitle: words, rows: rows, rowLabels: labels).drawing(),
          caption: "The first ten of \(words).",
          command: "bobbin \(isDenoiser ? "denoise" : "reconstruct") \(path)"))
    }
    if let errors = evaluation.reconstruction {
      let sheet = try ReconstructionSheet.extremes(errors, images, under: model.session, scaling, subtitle: words)
      parts.append(
        .figure(
          sheet.drawing(),
          caption:
            "Of \(words) those with the least and the greatest squared error: number and error, pixels from 0 to 1.",
          command: "bobbin evaluate \(path) --figures"))
    }
    if let posterior = evaluation.posterior {
      parts.append(
        .figure(
          posterior.chart(subtitle: words).drawing(),
          caption: "Means over \(words). \(posterior.activeUnits) dimensions are active.",
          command: "bobbin evaluate \(path) --figures"))
    }
    if model.experiment.recipe.model.hasNormalPrior {
      let seed = UInt64(try self[ReportCommand.seed])
      let codes = try StandardNormal(dimension: try model.session.codeLength()).sample(40, seed: seed)
      let drawn = try model.bitmaps(of: codes)
      parts.append(
        .figure(
          ImageSheet(
            title: "Samples", subtitle: "codes from N(0, I), seed \(seed)",
            rows: stride(from: 0, to: drawn.count, by: 10).map { Array(drawn[$0..<min($0 + 10, drawn.count)]) }
          ).drawing(), caption: "Decoded draws from the prior, none chosen; seed \(seed).", command: nil))
    }
    return parts
  }

  /// Maps of codes, both ways.
  fileprivate func maps(
    of model: borrowing TrainedModel, _ images: ImageSubset, _ path: String
  ) throws -> [HTMLReport.Part] {
    guard model.session.offers(.encode) else { return [] }
    let (count, seed) = (try self[ReportCommand.count], UInt64(try self[ReportCommand.seed]))
    let images = try images.spread(to: count)
    guard images.count >= CodeMap.fewestCodes else { return [] }
    let codes = try model.session.codes(.mean, of: images, seed: seed)
    // Each has its own least: two dimensions, and three times as many codes as the perplexity.
    let perplexity = CodeMap.usualPerplexity(of: images.count)
    let methods = CodeMap.Method.allCases.filter { $0 == .pca ? codes.dimension > 1 : perplexity > 1 }
    return try methods.map { method in
      let map = try CodeMap(codes, by: method, perplexity: perplexity, seed: seed, workers: try workers())
      let quality = try MapQuality(of: map, for: codes, labels: images.labels, workers: try workers())
      let chart = map.chart(
        title: "\(method.title) of the codes", subtitle: "\(path), \(Format.count(images.count)) test images",
        labels: images.labels, classNames: images.dataset.classNames)
      let accuracy = quality.mapAccuracy.map {
        " A vote of \(quality.neighbors) neighbours finds the class of \(Format.fixed(100 * $0, decimals: 1)) % here, of "
          + "\(Format.fixed(100 * (quality.codeAccuracy ?? .nan), decimals: 1)) % among the codes."
      }
      return .figure(
        chart.drawing(),
        caption: "\(Format.count(images.count)) test images, seed \(seed): trustworthiness "
          + "\(Format.fixed(quality.trustworthiness, decimals: 3)).\(accuracy ?? "")",
        command: "bobbin embed \(path) --method \(method.rawValue) --count \(images.count) --seed \(seed)")
    }
  }
}
