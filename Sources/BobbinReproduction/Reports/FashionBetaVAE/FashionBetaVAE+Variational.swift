import Bobbin

extension FashionBetaVAE {
  static let variational = Item(
    "R2-9", title: "The variational autoencoder",
    says:
      "The network of before with two linear layers for μ and log σ², the loss MSE + KL; figure 6a shows KL (green), "
      + "reconstruction (red) and total (blue), solid for training and dashed for validation. No number is stated.",
    readings: [
      "MSE is the mean over pixels on the scale of 0 to 255, KL the sum over the code, both averaged over the batch.",
      "Sums over pixels would make β smaller; that is tried with β = 100 under R2-15.",
    ],
    needs: [vae]
  ) { shop in
    var chapter = Chapter()
    chapter.add(
      try shop.figure(
        "R2-9-loss", curves(try shop.records(vae)).drawing(),
        caption: "Loss and both its terms by epoch, \(try shop.records(vae).count) epochs, first seed.",
        command: "bobbin train Recipes/fashion-beta-vae/vae.yaml"))
    let test = try shop.test(vae)
    let metrics = try shop.each(vae) { try $0.session.evaluate(test) }
    for (name, metric) in [
      ("total", ProgramName.loss), ("reconstruction", ProgramName.reconstruction), ("KL in nats", ProgramName.kl),
    ] {
      chapter.add(
        Finding(
          row: "R2-9", "\(name) of test images", obtained: spread(metrics.map { $0[metric] }, decimals: 2), .noted))
    }
    if let beta = try shop.effectiveBeta(vae) {
      chapter.add(
        Finding(
          row: "R2-9", "β beside squared errors of pixels from 0 to 1, summed", obtained: formatted(beta, "%.4f"),
          .noted,
          note: "β · 784 / 65,025: what other implementations call β."))
    }
    return chapter
  }

  /// In the report's colours.
  private static func curves(_ records: [EpochRecord]) -> LineChart {
    let terms = [
      ("total", ProgramName.loss, Color.series(0)), ("reconstruction", ProgramName.reconstruction, .series(1)),
      ("KL", ProgramName.kl, .series(2)),
    ]
    func points(_ metric: String, _ part: KeyPath<EpochRecord, Metrics>) -> [Point] {
      records.map { Point(Double($0.epoch), $0[keyPath: part][metric]) }
    }
    return LineChart(
      title: "Loss of the VAE", subtitle: "figure 6a of the report; solid: training, dashed: validation",
      series: terms.flatMap { name, metric, color in
        [
          .init(name, points(metric, \.training), color: color),
          .init("", points(metric, \.validation), color: color, isDashed: true),
        ]
      }, xAxis: Axis("epoch", isWhole: true), yAxis: Axis("loss, pixels from 0 to 255", scale: .logarithmic), width: 760
    )
  }

  private typealias Pair = (before: Double, after: Double)

  static let continuing = Item(
    "R2-10", title: "A state to go on from",
    says: "The final state is saved, to be loaded to further improve the performance.",
    needs: [vae], seconds: 15
  ) { shop in
    var chapter = Chapter()
    let (training, test, further) = (try shop.training(vae), try shop.test(vae), shop.count(10, quick: 2))
    var (saved, improved): ([Pair], [Pair]) = ([], [])
    for repetition in shop.repetitions(of: vae) {
      var model = try shop.model(vae, repetition: repetition, weights: .last)
      let last = try shop.records(vae, repetition: repetition).last
      saved.append(
        (before: last?.monitor.loss ?? .nan, after: try model.session.evaluate(test).loss))
      let epochs = model.epoch + further
      let reason = try model.session.fit(training, epochs: epochs, batch: model.experiment.recipe.training.batch) {
        shop.interruption
      }
      if reason == .interrupted { throw ReproductionInterrupted() }
      improved.append((before: last?.training.loss ?? .nan, after: model.session.history.last?.training.loss ?? .nan))
    }
    func words(_ pairs: [Pair], _ number: KeyPath<Pair, Double>, _ format: String) -> String {
      pairs.map { formatted($0[keyPath: number], format) }.joined(separator: " and ")
    }
    chapter.add(
      .claim(
        row: "R2-10", "the saved state is that of the last epoch",
        obtained: "test loss \(words(saved, \.after, "%.6g")), recorded \(words(saved, \.before, "%.6g"))",
        holds: saved.allSatisfy { abs($0.after - $0.before) <= 1e-6 * abs($0.before) }))
    chapter.add(
      .claim(
        row: "R2-10", "the loaded state can be improved further",
        obtained:
          "training loss \(words(improved, \.after, "%.5g")) after \(further) more epochs, before "
          + words(improved, \.before, "%.5g"),
        holds: improved.allSatisfy { $0.after < $0.before },
        note: "Optimizer and all: bobbin train --resume goes on to the same bits as without a break."))
    return chapter
  }

