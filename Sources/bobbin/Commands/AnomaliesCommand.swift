import Bobbin

enum AnomaliesCommand {
  static let normal = Argument.option(
    "normal", Schema<String>.text, "CLASS", "The class that is normal: measures how well scores tell the others (AUROC)"
  )
  static let score = Argument.option(
    "score", .word(of: AnomalyScore.self), "SCORE", default: "combined", "What says how strange an image is")
  static let top = Argument.option("top", .integer(1...1000), "N", default: "20", "How many of the strangest are drawn")
  static let quantile = Argument.option(
    "quantile", .number(0...1), "Q", default: "0.95", "The share of the training images below the suggested threshold")
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE", completion: .files,
    "Picture (.png); the tables go beside it (default: figures/anomalies.png in the run)")

  static let command = Command(
    "anomalies", .explore, "Find the images that are strange to the model",
    details: """
      Writes a PNG of the strangest images, each above its reconstruction and a map of where that is off, and beside it, as CSV and as JSON, \
      a table with a row per image: index, file and label, if there are any, the score, the mean squared error in the recipe's pixel \
      scale, and whether the score is above the threshold; the highest scores first. Prints paths and a summary.

      Scores: combined is the squared Mahalanobis distance of the code and of the error's logarithm from those of the run's training images; \
      code is that of the code alone; mse is the error alone, of which a model needs to be trained on normal images only: it learns to \
      give back what hides among those.
      """,
    arguments: [
      Common.run, Common.part, Common.images, score, normal, top, quantile, out, Common.checkpoint, Common.json,
      Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin anomalies runs/latest --top 10", "The ten strangest test images"),
      .init("bobbin anomalies runs/bags-1 --images parts/ --json", "Your own images; the summary as JSON"),
      .init("bobbin anomalies runs/bags-1 --normal bag", "How well bags are told from all other classes"),
    ]
  ) { context in
    try Sheet.check(try context[out], [.picture], command: "anomalies")
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let images = try context.chosenImages(of: experiment, in: directory)
    let normal: [Bool]? = try context[normal].map { name in
      guard let labels = images.labels else {
        throw UsageError("--normal \(name): these images have no labels", command: "anomalies")
      }
      let label = try images.dataset.label(ofClass: name, option: "--normal", command: "anomalies")
      return labels.map { $0 == label }
    }
    let training = try context.images(of: experiment, in: directory, .training)
    let model = try context.model(for: Shape(of: images.dataset))
    let score = try context[score]
    let found = try AnomalyScores(score, of: images, knowing: training, model.session)
    let ranking = try AnomalyRanking(found.scores, known: found.known, quantile: try context[quantile])
    let area = try normal.map { try ranking.area(normal: $0) }

    let worst = Array(ranking.order.prefix(try context[top]))
    let shown = try images.dataset.subset(worst.map { images.indices[$0] })
    let sheet = try AnomalySheet.drawing(
      shown, try model.session.reconstruct(shown), scores: worst.map { ranking.scores[$0] }, scaling: model.scaling,
      title: "What is strange to \(experiment.recipe.name)",
      subtitle: "\(try context.chosenWords(of: experiment)): index and score (\(score.rawValue)), "
        + "threshold \(Format.significant(ranking.threshold, digits: 3))")
    if try context[out] == nil { try RunDirectory.makeFolder(directory.figures) }
    let picture = try context[out] ?? directory.figures + "/anomalies.png"
    let list = picture.dropLast(".png".count) + ".csv"
    let table = table(ranking, found.errors, images)
    try AtomicFile.write(Array(table.csv.utf8), to: String(list))
    try AtomicFile.write(Array(table.json.utf8), to: picture.dropLast(".png".count) + ".json")
    try AtomicFile.write(try encodePNG(sheet), to: picture)

    var summary = TextTable([
      .init("file"), .init("table"), .init("images"), .init("threshold"), .init("suspicious", titled: "above it"),
      .init("auroc", titled: "AUROC"),
    ])
    summary.append([
      .text(picture), .text(String(list)), .integer(images.count), .number(ranking.threshold, decimals: 6),
      .integer(ranking.suspicious), area.map { .number($0, decimals: 4) } ?? .missing,
    ])
    try context.print(summary, asJSON: try context[Common.json])
  }

  private static func table(_ ranking: AnomalyRanking, _ errors: [Double], _ images: ImageSubset) -> TextTable {
    let place = PlacedImages(images)
    var table = TextTable(place.columns + [.init("score"), .init("mse"), .init("suspicious")])
    for position in ranking.order {
      let score = ranking.scores[position]
      table.append(
        place.cells(position) + [
          .number(score, decimals: 6), .number(errors[position], decimals: 6),
          .integer(score > ranking.threshold ? 1 : 0),
        ])
    }
    return table
  }
}

/// What tables say of an image before what they found: its index, its file, its class.
struct PlacedImages {
  private let images: ImageSubset
  private let files: [String]
  private let labels: [Int]?

  init(_ images: ImageSubset) {
    (self.images, files, labels) = (images, images.dataset.fileNames, images.labels)
  }

  var columns: [TextTable.Column] {
    [.init("index")] + (files.isEmpty ? [] : [.init("file")]) + (labels == nil ? [] : [.init("label")])
  }

  func cells(_ position: Int) -> [TextTable.Cell] {
    let index = images.indices[position]
    return [.integer(index)] + (files.isEmpty ? [] : [.text(files[index])])
      + (labels.map { [.text(images.dataset.classNames[$0[position]])] } ?? [])
  }
}
