import Bobbin

// R3-12: how often cleaning gives back another digit.

extension MNISTCleaning {
  /// "We consider the epoch after the tenth because the first 10 are considered a sort of minimal training."
  private static let counted = 10...60
  /// What the report counts of 51 epochs, with codes of 2 and of 6.
  private static let reportedCounts = [12.0, 2.0]
  /// Counted by eye: one more or less is no difference.
  private static let allowed = Finding.Allowance.absolute(1)
  /// Draws of noise on the one image.
  private static let draws = 16

  static let failures = Item(
    "R3-12", title: "Wrong digits",
    says:
      "\"Considering the epoch from 10 to 60 the network output a wrong number 12 times; instead the network with esd=6 was wrong only 2 "
      + "times\", counted by eye on the first test image, a seven, which came out as a nine, as after 31 epochs.",
    readings: [
      "A classifier counts, whose recipe is reference-classifier.yaml: an epoch is wrong when it reads another digit than the image's.",
      "Whether the noise on the image is drawn anew at every epoch is not stated: it is, and what one draw for all epochs comes to is said "
        + "beside it. As the report's draws are unknown, there are \(draws) of them, and deviations are over draws and seeds.",
      noiseReading,
      "The same is counted over the whole test set, where chance says less.",
    ], needs: cleaners + [DigitReader.work], seconds: 90
  ) { shop in
    var chapter = Chapter()
    let reader = try DigitReader(shop)
    let counts = try cleaners.map { try wrongDigits(of: $0, shop, reader) }
    let epochs = "epochs \(counts[0].first?.epochs.first ?? 0) to \(counts[0].first?.epochs.last ?? 0)"
    for (index, seeds) in counts.enumerated() {
      let same = seeds.flatMap(\.countsOfSameDraw)
      chapter.add(
        .number(
          row: "R3-12", "how often test image 0 comes out as another digit, n = \(codeLengths[index]), \(epochs)",
          reported: reportedCounts[index], obtained: seeds.flatMap(\.countsOfNewDraws), allowing: allowed, decimals: 1,
          because: "It is one image, counted by eye, and the strength of the noise is our reading.",
          note: "With one draw for all epochs \(spread(same, decimals: 1)), from \(fixed(same.min() ?? .nan, 0)) to "
            + "\(fixed(same.max() ?? .nan, 0))."))
    }
    let shares = counts.map { $0.map { 100 * Sample.mean($0.testShares) } }
    let comparison = SeedComparison(shares[0], shares[1])
    chapter.add(
      .claim(
        row: "R3-12", "the code of 6 gives fewer wrong digits than the code of 2",
        obtained: "\(comparison.words(decimals: 1, unit: " %")) of the test images", holds: comparison.isSecondSmaller,
        note: "Mean over the epochs, code of 6 against code of 2."))
    chapter.add(mistakes(counts, shop))
    chapter.add(
      Finding(
        row: "R3-12", "what the classifier that counts knows of the clean test images",
        obtained: fixed(100 * (try reader.accuracy(shop.test(DigitReader.work))), 2) + " %", .noted,
        note: "It should be at least 99 %: what it misreads by itself counts as wrong too."))
    add(counts, to: &chapter)
    chapter.add(try curves(counts, shop))
    chapter.add(try strip(counts, shop))
    return chapter
  }

  private static func wrongDigits(
    of work: Work, _ shop: Workshop, _ reader: borrowing DigitReader
  ) throws -> [WrongDigits] {
    let test = try shop.sample(of: shop.test(work))
    let copies = try shop.test(work).copies(ofImageAt: 0, draws).all
    let epochs = try shop.keptEpochs(work, among: counted)
    return try shop.repetitions(of: work).map { repetition in
      var (readings, testReadings): ([[Int]], [[Int]]) = ([], [])
      _ = try shop.overEpochs(work, repetition: repetition, epochs) { _, model in
        readings.append(try reader.digits(of: model.session.denoise(copies).denoised, model.scaling))
        testReadings.append(try reader.digits(of: model.session.denoise(test).denoised, model.scaling))
      }
      return WrongDigits(
        epochs: epochs, digit: copies.labels?[0] ?? 0, readings: readings, labels: test.labels ?? [],
        testReadings: testReadings)
    }
  }

