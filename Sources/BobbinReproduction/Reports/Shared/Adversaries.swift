import Bobbin

/// What the two players of a GAN lost, iteration by iteration.
package struct AdversarialLosses {
  /// `[iteration]`
  package let discriminator: [Double]
  package let generator: [Double]

  /// What the discriminator loses that cannot tell: both images are real with a probability of one half.
  static let discriminatorAtRest = 1.386294
  /// What the generator loses then.
  static let generatorAtRest = 0.693147

  package init(_ steps: [StepRecord]) {
    discriminator = steps.map { $0.training[ProgramName.discriminator] }
    generator = steps.map { $0.training[ProgramName.generator] }
  }

  /// The last fifth of the iterations.
  private static func end(of losses: [Double]) -> [Double] { Array(losses.suffix(max(2, losses.count / 5))) }

  /// Means over the last fifth of the iterations.
  package var lastDiscriminator: Double { Sample.mean(Self.end(of: discriminator)) }
  package var lastGenerator: Double { Sample.mean(Self.end(of: generator)) }
  /// How much each varies from one iteration to the next over the last fifth, as a share of its mean there.
  package var discriminatorJumps: Double { Self.jumps(of: discriminator) }
  package var generatorJumps: Double { Self.jumps(of: generator) }

  /// √(½ · mean of the squared differences) is the standard deviation of numbers around a slow drift.
  private static func jumps(of losses: [Double]) -> Double {
    let end = end(of: losses)
    let squares = zip(end.dropFirst(), end).map { ($0 - $1) * ($0 - $1) }
    return (Sample.mean(squares) / 2).squareRoot() / Sample.mean(end)
  }

  /// How far the losses' means in the last fifth lie from where neither player could gain, as a share of that.
  package var distanceFromRest: Double {
    max(
      abs(lastDiscriminator - Self.discriminatorAtRest) / Self.discriminatorAtRest,
      abs(lastGenerator - Self.generatorAtRest) / Self.generatorAtRest)
  }

  /// The most points of a curve.
  private static let shownPoints = 1500

  /// Every how manieth iteration the chart shows.
  package var shownInterval: Int { max(1, (generator.count + Self.shownPoints - 1) / Self.shownPoints) }

  /// `14,070 iterations, one in 10 of them drawn`
  var words: String {
    "\(Format.count(generator.count)) iterations"
      + (shownInterval == 1 ? "" : ", one in \(shownInterval) of them drawn")
  }

  func chart(subtitle: String) -> LineChart {
    func series(_ name: String, _ losses: [Double]) -> LineChart.Series {
      let shown = stride(from: 0, to: losses.count, by: shownInterval)
      return .init(name, shown.map { Point(Double($0 + 1), losses[$0]) })
    }
    return LineChart(
      title: "Losses of both players", subtitle: subtitle,
      series: [series("generator", generator), series("discriminator", discriminator)],
      xAxis: Axis("iteration", isWhole: true), yAxis: Axis("binary cross-entropy (nats)"), width: 760)
  }
}

extension Workshop {
  /// What every iteration of a GAN came to.
  ///
  /// - Throws: `Refusal` where its recipe does not record steps.
  func adversarialLosses(_ work: Work) throws -> AdversarialLosses {
    let steps = try run(work).stepRecords()
    guard !steps.isEmpty else {
      throw Refusal("\(try run(work).path): has no steps.jsonl; its recipe needs callbacks: [steps]")
    }
    return AdversarialLosses(steps)
  }

  /// What a GAN makes of the same codes after every epoch that it keeps.
  ///
  /// - Returns: `[epoch][code]`
  func samplesByEpoch(_ work: Work, of codes: Codes) throws -> [(epoch: Int, images: [Bitmap])] {
    try overEpochs(work, keptEpochs(work)) { epoch, model in (epoch, try model.bitmaps(of: codes)) }
  }

  /// Frames of what a GAN makes of the same codes, one for each epoch.
  func growth(
    _ name: String, _ samples: [(epoch: Int, images: [Bitmap])], columns: Int, caption: String
  ) throws -> Chapter.Part {
    try animation(name, samples.map { try Mosaic($0.images, columns: columns, scale: 2).bitmap() }, caption: caption)
  }

  /// The same codes over the epochs: a row for each of at most `rows` epochs.
  func growthSheet(
    _ name: String, _ samples: [(epoch: Int, images: [Bitmap])], rows: Int = 8, columns: Int = 12, title: String,
    figure: String, caption: String
  ) throws -> Chapter.Part {
    let last = samples.count - 1
    let places =
      last < rows ? Array(samples.indices) : (0..<rows).map { $0 * last / (rows - 1) }
    let sheet = ImageSheet(
      title: title, subtitle: figure, rows: places.map { Array(samples[$0].images.prefix(columns)) },
      rowLabels: places.map { "epoch \(samples[$0].epoch)" })
    return try self.figure(name, sheet.drawing(), caption: caption)
  }

  /// How near to real images the samples of each kept epoch come.
  ///
  /// - Parameter codes: as many as there are images in each comparison.
  func qualityByEpoch(
    _ work: Work, of codes: Codes, real: ImageSubset, by judge: borrowing FeatureClassifier
  ) throws -> [(epoch: Int, quality: SampleQuality)] {
    try overEpochs(work, keptEpochs(work)) { epoch, model in
      let made = try model.session.decode(codes)
      return (epoch, try judge.quality(of: made, model.scaling, real: real, workers: workers))
    }
  }
}

extension SampleQuality {
  /// How few points less a classifier may be sure of made images than of real ones.
  private static let tolerance = 0.1
  /// The least share of the made images that every class has.
  private static let leastShare = 0.01

  /// What counts as images like real ones.
  static let resemblance =
    "a classifier is sure (0.9) of at least as many of the made images as of real ones, less ten points, and takes at least a "
    + "hundredth of them for each class"

  /// Whether images are like real ones.
  ///
  /// - Parameter sureOfReal: of what share of real images the classifier is sure.
  func resemblance(to sureOfReal: Double, row: String, _ statement: String) -> Finding {
    let total = Double(classCounts.reduce(0, +))
    let missing = classCounts.count { Double($0) < Self.leastShare * total }
    return .claim(
      row: row, statement,
      obtained: "the classifier is sure of \(fixed(100 * sureShare, 1)) % of them and of "
        + "\(fixed(100 * sureOfReal, 1)) % of real ones; \(missing) of \(classCounts.count) classes are missing",
      holds: sureShare > sureOfReal - Self.tolerance && missing == 0)
  }
}
