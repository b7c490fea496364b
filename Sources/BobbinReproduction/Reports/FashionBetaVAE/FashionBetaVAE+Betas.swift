import Bobbin

extension FashionBetaVAE {
  /// Those that only differ in β, and the other reading of the loss.
  private static let weights: [(name: String, work: Work)] = [
    ("β = 1", vae), ("β = 10", beta10), ("β = 100", beta100), ("β = 1000", beta1000),
    ("β = 100, sum of squares", beta100Sum),
  ]

  /// Values that a number of the code takes.
  private static let range: ClosedRange<Float> = -3...3
  private static let steps = 9

  static let betas = Item(
    "R2-15", title: "Several β",
    says:
      "Only β varies, with a code of 20; a test image is encoded and one number varied in a fixed range (figure 9). Small β lead to "
      + "superpositions of clothes; with higher β the image keeps its structure and only features change, above all with "
      + "β = 100, on a pullover.",
    readings: [
      "Which β besides 100 is not stated: 1, 10 and 1000. Beside a sum over pixels from 0 to 1, 100 comes to 1.2; with the sum of "
        + "squares on the scale of 0 to 255 it would come to 0.0015, which is the last row.",
      "The range is not stated: from -3 to 3. The image is the first pullover of the test images; the dimension is that of the "
        + "greatest divergence from the prior.",
      "A superposition is read as an image of whose class a classifier is less than 90 % sure; keeping the structure as showing the "
        + "class of the unchanged code. Both are counted over many test images and the three dimensions of the greatest divergence.",
    ],
    needs: weights.map(\.work), seconds: 20
  ) { shop in
    var chapter = Chapter()
    let test = try shop.test(vae)
    let pullovers = test.indices.filter { test.dataset.labels?[$0] == 2 }
    let pullover = try test.dataset.subset(Array(pullovers.prefix(1)))
    let sample = try test.spread(to: shop.count(300, quick: 40))
    var sheet = ImageSheet(
      title: "One number of the code varied", subtitle: "figure 9 of the report", rows: [],
      columnLabels: range.spaced(steps).map { formatted(Double($0), "%g") })
    let judge = try shop.judge(for: vae)
    // One for each seed.
    var effects: [Work: [TraversalEffect]] = [:]
    var rows: [[String]] = []
    for (name, work) in weights {
      let model = try shop.model(work)
      let posterior = PosteriorMeasures(try model.session.posteriors(test))
      let dimensions = posterior.widest(3)
      let start = try model.session.codes(.mean, of: pullover, seed: 0)
      let codes = try start.traversal(of: 0, along: dimensions[0], values: range.spaced(steps))
      sheet.rows.append(try model.bitmaps(of: codes))
      sheet.rowLabels.append("\(name), z\(dimensions[0])")
      let ofSeeds = try shop.each(work) { model in
        let widest = PosteriorMeasures(try model.session.posteriors(test)).widest(3)
        return try TraversalEffect(of: model, sample, along: widest, values: range.spaced(steps), by: judge)
      }
      effects[work] = ofSeeds
      let effect = ofSeeds[0]
      rows.append([
        name, try shop.effectiveBeta(work).map { formatted($0, "%.4g") } ?? "–",
        fixed(try model.unitError(test), 5), fixed(posterior.totalDivergence, 2),
        "\(posterior.activeUnits)", fixed(100 * effect.changedShare, 1) + " %",
        fixed(100 * effect.unsureShare, 1) + " %",
      ])
    }
    chapter.add(
      try shop.figure(
        "R2-15-traversals", sheet.drawing(),
        caption: "\(shop.words(of: pullover)): the number of its code named at the left takes the values above; seed 7."
      ))
    chapter.table(
      [
        "", "β beside summed squares from 0 to 1", "test error", "KL (nats)", "dimensions used", "another class",
        "not sure",
      ],
      rows,
      caption:
        "Test error: of mean codes, pixels from 0 to 1. Used: dimensions whose mean varies over images by more than 0.01. Another "
        + "class, not sure: of the images that come of varying \(sample.count) test images' codes from -3 to 3 along three dimensions."
    )
    addClaims(to: &chapter, effects[vae] ?? [], effects[beta100] ?? [])
    try addDimensions(to: &chapter, pullover, shop)
    return chapter
  }

