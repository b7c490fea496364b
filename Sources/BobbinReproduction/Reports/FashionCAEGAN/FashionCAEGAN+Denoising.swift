import Bobbin

extension FashionCAEGAN {
  static let denoising = Item(
    "R1-13", title: "The autoencoder trained on noise",
    says:
      "The same network is trained anew on images with the union of salt and pepper and Gaussian noise. Its results are quite good if "
      + "the noise is the one of the training (columns 4 and 5 of figure 6); otherwise they are not satisfying.",
    readings: [
      "\"Union\": both on every image, Gaussian noise first. The other reading, one of them on each image, is beside it, and so are "
        + "networks trained on one of them alone.",
      "The other noises of figure 6 are not named: a black box of 10×10 pixels in the middle, and two fifths of the pixels black.",
      "\"Good\" is read as an error of at most half of the noisy images'; the claim that only the trained noise is cleaned well, as a "
        + "larger error with each noise that is unknown, in every seed.",
    ],
    needs: [cae, denoiser] + otherDenoisers, seconds: 7
  ) { shop in
    var chapter = Chapter()
    let images = try shop.test(cae).spread(to: shop.count(2000, quick: 300))
    let own = try shop.repetitions(of: denoiser).map { repetition in
      (
        name: repetition == 0 ? "both" : "both, seed \(repetition + 1)",
        path: try shop.run(denoiser, repetition: repetition).path
      )
    }
    let others = try zip(otherDenoisers, ["one of both", "Gaussian", "salt and pepper"]).map { work, name in
      (name: name, path: try shop.run(work).path)
    }
    let matrix = try DenoisingMatrix(
      of: own + others + [(name: "no noise", path: try shop.run(cae).path)],
      against: [.none, gaussian, saltAndPepper, both] + unknown, images, on: shop.backend())
    let count = Format.count(images.count)
    chapter.add(
      try shop.figure(
        "R1-13-matrix",
        Panels(
          rows: [DenoisingMatrix.Measure.meanSquared, .signalToNoise, .similarity].map {
            [matrix.heatmap($0, subtitle: "\(count) test images").drawing()]
          }
        ).drawing(),
        caption:
          "Networks trained with different noises (rows) on images with different noises (columns), against the clean images; "
          + "\(count) test images, each with the same noise for every network.",
        command: "bobbin robustness RUN… --noise SPEC"))
    chapter.table(
      ["noise", "error of the noisy images"],
      zip(matrix.noises, matrix.before).map { [$0.name, $1.map { fixed($0.summary.meanSquared, 4) } ?? "0"] },
      caption: "How far the noisy images are from the clean ones: what there is to remove.")
    for finding in claims(matrix, seeds: own.count) { chapter.add(finding) }
    chapter.add(
      try shop.losses(
        "R1-13-loss", of: denoiser, figure: "trained on both noises",
        caption: "Mean squared error against the clean images by epoch; the test images were watched only.",
        command: "bobbin train Recipes/fashion-cae-gan/denoiser-both.yaml"))
    chapter.add(
      try noisyImages(
        "R1-13-images", of: denoiser, [saltAndPepper, gaussian, both] + unknown, shop,
        title: "The autoencoder trained on both noises", figure: "figure 6 of the report",
        caption: "Trained on Gaussian noise and salt and pepper; box and masking are unknown to it."))
    return chapter
  }

  /// - Parameter seeds: how many of the first rows are the network that was trained on both noises.
  private static func claims(_ matrix: DenoisingMatrix, seeds: Int) -> [Finding] {
    let errors = matrix.values(.meanSquared).prefix(seeds)
    let trained = errors.map { $0[3] }
    let before = matrix.before[3]?.summary.meanSquared ?? .nan
    let unknown = matrix.noises.indices.suffix(Self.unknown.count)
    let words = unknown.map { noise in
      "\(matrix.noises[noise].name) \(spread(errors.map { $0[noise] }, decimals: 4))"
    }
    let plain = matrix.values(.meanSquared)[matrix.models.count - 1][3]
    return [
      .claim(
        row: "R1-13", "trained on both noises, it is quite good on these",
        obtained:
          "error \(spread(trained, decimals: 4)), of the noisy images \(fixed(before, 4)), by the autoencoder that never saw "
          + "noise \(fixed(plain, 4))", holds: trained.allSatisfy { $0 <= before / 2 }),
      .claim(
        row: "R1-13", "otherwise its results are not satisfying",
        obtained:
          "error \(spread(trained, decimals: 4)) with the noise of the training, \(words.joined(separator: ", "))",
        holds: errors.allSatisfy { row in unknown.allSatisfy { row[$0] > row[3] } }),
    ]
  }
}
