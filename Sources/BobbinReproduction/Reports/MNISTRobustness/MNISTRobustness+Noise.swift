import Bobbin

// R4-6, R4-7 and R4-12: what noise does to the best network, and what training with noise does.

extension MNISTRobustness {
  private static let reported = (clean: 0.0208, occluded: 0.0271, noisy: 0.0316)

  static let robustness = Item(
    "R4-6", "R4-6n", title: "Occluded and noisy digits",
    says:
      "The network with a code of 6, on the same test samples: unmodified 0.0208, occluded 0.0271, noisy (0 mean, 1 variance) 0.0316.",
    readings: [
      "{code}: noise of standard deviation 0.1, in spite of the \"1 variance\" printed, and a black rectangle of 2 to 10 % of the area on "
        + "every image.",
      "{code}: the output is compared with the corrupted image: 0.0208 + 0.1² = 0.0308 is near to 0.0316, while noise of variance 1 would "
        + "make it more than 1. Both deviations and both targets are in the table.",
    ], needs: [best], seconds: 6
  ) { shop in
    var chapter = Chapter()
    let test = try shop.sample(of: shop.test(best))
    let noises = [NamedNoise.none, occlusion, weakNoise, strongNoise]
    let matrix = try DenoisingMatrix(of: try runs(best, shop), against: noises, test, on: shop.backend())
    /// Of each seed.
    func errors(_ noise: Int, _ target: DenoisingMatrix.Target) -> [Double] {
      matrix.values(.meanSquared, against: target).map { $0[noise] }
    }
    func number(_ statement: String, _ reported: Double, _ noise: Int, _ reason: String, _ note: String) -> Finding {
      .number(
        row: "R4-6", statement, reported: reported, obtained: errors(noise, .corrupted), allowing: .error, decimals: 4,
        because: reason, note: note)
    }
    func againstClean(_ noise: Int) -> String {
      "Against the clean image \(spread(errors(noise, .clean), decimals: 4))."
    }
    chapter.add(
      number("test error, unmodified", reported.clean, 0, "Another split, other first weights, and early stopping.", "")
    )
    chapter.add(
      number(
        "test error, occluded", reported.occluded, 1, "The size of the occlusion is not stated.", againstClean(1)))
    chapter.add(
      number(
        "test error, noisy", reported.noisy, 2, "The network begins at another error without noise.", againstClean(2)))
    let forms = [(2, 0.1), (3, 1.0)].flatMap { noise, deviation in
      DenoisingMatrix.Target.allCases.map { target in
        (deviation: deviation, target: target, errors: errors(noise, target))
      }
    }
    chapter.table(
      ["standard deviation", "compared with", "error", "beside 0.0316"],
      forms.map { form in
        [
          fixed(form.deviation, 1), "\(form.target.rawValue) image", spread(form.errors, decimals: 4),
          "× " + fixed(Sample.mean(form.errors) / reported.noisy, 2),
        ]
      }, caption: "The four readings of \"noisy (0 mean, 1 variance)\": \(matrix.count) test images.")
    if let nearest = forms.min(by: { distance($0.errors) < distance($1.errors) }) {
      chapter.add(
        .claim(
          row: "R4-6n", "0.0316 is the error of noise of deviation 0.1 against the corrupted image",
          obtained:
            "nearest of four readings: deviation \(fixed(nearest.deviation, 1)), \(nearest.target.rawValue) image, "
            + spread(nearest.errors, decimals: 4), holds: nearest.deviation == 0.1 && nearest.target == .corrupted,
          note: "The report itself prints a variance of 1."))
    }
    chapter.add(try sheet(noises, shop))
    return chapter
  }

  private static func distance(_ errors: [Double]) -> Double { abs(Sample.mean(errors) - reported.noisy) }

  /// Test images as the network sees them, and what it makes of them.
  private static func sheet(_ noises: [NamedNoise], _ shop: Workshop) throws -> Chapter.Part {
    let test = try shop.test(best)
    let images = try test.dataset.subset(Array(test.indices.prefix(10)))
    var (rows, labels): ([[Bitmap]], [String]) = ([], [])
    for noise in noises {
      let model = try shop.model(best, noise: noise.corruption.map { .other($0) } ?? .none)
      let (_, pictures) = try ReconstructionSheet.rows(of: images, under: model.session, model.scaling)
      // Originals stand above the first noise only.
      rows += noise.corruption == nil ? pictures : Array(pictures.dropFirst())
      labels += noise.corruption == nil ? ["original", "reconstruction"] : [noise.name, "reconstruction"]
    }
    return try shop.figure(
      "R4-6-noises",
      ImageSheet(title: "Occluded and noisy digits", subtitle: "code of 6", rows: rows, rowLabels: labels).drawing(),
      caption: "The first ten test images of the split, what the network saw, and what it made of it, first seed.")
  }

