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
  /// Over the last fifth of the iterations, from one to the next.
  package var generatorDeviation: Double { Sample.standardDeviation(Self.end(of: generator)) }

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
    try run(work).keptEpochs.map { epoch in
      (epoch, try model(work, weights: .epoch(epoch)).bitmaps(of: codes))
    }
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
    var qualities: [(epoch: Int, quality: SampleQuality)] = []
    for epoch in try run(work).keptEpochs {
      let model = try model(work, weights: .epoch(epoch))
      let made = try model.session.decode(codes)
      qualities.append((epoch, try judge.quality(of: made, model.scaling, real: real, workers: workers)))
    }
    return qualities
  }
}
