import Bobbin
import Glibc

enum EvaluateCommand {
  static let command = Command(
    "evaluate", .explore, "Measure a trained model on images that it has not seen",
    details: """
      Prints the model's own loss and, for every model that reconstructs, the mean squared error over all pixels and the \
      peak signal-to-noise ratio that it amounts to. Of a GAN: what both players lose, and the discriminator's mean scores \
      of real and of made images. Numbers are means over images, in the recipe's pixel scale.
      """,
    arguments: [
      Common.run, Common.part, Common.checkpoint, Common.json, Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin evaluate runs/latest", "The newest run, on the test images"),
      .init("bobbin evaluate runs/cae-1 --part validation --json", "As JSON, on the validation images"),
    ]
  ) { context in
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let part = try context[Common.part]
    let images = try context.images(of: experiment, in: directory, part)
    let model = try context.model(for: Shape(of: images.dataset))
    let metrics = try model.session.evaluate(images)
    let error = model.session.offers(.reconstruct) ? try model.session.meanSquaredError(images) : nil
    let range = experiment.recipe.data.scaling.high - experiment.recipe.data.scaling.low

    var values = metrics.values.sorted { $0.key < $1.key }.map {
      (TextTable.Column($0.key), TextTable.Cell.number($0.value, decimals: 6))
    }
    if let error {
      values += [
        (TextTable.Column("mse"), .number(error, decimals: 6)),
        (TextTable.Column("psnr", titled: "psnr (dB)"), .number(10 * log10(range * range / error), decimals: 2)),
      ]
    }
    context.note(
      "\(model.weights) (epoch \(model.epoch)), "
        + "\(Format.count(images.count)) \(part.rawValue) images of \(experiment.recipe.data.set)")
    if try context[Common.json] {
      // One object: programs look values up by name.
      let columns = ["run", "checkpoint", "epoch", "part", "images"].map { TextTable.Column($0) }
      var record = TextTable(columns + values.map(\.0))
      record.append(
        [.text(path), .text(model.weights), .integer(model.epoch), .text(part.rawValue), .integer(images.count)]
          + values.map(\.1))
      return try context.print(record, asJSON: true)
    }
    var table = TextTable([.init("metric"), .init("value")])
    for (column, value) in values { table.append([.text(column.title), value]) }
    try context.print(table, asJSON: false)
  }
}
