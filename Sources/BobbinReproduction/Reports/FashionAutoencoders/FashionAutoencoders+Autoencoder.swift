import Bobbin

extension FashionAutoencoders {
  static let network = Item(
    "R0-2", "R0-3", title: "The network",
    says:
      "Convolutions of 8, 16 and 32 filters of size 3 with stride 2 and padding 1, linear layers of 64 and of the code's "
      + "length; the decoder exactly mirrors them. Figure 1 shows the structure.",
    readings: [
      "The activations are not stated: ReLU between layers, none on the code, and a sigmoid behind the decoder.",
      "Output paddings are not stated: 0, 1 and 1 are the ones that lead from 4 back to 7, 14 and 28 pixels.",
    ],
    needs: [cae]
  ) { shop in
    var chapter = Chapter()
    let summary = try shop.network(cae).summary
    chapter.add(
      try shop.diagram(
        "R0-2-network", of: cae, figure: "figure 1 of the report",
        caption: "Encoder above, decoder below; boxes are as high as the image and as wide as it has channels."))
    chapter.table(of: summary, caption: "The layers for an image of 1×28×28.")
    let encoder = summary.rows.filter { $0.path.hasPrefix("encoder") }
    let shapes = summary.mirroredShapes
    chapter.add(
      Finding(
        row: "R0-2", "parameters of encoder and decoder",
        obtained: "\(Format.count(encoder.reduce(0) { $0 + $1.parameters })) of \(Format.count(summary.parameters))",
        .noted))
    chapter.add(
      .claim(
        row: "R0-3", "the decoder exactly mirrors the encoder",
        obtained: shapes.decoder.map { "\($0)" }.joined(separator: " → "), holds: shapes.encoder == shapes.decoder,
        note: "What the decoder's layers give, against what the encoder's layers see from its last to its first."))
    return chapter
  }

  static let searching = Item(
    "R0-4", title: "The search for hyper-parameters",
    says:
      "30 trainings of 7 epochs with random combinations; the best is near a code of 20, batch 128, learning rate 0.002, "
      + "Adam, and no regularisation.",
    readings: [
      "Ranges are not stated: a code of 2 to 50, batches of 64, 128, 256 or 512, a learning rate from 1e-4 to 0.1 and, in half of "
        + "the trials, a weight decay from 1e-6 to 1e-3, both on a logarithmic scale; Adam, SGD with momentum 0.9, or RMSprop."
    ],
    needs: [search, cae, winner]
  ) { shop in
    var chapter = Chapter()
    try shop.add(
      search, to: &chapter, row: "R0-4",
      reported: [
        .init("code", "length of the code", reported: "20"), .init("batch", "batch", reported: "128"),
        .init("lr", "learning rate", reported: "0.002"), .init("optimizer", "optimizer", reported: "Adam"),
        .init("regularised", "regularised", reported: "false"),
      ], table: "the list in section 2.2 of the report")
    try shop.addTestErrors(of: winner, beside: cae, to: &chapter, row: "R0-4", caption: "trained as long")
    return chapter
  }

  static let training = Item(
    "R0-5", "R0-6", title: "The autoencoder and its reconstructions",
    says:
      "Trains the best network of the search for 100 epochs; figure 2 shows the losses, figure 3 two reconstructions. "
      + "No error is stated.",
    readings: ["MSE is the mean over pixels and images, with pixels from 0 to 1."],
    needs: [cae]
  ) { shop in
    var chapter = Chapter()
    let test = try shop.test(cae)
    let summaries = try shop.each(cae) { model in
      try ReconstructionErrors(model.session.reconstruct(test), of: test, model.scaling).summary
    }
    chapter.add(
      Finding(
        row: "R0-5", "test error (mean squared, pixels from 0 to 1)",
        obtained: spread(summaries.map(\.meanSquared), decimals: 5), .noted))
    chapter.add(
      Finding(
        row: "R0-6", "PSNR and SSIM of reconstructed test images",
        obtained: "\(spread(summaries.map(\.signalToNoise), decimals: 2, unit: " dB")), "
          + spread(summaries.map { $0.similarity ?? .nan }, decimals: 3), .noted))
    chapter.add(
      try shop.losses(
        "R0-5-loss", of: cae, figure: "figure 2 of the report",
        caption: "Mean squared error by epoch; the test images were watched only.",
        command: "bobbin train Recipes/fashion-autoencoders/cae.yaml"))
    chapter.add(
      try shop.reconstructions(
        "R0-6-reconstructions", of: cae, test.dataset.subset(Array(0..<10)), title: "Test images and reconstructions",
        figure: "figure 3 of the report", caption: "Originals above, reconstructions below:"))
    return chapter
  }
}

extension NetworkSummary {
  /// What the encoder's convolutions and linear layers see, from the last to the first, and what the decoder's give.
  package var mirroredShapes: (encoder: [Shape], decoder: [Shape]) {
    let layers = rows.filter { $0.multiplyAccumulates > 0 }
    return (
      layers.filter { $0.path.hasPrefix("encoder") }.map(\.input).reversed(),
      layers.filter { $0.path.hasPrefix("decoder") }.map(\.output)
    )
  }
}
