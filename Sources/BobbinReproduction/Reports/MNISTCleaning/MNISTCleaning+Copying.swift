import Bobbin

// R3-8 and R3-9: what becomes of copies of a digit with the epochs, and of their error.

extension MNISTCleaning {
  /// After so many epochs the report sees a seven.
  private static let shapeEpoch = 8
  /// From there on it sees the error of the code of 2 stay as it is.
  private static let flatEpoch = 15
  /// What may still be gained after that.
  private static let flatShare = 0.1

  static let copying = Item(
    "R3-8", title: "Copies of a digit",
    says:
      "Figure 2 shows copies of the first test image. With both codes a blurry seven is there after 8 epochs: \"no major difference in "
      + "the number of epoch needed to reconstruct the shape\". In the long run (55 epochs) those of the code of 6 \"are more sharp and "
      + "precise\", while those of the code of 2 \"remain blurry\".",
    readings: [
      imageReading,
      "Whether the shape is there is decided by a classifier: it reads the right digit from the copy.",
      "Sharpness is the sum of squared differences of neighbouring pixels, beside that of the original.",
    ], needs: copiers + [DigitReader.work], seconds: 8
  ) { shop in
    var chapter = Chapter()
    let test = try shop.test(copiers[0])
    let (image, digit) = (try test.dataset.subset([0]), test.labels?[0] ?? 0)
    let reader = try DigitReader(shop)
    let results = try copiers.map { try Copies(of: $0, image, digit, test, shop, reader) }
    chapter.add(
      .claim(
        row: "R3-8", "after \(shapeEpoch) epochs both codes give back the shape of a seven",
        obtained: zip(codeLengths, results).map { "n = \($0): \($1.words)" }.joined(separator: "; "),
        holds: results.allSatisfy { $0.firstEpochs.allSatisfy { ($0 ?? .max) <= shapeEpoch } },
        note: "The first epoch from whose copy the classifier reads the digit, seed by seed."))
    let errors = SeedComparison(results[0].errors, results[1].errors)
    let sharpness = SeedComparison(results[0].sharpness, results[1].sharpness)
    chapter.add(
      .claim(
        row: "R3-8", "copies through the code of 6 are more precise",
        obtained: "error \(errors.words(decimals: 4))", holds: errors.isSecondSmaller,
        note: "Mean squared error of the test images in the end, code of 6 against code of 2."))
    chapter.add(
      .claim(
        row: "R3-8", "copies through the code of 6 are sharper",
        obtained: "\(sharpness.words(decimals: 1, unit: " %")) of the sharpness of the originals",
        holds: sharpness.isSecondLarger, note: "Code of 6 against code of 2, mean over the test images."))
    chapter.add(try strip(of: results, image, shop))
    return chapter
  }

  /// The original and copies of it, a row for each code.
  private static func strip(of results: [Copies], _ image: ImageSubset, _ shop: Workshop) throws -> Chapter.Part {
    let originals = try image.bitmaps()
    let sheet = ImageSheet(
      title: "Copies of test image 0 by epoch", subtitle: "figure 2 of the report",
      rows: results.map { originals + $0.pictures }, rowLabels: codeLengths.map { "n = \($0)" },
      columnLabels: ["original"] + results[0].epochs.map { "epoch \($0)" },
      captions: results.map { [""] + $0.readings.map { "read as \($0)" } })
    return try shop.figure(
      "R3-8-copies", sheet.drawing(),
      caption:
        "Test image 0 as autoencoders with codes of 2 and 6 numbers give it back, first seed, and the digit that the "
        + "classifier reads.", command: "bobbin reconstruct runs/copy-2-1 --checkpoint 'epoch 8'")
  }

