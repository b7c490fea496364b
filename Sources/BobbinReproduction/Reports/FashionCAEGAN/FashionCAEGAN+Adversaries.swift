import Bobbin

extension FashionCAEGAN {
  static let adversaries = Item(
    "R1-14", "R1-15", "R1-16", "R1-17", title: "The generative adversarial network",
    says:
      "Images are resized to 32×32 and brought to [-1, 1]; figures 7 and 8 print the generator and the discriminator. The "
      + "losses of figure 4a oscillate, and the model does not seem to converge yet; beside real images (figure 4b) the results "
      + "are good.",
    readings: [
      "How images are resized is not stated: bilinearly.",
      "Neither learning rate nor batch nor epochs are stated, only Adam's betas (0.5, 0.999): 0.0002, 128 and 20 epochs.",
      "\"Normal initialization for all layers\" has no deviation: weights from N(0, 0.02), batch norm from N(1, 0.02).",
      "The formula has \"1 - log D(G(z))\" for log(1 - D(G(z))); the generator is trained to maximise log D(G(z)), as the text says.",
      "The suggestions that the text takes from Goodfellow 2014 are those of Radford 2015 (DCGAN).",
      "The results are good if \(SampleQuality.resemblance).",
    ],
    needs: [gan], seconds: 17
  ) { shop in
    var chapter = Chapter()
    try addNetworks(to: &chapter, shop)
    try addLosses(to: &chapter, shop)
    try addSamples(to: &chapter, shop)
    try addQuality(to: &chapter, shop)
    return chapter
  }

  /// Of the codes that are looked at; those that are measured have the next.
  private static let codeSeed: UInt64 = 1

  private static func addNetworks(to chapter: inout Chapter, _ shop: Workshop) throws {
    let (experiment, input, summary) = try shop.network(gan)
    let scaling = experiment.recipe.data.scaling
    chapter.add(
      Finding(
        row: "R1-14", "images that the networks see", reported: "32×32, from -1 to 1",
        obtained: "\(input.width)×\(input.height), from \(fixed(scaling.low, 0)) to \(fixed(scaling.high, 0))", .noted))
    for (row, player, reported) in [("R1-15", "generator", 1_931_520), ("R1-16", "discriminator", 1_384_576)] {
      let layers = NetworkSummary(rows: summary.rows.filter { $0.path.hasPrefix(player + ".") })
      chapter.add(
        .setting(
          row: row, "parameters of the \(player)", reported: Double(reported), obtained: Double(layers.parameters),
          note: "The reported number is counted from the printed layers; batch norm has none for running statistics."))
      chapter.table(of: layers, caption: "The \(player), as figure \(row == "R1-15" ? 7 : 8) of the report prints it.")
    }
    chapter.add(
      try shop.diagram(
        "R1-15-networks", of: gan, figure: "figures 7 and 8 of the report",
        caption: "Generator and discriminator: boxes are as high as the maps and as wide as they have channels."))
  }

  private static func addLosses(to chapter: inout Chapter, _ shop: Workshop) throws {
    let losses = try shop.adversarialLosses(gan)
    chapter.add(
      try shop.figure(
        "R1-17-losses", losses.chart(subtitle: "figure 4a of the report").drawing(),
        caption:
          "What each player lost over \(losses.words), of 128 images each, seed 7. If neither could gain, the discriminator would "
          + "lose 1.386 and the generator 0.693.",
        command: "bobbin train Recipes/fashion-cae-gan/gan.yaml"))
    let jumps = [losses.generatorJumps, losses.discriminatorJumps]
    chapter.add(
      .claim(
        row: "R1-17", "The losses oscillate and do not converge",
        obtained:
          "over the last fifth of the iterations generator \(fixed(losses.lastGenerator, 2)) ± \(fixed(100 * jumps[0], 0)) %, "
          + "discriminator \(fixed(losses.lastDiscriminator, 2)) ± \(fixed(100 * jumps[1], 0)) %",
        holds: jumps.allSatisfy { $0 > 0.1 } && losses.distanceFromRest > 0.1,
        note:
          "Held to be so if both losses vary by more than a tenth of themselves from one iteration to the next, apart from any "
          + "drift, and the mean of either is more than a tenth away from where neither could gain."))
  }

