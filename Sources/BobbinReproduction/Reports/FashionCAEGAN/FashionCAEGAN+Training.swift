import Bobbin

extension FashionCAEGAN {
  static let training = Item(
    "R1-5", "R1-6", title: "The autoencoder and its reconstructions",
    says:
      "Trains the best model again until the validation loss does not decrease for 4 consecutive epochs; figure 1a shows both "
      + "losses, figure 1b reconstructions: the network works properly, even though they are not perfect. No error is stated.",
    readings: [
      "MSE is the mean over pixels and images, with pixels from 0 to 1.",
      "After early stopping the weights of the best epoch count.",
      "The batch is not stated: 256.",
    ],
    needs: [cae, literal], seconds: 2
  ) { shop in
    var chapter = Chapter()
    let test = try shop.test(cae)
    let summaries = try [cae, literal].map { work in
      try shop.each(work) { model in
        try ReconstructionErrors(model.session.reconstruct(test), of: test, model.scaling).summary
      }
    }
    let errors = summaries.map { $0.map(\.meanSquared) }
    chapter.add(
      Finding(
        row: "R1-5", "test error (mean squared, pixels from 0 to 1)", obtained: spread(errors[0], decimals: 5), .noted))
    let lengths = try shop.repetitions(of: cae).map { repetition in
      let records = try shop.records(cae, repetition: repetition)
      return "\(records.count), the best \(LossCurves.best(records)?.epoch ?? 0)"
    }
    chapter.add(
      Finding(row: "R1-5", "epochs until early stopping", obtained: lengths.joined(separator: "; "), .noted))
    chapter.add(
      Finding(
        row: "R1-6", "PSNR and SSIM of reconstructed test images",
        obtained: "\(spread(summaries[0].map(\.signalToNoise), decimals: 2, unit: " dB")), "
          + spread(summaries[0].map { $0.similarity ?? .nan }, decimals: 3), .noted))
    chapter.add(
      Finding(
        row: "R1-2", "test error with ReLU on the code, too, against without",
        obtained: SeedComparison(errors[0], errors[1]).words(decimals: 5), .noted,
        note: "The literal reading of \"for each layer ReLU\"."))
    chapter.table(
      ["code", "mean squared error", "PSNR", "SSIM"],
      zip(["without activation", "with ReLU"], summaries).map { [$0] + errorCells($1) },
      caption: "Reconstructions of \(Format.count(test.count)) test images.")
    chapter.add(
      try shop.losses(
        "R1-5-loss", of: cae, figure: "figure 1a of the report",
        caption: "Mean squared error by epoch; the test images were watched only.",
        command: "bobbin train Recipes/fashion-cae-gan/cae.yaml"))
    chapter.add(
      try shop.reconstructions(
        "R1-6-reconstructions", of: cae, test.dataset.subset(Array(0..<10)), title: "Test images and reconstructions",
        figure: "figure 1b of the report", caption: "Originals above, reconstructions below:"))
    return chapter
  }
}
