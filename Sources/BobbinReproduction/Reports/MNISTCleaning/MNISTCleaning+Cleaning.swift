import Bobbin

// R3-10 and R3-11: the noises, and digits that are cleaned of them.

extension MNISTCleaning {
  /// After so many epochs the report finds the output "more or less" correct.
  private static let usableEpoch = 7

  static let noises = Item(
    "R3-10", title: "The noises",
    says: "Figure 1 shows an image as it is, with an occlusion, with Gaussian noise, and with both.",
    readings: [noiseReading, imageReading], needs: [cleaners[1], occlusionCleaner, gaussianCleaner]
  ) { shop in
    var chapter = Chapter()
    let draws = try shop.test(cleaners[1]).copies(ofImageAt: 0, 3).all
    let columns = try [occlusionCleaner, gaussianCleaner, cleaners[1]].map { work -> [Bitmap] in
      let model = try shop.model(work)
      return try model.session.denoise(draws).corrupted.bitmaps(model.scaling)
    }
    let originals = try draws.bitmaps()
    let sheet = ImageSheet(
      title: "A digit and its noises", subtitle: "figure 1 of the report",
      rows: (0..<draws.count).map { draw in ([originals] + columns).map { $0[draw] } },
      rowLabels: (1...draws.count).map { "draw \($0)" },
      columnLabels: ["original", "occlusion", "Gaussian", "Gaussian + occlusion"], cell: 84)
    chapter.add(
      try shop.figure(
        "R3-10-noises", sheet.drawing(),
        caption: "Test image 0 with three draws of each noise that networks are trained with."))
    return chapter
  }

  static let cleaning = Item(
    "R3-11", title: "Cleaned digits",
    says:
      "Figure 4 shows the first test image, cleaned of Gaussian noise and an occlusion: after 7 epochs \"the network more or less manage to "
      + "produce the correct output in both cases\". Those of the code of 6 are more precise and less blurry, but \"more blurred respect "
      + "the output of the same network in the copying task\".",
    readings: [noiseReading, imageReading], needs: cleaners + [copiers[1], DigitReader.work], seconds: 14
  ) { shop in
    var chapter = Chapter()
    let test = try shop.sample(of: shop.test(cleaners[0]))
    let reader = try DigitReader(shop)
    let early = try cleaners.map { try rightShares($0, epoch: usableEpoch, test, shop, reader) }
    let late = try cleaners.map { try rightShares($0, epoch: .max, test, shop, reader) }
    func percents(_ shares: [[Double]]) -> String {
      shares.map { spread($0.map { 100 * $0 }, decimals: 1, unit: " %") }.joined(separator: " and ")
    }
    chapter.add(
      .claim(
        row: "R3-11", "after \(usableEpoch) epochs both codes more or less give back the right digit",
        obtained: "\(percents(early)) of the test images are read right", holds: early.joined().allSatisfy { $0 > 0.5 },
        note: "Codes of 2 and of 6; in the end \(percents(late))."))
    let cleaned = try cleaners.map { work in try shop.each(work) { try quality(of: $0, test) } }
    let copied = try shop.each(copiers[1]) { try quality(of: $0, test) }
    let errors = SeedComparison(cleaned[0].map(\.error), cleaned[1].map(\.error))
    let blur = SeedComparison(cleaned[0].map(\.sharpness), cleaned[1].map(\.sharpness))
    let tasks = SeedComparison(copied.map(\.sharpness), cleaned[1].map(\.sharpness))
    chapter.add(
      .claim(
        row: "R3-11", "the code of 6 cleans more precisely", obtained: "error \(errors.words(decimals: 4))",
        holds: errors.isSecondSmaller, note: "Against the clean test images, code of 6 against code of 2."))
    chapter.add(
      .claim(
        row: "R3-11", "the code of 6 cleans less blurrily",
        obtained: "\(blur.words(decimals: 1, unit: " %")) of the sharpness of the originals",
        holds: blur.isSecondLarger, note: "Code of 6 against code of 2."))
    chapter.add(
      .claim(
        row: "R3-11", "cleaned digits are blurrier than copied ones",
        obtained: "\(tasks.words(decimals: 1, unit: " %")) of the sharpness of the originals",
        holds: tasks.isSecondSmaller, note: "Cleaned against copied, code of 6."))
    chapter.add(try strip(shop, reader))
    return chapter
  }

  /// Share of test images that are read right after cleaning, of each seed.
  ///
  /// - Parameter epoch: or the last one, where training was shorter.
  private static func rightShares(
    _ work: Work, epoch: Int, _ test: ImageSubset, _ shop: Workshop, _ reader: borrowing DigitReader
  ) throws -> [Double] {
    let labels = test.labels ?? []
    return try shop.repetitions(of: work).flatMap { repetition in
      let kept = try shop.run(work, repetition: repetition).keptEpochs
      let chosen = kept.last { $0 <= epoch }.map { [$0] } ?? []
      return try shop.overEpochs(work, repetition: repetition, chosen) { _, model in
        1 - (try reader.wrongShare(of: model.session.denoise(test).denoised, model.scaling, expected: labels))
      }
    }
  }

  /// Error and sharpness, in percent of the originals, of what a network copies or cleans.
  private static func quality(
    of model: borrowing TrainedModel, _ test: ImageSubset
  ) throws -> (error: Double, sharpness: Double) {
    let made =
      try model.session.offers(.denoise) ? model.session.denoise(test).denoised : model.session.reconstruct(test)
    let sharpness = ImageSharpness.meanRatio(ImageSharpness.of(made), to: ImageSharpness.of(test, model.scaling))
    return (try ReconstructionErrors(made, of: test, model.scaling).summary.meanSquared, 100 * sharpness)
  }

  /// Test image 0 as it was seen, and cleaned after some epochs.
  private static func strip(_ shop: Workshop, _ reader: borrowing DigitReader) throws -> Chapter.Part {
    let image = try shop.test(cleaners[0]).dataset.subset([0])
    let epochs = try shop.keptEpochs(cleaners[0], among: shownEpochs)
    var (rows, captions): ([[Bitmap]], [[String]]) = ([], [])
    for work in cleaners {
      var (row, words) = (try image.bitmaps(), ["", ""])
      _ = try shop.overEpochs(work, epochs) { epoch, model in
        let made = try model.session.denoise(image)
        if row.count == 1 { row += try made.corrupted.bitmaps(model.scaling) }
        row += try made.denoised.bitmaps(model.scaling)
        words += try reader.digits(of: made.denoised, model.scaling).map { "read as \($0)" }
      }
      rows.append(row)
      captions.append(words)
    }
    let sheet = ImageSheet(
      title: "Test image 0, cleaned, by epoch", subtitle: "figure 4 of the report", rows: rows,
      rowLabels: codeLengths.map { "n = \($0)" }, columnLabels: ["original", "seen"] + epochs.map { "epoch \($0)" },
      captions: captions)
    return try shop.figure(
      "R3-11-cleaned", sheet.drawing(),
      caption:
        "Test image 0 with Gaussian noise and an occlusion, the same at every epoch, cleaned by networks with codes of 2 and 6 "
        + "numbers, first seed, and the digit that the classifier reads.")
  }
}