  static let variationalReconstructions = Item(
    "R2-11", title: "Reconstructions of the VAE", says: "Figure 1b shows original and reconstructed images.",
    needs: [vae]
  ) { shop in
    var chapter = Chapter()
    let test = try shop.test(vae)
    chapter.add(
      try shop.reconstructions(
        "R2-11-reconstructions", of: vae, test.dataset.subset(Array(0..<10)),
        title: "Original and reconstructed images",
        figure: "figure 1b of the report", caption: "What the VAE makes of the mean codes of"))
    let errors = try shop.testErrors(vae)
    chapter.add(
      Finding(
        row: "R2-11", "test error from mean codes (mean squared, pixels from 0 to 1)",
        obtained: spread(errors, decimals: 5), .noted))
    return chapter
  }

  static let variationalCodes = Item(
    "R2-12", title: "The codes of the VAE on a plane", says: "Figure 7 shows μ, log σ² and z by PCA and by t-SNE.",
    readings: ["t-SNE has perplexity 30 and seed 0; z is drawn with seed 0."], needs: [vae], seconds: 17
  ) { shop in
    var chapter = Chapter()
    let images = try shop.sample(of: shop.test(vae), quick: 800)
    guard let labels = images.labels else { throw Refusal("vae: its images have no classes") }
    let model = try shop.model(vae)
    let maps = try CodePart.allCases.map { part in
      let codes = try model.session.codes(part, of: images, seed: 0)
      return (part, try CodeMaps(of: codes, labels: labels, workers: shop.workers))
    }
    chapter.add(
      try shop.figure(
        "R2-12-maps",
        Panels(rows: maps.map { [$1.drawing(of: $0.title, classNames: images.dataset.classNames)] }).drawing(),
        caption: "From above: μ, log σ² and z of \(Format.count(images.count)) test images, \(shop.words(of: model))."))
    chapter.table(
      CodeMaps.header, maps.flatMap { $1.rows(named: $0.title) }, caption: CodeMaps.explanation)
    return chapter
  }

  static let variationalPlane = Item(
    "R2-14", title: "A VAE with a code of two numbers",
    says:
      "Figure 8a shows the codes of the test images, figure 8b what is decoded from the square around (0, 0) with side 4. Beside "
      + "the autoencoder, μ and z seem to be distributed in a more compact way.",
    readings: ["Compact is read as the root of the mean variance of the two numbers, over the test images."],
    needs: [autoencoder2, vae2]
  ) { shop in
    var chapter = Chapter()
    chapter.parts += try shop.plane(
      "R2-14", of: vae2, parts: [.mean, .sample], square: (MapPosition(0, 0), 4),
      figures: ("figure 8a of the report", "figure 8b of the report"))
    let test = try shop.test(vae2)
    let sets: [(name: String, work: Work, part: CodePart)] = [
      ("autoencoder", autoencoder2, .mean), ("VAE, μ", vae2, .mean), ("VAE, z", vae2, .sample),
    ]
    let spreads = try sets.map { set in
      try shop.each(set.work) { model in
        try CodeSpread(of: model.session.codes(set.part, of: test, seed: 0), workers: shop.workers)
      }
    }
    chapter.table(
      ["codes", "deviation", "area of the ellipse of two deviations"],
      zip(sets, spreads).map { set, spreads in
        [
          set.name, spread(spreads.map(\.deviation), decimals: 2), spread(spreads.map { $0.area ?? .nan }, decimals: 1),
        ]
      }, caption: "How much room the codes of the test images take.")
    for (index, name) in [(1, "μ"), (2, "z")] {
      let comparison = SeedComparison(spreads[0].map(\.deviation), spreads[index].map(\.deviation))
      chapter.add(
        .claim(
          row: "R2-14", "\(name) of the VAE is more compact than the autoencoder's code",
          obtained: "deviation \(comparison.words(decimals: 2))", holds: comparison.isSecondSmaller))
    }
    return chapter
  }
}
