import Bobbin

extension FashionBetaVAE {
  /// The seed of the codes that are decoded after every epoch, and of those of the end.
  private static let seeds: (fixed: UInt64, final: UInt64, measured: UInt64) = (1, 2, 3)
  private static let fixedCount = 32

  private static func drawn(_ count: Int, seed: UInt64, _ shop: Workshop) throws -> Codes {
    try shop.draws(.prior, of: gan, count: count, seed: seed)
  }

  static let adversaries = Item(
    "R2-16", title: "The generative adversarial network",
    says:
      "From PyTorch's DCGAN tutorial: a generator of 3 transposed convolutions, each with batch norm and ReLU, and a "
      + "discriminator of depth 4 with batch norm and ReLU, binary cross-entropy, two Adams. 300 epochs; both losses "
      + "seem quite flat (figure 10).",
    readings: [
      "Sizes are not stated, and the tutorial's networks are for images of 64×64: 1×1 → 7×7 → 14×14 → 28×28 with 128 and 64 channels, "
        + "and back with 64, 128 and 256.",
      "The layer that makes the image has tanh instead of batch norm and ReLU, the discriminator's first and last have no batch norm, "
        + "and its last a sigmoid, as in the tutorial. Taken at its word, for 5 epochs, the report is beside it.",
      "Images are scaled to [-1, 1]; learning rate 0.0002, betas (0.5, 0.999), batch 128 and initial weights are the tutorial's.",
      "30 epochs; 300 with --full.",
      "A loss counts as flat where its mean over the last third of the iterations is within a quarter of that over the second third.",
    ],
    needs: [gan, literalGAN], seconds: 3
  ) { shop in
    var chapter = Chapter()
    chapter.add(
      try shop.diagram(
        "R2-16-networks", of: gan, figure: "", caption: "Generator and discriminator, as read."))
    chapter.table(of: try shop.network(gan).summary, caption: "The layers of both networks.")
    for (name, work) in [("R2-16-loss", gan), ("R2-16-literal-loss", literalGAN)] {
      let losses = try shop.adversarialLosses(work)
      let figure = work == gan ? "figure 10 of the report" : "batch norm and ReLU behind every layer"
      chapter.add(
        try shop.figure(
          name, losses.chart(subtitle: figure).drawing(),
          caption: "What both players lose over \(losses.words)."
        )
      )
    }
    let losses = try shop.adversarialLosses(gan)
    let changes = [losses.generator, losses.discriminator].map(Trend.lateChange)
    chapter.add(
      .claim(
        row: "R2-16", "both losses are quite flat",
        obtained:
          "generator \(signed(changes[0])), discriminator \(signed(changes[1])) from the second to the last third",
        holds: changes.allSatisfy { abs($0) < 0.25 }))
    let literal = try shop.model(literalGAN)
    let codes = try shop.draws(.prior, of: literalGAN, count: 20, seed: seeds.fixed)
    chapter.add(
      try shop.figure(
        "R2-16-literal-samples",
        LatentSheets.samples(
          try literal.bitmaps(of: codes), of: codes, title: "The report taken at its word",
          subtitle: "batch norm and ReLU behind every layer"
        ),
        caption: "20 codes from N(0, I), \(shop.words(of: literal))."))
    return chapter
  }

  private static func signed(_ share: Double) -> String { formatted(100 * share, "%+.0f %%") }

  static let progress = Item(
    "R2-17", title: "The same noise, epoch by epoch",
    says:
      "At the end of each epoch, images are made from the same noise: figure 11, and a GIF.",
    readings: ["With --full every fifth epoch is kept; the run's own samples.gif has all of them."], needs: [gan],
    seconds: 3
  ) { shop in
    var chapter = Chapter()
    let samples = try shop.samplesByEpoch(gan, of: drawn(fixedCount, seed: seeds.fixed, shop))
    chapter.add(
      try shop.growthSheet(
        "R2-17-growth", samples, rows: 10, title: "The same noise, epoch by epoch", figure: "figure 11 of the report",
        caption:
          "12 of \(fixedCount) codes, drawn with seed \(seeds.fixed), after some of \(samples.last?.epoch ?? 0) epochs."
      ))
    chapter.add(
      try shop.growth(
        "R2-17-frames", samples, columns: 8,
        caption: "\(fixedCount) codes, drawn with seed \(seeds.fixed), after each of \(samples.count) kept epochs."))
    return chapter
  }