  /// Whether the seven that comes out as another digit comes out as a nine.
  private static func mistakes(_ counts: [[WrongDigits]], _ shop: Workshop) -> Finding {
    let all = counts[0]
    let wrong = Dictionary(all.flatMap(\.wrongDigits).map { ($0.digit, $0.count) }, uniquingKeysWith: +)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let words = wrong.prefix(3).map { "\($0.key): \($0.value) times" }.joined(separator: ", ")
    return .claim(
      row: "R3-12", "what image 0 is confused with is the nine",
      obtained: words.isEmpty ? "never another digit" : words, holds: wrong.first?.key == 9,
      note: "Code of 2, all draws, epochs and seeds together.")
  }

  private static func add(_ counts: [[WrongDigits]], to chapter: inout Chapter) {
    let rows = zip(codeLengths, counts).map { length, seeds -> [String] in
      let digit = seeds.first?.digit ?? 0
      return [
        "n = \(length)", spread(seeds.flatMap(\.countsOfNewDraws), decimals: 1),
        spread(seeds.map { $0.meanCount(of: digit) }, decimals: 1), spread(seeds.map { $0.meanCount() }, decimals: 1),
        spread(seeds.map { 100 * ($0.testShares.last ?? .nan) }, decimals: 2, unit: " %"),
      ]
    }
    let epochs = counts[0].first?.epochs ?? []
    chapter.table(
      ["code", "test image 0", "all its digit", "all test images", "wrong in the end"], rows,
      caption:
        "At how many of \(epochs.count) epochs (\(epochs.first ?? 0) to \(epochs.last ?? 0)) an image comes out as another digit: "
        + "mean over draws, or over images, and seeds. Last: share of all test images after the last epoch.")
  }

  private static func curves(_ counts: [[WrongDigits]], _ shop: Workshop) throws -> Chapter.Part {
    let series = counts.enumerated().flatMap { index, seeds in
      seeds.enumerated().map { seed, wrong in
        LineChart.Series(
          seed == 0 ? codeName(index) : "",
          zip(wrong.epochs, wrong.testShares).map { Point(Double($0), 100 * $1) }, color: .series(index),
          isDashed: seed > 0)
      }
    }
    return try shop.figure(
      "R3-12-wrong-digits",
      LineChart(
        title: "Wrong digits among cleaned test images", series: series, xAxis: Axis("epoch", isWhole: true),
        yAxis: Axis("percent of the test images")
      ).drawing(),
      caption:
        "Share of \(counts[0].first?.labels.count ?? 0) test images that the classifier reads as another digit after cleaning; the "
        + "first seed solid.")
  }

  /// What became of test image 0 at every counted epoch.
  private static func strip(_ counts: [[WrongDigits]], _ shop: Workshop) throws -> Chapter.Part {
    let image = try shop.test(cleaners[0]).dataset.subset([0])
    let perRow = 17
    var (rows, labels, captions): ([[Bitmap]], [String], [[String]]) = ([], [], [])
    for (index, work) in cleaners.enumerated() {
      let wrong = counts[index][0]
      let pictures = try shop.overEpochs(work, wrong.epochs) { _, model in
        try model.session.denoise(image).denoised.bitmaps(model.scaling)
      }.flatMap { $0 }
      let words = zip(wrong.epochs, wrong.readings).map { epoch, readings in
        readings[0] == wrong.digit ? "\(epoch)" : "\(epoch): a \(readings[0])!"
      }
      for first in stride(from: 0, to: pictures.count, by: perRow) {
        let range = first..<min(first + perRow, pictures.count)
        rows.append(Array(pictures[range]))
        captions.append(Array(words[range]))
        labels.append(first == 0 ? "n = \(codeLengths[index])" : "")
      }
    }
    return try shop.figure(
      "R3-12-every-epoch",
      ImageSheet(
        title: "Test image 0, cleaned, at every counted epoch", rows: rows, rowLabels: labels, captions: captions,
        cell: 40
      ).drawing(),
      caption:
        "Above each image the epoch, and the digit that the classifier reads where it is a wrong one; first seed.")
  }
}
