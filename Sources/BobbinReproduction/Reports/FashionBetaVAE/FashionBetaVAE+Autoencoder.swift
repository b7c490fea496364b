import Bobbin

extension FashionBetaVAE {
  static let network = Item(
    "R2-2", title: "The network",
    says: "Conv2d with BatchNorm2d and no dropout; the decoder is as symmetric as possible, with ConvTranspose2d.",
    readings: [
      "Sizes are not stated: those of the laboratory that the course gave, with 8, 16 and 32 channels and a linear layer of 64; batch "
        + "norm stands before the ReLU, and behind every convolution but the one that makes the image.",
      "No activation behind the last layer: a sigmoid would not reach 255.",
      "The code has 20 numbers where the report does not say another, as in \"2 of the 20\"; 28 where it is about the search's best.",
    ],
    needs: [autoencoder]
  ) { shop in
    var chapter = Chapter()
    let summary = try shop.network(autoencoder).summary
    chapter.add(
      try shop.diagram(
        "R2-2-network", of: autoencoder, figure: "", caption: "Encoder above, decoder below, with a code of 28 numbers."
      ))
    chapter.table(of: summary, caption: "The layers for an image of 1×28×28.")
    chapter.add(Finding(row: "R2-2", "parameters of the network", obtained: Format.count(summary.parameters), .noted))
    let shapes = summary.mirroredShapes
    chapter.add(
      .claim(
        row: "R2-2", "the decoder is symmetric to the encoder",
        obtained: shapes.decoder.map { "\($0)" }.joined(separator: " → "), holds: shapes.encoder == shapes.decoder,
        note: "What the decoder's layers give, against what the encoder's layers see from its last to its first."))
    return chapter
  }

  static let searching = Item(
    "R2-3", title: "The search for hyper-parameters",
    says:
      "A random search by Optuna over code length, optimizer, learning rate, weight decay and initial weights; table 1 has the "
      + "best. The longer the code, the better.",
    readings: [
      "Trials, epochs and ranges are not stated: 50 trials of 10 epochs; a code of 2 to 50, Adam or SGD with momentum 0.9, a learning "
        + "rate from 1e-4 to 0.1 and a weight decay from 1e-6 to 1e-3 on logarithmic scales.",
      "Initial weights \"None\" are PyTorch's own; the others are Xavier's and Kaiming's, normal and uniform.",
    ],
    needs: [search, autoencoder, winner]
  ) { shop in
    var chapter = Chapter()
    try shop.add(
      search, to: &chapter, row: "R2-3",
      reported: [
        .init("latent", "length of the code", reported: "28"), .init("optimizer", "optimizer", reported: "Adam"),
        .init("lr", "learning rate", reported: "0.005"), .init("decay", "weight decay", reported: "0.0002"),
        .init("training.initialization", "initial weights", reported: "None"),
      ], table: "table 1 of the report")
    try shop.addTestErrors(of: winner, beside: autoencoder, to: &chapter, row: "R2-3", caption: "trained as long")
    let trials = try shop.results(of: search).complete.compactMap { trial in
      trial.parameter("latent").flatMap { code in trial.value.map { (code.internalValue, $0) } }
    }
    let correlation = Trend.rankCorrelation(trials.map(\.0), trials.map(\.1))
    chapter.add(
      .claim(
        row: "R2-3", "the longer the code, the smaller the error",
        obtained: "rank correlation \(fixed(correlation, 2))",
        holds: correlation < 0,
        note:
          "Spearman's, of code length and validation error of all complete trials, whose other hyper-parameters differ too."
      ))
    return chapter
  }

  static let training = Item(
    "R2-4", title: "The autoencoder",
    says: "Figure 3a shows the losses, figure 1a original and reconstructed images. No error is stated.",
    readings: ["Epochs and batch are not stated: 40 and 256, as in the laboratory."],
    needs: [autoencoder]
  ) { shop in
    var chapter = Chapter()
    let test = try shop.test(autoencoder)
    let errors = try shop.testErrors(autoencoder)
    chapter.add(
      Finding(
        row: "R2-4", "test error (mean squared, pixels from 0 to 1)", obtained: spread(errors, decimals: 5), .noted,
        note: "\(spread(errors.map { $0 * 65025 }, decimals: 1)) with pixels from 0 to 255."))
    chapter.add(
      try shop.losses(
        "R2-4-loss", of: autoencoder, figure: "figure 3a of the report",
        caption: "Mean squared error by epoch, pixels from 0 to 255.",
        command: "bobbin train Recipes/fashion-beta-vae/autoencoder.yaml"))
    chapter.add(
      try shop.reconstructions(
        "R2-4-reconstructions", of: autoencoder, test.dataset.subset(Array(0..<10)),
        title: "Original and reconstructed images", figure: "figure 1a of the report",
        caption: "What the autoencoder makes of"))
    return chapter
  }

  static let codes = Item(
    "R2-5", title: "The codes on a plane",
    says:
      "Figure 2 shows the codes by PCA and t-SNE. In both it is possible to recognize some clusters; by PCA, many details about "
      + "the grouping of the points are lost.",
    readings: [
      "The codes of 20 numbers, t-SNE with perplexity 30 and seed 0.",
      "Clusters count as recognized where the 10 neighbours on the map tell the class of more than half of the images, of 10 classes.",
      "Details of the grouping are read as the share of 10 neighbours that are neighbours on the map too.",
    ],
    needs: [autoencoder20], seconds: 11
  ) { shop in
    var chapter = Chapter()
    let maps = try shop.codeMaps(autoencoder20)
    chapter.add(
      try shop.figure(
        "R2-5-maps",
        maps[0].drawing(of: "figure 2 of the report", classNames: shop.test(autoencoder20).dataset.classNames),
        caption: "Codes of \(Format.count(maps[0].labels.count)) test images, coloured by class, first seed."))
    chapter.table(CodeMaps.header, CodeMaps.rows(of: maps), caption: CodeMaps.explanation)
    func percents(_ measure: (MapQuality) -> Double) -> SeedComparison {
      SeedComparison(maps.map { 100 * measure($0.tsne.quality) }, maps.map { 100 * measure($0.pca.quality) })
    }
    let accuracies = percents { $0.mapAccuracy ?? .nan }
    chapter.add(
      .claim(
        row: "R2-5", "some clusters can be recognized by PCA and by t-SNE",
        obtained: "neighbours tell the class of \(accuracies.words(decimals: 1, unit: " %"))",
        holds: (accuracies.first + accuracies.second).allSatisfy { $0 > 50 }, note: "By PCA first."))
    let kept = percents(\.preservation)
    chapter.add(
      .claim(
        row: "R2-5", "by PCA, details of the grouping are lost",
        obtained: "\(kept.words(decimals: 1, unit: " %")) of neighbours kept", holds: kept.isSecondSmaller,
        note: "By PCA first."))
    return chapter
  }
}
