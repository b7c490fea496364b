import Bobbin

extension FashionAutoencoders {
  static let noise = Item(
    "R0-10", title: "The noise",
    says: "Adds normal noise of mean 0 and variance 1 (torch.randn_like) to the pixels, times a factor of 0.3.",
    readings: [
      "Noise is drawn anew for every batch.",
      "Whether noisy pixels are clamped to [0, 1] is not stated, and no clamp is printed: they are not. A network trained with the "
        + "clamp is beside the others under R0-11.",
    ],
    needs: [normalized]
  ) { shop in
    var chapter = Chapter()
    let test = try shop.sample(of: shop.test(normalized), quick: 1000)
    let model = try shop.model(normalized)
    let corrupted = try model.session.denoise(test).corrupted
    let (mean, deviation) = corrupted.additions(to: test)
    chapter.add(
      .setting(
        row: "R0-10", "noise factor: standard deviation of what is added", reported: 0.3, obtained: deviation,
        within: 0.003, decimals: 4, note: "Measured on test images; its mean is \(fixed(mean, 5))."))
    if let corruption = model.experiment.recipe.corruption {
      chapter.table(
        ["what", "value"],
        [
          ["noise", corruption.corruption.words], ["anew in every batch", corruption.isFresh ? "yes" : "no"],
          ["seed of what test images meet", "\(corruption.seed)"],
        ], caption: "The noise as the recipe has it.")
    }
    return chapter
  }

  static let denoising = Item(
    "R0-11", title: "Denoised images",
    says:
      "The network of before with a first linear layer of 128 and batch normalisation; figure 6 shows its losses, figure 7 "
      + "original, corrupted and denoised images. No error is stated.",
    readings: [
      "Epochs, batch and learning rate are not stated for it: 100, 128 and 0.002 with Adam, as for the autoencoder."
    ],
    needs: [cae, denoiser, normalized, clamped], seconds: 4
  ) { shop in
    var chapter = Chapter()
    let test = try shop.sample(of: shop.test(normalized), quick: 2000)
    let names = [
      (normalized, "trained on noise, with batch norm"), (denoiser, "trained on noise, without"),
      (clamped, "trained on clamped noise, with batch norm"), (cae, "the autoencoder, trained without noise"),
    ]
    let noise = try shop.experiment(normalized).recipe.corruption
    var before: ReconstructionErrors.Summary?
    let rows = try names.map { work, name in
      let summaries = try shop.each(work, noise: noise.map { .other($0) } ?? .none) { model in
        let images = try model.session.denoise(test)
        if before == nil { before = try ReconstructionErrors(images.corrupted, of: test, model.scaling).summary }
        return try ReconstructionErrors(images.denoised, of: test, model.scaling).summary
      }
      if work == normalized {
        chapter.add(
          Finding(
            row: "R0-11", "test error of denoised images (mean squared, pixels from 0 to 1)",
            obtained: spread(summaries.map(\.meanSquared), decimals: 5), .noted))
      }
      return [name] + errorCells(summaries)
    }
    chapter.table(
      ["", "mean squared error", "PSNR", "SSIM"],
      (before.map { [["the noisy images themselves"] + errorCells([$0])] } ?? []) + rows,
      caption:
        "What comes of \(Format.count(test.count)) test images with the noise of R0-10, against the clean images.")
    chapter.add(
      try shop.losses(
        "R0-11-loss", of: normalized, figure: "figure 6 of the report",
        caption: "Mean squared error of denoised images by epoch.",
        command: "bobbin train Recipes/fashion-autoencoders/denoiser-batch-norm.yaml"))
    chapter.add(
      try shop.reconstructions(
        "R0-11-images", of: normalized, test.dataset.subset(Array(0..<10)), title: "Original, corrupted and denoised",
        figure: "figure 7 of the report", caption: "What the network makes of"))
    return chapter
  }

  static let batchNorm = Item(
    "R0-9", title: "Batch normalisation",
    says: "The denoising autoencoder performs slightly better with batch normalisation than without.",
    readings: [
      "Where it stands is not stated: behind every convolution and transposed convolution but the last.",
      "The decoder mirrors the linear layer of 128.",
    ],
    needs: [denoiser, normalized]
  ) { shop in
    var chapter = Chapter()
    let test = try shop.test(normalized)
    let works = [denoiser, normalized]
    let errors = try works.map { work in
      try shop.each(work) { model in try model.session.meanSquaredErrors(model.session.denoise(test).denoised, test) }
    }
    let means = errors.map { $0.map(Sample.mean) }
    let comparison = SeedComparison(means[0], means[1])
    let paired = PairedDifference(errors[0][0], errors[1][0])
    let interval = paired.map { "\(formatted($0.low, "%.5f")) to \(formatted($0.high, "%.5f"))" } ?? "–"
    chapter.add(
      .claim(
        row: "R0-9", "with batch normalisation, denoising is slightly better",
        obtained: "test error \(comparison.words(decimals: 5))", holds: comparison.isSecondSmaller,
        note:
          "With batch norm first; every seed decides. The difference of the first seed's errors on the same images is within "
          + "\(interval) (95 %)."))
    let parameters = try works.map { try shop.network($0).summary.parameters }
    chapter.add(
      Finding(
        row: "R0-9", "parameters of the denoising autoencoder, with batch norm against without",
        obtained: "\(Format.count(parameters[1])) against \(Format.count(parameters[0]))", .noted))
    let records = try works.map { try shop.records($0) }
    chapter.add(
      try shop.figure(
        "R0-9-comparison",
        LossCurves.comparison(zip(["without batch norm", "with batch norm"], records).map { ($0, $1) }).drawing(),
        caption: "Validation error of both by epoch, first seed."))
    return chapter
  }
}

extension ImageValues {
  /// Mean and standard deviation of what these images, with pixels from 0 to 1, have more than others.
  package func additions(to images: ImageSubset) -> (mean: Double, deviation: Double) {
    var (sum, squares) = (0.0, 0.0)
    for image in 0..<count {
      images.withPixels(at: image) { bytes in
        for (value, byte) in zip(self[image], bytes) {
          let difference = Double(value) - Double(byte) / 255
          sum += difference
          squares += difference * difference
        }
      }
    }
    let number = Double(max(1, elements.count))
    let mean = sum / number
    return (mean, max(0, squares / number - mean * mean).squareRoot())
  }
}
