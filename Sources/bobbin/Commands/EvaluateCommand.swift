import Bobbin

enum EvaluateCommand {
  static let command = Command(
    "evaluate", .explore, "Measure a trained model on images that it has not seen",
    details: """
      Prints the model's own loss; for a classifier the accuracy; for every model that reconstructs the mean squared error \
      over all pixels and the peak signal-to-noise ratio that it amounts to. Of a GAN: what both players lose, and the \
      discriminator's mean scores of real and of made images. Numbers are means over images, in the recipe's pixel scale. Where \
      images are corrupted, as the recipe or --noise says, all is of the corrupted images, compared with the clean ones; \
      `before` is how far the corrupted ones are from these, and `against corrupted` compares the output with what went in.
      """,
    arguments: [
      Common.run, Common.part, Common.images, Common.noise, Common.checkpoint, Common.json, Common.threads,
      Common.device,
      Common.data,
    ],
    examples: [
      .init("bobbin evaluate runs/latest", "The newest run, on the test images"),
      .init("bobbin evaluate runs/cae-1 --part validation --json", "As JSON, on the validation images"),
    ]
  ) { context in
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let images = try context.chosenImages(of: experiment, in: directory)
    let noise = try context.noise()
    let model = try context.model(for: Shape(of: images.dataset), noise: noise)
    let scaling = experiment.recipe.data.scaling
    let values = try values(of: model.session, on: images, scaling)
    context.note(
      "\(model.weights) (epoch \(model.epoch)), "
        + "\(Format.count(images.count)) \(try context.chosenWords(of: experiment))")
    if try context[Common.json] {
      // One object: programs look values up by name.
      let part = try context[Common.images] ?? context[Common.part].rawValue
      let columns = ["run", "checkpoint", "epoch", "part", "images"].map { TextTable.Column($0) }
      var record = TextTable(columns + values.map(\.column))
      record.append(
        [.text(path), .text(model.weights), .integer(model.epoch), .text(part), .integer(images.count)]
          + values.map(\.cell))
      return try context.print(record, asJSON: true)
    }
    var table = TextTable([.init("metric"), .init("value")])
    for (column, value) in values { table.append([.text(column.title), value]) }
    try context.print(table, asJSON: false)
  }

  typealias Value = (column: TextTable.Column, cell: TextTable.Cell)

  /// All that can be measured of a model.
  static func values(
    of session: borrowing Session, on images: ImageSubset, _ scaling: PixelScaling
  ) throws -> [Value] {
    var values = columns(of: try session.evaluate(images))
    if session.offers(.denoise) {
      let errors = session.denoisingErrors(images, try session.denoise(images))
      values += columns(of: errors.after, scaling) + columns(of: errors.before, scaling, "Before", " before")
      values += columns(of: try session.evaluateAgainstCorrupted(images), "AgainstCorrupted", " against corrupted")
      values += columns(of: errors.fromCorrupted, scaling, "AgainstCorrupted", " against corrupted")
    } else if session.offers(.reconstruct) {
      values += columns(of: try session.meanSquaredError(images), scaling)
    }
    return values
  }

  /// - Parameters:
  ///   - key: what follows a metric's name in JSON.
  ///   - words: what follows it in the table.
  private static func columns(of metrics: Metrics, _ key: String = "", _ words: String = "") -> [Value] {
    metrics.values.sorted { $0.key < $1.key }.map {
      (.init($0.key + key, titled: $0.key + words), .number($0.value, decimals: 6))
    }
  }

  private static func columns(
    of meanSquaredError: Double, _ scaling: PixelScaling, _ key: String = "", _ words: String = ""
  ) -> [Value] {
    [
      (.init("mse" + key, titled: "mse" + words), .number(meanSquaredError, decimals: 6)),
      (
        .init("psnr" + key, titled: "psnr\(words) (dB)"),
        .number(scaling.signalToNoiseRatio(meanSquaredError), decimals: 2)
      ),
    ]
  }
}