  private static func addSamples(to chapter: inout Chapter, _ shop: Workshop) throws {
    let model = try shop.model(gan)
    let codes = try StandardNormal(dimension: model.session.codeLength()).sample(64, seed: codeSeed)
    let real = try shop.test(gan).spread(to: 64)
    let sheets = try [("real", real.bitmaps()), ("generated", model.bitmaps(of: codes))].map { name, images in
      let rows = stride(from: 0, to: images.count, by: 8).map { Array(images[$0..<min($0 + 8, images.count)]) }
      return ImageSheet(title: name, subtitle: "figure 4b of the report", rows: rows, cell: 44).drawing()
    }
    chapter.add(
      try shop.figure(
        "R1-17-samples", Panels(rows: [sheets]).drawing(),
        caption: "Left: \(shop.words(of: real)). Right: what the generator makes of 64 codes from N(0, 1), "
          + "\(shop.words(of: model)), codes of seed \(codeSeed); none was chosen."))
    let samples = try shop.samplesByEpoch(gan, of: codes)
    chapter.add(
      try shop.growthSheet(
        "R1-17-growth", samples, title: "The same codes, epoch by epoch", figure: "",
        caption:
          "What the generator makes of the first twelve of these codes after some of \(samples.count) epochs."))
    chapter.add(
      try shop.growth(
        "R1-17-growth-frames", samples, columns: 8,
        caption: "The 64 codes after every epoch, from the first to the last, \(samples.count) frames."))
  }

  private static func addQuality(to chapter: inout Chapter, _ shop: Workshop) throws {
    let model = try shop.model(gan)
    let count = shop.count(2000, quick: 500)
    let codes = try StandardNormal(dimension: model.session.codeLength()).sample(count, seed: codeSeed + 1)
    let judge = try shop.judge(for: gan)
    let real = try shop.test(gan).spread(to: 2 * count)
    let qualities = try shop.qualityByEpoch(gan, of: codes, real: real, by: judge)
    guard let last = qualities.last?.quality else { return }
    let sureOfReal = 1 - (try judge.probabilities(of: real).unsureShare())

    let points = qualities.map { Point(Double($0.epoch), $0.quality.distance.frechet) }
    let floor = qualities.map { Point(Double($0.epoch), $0.quality.floor.frechet) }
    chapter.add(
      try shop.figure(
        "R1-17-quality",
        LineChart(
          title: "Distance of made images from real ones",
          subtitle: "Fréchet distance of the features of Bobbin's own classifier, \(count) images",
          series: [.init("generated", points, showsPoints: true), .init("other real ones", floor, isDashed: true)],
          xAxis: Axis("epoch", isWhole: true), yAxis: Axis("Fréchet distance", scale: .logarithmic)
        ).drawing(),
        caption:
          "\(count) made images against as many test images, after every epoch; dashed, what the same test images come to "
          + "against \(count) others. These distances are not those of the Inception network: compare them only with each other."
      ))
    chapter.table(
      ["class", "share of the made images"],
      zip(judge.classNames, last.classCounts).map { [$0, fixed(100 * Double($1) / Double(count), 1) + " %"] },
      caption:
        "What the classifier, right about \(fixed(100 * judge.accuracy, 1)) % of real images held out, takes \(count) made "
        + "images for. Of the real ones every class is a tenth.")
    chapter.add(
      Finding(
        row: "R1-17", "distance of made images from real ones (Fréchet, features of a classifier)",
        obtained: "\(fixed(last.distance.frechet, 2)); of real images from others \(fixed(last.floor.frechet, 2))",
        .noted,
        note:
          "Kernel distance \(formatted(last.distance.kernel, "%.3g")), of real images \(formatted(last.floor.kernel, "%.3g"))."
      ))
    chapter.add(
      last.resemblance(to: sureOfReal, row: "R1-17", "The generated images are good"))
  }
}
