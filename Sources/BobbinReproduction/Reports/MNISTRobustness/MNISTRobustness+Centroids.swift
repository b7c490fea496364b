import Bobbin

// R4-8 and R4-9: the mean code of each digit, and images around it.

extension MNISTRobustness {
  private static let variances = [0, 2.5, 5, 7.5, 10.0]
  /// Share of samples that may show another digit where a code is called robust.
  private static let robustShare = 0.1

  static let centroids = Item(
    "R4-8", title: "The mean code of each digit",
    says:
      "\"Associate a cluster for each of the 10 digits, and each of these clusters to their respective centroid\", the mean of codes.",
    readings: [
      "The formula printed sums over the whole training set for every digit, which gives one point for all: the sum is restricted to the "
        + "digit's own images. The one point is in the table's last row."
    ], needs: [best, DigitReader.work], seconds: 1
  ) { shop in
    var chapter = Chapter()
    let model = try shop.model(best)
    let centroids = try MNISTRobustness.centroids(of: best, shop)
    let names = try shop.training(best).dataset.classNames
    let codes = try Codes(model.session.encode(shop.training(best)))
    func numbers(_ code: some Sequence<Double>) -> [String] { code.map { fixed($0, 2) } }
    let rows = centroids.classes.indices.map { index in
      [names[centroids.classes[index]]] + numbers(centroids.centroids[index].map { Double($0) })
    }
    let mean = (0..<codes.dimension).map { axis in
      (0..<codes.count).reduce(0.0) { $0 + Double(codes.values[$1 * codes.dimension + axis]) } / Double(codes.count)
    }
    chapter.table(
      ["digit"] + (0..<codes.dimension).map { "z\($0)" }, rows + [["all, as printed"] + numbers(mean)],
      caption: "Mean codes of the training images of each digit, first seed.")
    let images = try model.session.decode(centroids.centroids)
    let read = try DigitReader(shop).digits(of: images, model.scaling)
    let right = zip(read, centroids.classes).count { $0 == $1 }
    chapter.add(
      Finding(
        row: "R4-8", "images of the mean codes that are read as their digit",
        obtained: "\(right) of \(centroids.classes.count)", .noted))
    chapter.add(
      try shop.figure(
        "R4-8-centroids",
        ImageSheet(
          title: "Images of the mean codes", rows: [try images.bitmaps(model.scaling)],
          columnLabels: centroids.classes.map { names[$0] }
        ).drawing(), caption: "Decoded from the mean code of the training images of each digit, code of 6, first seed.")
    )
    return chapter
  }

  static let sampling = Item(
    "R4-9", title: "Samples around the mean codes",
    says:
      "Figure 3: codes drawn around each mean code with a variance of 0, 2.5, 5, 7.5 and 10. With some noise \"the generated samples deviate "
      + "strongly from the intended digit\", but only \"when high enough values of variance are reached: … the model shows a somewhat high "
      + "robustness\"; \"similar digits are confused\".",
    readings: [
      "The numbers are variances; read as standard deviations they are shown beside.",
      "Robust: at most a tenth of the samples show another digit at the least variance, 2.5.",
    ], needs: [best, DigitReader.work], seconds: 5
  ) { shop in
    var chapter = Chapter()
    let reader = try DigitReader(shop)
    let count = shop.count(500, quick: 100)
    let drifts = try shop.repetitions(of: best).map { try Drift(of: best, $0, variances, count, shop, reader) }
    let literal = try Drift(of: best, 0, variances.map { $0 * $0 }, count, shop, reader)
    /// In percent, of each seed.
    func shares(_ step: Int) -> [Double] { drifts.map { 100 * Sample.mean($0.shares[step]) } }
    let last = variances.count - 1
    chapter.add(
      .claim(
        row: "R4-9", "samples deviate from their digit as the variance grows",
        obtained: variances.indices.map {
          "v = \(fixed(variances[$0], 1)): \(spread(shares($0), decimals: 1, unit: " %"))"
        }
        .joined(separator: ", "),
        holds: (1...last).allSatisfy { Sample.mean(shares($0)) >= Sample.mean(shares($0 - 1)) }
          && Sample.mean(shares(last)) > Sample.mean(shares(0)),
        note: "Share of samples that the classifier reads as another digit, mean over the digits."))
    chapter.add(
      .claim(
        row: "R4-9", "the code is robust: only a high variance shows",
        obtained: spread(shares(1), decimals: 1, unit: " %")
          + " show another digit at 2.5", holds: Sample.mean(shares(1)) <= 100 * robustShare,
        note:
          "Read as standard deviations, the same steps come to \(fixed(100 * Sample.mean(literal.shares[1]), 1)) % at 2.5."
      ))
    let names = try shop.training(best).dataset.classNames
    chapter.add(
      Finding(
        row: "R4-9", "digits most often taken for others at variance 10", obtained: drifts[0].mostConfused(names),
        .noted,
        note: "Similar digits, says the report."))
    chapter.add(try grid(shop))
    chapter.add(try curves(drifts, literal, shop))
    return chapter
  }

