import Bobbin

enum EmbedCommand {
  enum Method: String, CaseIterable, Sendable {
    case pca, tsne, both

    var methods: [CodeMap.Method] {
      switch self {
      case .pca: [.pca]
      case .tsne: [.tsne]
      case .both: [.pca, .tsne]
      }
    }
  }

  enum Of: String, CaseIterable, Sendable {
    case mean, logVariance, sample, all

    var parts: [CodePart] { CodePart(rawValue: rawValue).map { [$0] } ?? CodePart.allCases }
  }

  static let method = Argument.option("method", .word(of: Method.self), "METHOD", default: "pca", "How to map")
  static let of = Argument.option(
    "of", .word(of: Of.self), "WHAT", default: "mean",
    "Which numbers of an image; those of a distribution only for variational autoencoders")
  static let perplexity = Argument.option(
    "perplexity", Schema<Double>.number, "X",
    "About how many neighbours count for t-SNE (default: 30, or a third of the images where they are few)")
  static let seed = Argument.option("seed", .integer(0...), "N", default: "0", "Of t-SNE and of sampled codes")
  static let count = Argument.option(
    "count", Schema<Int>.integer(1...), "N", "Only N images, taken at even distances (default: all)")
  static let out = Argument.option(
    "out", Schema<String>.text, "DIR", completion: .folders, "Where the files go (default: figures in the run)")

  static let command = Command(
    "embed", .explore, "Draw a map of the codes of images, and say how far to trust it",
    details: """
      Writes for every map a picture, map-METHOD.png and .svg with points coloured by class, and map-METHOD.csv with the places; for \
      other numbers than the mean code map-METHOD-WHAT. Several maps also go side by side into maps.png and .svg. Prints the share of \
      the variance that principal components keep, or the divergence that t-SNE came to; trustworthiness, and the share of ten \
      neighbours that are neighbours on the map too; and for the map and for the codes themselves the accuracy of a vote of \
      ten neighbours, and the silhouette of the classes. For few images fewer neighbours count. Ctrl-C ends t-SNE without a map.
      """,
    arguments: [
      Common.run, method, of, Common.part, perplexity, seed, count, out, Common.checkpoint, Common.json, Common.threads,
      Common.device, Common.data,
    ],
    examples: [
      .init("bobbin embed runs/latest", "The test images on the plane of their first two principal components"),
      .init("bobbin embed runs/cae-1 --method tsne --perplexity 50 --count 5000", "A map by t-SNE"),
      .init("bobbin embed runs/vae-1 --method both --of all", "Six maps: means, log variances and samples, both ways"),
    ]
  ) { context in
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let images = try context.spread(context.images(of: experiment, in: directory, try context[Common.part]))
    let model = try context.model(for: Shape(of: images.dataset))
    let parts = try context[of].parts
    guard parts == [.mean] || model.session.hasPosterior else {
      throw UsageError(
        "--of \(try context[of].rawValue): the codes of this model are no distributions", command: "embed")
    }
    let folder = try context[out] ?? directory.figures
    try RunDirectory.makeFolder(folder)

    let seed = UInt64(try context[seed])
    var table = MapTable()
    var panels: [[Drawing]] = []
    InterruptSignal.watch()
    defer { InterruptSignal.restore() }
    for part in parts {
      let codes = try model.session.codes(part, of: images, seed: seed)
      var row: [Drawing] = []
      for method in try context[method].methods {
        let map = try context.map(codes, by: method)
        let quality = try MapQuality(of: map, for: codes, labels: images.labels, workers: try context.workers())
        let drawing = map.chart(
          title: "\(method.title) of the \(part.title)",
          subtitle: "\(experiment.recipe.name), \(Format.count(images.count)) "
            + "\(try context[Common.part].rawValue) images of \(experiment.recipe.data.source.name)",
          labels: images.labels, classNames: images.dataset.classNames
        ).drawing()
        let stem = "\(folder)/map-\(method.rawValue)" + (part == .mean ? "" : "-\(part.rawValue)")
        try Figure.write(drawing, to: stem)
        let places = map.csv(indices: images.indices, labels: images.labels)
        try AtomicFile.write(Array(places.utf8), to: stem + ".csv")
        table.append(map, quality, part, codes: codes, file: stem + ".png")
        row.append(drawing)
      }
      panels.append(row)
    }
    if panels.joined().count > 1 { try Figure.write(Panels(rows: panels).drawing(), to: folder + "/maps") }
    try context.print(table.text, asJSON: try context[Common.json])
  }
}

extension Context {
  /// The images of `--count` at even distances.
  fileprivate func spread(_ images: ImageSubset) throws -> ImageSubset {
    try self[EmbedCommand.count].map { try images.spread(to: $0) } ?? images
  }

  /// The threads of `--threads`, for analyses.
  func workers() throws -> Workers { Workers(threads: try self[Common.threads] ?? Workers.cores) }

  /// A map, with t-SNE's progress on the terminal.
  fileprivate func map(_ codes: Codes, by method: CodeMap.Method) throws -> CodeMap {
    let bar = ProgressBar(
      method.title, total: TSNE().phases.reduce(0) { $0 + $1.iterations }, unit: "iterations", on: terminal)
    defer { bar.finish() }
    let perplexity = try self[EmbedCommand.perplexity] ?? CodeMap.usualPerplexity(of: codes.count)
    let (seed, workers) = (try self[EmbedCommand.seed], try workers())
    do throws(AnalysisError) {
      return try CodeMap(codes, by: method, perplexity: perplexity, seed: UInt64(seed), workers: workers) {
        bar.update(completed: $0.iteration, detail: "KL \(Format.fixed($0.divergence, decimals: 3))")
        return InterruptSignal.wasSent ? .cancel : .goOn
      }
    } catch {
      guard error == .cancelled else { throw error }
      note("interrupted: no map was drawn")
      throw ExitCode.interrupted
    }
  }
}

/// What is printed of maps.
private struct MapTable {
  private(set) var text = TextTable([
    .init("method"), .init("of"), .init("images"), .init("dimension", isForPrograms: true),
    .init("explainedVariance", titled: "variance kept"), .init("divergence", titled: "KL"),
    .init("trustworthiness"), .init("preservation", titled: "neighbours kept"),
    .init("mapAccuracy", titled: "kNN on the map"), .init("codeAccuracy", titled: "kNN of codes"),
    .init("mapSilhouette", titled: "silhouette"), .init("codeSilhouette", titled: "of codes"),
    .init("neighbors", isForPrograms: true), .init("file"),
  ])

  mutating func append(_ map: CodeMap, _ quality: MapQuality, _ part: CodePart, codes: Codes, file: String) {
    func cell(_ value: Double?) -> TextTable.Cell { value.map { .number($0, decimals: 3) } ?? .missing }
    let kept = map.explainedVariance.isEmpty ? nil : map.explainedVariance.reduce(0, +)
    text.append([
      .text(map.method.rawValue), .text(part.rawValue), .integer(codes.count), .integer(codes.dimension),
      cell(kept), cell(map.divergence), cell(quality.trustworthiness), cell(quality.preservation),
      cell(quality.mapAccuracy), cell(quality.codeAccuracy), cell(quality.mapSilhouette),
      cell(quality.codeSilhouette), .integer(quality.neighbors), .text(file),
    ])
  }
}
