import Bobbin

extension FashionBetaVAE {
  private static let choice =
    "Which two dimensions is not stated: those along which the test images' codes vary most."

  static let traversal = Item(
    "R2-6", title: "Two numbers of a code",
    says:
      "Takes a random test image, and lets 2 of the 20 numbers of its code go from the least to the greatest of the test "
      + "images' codes; figure 3b shows what is decoded.",
    readings: [choice, "The test image is drawn with seed 7."], needs: [autoencoder20]
  ) { shop in
    var chapter = Chapter()
    let image = try drawnImage(of: shop.test(autoencoder20))
    chapter.parts += try shop.traversal(
      "R2-6-traversal", of: autoencoder20, from: image, title: "Two numbers of the autoencoder's code",
      figure: "figure 3b of the report")
    return chapter
  }

  static let plane = Item(
    "R2-7", title: "A code of two numbers",
    says:
      "The same network with a code of 2: figure 4a shows the codes of the test images, figure 4b what is decoded from the "
      + "square with centre (-10, -10) and side 100.",
    readings: ["Where codes lie depends on the training: the square that holds all of ours is beside the report's."],
    needs: [autoencoder2]
  ) { shop in
    var chapter = Chapter()
    chapter.parts += try shop.plane(
      "R2-7", of: autoencoder2, square: (MapPosition(-10, -10), 100),
      figures: ("figure 4a of the report", "figure 4b of the report"))
    let errors = try shop.testErrors(autoencoder2)
    chapter.add(
      Finding(
        row: "R2-7", "test error with a code of 2 (mean squared, pixels from 0 to 1)",
        obtained: spread(errors, decimals: 5), .noted))
    let model = try shop.model(autoencoder2)
    let codes = try model.session.codes(.mean, of: shop.test(autoencoder2), seed: 0)
    let square: ClosedRange<Float> = -60...40
    let inside = (0..<codes.count).count { codes[$0].allSatisfy { square.contains($0) } }
    chapter.add(
      Finding(
        row: "R2-7", "test images whose codes lie in the report's square",
        obtained: fixed(100 * Double(inside) / Double(codes.count), 1) + " %", .noted))
    return chapter
  }

  static let classifying = Item(
    "R2-8", title: "A classifier on the encoder",
    says:
      "Two linear layers with ReLU and batch norm on the frozen encoder reach an accuracy of 0.8557, \"definitely comparable\" to "
      + "the 0.89 of an earlier homework; figure 5a shows loss and accuracy, figure 5b the confusion matrix.",
    readings: [
      "Widths, loss, optimizer and epochs are not stated: 128 and 10, cross-entropy, Adam at 0.001, 20 epochs.",
      "Whether the encoder had 20 or 28 numbers is not stated: 28, the search's best; 20 is beside it.",
      "The frozen encoder normalises by its running statistics, and has the weights of the epoch with the least validation loss.",
      "The network of that homework is not in the report: two convolutions of 32 and 64 channels with pooling, linear layers of 128 "
        + "and 10, dropout 0.25. \"Comparable\" is read as at most five points apart.",
    ],
    needs: [classifier, classifier20, cnn]
  ) { shop in
    var chapter = Chapter()
    let results = [
      try shop.classifier(classifier, named: "code of 28"), try shop.classifier(classifier20, named: "code of 20"),
      try shop.classifier(cnn, named: "all from labels"),
    ]
    for (result, reported) in zip(results, [85.57, 85.57, 89.0]) {
      chapter.add(
        .number(
          row: "R2-8", "test accuracy, \(result.name)", reported: reported, obtained: result.accuracies,
          allowing: .accuracy, decimals: 2, unit: " %",
          because: reported == 89
            ? "The network of that homework is not known."
            : "Widths, optimizer and epochs are not stated in the report."))
    }
    let gap = Sample.mean(results[2].accuracies) - Sample.mean(results[0].accuracies)
    chapter.add(
      .claim(
        row: "R2-8", "the accuracy is comparable to that of a network trained from labels",
        obtained: "\(fixed(gap, 1)) points apart", holds: gap <= 5))
    chapter.table(of: results, caption: "Accuracies on the test images, and what they cost on this machine.")
    chapter.add(
      try shop.losses(
        "R2-8-accuracy", of: classifier, figure: "figure 5a of the report",
        caption: "Loss and accuracy by epoch, code of 28.",
        command: "bobbin train Recipes/fashion-beta-vae/classifier.yaml"))
    chapter.add(
      try shop.confusion(
        "R2-8-confusion", of: results[0], classNames: shop.test(classifier).dataset.classNames,
        figure: "figure 5b of the report"))
    chapter.add(
      try shop.learningSpeed("R2-8-speed", of: results))
    return chapter
  }

  static let variationalTraversal = Item(
    "R2-13", title: "Two numbers of a code of the VAE",
    says: "The same as with the autoencoder's codes; figure 6b shows what is decoded.",
    readings: [choice, "The same test image as with the autoencoder."], needs: [vae]
  ) { shop in
    var chapter = Chapter()
    let image = try drawnImage(of: shop.test(vae))
    chapter.parts += try shop.traversal(
      "R2-13-traversal", of: vae, from: image, title: "Two numbers of the VAE's code", figure: "figure 6b of the report"
    )
    return chapter
  }
}