  /// - Parameters:
  ///   - small: what varying a number does with β = 1, one for each seed.
  ///   - large: with β = 100.
  private static func addClaims(
    to chapter: inout Chapter, _ small: [TraversalEffect], _ large: [TraversalEffect]
  ) {
    func comparison(_ share: KeyPath<TraversalEffect, Double>) -> SeedComparison {
      SeedComparison(small.map { 100 * $0[keyPath: share] }, large.map { 100 * $0[keyPath: share] })
    }
    let (unsure, changed) = (comparison(\.unsureShare), comparison(\.changedShare))
    chapter.add(
      .claim(
        row: "R2-15", "small β lead to superpositions more often than β = 100",
        obtained: "not sure: \(unsure.words(decimals: 1, unit: " %"))", holds: unsure.isSecondSmaller,
        note: "β = 100 first, then β = 1; every seed decides."))
    chapter.add(
      .claim(
        row: "R2-15", "with β = 100 the structure stays more often than with small β",
        obtained: "another class: \(changed.words(decimals: 1, unit: " %"))", holds: changed.isSecondSmaller,
        note: "β = 100 first, then β = 1; every seed decides."))
  }

  /// Every dimension that is used with β = 100.
  private static func addDimensions(to chapter: inout Chapter, _ pullover: ImageSubset, _ shop: Workshop) throws {
    let model = try shop.model(beta100)
    let test = try shop.test(beta100)
    let posterior = PosteriorMeasures(try model.session.posteriors(test))
    let dimensions = posterior.widest(min(8, max(1, posterior.activeUnits)))
    let start = try model.session.codes(.mean, of: pullover, seed: 0)
    let values = range.spaced(steps)
    let codes = try Codes(
      dimensions.flatMap { try start.traversal(of: 0, along: $0, values: values).values }, dimension: start.dimension)
    chapter.add(
      try shop.figure(
        "R2-15-dimensions",
        LatentSheets.traversals(
          try model.bitmaps(of: codes), along: dimensions, values: dimensions.map { _ in values },
          title: "Every number that is used, β = 100", subtitle: "the greatest divergence from the prior first"),
        caption: "\(shop.words(of: pullover)): each row varies another number of its code, \(shop.words(of: model)).",
        command: "bobbin traverse RUN --all --range=-3:3 --image K"))
  }
}

/// What comes of varying single numbers of codes.
struct TraversalEffect {
  /// Share of images that show another class than the unchanged code's.
  let changedShare: Double
  /// Share of images of whose class a classifier is less than 90 % sure.
  let unsureShare: Double

  init(
    of model: borrowing TrainedModel, _ images: ImageSubset, along dimensions: [Int], values: [Float],
    by judge: borrowing FeatureClassifier
  ) throws {
    let codes = try model.session.codes(.mean, of: images, seed: 0)
    let own = try judge.classes(of: model.session.decode(codes), model.scaling)
    let varied = try (0..<codes.count).flatMap { image in
      try dimensions.flatMap { try codes.traversal(of: image, along: $0, values: values).values }
    }
    let decoded = try model.session.decode(Codes(varied, dimension: codes.dimension))
    let probabilities = try judge.probabilities(of: decoded, model.scaling)
    let expected = own.flatMap { Array(repeating: $0, count: dimensions.count * values.count) }
    changedShare = ClassHistory.share(probabilities.mostProbable, unlike: expected)
    unsureShare = probabilities.unsureShare()
  }
}

extension PosteriorMeasures {
  /// The dimensions of the greatest divergence, the greatest first.
  func widest(_ count: Int) -> [Int] {
    Array(divergences.indices.sorted { (divergences[$1], $0) < (divergences[$0], $1) }.prefix(count))
  }
}

extension Workshop {
  /// A work's β beside the squared error of pixels from 0 to 1, summed.
  func effectiveBeta(_ work: Work) throws -> Double? {
    let (experiment, input, _) = try network(work)
    let scaling = experiment.recipe.data.scaling
    return (experiment.recipe.model as? VAE)?.betaOfSquaredError(for: input, range: scaling.high - scaling.low)
  }
}
