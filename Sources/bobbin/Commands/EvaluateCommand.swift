import Bobbin

enum EvaluateCommand {
  static let command = Command(
    "evaluate", .explore, "Measure a trained model on images that it has not seen",
    details: """
      Prints the model's own loss; for a classifier the accuracy; for every model that reconstructs the mean squared error \
      over all pixels and the peak signal-to-noise ratio that it amounts to. Of a GAN: what both players lose, and the \
      discriminator's mean scores of real and of made images. Numbers are means over images, in the recipe's pixel scale. Where \
      images are corrupted, as the recipe or --noise says, all is of the corrupted images, compared with the clean ones; \
      `before` is how far the corrupted ones are from these, and `against corrupted` compares the output with what went in. Mean \
      squared and absolute errors are also told with pixels from 0 to 1 and from 0 to 255, with the structural similarity; of \
      a variational autoencoder the ELBO, and the dimensions whose mean varies by more than 0.01; of a classifier the mean F1, the \
      parameters that train, and the time that training took. Of a GAN, and with --distance of any model that makes samples, the \
      Fréchet and the kernel distance of samples from training images, and of as many other training images, by the features of a \
      small classifier that is trained for the data set when it is first needed, and kept. \
      All this, by class too, with the best and worst images and the confusion of classes, goes into metrics.json in the run, or \
      metrics-PART.json for other images than test; but not with --noise or --checkpoint, which are no results of the run.
      """,
    arguments: [
      Common.run, Common.part, Common.images, Common.noise, Common.checkpoint, samples, seed, distance, sampler, count,
      figures, Common.json, Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin evaluate runs/latest", "The newest run, on the test images"),
      .init("bobbin evaluate runs/cae-1 --part validation --json", "As JSON, on the validation images"),
      .init("bobbin evaluate runs/vae-1 --samples 100 --figures", "With the likelihood of images, and figures"),
      .init("bobbin evaluate runs/cae-1 --distance --sampler gaussian", "How near to real images samples come"),
    ]
  ) { context in
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    if experiment.recipe.model is GAN, try context[Common.noise] != nil {
      throw UsageError("--noise: \(path) is a GAN, which makes images and is given none to clean")
    }
    let images = try context.chosenImages(of: experiment, in: directory)
    let noise = try context.noise()
    let model = try context.model(for: Shape(of: images.dataset), noise: noise)
    let scaling = experiment.recipe.data.scaling
    var evaluation = try Evaluation(of: model.session, as: experiment.recipe.model, on: images, scaling)
    evaluation.likelihood = try context.likelihood(of: images, under: model, scaling)
    let values =
      try values(of: model.session, on: images, scaling, metrics: evaluation.metrics) + columns(of: evaluation)
      + training(of: model, images) + (context.measuredSamples(of: model)?.values ?? [])
    let part = try context[Common.part]
    let provenance = Evaluation.Provenance(
      run: path, checkpoint: model.weights, epoch: model.epoch, part: part.rawValue)
    if try context[Common.noise] == nil, try context[Common.checkpoint] == nil, try context[Common.images] == nil {
      let text = try evaluation.json(of: provenance, values: values.compactMap(\.number), on: images)
      // The runs of others can be measured too.
      do { try AtomicFile.write(Array(text.utf8), to: directory.metrics(of: part.rawValue)) } catch {
        context.note("warning: \(error)")
      }
    }
    context.note(
      "\(model.weights) (epoch \(model.epoch)), "
        + "\(Format.count(images.count)) \(try context.chosenWords(of: experiment))")
    if try context[figures] { try context.drawFigures(of: evaluation, images, under: model, scaling) }
    if try context[Common.json] {
      // One object: programs look values up by name.
      let part = try context[Common.images] ?? part.rawValue
      let columns = ["run", "checkpoint", "epoch", "part", "images"].map { TextTable.Column($0) }
      var record = TextTable(columns + values.map(\.column))
      record.append(
        [.text(path), .text(model.weights), .integer(model.epoch), .text(part), .integer(images.count)]
          + values.map(\.cell))
      return try context.print(record, asJSON: true)
    }
    var table = TextTable([.init("metric"), .init("value")])
    for value in values { table.append([.text(value.column.title), value.cell]) }
    try context.print(table, asJSON: false)
    if let table = classTable(evaluation, images) {
      try context.print("")
      try context.print(table, asJSON: false)
    }
    for line in extremes(evaluation, images) { try context.print(line) }
  }

  /// The losses of a model, and how far its reconstructions are from the images.
  ///
  /// - Parameter metrics: its own, where they are known.
  static func values(
    of session: borrowing Session, on images: ImageSubset, _ scaling: PixelScaling, metrics: Metrics? = nil
  ) throws -> [Value] {
    var values = columns(of: try metrics ?? session.evaluate(images))
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
      Value($0.key + key, titled: $0.key + words, .number($0.value, decimals: 6))
    }
  }

  private static func columns(
    of meanSquaredError: Double, _ scaling: PixelScaling, _ key: String = "", _ words: String = ""
  ) -> [Value] {
    [
      Value("mse" + key, titled: "mse" + words, .number(meanSquaredError, decimals: 6)),
      Value(
        "psnr" + key, titled: "psnr\(words) (dB)",
        .number(scaling.signalToNoiseRatio(meanSquaredError), decimals: 2)),
    ]
  }
}