  static let samples = Item(
    "R2-18", title: "Images of the generator",
    says:
      "Figure 12 shows images at the end of the training: \"really similar to the original one, almost indistinguishable\".",
    readings: [
      "The images are similar if \(SampleQuality.resemblance)."
    ], needs: [gan], seconds: 6
  ) { shop in
    var chapter = Chapter()
    let codes = try drawn(60, seed: seeds.final, shop)
    chapter.add(
      try shop.decoded(
        "R2-18-samples", of: gan, codes, title: "Images of the generator", figure: "figure 12 of the report",
        caption: "Codes from N(0, I), drawn with seed \(seeds.final); none was chosen.", command: "bobbin generate RUN")
    )
    let model = try shop.model(gan)
    let judge = try shop.judge(for: gan)
    let count = shop.count(5000, quick: 500)
    let real = try shop.test(gan).spread(to: 2 * count)
    let made = try model.session.decode(drawn(count, seed: seeds.measured, shop))
    let quality = try judge.quality(of: made, model.scaling, real: real, workers: shop.workers)
    let sureOfReal = 1 - (try judge.probabilities(of: real).unsureShare())
    chapter.add(
      Finding(
        row: "R2-18", "Fréchet distance of \(Format.count(count)) made images from real ones",
        obtained: "\(fixed(quality.distance.frechet, 2)) (real images: \(fixed(quality.floor.frechet, 2)))", .noted,
        note:
          "By the features of a classifier that is right about \(fixed(100 * judge.accuracy, 1)) % of images held out.")
    )
    chapter.add(
      quality.resemblance(to: sureOfReal, row: "R2-18", "the images are really similar to the original ones"))
    chapter.table(
      ["class", "of the made images"],
      zip(judge.classNames, quality.classCounts).map { [$0, fixed(100 * Double($1) / Double(count), 1) + " %"] },
      caption: "What the classifier takes \(Format.count(count)) made images for.")
    return chapter
  }

  static let settling = Item(
    "R2-19", title: "When an image's class settles",
    says:
      "The same noise may give different pieces of cloth in the first phases of the training, and at a certain point reaches a stable "
      + "state in which only details change.",
    readings: [
      "The class of an image is what a classifier takes it for. It counts as settled where, over the last third of the kept epochs, "
        + "fewer images change their class from one to the next than over the first third."
    ], needs: [gan], seconds: 6
  ) { shop in
    var chapter = Chapter()
    let judge = try shop.judge(for: gan)
    let count = 1000
    let codes = try drawn(count, seed: seeds.fixed, shop)
    let epochs = try shop.keptEpochs(gan)
    let classes = try shop.overEpochs(gan, epochs) { _, model in
      try judge.classes(of: model.session.decode(codes), model.scaling)
    }
    let history = try ClassHistory(classes)
    let changes = Array(history.changes.dropFirst())
    let third = max(1, changes.count / 3)
    let (early, late) = (Sample.mean(Array(changes.prefix(third))), Sample.mean(Array(changes.suffix(third))))
    chapter.add(
      .claim(
        row: "R2-19", "the class of an image changes early and settles",
        obtained: "from one kept epoch to the next \(fixed(100 * early, 1)) % change over the first third, "
          + "\(fixed(100 * late, 1)) % over the last", holds: late < early))
    let settled = history.settled.map { Double(epochs[min($0, epochs.count - 1)]) }.sorted()
    chapter.add(
      Finding(
        row: "R2-19", "epoch from which half of the images keep their class",
        obtained: fixed(settled[settled.count / 2], 0), .noted,
        note: "Of \(Format.count(count)) codes, drawn with seed \(seeds.fixed), over \(epochs.count) kept epochs."))
    chapter.add(
      try shop.figure(
        "R2-19-settling",
        LineChart(
          title: "Images that change their class", subtitle: "from one kept epoch to the next",
          series: [
            .init(
              "", zip(epochs.dropFirst(), changes).map { Point(Double($0), 100 * $1) }, showsPoints: true)
          ], xAxis: Axis("epoch", isWhole: true),
          yAxis: Axis("percent of \(Format.count(count)) images", range: 0...100)
        ).drawing(),
        caption:
          "How many of the images of the same \(Format.count(count)) codes show another class than one kept epoch before."
      ))
    return chapter
  }
}
