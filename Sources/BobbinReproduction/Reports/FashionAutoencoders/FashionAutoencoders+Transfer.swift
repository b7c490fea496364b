import Bobbin

extension FashionAutoencoders {
  private static let command = "bobbin train Recipes/fashion-autoencoders/classifier.yaml"

  private static let literalName = "encoder frozen, literal loss"

  static let transfer = Item(
    "R0-13", title: "A classifier on the encoder",
    says:
      "Linear layers of 128, with ReLU, and of 10 on the encoder of the autoencoder; softmax, and NLLLoss. 88.8 % of the test "
      + "images after 20 epochs. Figure 9 shows the losses, figure 10 the confusion matrix.",
    readings: [
      "\"Add layers that we want to train\": the encoder stays as it is. One that goes on learning is beside it.",
      "A softmax followed by NLLLoss is read as log-softmax, which is cross-entropy. Read literally the loss is minus the probability "
        + "of the label; that is beside it, too.",
      "Optimizer and batch are not stated: Adam at 0.001, and 128.",
      "The encoder has the weights of the epoch with the least validation loss; the autoencoder's own parts show its last epoch.",
    ],
    needs: [frozen, fineTuned, literal]
  ) { shop in
    var chapter = Chapter()
    let results = [
      try shop.classifier(frozen, named: "encoder frozen"),
      try shop.classifier(fineTuned, named: "encoder fine-tuned"),
      try shop.classifier(literal, named: literalName),
    ]
    for result in results {
      chapter.add(
        .number(
          row: "R0-13", "test accuracy, \(result.name)", reported: 88.8, obtained: result.accuracies,
          allowing: .accuracy, decimals: 1, unit: " %",
          because: result.name == literalName
            ? "Minus the probability of the label has next to no slope where the network is surely wrong: some seeds never learn "
              + "some classes."
            : "The report does not say whether its encoder goes on learning, nor its optimizer: see the other readings."
        ))
    }
    chapter.table(
      of: results,
      caption:
        "On the encoders of R0-5, each seed on its own; the time of training is that of all epochs, without the encoder's own."
    )
    chapter.add(
      try shop.losses(
        "R0-13-loss", of: frozen, figure: "figure 9 of the report",
        caption: "Cross-entropy and accuracy by epoch, encoder frozen.",
        command: command))
    let classNames = try shop.test(frozen).dataset.classNames
    chapter.add(
      try shop.confusion(
        "R0-13-confusion", of: results[0], classNames: classNames, figure: "figure 10 of the report",
        command: "bobbin evaluate RUN"))
    return chapter
  }

  static let comparison = Item(
    "R0-15", title: "Beside a network that learns everything from labels",
    says:
      "Compared with the convolutional network of an earlier homework, \"the classification task is a bit faster: it reaches "
      + "similar performances in just few epochs\". No number is stated.",
    readings: [
      "That network is not in the report: two convolutions of 32 and 64 channels with pooling, linear layers of 128 and 10, dropout "
        + "0.25, trained as the classifier.",
      "\"Similar\" is read as at most two points of accuracy below. \"Faster\" is read as the time until test accuracy reaches what is "
        + "half a point below the frozen classifier's final one; the autoencoder's own training is not counted.",
    ],
    needs: [frozen, fineTuned, cnn]
  ) { shop in
    var chapter = Chapter()
    let results = [
      try shop.classifier(frozen, named: "encoder frozen"),
      try shop.classifier(fineTuned, named: "encoder fine-tuned"), try shop.classifier(cnn, named: "all from labels"),
    ]
    let (transferred, baseline) = (results[0], results[2])
    chapter.table(of: results, caption: "The same images, epochs and batches; times of this machine.")
    chapter.add(
      try shop.learningSpeed("R0-15-speed", of: results))
    chapter.add(transferred.similarity(to: baseline, row: "R0-15", "transfer reaches a similar accuracy"))
    chapter.add(
      transferred.speed(
        against: baseline, row: "R0-15", "transfer is a bit faster",
        note: "The autoencoder, whose training is not counted, took "
          + "\(Format.duration(try shop.records(cae).map(\.seconds).reduce(0, +)))."))
    chapter.add(transferred.epochTime(against: baseline, row: "R0-15"))
    return chapter
  }
}
