import Bobbin

extension Report {
  /// An autoencoder of Fashion-MNIST: search, codes, noise, a variational form, and transfer to a classifier.
  static let fashionAutoencoders = Report(
    "fashion-autoencoders", title: "Autoencoders on Fashion-MNIST",
    summary:
      "A convolutional autoencoder found by random search, its codes, its denoising and variational forms, and a "
      + "classifier on its encoder.",
    dataSet: "fashion-mnist",
    items: [FashionAutoencoders.training])
}

enum FashionAutoencoders {
  static let cae = Work.training("cae", "fashion-autoencoders/cae.yaml", quickEpochs: 10, isRepeated: true)

  static let training = Item(
    "R0-5", "R0-6", title: "The autoencoder and its reconstructions",
    says:
      "Trains the best network of the search for 100 epochs; figure 2 shows the losses, figure 3 two reconstructions. "
      + "No error is stated.",
    readings: ["How the images were split is not stated: 48,000 to train, 12,000 to validate, drawn with seed 7."],
    needs: [cae]
  ) { shop in
    var chapter = Chapter()
    let test = try shop.test(cae)
    let errors = try shop.each(cae) { try $0.session.meanSquaredError(test) }
    chapter.add(
      Finding(
        row: "R0-5", "test error (mean squared, pixels from 0 to 1)", obtained: spread(errors, decimals: 5), .noted))
    chapter.add(
      try shop.figure(
        "R0-5-loss", LossCurves.drawing(try shop.records(cae), subtitle: "figure 2 of the report"),
        caption: "Mean squared error by epoch.", command: "bobbin train Recipes/fashion-autoencoders/cae.yaml"))
    let model = try shop.model(cae)
    let (labels, rows) = try ReconstructionSheet.rows(
      of: test.dataset.subset(Array(0..<10)), under: model.session, model.experiment.recipe.data.scaling)
    chapter.add(
      try shop.figure(
        "R0-6-reconstructions",
        ImageSheet(
          title: "Test images and reconstructions", subtitle: "figure 3 of the report", rows: rows, rowLabels: labels
        )
        .drawing(), caption: "The first ten test images."))
    return chapter
  }
}