  static func centroids(of work: Work, repetition: Int = 0, _ shop: Workshop) throws -> ClassCentroids {
    let images = try shop.training(work)
    let codes = try Codes(shop.model(work, repetition: repetition).session.encode(images))
    return try ClassCentroids(codes, labels: images.labels ?? [], variance: 0)
  }

  /// A row for each digit, a column for each variance.
  private static func grid(_ shop: Workshop) throws -> Chapter.Part {
    let model = try shop.model(best)
    var around = try centroids(of: best, shop)
    let names = try shop.training(best).dataset.classNames
    var rows: [[Bitmap]] = []
    for digit in around.classes {
      around.chosen = digit
      var row: [Bitmap] = []
      for variance in variances {
        around.variance = variance
        row += try model.bitmaps(of: around.sample(1, seed: UInt64(digit)))
      }
      rows.append(row)
    }
    return try shop.figure(
      "R4-9-samples",
      ImageSheet(
        title: "Samples around the mean codes", subtitle: "figure 3 of the report", rows: rows,
        rowLabels: around.classes.map { names[$0] }, columnLabels: variances.map { "v = \(fixed($0, 1))" }
      ).drawing(),
      caption: "One draw for each digit, the same in every column but for its strength; code of 6, first seed.")
  }

  private static func curves(_ drifts: [Drift], _ literal: Drift, _ shop: Workshop) throws -> Chapter.Part {
    func series(_ name: String, _ drift: Drift, _ index: Int, isDashed: Bool) -> LineChart.Series {
      .init(
        name, zip(variances, drift.shares).map { Point($0, 100 * Sample.mean($1)) }, color: .series(index),
        isDashed: isDashed, showsPoints: true)
    }
    let all = drifts.enumerated().map { series($0 == 0 ? "variance" : "", $1, 0, isDashed: $0 > 0) }
    return try shop.figure(
      "R4-9-drift",
      LineChart(
        title: "Samples that show another digit",
        series: all + [series("read as deviation", literal, 1, isDashed: false)],
        xAxis: Axis("variance, or deviation"), yAxis: Axis("percent of the samples")
      ).drawing(),
      caption:
        "\(Format.count(drifts[0].count)) samples of each digit at each step, the first seed solid; digits as the classifier reads them."
    )
  }
}

/// Which digits samples around the mean codes show.
struct Drift: Sendable {
  /// Of each digit at each variance.
  let count: Int
  /// [step][digit]: the share of samples that show another digit.
  let shares: [[Double]]
  /// At the last step.
  let confusion: ConfusionMatrix

  init(
    of work: Work, _ repetition: Int, _ variances: [Double], _ count: Int, _ shop: Workshop,
    _ reader: borrowing DigitReader
  ) throws {
    let model = try shop.model(work, repetition: repetition)
    var around = try MNISTRobustness.centroids(of: work, repetition: repetition, shop)
    self.count = count
    var shares: [[Double]] = []
    var (truth, predictions): ([Int], [Int]) = ([], [])
    for variance in variances {
      around.variance = variance
      (truth, predictions) = ([], [])
      var row: [Double] = []
      for digit in around.classes {
        around.chosen = digit
        let images = try model.session.decode(around.sample(count, seed: UInt64(digit)))
        let read = try reader.digits(of: images, model.scaling)
        let expected = Array(repeating: digit, count: count)
        row.append(ClassHistory.share(read, unlike: expected))
        (truth, predictions) = (truth + expected, predictions + read)
      }
      shares.append(row)
    }
    self.shares = shares
    confusion = try ConfusionMatrix(
      truth: truth, predictions: predictions, classCount: (truth + predictions).reduce(0, max) + 1)
  }

  /// `4 as 9 (12 %)`, the three greatest shares.
  func mostConfused(_ names: [String]) -> String {
    let classes = 0..<confusion.classCount
    let pairs = classes.flatMap { truth in classes.filter { $0 != truth }.map { (truth, $0, confusion[truth, $0]) } }
    let greatest = pairs.sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }.prefix(3)
    return greatest.map { truth, read, times in
      "\(names[truth]) as \(names[read]) (\(fixed(100 * Double(times) / Double(count), 0)) %)"
    }.joined(separator: ", ")
  }
}