  static let noiseLevels = Item(
    "R4-7", title: "Error against the level of noise",
    says:
      "Figure 2: the loss on the same test samples rises with the noise, \"which seems exponential\". The noise is \"gaussian, with equal "
      + "mean and variance\".",
    readings: [
      "The levels are not stated: mean and variance from 0 to 1 in steps of 0.1, nothing clamped.",
      "The output is compared with the corrupted image, as in R4-6; compared with the clean one it is shown beside.",
      "Exponential: a·exp(b·x) fits better than a straight line, by R².",
    ], needs: [best], seconds: 18
  ) { shop in
    var chapter = Chapter()
    let test = try shop.sample(of: shop.test(best))
    let levels = (0...10).map { Double($0) / 10 }
    let curve = try NoiseCurve(
      of: try runs(best, shop), family: .gaussianMeanVariance, levels: levels, test, on: shop.backend())
    var rows: [[String]] = []
    for target in [DenoisingMatrix.Target.corrupted, .clean] {
      let errors = curve.matrix.values(.meanSquared, against: target)
      let fits = try errors.indices.map { seed in
        (
          exponential: try curve.fit(.exponential, model: seed, against: target),
          line: try curve.fit(.line, model: seed, against: target)
        )
      }
      let rises = errors.allSatisfy { zip($0, $0.dropFirst()).allSatisfy { $1 > $0 } }
      let words =
        "R² \(spread(fits.map(\.exponential.determination), decimals: 4)) against "
        + "\(spread(fits.map(\.line.determination), decimals: 4)) of a line"
      if target == .corrupted {
        chapter.add(
          .claim(
            row: "R4-7", "the loss rises with the noise",
            obtained:
              "from \(spread(errors.map { $0[0] }, decimals: 4)) to \(spread(errors.compactMap(\.last), decimals: 4))",
            holds: rises))
        chapter.add(
          .claim(
            row: "R4-7", "the rise is exponential", obtained: words,
            holds: fits.allSatisfy { $0.exponential.determination > $0.line.determination },
            note:
              "Against the corrupted image the error holds the noise itself, of variance x and mean x: the parabola c + x + x², of which only "
              + "the error c without noise is measured, has R² "
              + "\(spread(errors.map { parabolaShare(levels, $0) }, decimals: 4))."))
      } else {
        chapter.add(
          .claim(
            row: "R4-7", "the rise is exponential, compared with the clean image", obtained: words,
            holds: fits.allSatisfy { $0.exponential.determination > $0.line.determination }))
      }
      rows += fits.enumerated().map { seed, fit in
        [
          target.rawValue, "\(seed + 1)", "\(fixed(fit.exponential.a, 4))·exp(\(fixed(fit.exponential.b, 3))·x)",
          fixed(fit.exponential.determination, 4), "\(fixed(fit.line.a, 4)) + \(fixed(fit.line.b, 4))·x",
          fixed(fit.line.determination, 4),
        ]
      }
      chapter.add(
        try shop.figure(
          "R4-7-\(target.rawValue)", try curve.chart(against: target, subtitle: "figure 2 of the report").drawing(),
          caption:
            "Mean squared error of \(test.count) test images against noise whose mean and variance are both the level, compared with "
            + "the \(target.rawValue) image; dashed: the exponential that fits best."))
    }
    chapter.table(
      ["target", "seed", "exponential", "R²", "line", "R²"], rows,
      caption: "Both curves, fitted to \(levels.count) levels.")
    return chapter
  }

  /// What x + x² above the first error explains of the others: `1 − Σ(y − ŷ)² / Σ(y − ȳ)²`.
  package static func parabolaShare(_ levels: [Double], _ errors: [Double]) -> Double {
    let mean = Sample.mean(errors)
    let residuals = zip(levels, errors).map { level, error in error - (errors[0] + level + level * level) }
    return 1 - residuals.reduce(0) { $0 + $1 * $1 } / errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }

  static let augmentation = Item(
    "R4-12", title: "Training with corrupted samples",
    says:
      "\"Additional time may be devoted to training the network with augmented data, including corrupted samples\": left for later.",
    readings: ["The noises are ours: Gaussian of deviation 0.1 or 0.3, or an occlusion on every second image."],
    needs: [best, augmented], seconds: 8
  ) { shop in
    var chapter = Chapter()
    let test = try shop.sample(of: shop.test(best))
    let noises = [
      NamedNoise.none, occlusion, weakNoise,
      NamedNoise(SessionCorruption(.gaussian(deviation: 0.3)), named: "noisy, σ 0.3"), strongNoise,
    ]
    let works = [("plain", best), ("augmented", augmented)]
    let matrix = try DenoisingMatrix(
      of: try works.map { ($0.0, try shop.run($0.1).path) }, against: noises, test, on: shop.backend())
    for noise in noises.indices {
      let pairs = [0, 1].map { matrix[$0, noise].clean.images.map(\.meanSquared) }
      let difference = PairedDifference(pairs[0], pairs[1])
      chapter.add(
        Finding(
          row: "R4-12", "error against the clean image, \(noises[noise].name): plain, augmented",
          obtained: pairs.map { fixed(Sample.mean($0), 4) }.joined(separator: ", "), .noted,
          note: difference.map {
            "Difference image by image \(fixed($0.mean, 4)), 95 % interval \(fixed($0.low, 4)) to \(fixed($0.high, 4))."
          } ?? ""))
    }
    chapter.add(
      try shop.figure(
        "R4-12-augmented", matrix.drawing(subtitle: "\(test.count) test images, code of 6, first seed"),
        caption:
          "A network trained on clean images and one trained on corrupted ones, on images with each noise; every image meets the "
          + "same noise in both."))
    return chapter
  }
}
