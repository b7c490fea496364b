import Bobbin

enum AnomaliesCommand {
  static let normal = Argument.option(
    "normal", Schema<String>.text, "CLASS", "The class that is normal: measures how well errors tell the others (AUROC)"
  )
  static let top = Argument.option("top", .integer(1...1000), "N", default: "20", "How many of the worst are drawn")
  static let quantile = Argument.option(
    "quantile", .number(0...1), "Q", default: "0.95", "The share of the training images below the suggested threshold")
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE", completion: .files,
    "Picture (.png); the table goes beside it (default: figures/anomalies.png in the run)")

  static let command = Command(
    "anomalies", .explore, "Find the images that the model reconstructs worst",
    details: """
      Writes a PNG of the worst images, each above its reconstruction and a map of where that is off, and beside it a CSV file with a \
      row per image: index, file and label, if there are any, the mean squared error in the recipe's pixel scale, and whether it \
      is above the threshold; the largest errors first. Prints both paths and a summary. Train on normal images only: \
      what the model has not learnt comes back badly.
      """,
    arguments: [
      Common.run, Common.part, Common.images, normal, top, quantile, out, Common.checkpoint, Common.json,
      Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin anomalies runs/latest --top 10", "The ten test images that come back worst"),
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
    func errors(_ images: ImageSubset) throws -> [Double] {
      model.session.meanSquaredErrors(try model.session.reconstruct(images), images)
    }
    let ranking = try AnomalyRanking(
      errors(images), known: errors(training), quantile: try context[quantile])
    let area = try normal.map { try ranking.area(normal: $0) }

    let worst = Array(ranking.order.prefix(try context[top]))
    let shown = try images.dataset.subset(worst.map { images.indices[$0] })
    let sheet = try AnomalySheet.drawing(
      shown, try model.session.reconstruct(shown), errors: worst.map { ranking.errors[$0] }, scaling: model.scaling,
      title: "Worst reconstructions of \(experiment.recipe.name)",
      subtitle: "\(try context.chosenWords(of: experiment)): index and mean squared error, "
        + "threshold \(Format.significant(ranking.threshold, digits: 3))")
    if try context[out] == nil { try RunDirectory.makeFolder(directory.figures) }
    let picture = try context[out] ?? directory.figures + "/anomalies.png"
    let list = picture.dropLast(".png".count) + ".csv"
    try AtomicFile.write(Array(table(ranking, images).csv.utf8), to: String(list))
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

  private static func table(_ ranking: AnomalyRanking, _ images: ImageSubset) -> TextTable {
    let place = PlacedImages(images)
    var table = TextTable(place.columns + [.init("mse"), .init("suspicious")])
    for position in ranking.order {
      let error = ranking.errors[position]
      table.append(
        place.cells(position) + [.number(error, decimals: 6), .integer(error > ranking.threshold ? 1 : 0)])
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
