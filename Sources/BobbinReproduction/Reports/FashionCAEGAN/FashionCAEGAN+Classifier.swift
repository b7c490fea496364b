import Bobbin

extension FashionCAEGAN {
  static let classifying = Item(
    "R1-9", "R1-10", "R1-11", title: "A classifier on the encoder",
    says:
      "Two layers on the encoder, which is frozen: one to N_h numbers with dropout dp and ReLU, one to the 10 classes; cross-entropy, "
      + "Adam. N_h, dp, learning rate and L2 regularisation are tuned by TPE in 25 trials (table 2). With the best, 86.41 % of the "
      + "test images; it does well on Bag and Trousers, and Shirt is often confused with T-shirt, Pullover and Coat (figure 3).",
    readings: [
      "\"A brief fine tuning of the parameters\" is read as the search for these four numbers. An encoder that goes on learning is beside it.",
      "Ranges are not stated: N_h from 32 to 512, dp from 0 to 0.5, a learning rate from 1e-4 to 1e-2 and a regularisation from 1e-6 to "
        + "1e-3, both log-uniform; 10 epochs.",
      "Epochs and batch are not stated: until the validation loss does not fall for 4 epochs, as for the autoencoder, and 256.",
      "What the report calls a covariance matrix is the confusion matrix. It numbers the classes with which Shirt is confused 1, 2 and 4, "
        + "but T-shirt is class 0.",
    ],
    needs: [classifierSearch, classifier, classifierWinner, fineTuned], seconds: 1
  ) { shop in
    var chapter = Chapter()
    try addFreezing(to: &chapter, shop)
    try shop.add(
      classifierSearch, to: &chapter, row: "R1-10",
      reported: [
        .init("lr", "learning rate", reported: "0.0031332"),
        .init("wg", "L2 regularisation", reported: "1.014e-05"), .init("hidden", "N_h", reported: "276"),
        .init("dropout", "dp", reported: "0.06"),
      ], table: "table 2 of the report")
    let results = [
      try shop.classifier(classifier, named: "the report's parameters"),
      try shop.classifier(classifierWinner, named: "our search's parameters"),
      try shop.classifier(fineTuned, named: "the report's parameters, encoder fine-tuned"),
    ]
    for result in results.dropLast() {
      chapter.add(
        .number(
          row: "R1-11", "test accuracy, \(result.name)", reported: 86.41, obtained: result.accuracies,
          allowing: .accuracy, decimals: 2, unit: " %",
          because: "The report states neither epochs nor batch of this training, and its autoencoder is another one."))
    }
    chapter.add(
      Finding(
        row: "R1-11", "test accuracy, \(results[2].name)", reported: "86.41 %",
        obtained: spread(results[2].accuracies, decimals: 2, unit: " %"), .noted,
        note: "The other way to read \"fine tuning\"."))
    chapter.table(
      of: results, caption: "On the encoder of R1-5; the time of training is without the encoder's own.")
    chapter.add(
      try shop.losses(
        "R1-11-loss", of: classifier, figure: "the report's parameters",
        caption: "Cross-entropy and accuracy by epoch; the test images were watched only.",
        command: "bobbin train Recipes/fashion-cae-gan/classifier.yaml"))
    let classNames = try shop.test(classifier).dataset.classNames
    chapter.add(
      try shop.confusion(
        "R1-11-confusion", of: results[0], classNames: classNames, figure: "figure 3 of the report",
        command: "bobbin evaluate RUN"))
    for finding in claims(results[0].confusions, classNames) { chapter.add(finding) }
    return chapter
  }

  /// Whether the classifier's encoder is still the autoencoder's, bit by bit.
  private static func addFreezing(to chapter: inout Chapter, _ shop: Workshop) throws {
    let summary = try shop.network(classifier).summary
    chapter.table(of: summary, caption: "The classifier: the encoder of CAE(9, 27), and the head.")
    let (before, after) = (
      try shop.model(cae).session.checkpoint().model, try shop.model(classifier).session.checkpoint().model
    )
    let names = before.keys.filter { $0.hasPrefix("encoder.") }
    let same = names.count { after[$0] == before[$0] }
    chapter.add(
      .claim(
        row: "R1-9", "the encoder is frozen",
        obtained:
          "\(same) of \(names.count) tensors of the encoder are as before; \(Format.count(summary.trainedParameters)) of "
          + "\(Format.count(summary.parameters)) parameters learn", holds: same == names.count && !names.isEmpty))
  }

  private static let (tShirt, trouser, pullover, coat, shirt, bag) = (0, 1, 2, 4, 6, 8)

  private static func claims(_ confusions: [ConfusionMatrix], _ classNames: [String]) -> [Finding] {
    let recalls = confusions.map { $0.scores.map(\.recall) }
    func percent(_ label: Int) -> String {
      spread(recalls.map { 100 * $0[label] }, decimals: 1, unit: " %")
    }
    let confused = confusions.map { Set(likeliestErrors(of: shirt, in: $0)) }
    let words = likeliestErrors(of: shirt, in: confusions[0]).map { "\(classNames[$0]) (\(confusions[0][shirt, $0]))" }
    return [
      .claim(
        row: "R1-11", "it performs well on \(classNames[bag]) and \(classNames[trouser])",
        obtained: "\(percent(bag)) and \(percent(trouser)) of them are right",
        holds: zip(confusions, recalls).allSatisfy {
          min($1[bag], $1[trouser]) > $0.accuracy && min($1[bag], $1[trouser]) > 0.9
        },
        note: "Held to be so above nine tenths and above the accuracy of all classes, in every seed."),
      .claim(
        row: "R1-11",
        "\(classNames[shirt]) is often confused with \(classNames[tShirt]), \(classNames[pullover]) or \(classNames[coat])",
        obtained: "\(percent(shirt)) of them are right; most often they are taken for \(words.joined(separator: ", "))",
        holds: recalls.allSatisfy { $0[shirt] == $0.min() } && confused.allSatisfy { $0 == [tShirt, pullover, coat] },
        note:
          "Held to be so if no class is recognised more rarely, and these are the three that it is most often taken for, in every seed."
      ),
    ]
  }

  /// The three classes that a class is most often taken for.
  package static func likeliestErrors(of label: Int, in confusion: ConfusionMatrix) -> [Int] {
    let others = (0..<confusion.classCount).filter { $0 != label }
    return Array(others.sorted { (confusion[label, $1], $0) < (confusion[label, $0], $1) }.prefix(3))
  }
}