  static let testError = Item(
    "R3-9", title: "Test error by epoch",
    says:
      "Figure 3: the error of the code of 2 remains \"more or less constant after 15 epochs\" and higher than that of the code of 6. "
      + "No number is stated.",
    readings: [
      "More or less constant: of the error after 15 epochs less than a tenth is still gained by the end."
    ], needs: copiers
  ) { shop in
    var chapter = Chapter()
    let curves = try copiers.map { work in
      try shop.repetitions(of: work).map { try shop.records(work, repetition: $0).map(\.monitor.loss) }
    }
    let gains = curves.map { seeds in seeds.map { 1 - ($0.last ?? .nan) / $0[min(flatEpoch, $0.count) - 1] } }
    chapter.add(
      .claim(
        row: "R3-9", "the error of the code of 2 is more or less constant after \(flatEpoch) epochs",
        obtained: "it falls by another \(spread(gains[0].map { 100 * $0 }, decimals: 1, unit: " %"))",
        holds: gains[0].allSatisfy { $0 < flatShare },
        note: "That of the code of 6 falls by another \(spread(gains[1].map { 100 * $0 }, decimals: 1, unit: " %"))."))
    let pairs = zip(curves[0], curves[1]).map { zip($0, $1).count { $0 > $1 } }
    let epochs = curves[0].map(\.count)
    chapter.add(
      .claim(
        row: "R3-9", "the error of the code of 2 is the higher one",
        obtained: zip(pairs, epochs).map { "in \($0) of \($1) epochs" }.joined(separator: ", "),
        holds: zip(pairs, epochs).allSatisfy { Double($0) > 0.95 * Double($1) }))
    let ends = curves.map { $0.compactMap(\.last) }
    chapter.add(
      Finding(
        row: "R3-9", "test error in the end, codes of 2 and of 6",
        obtained: ends.map { spread($0, decimals: 4) }.joined(separator: " and "), .noted))
    let series = curves.enumerated().flatMap { index, seeds in
      seeds.enumerated().map { seed, values in
        var series = LineChart.Series(seed == 0 ? codeName(index) : "", values, color: .series(index))
        series.isDashed = seed > 0
        return series
      }
    }
    chapter.add(
      try shop.figure(
        "R3-9-test-error",
        LineChart(
          title: "Test error", subtitle: "figure 3 of the report", series: series, xAxis: Axis("epoch", isWhole: true),
          yAxis: Axis("mean squared error")
        ).drawing(),
        caption: "Mean squared error of the 10,000 test images after each epoch, \(curves[0].count) "
          + "\(curves[0].count == 1 ? "seed" : "seeds, the first one solid"). Nothing was chosen by it."))
    return chapter
  }
}

/// What a network that copies makes of a digit, and of the test images in the end.
private struct Copies {
  /// Those that are shown.
  let epochs: [Int]
  /// Of the first seed, at each of `epochs`.
  let pictures: [Bitmap]
  let readings: [Int]
  /// Of each seed the first epoch whose copy is read as the digit it is.
  let firstEpochs: [Int?]
  /// Of each seed, in the end.
  let errors: [Double]
  /// In percent of the originals.
  let sharpness: [Double]

  init(
    of work: Work, _ image: ImageSubset, _ digit: Int, _ test: ImageSubset, _ shop: Workshop,
    _ reader: borrowing DigitReader
  ) throws {
    let kept = try shop.run(work).keptEpochs
    epochs = try shop.keptEpochs(work, among: MNISTCleaning.shownEpochs)
    var read: [[Int]] = []
    var drawn: [Int: Bitmap] = [:]
    for repetition in shop.repetitions(of: work) {
      var digits: [Int] = []
      _ = try shop.overEpochs(work, repetition: repetition, kept) { epoch, model in
        let copy = try model.session.reconstruct(image)
        digits += try reader.digits(of: copy, model.scaling)
        if repetition == 0 { drawn[epoch] = try copy.bitmaps(model.scaling).first }
      }
      read.append(digits)
    }
    pictures = epochs.compactMap { drawn[$0] }
    readings = epochs.compactMap { epoch in kept.firstIndex(of: epoch).map { read[0][$0] } }
    firstEpochs = read.map { digits in zip(kept, digits).first { $0.1 == digit }?.0 }
    let measured = try shop.each(work) { model -> (Double, Double) in
      let copies = try model.session.reconstruct(test)
      let sharpness = ImageSharpness.meanRatio(
        ImageSharpness.of(copies), to: ImageSharpness.of(test, model.scaling))
      return (try ReconstructionErrors(copies, of: test, model.scaling).summary.meanSquared, 100 * sharpness)
    }
    (errors, sharpness) = (measured.map(\.0), measured.map(\.1))
  }

  /// `after 1 and 2 epochs`
  var words: String {
    "after " + firstEpochs.map { $0.map(String.init) ?? "no epoch" }.joined(separator: " and ")
  }
}
