import Bobbin

extension Workshop {
  /// Images above what a work makes of them; where it denoises, in between as it saw them.
  ///
  /// - Parameters:
  ///   - name: of the figure's file.
  ///   - figure: which of the report it is, if any: `figure 3 of the report`.
  ///   - caption: what stands below it; which images they are is added.
  func reconstructions(
    _ name: String, of work: Work, _ images: ImageSubset, title: String, figure: String, caption: String,
    command: String? = nil
  ) throws -> Chapter.Part {
    let model = try model(work)
    let (labels, rows) = try ReconstructionSheet.rows(of: images, under: model.session, model.scaling)
    let sheet = ImageSheet(title: title, subtitle: figure, rows: rows, rowLabels: labels)
    return try self.figure(
      name, sheet.drawing(), caption: "\(caption) \(words(of: images)), \(words(of: model)).", command: command)
  }

  /// Images that a work makes of codes.
  func decoded(
    _ name: String, of work: Work, _ codes: Codes, title: String, figure: String, caption: String,
    command: String? = nil
  ) throws -> Chapter.Part {
    let model = try model(work)
    let sheet = LatentSheets.samples(try model.bitmaps(of: codes), of: codes, title: title, subtitle: figure)
    return try self.figure(
      name, sheet, caption: "\(caption) \(codes.count) images, \(words(of: model)).", command: command)
  }

  /// The loss of a work's first seed by epoch, and every other metric.
  func losses(
    _ name: String, of work: Work, figure: String, caption: String, command: String? = nil
  ) throws -> Chapter.Part {
    let records = try records(work)
    return try self.figure(
      name, LossCurves.drawing(records, subtitle: figure),
      caption: "\(caption) \(records.count) epochs, seed \(try experiment(work).recipe.training.seed).",
      command: command)
  }

  /// Codes for new images, drawn from what suits: the prior, or a distribution fitted to the codes of training images.
  func draws(
    _ sampler: CodeSampler, of work: Work, repetition: Int = 0, count: Int, seed: UInt64, variance: Double = 1
  ) throws -> Codes {
    let model = try model(work, repetition: repetition)
    let distribution = try sampler.distribution(
      dimension: model.session.codeLength(),
      encoded: {
        let images = try training(work)
        return (try Codes(model.session.encode(images)), images.labels)
      }, variance: variance)
    return try distribution.sample(count, seed: seed)
  }

  /// `test images 0 to 9`
  func words(of images: ImageSubset) -> String {
    let part = images.dataset.part.map { "\($0.rawValue) images" } ?? "images"
    if let only = images.indices.first, images.count == 1 { return "\(part.dropLast()) \(only)" }
    guard let first = images.indices.first, let last = images.indices.last else { return "no \(part)" }
    return images.indices == Array(first...max(first, last))
      ? "\(part) \(first) to \(last)"
      : images.count <= 12
        ? "\(part) \(images.indices.map(String.init).joined(separator: ", "))" : "\(images.count) \(part)"
  }

  /// `cae, epoch 100, seed 7`
  func words(of model: borrowing TrainedModel) -> String {
    "\(model.experiment.recipe.name), epoch \(model.epoch), seed \(model.experiment.recipe.training.seed)"
  }
}
