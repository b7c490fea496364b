import Bobbin

extension FashionBetaVAE {
  static let images = Item(
    "R2-1", title: "Images from 0 to 255",
    says:
      "Multiplies pixels by 255; \"this choice generally leads to better results\". No image is changed otherwise. Nine "
      + "tenths of the training images train, the others validate.",
    readings: ["54,000 and 6,000 images, drawn with seed 7.", "\"Better results\" is read as a smaller test error."],
    needs: [autoencoder, unitScale]
  ) { shop in
    var chapter = Chapter()
    let split = try Split(contentsOf: shop.run(autoencoder).split)
    chapter.add(
      .setting(
        row: "R2-1", "share of the training images that train", reported: 0.9,
        obtained: Double(split.training.count) / Double(split.count), decimals: 2))
    let test = try shop.test(autoencoder)
    let works = [(autoencoder, "from 0 to 255"), (unitScale, "from 0 to 1")]
    let summaries = try works.map { work, _ in
      try shop.each(work) { model in
        try ReconstructionErrors(model.session.reconstruct(test), of: test, model.scaling).summary
      }
    }
    chapter.table(
      ["pixels", "test error from 0 to 1", "from 0 to 255", "PSNR", "SSIM"],
      zip(works, summaries).map { work, summaries in
        [
          work.1, spread(summaries.map(\.meanSquared), decimals: 5),
          spread(summaries.map(\.meanSquaredOfBytes), decimals: 1),
          spread(summaries.map(\.signalToNoise), decimals: 2, unit: " dB"),
          spread(summaries.map { $0.similarity ?? .nan }, decimals: 3),
        ]
      },
      caption:
        "The same network, hyper-parameters and seeds on both scales. An error from 0 to 255 is 65,025 times one from 0 to 1."
    )
    let errors = summaries.map { $0.map(\.meanSquared) }
    let comparison = SeedComparison(errors[1], errors[0])
    chapter.add(
      .claim(
        row: "R2-1", "pixels from 0 to 255 lead to better results than pixels from 0 to 1",
        obtained: "test error \(comparison.words(decimals: 5))", holds: comparison.isSecondSmaller,
        note: "Both brought to pixels from 0 to 1; every seed decides."))
    chapter.add(
      try shop.figure(
        "R2-1-scales",
        LineChart(
          title: "Test error on both scales",
          series: try works.map { work, name in
            let scale = try shop.experiment(work).recipe.data.scaling
            let range = (scale.high - scale.low) * (scale.high - scale.low)
            return .init(name, try shop.records(work).map { Point(Double($0.epoch), $0.monitor.loss / range) })
          }, xAxis: Axis("epoch", isWhole: true),
          yAxis: Axis("mean squared error, pixels from 0 to 1", scale: .logarithmic)
        ).drawing(), caption: "Error of the test images by epoch, watched only; first seed."))
    return chapter
  }
}
