import Bobbin

extension FashionCAEGAN {
  private static let clamp = Corruption.clamp(low: 0, high: 1)

  private static func noise(_ name: String, _ parts: Corruption...) -> NamedNoise {
    NamedNoise(SessionCorruption(.sequence(parts + [clamp])), named: name)
  }

  static let gaussian = noise("Gaussian 0.3", .gaussian(deviation: 0.3))
  static let saltAndPepper = noise("salt and pepper 0.1", .saltAndPepper(amount: 0.1))
  static let both = noise("both", .gaussian(deviation: 0.3), .saltAndPepper(amount: 0.1))
  /// The report's kinds, and weaker ones of each: what is tried with the autoencoder that never saw noise.
  static let noises = [
    noise("salt and pepper 0.05", .saltAndPepper(amount: 0.05)), saltAndPepper,
    noise("Gaussian 0.2", .gaussian(deviation: 0.2)), gaussian, both,
  ]
  /// What no network was trained with.
  static let unknown = [
    NamedNoise(
      SessionCorruption(.occlusion(.init(top: 9, left: 9, height: 10, width: 10))), named: "black box 10×10"),
    NamedNoise(SessionCorruption(.masking(probability: 0.4)), named: "masking 0.4"),
  ]

  static let noise = Item(
    "R1-12", title: "The autoencoder against noise",
    says:
      "The autoencoder, which never saw noise, is given test images with salt and pepper, with Gaussian noise, and with both (figure 5): "
      + "it has reasonable performance only if the noise does not change the edges of the object.",
    readings: [
      "Amounts are not stated: a tenth of the pixels half white, half black; a standard deviation of 0.3; Gaussian noise first where both "
        + "are; clamped to [0, 1]. Half as much salt and pepper and a deviation of 0.2 are beside them.",
      "How far edges stay is read as the correlation of the lengths of the gradients before and after. The claim is held to be so if "
        + "the errors of what the autoencoder makes of the noisy images rise where it falls.",
    ],
    needs: [cae], seconds: 2
  ) { shop in
    var chapter = Chapter()
    let images = try shop.test(cae).spread(to: shop.count(2000, quick: 300))
    let results = try noises.map { noise in try result(of: noise, on: images, shop) }
    chapter.table(
      ["noise", "edges", "error of the noisy images", "error", "PSNR", "SSIM"],
      results.map {
        [$0.name, fixed($0.edges, 3), formatted($0.before, "%.5f")] + errorCells($0.after)
      },
      caption:
        "What the autoencoder makes of \(Format.count(images.count)) noisy test images, against the clean ones. Edges: correlation of "
        + "the gradients' lengths with those of the clean images.")
    let correlations = shop.repetitions(of: cae).map { seed in
      Trend.rankCorrelation(results.map(\.edges), results.map { $0.after[seed].meanSquared })
    }
    let words = results.sorted { $0.edges > $1.edges }.map { result in
      "\(result.name): edges \(fixed(result.edges, 2)), error \(fixed(Sample.mean(result.after.map(\.meanSquared)), 4))"
    }
    chapter.add(
      .claim(
        row: "R1-12", "the autoencoder performs reasonably only if the noise does not change the edges",
        obtained: "rank correlation \(spread(correlations, decimals: 2)); \(words.joined(separator: "; "))",
        holds: correlations.allSatisfy { $0 <= -0.8 },
        note: "Between how far edges stay and the error, over the five noises; it holds from -0.8 on, in every seed."))
    chapter.add(
      try noisyImages(
        "R1-12-images", of: cae, [saltAndPepper, gaussian, both], shop, title: "The autoencoder and noise",
        figure: "figure 5 of the report", caption: "The autoencoder never saw noise."))
    return chapter
  }

  private struct NoiseResult {
    let name: String
    let edges: Double
    /// Mean squared, of the noisy images.
    let before: Double
    /// One for each seed.
    let after: [ReconstructionErrors.Summary]
  }

  private static func result(of noise: NamedNoise, on images: ImageSubset, _ shop: Workshop) throws -> NoiseResult {
    var (edges, before) = (Double.nan, Double.nan)
    let after = try shop.each(cae, noise: noise.corruption.map { .other($0) } ?? .none) { model in
      let seen = try model.session.denoise(images)
      edges = EdgeAgreement.mean(of: seen.corrupted, with: images)
      before = try ReconstructionErrors(seen.corrupted, of: images, model.scaling).summary.meanSquared
      return try ReconstructionErrors(seen.denoised, of: images, model.scaling).summary
    }
    return NoiseResult(name: noise.name, edges: edges, before: before, after: after)
  }

  /// For each noise a row of noisy images and one of what a work makes of them, below the images as they were.
  static func noisyImages(
    _ name: String, of work: Work, _ noises: [NamedNoise], _ shop: Workshop, title: String, figure: String,
    caption: String
  ) throws -> Chapter.Part {
    let images = try shop.test(work).dataset.subset(Array(0..<10))
    var sheet = ImageSheet(title: title, subtitle: figure, rows: [try images.bitmaps()], rowLabels: ["original"])
    for noise in noises {
      let model = try shop.model(work, noise: noise.corruption.map { .other($0) } ?? .none)
      let rows = try ReconstructionSheet.rows(of: images, under: model.session, model.scaling).rows
      sheet.rows += rows.dropFirst()
      sheet.rowLabels += [noise.name, "output"]
    }
    let model = try shop.model(work)
    return try shop.figure(
      name, sheet.drawing(), caption: "\(caption) \(shop.words(of: images)), \(shop.words(of: model)).")
  }
}
