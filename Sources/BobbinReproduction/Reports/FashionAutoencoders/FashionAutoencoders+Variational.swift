import Bobbin

extension FashionAutoencoders {
  static let variational = Item(
    "R0-12", title: "The variational autoencoder",
    says:
      "Loss ‖x − x̂‖² + KL(N(μ, Σ), N(0, I)), codes z = Σζ + μ; figure 8 shows new images after 20 epochs. No number is stated.",
    readings: [
      "Squares are summed over pixels and the divergence over the code, both averaged over the batch.",
      "Σ multiplies ζ as a standard deviation, exp(½ log σ²).",
      "Neither network nor code length is stated: the autoencoder's, with 20 numbers, Adam at 0.002 and batch 128.",
    ],
    needs: [vae], seconds: 1
  ) { shop in
    var chapter = Chapter()
    let test = try shop.sample(of: shop.test(vae), quick: 2000)
    let measured = try shop.each(vae) { model in
      (
        metrics: try model.session.evaluate(test), posterior: PosteriorMeasures(try model.session.posteriors(test)),
        error: try model.unitError(test)
      )
    }
    let terms = [
      ("loss", ProgramName.loss), ("‖x − x̂‖²", ProgramName.reconstruction), ("divergence in nats", ProgramName.kl),
    ]
    for (name, metric) in terms {
      chapter.add(
        Finding(
          row: "R0-12", "\(name) of test images, codes drawn",
          obtained: spread(measured.map { $0.metrics[metric] }, decimals: 2), .noted))
    }
    chapter.add(
      Finding(
        row: "R0-12", "mean squared error of reconstructions from mean codes",
        obtained: spread(measured.map(\.error), decimals: 5), .noted))
    chapter.add(
      Finding(
        row: "R0-12", "dimensions of the code that are used",
        obtained: "\(spread(measured.map { Double($0.posterior.activeUnits) }, decimals: 0)) of 20", .noted,
        note: "Those whose mean varies over images by more than 0.01."))
    chapter.add(
      try shop.decoded(
        "R0-12-samples", of: vae, shop.draws(.prior, of: vae, count: 40, seed: 1), title: "New images of the VAE",
        figure: "figure 8 of the report", caption: "Codes from N(0, I), drawn with seed 1.",
        command: "bobbin generate RUN"))
    chapter.add(
      try shop.losses(
        "R0-12-loss", of: vae, figure: "variational autoencoder",
        caption: "The loss and both its terms by epoch.",
        command: "bobbin train Recipes/fashion-autoencoders/vae.yaml"))
    return chapter
  }
}
