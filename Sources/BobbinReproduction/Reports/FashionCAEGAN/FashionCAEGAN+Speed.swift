import Bobbin

extension FashionCAEGAN {
  static let speed = Item(
    "R1-18", title: "Beside a network that learns everything from labels",
    says:
      "\"Performances are similar to the CNN architecture of the previous experience (see Homework-01) even though it has less "
      + "parameters to train (once you have the Encoder), therefore it is faster.\" No number is stated.",
    readings: [
      "That network is not in the report: two convolutions of 32 and 64 channels with pooling, linear layers of 128 and 10, dropout "
        + "0.25, Adam at 0.001, batch 128, 20 epochs.",
      "\"Similar\" is read as at most two points of accuracy below. \"Faster\" is read as the time of training until test accuracy reaches "
        + "what is half a point below the classifier's final one; the autoencoder's own training is not counted.",
    ],
    needs: [classifier, fineTuned, cnn]
  ) { shop in
    var chapter = Chapter()
    let results = [
      try shop.classifier(classifier, named: "encoder frozen"),
      try shop.classifier(fineTuned, named: "encoder fine-tuned"), try shop.classifier(cnn, named: "all from labels"),
    ]
    let (transferred, baseline) = (results[0], results[2])
    chapter.table(of: results, caption: "The same images; times of this machine.")
    chapter.add(
      try shop.learningSpeed("R1-18-speed", of: results))
    chapter.add(
      .claim(
        row: "R1-18", "it has fewer parameters to train",
        obtained: "\(Format.count(transferred.trainedParameters)) against \(Format.count(baseline.trainedParameters))",
        holds: transferred.trainedParameters < baseline.trainedParameters))
    chapter.add(transferred.similarity(to: baseline, row: "R1-18", "the performances are similar"))
    chapter.add(
      transferred.speed(
        against: baseline, row: "R1-18", "it is faster",
        note: "The autoencoder, whose training is not counted, took "
          + "\(Format.duration(try shop.records(cae).map(\.seconds).reduce(0, +)))."))
    chapter.add(transferred.epochTime(against: baseline, row: "R1-18"))
    return chapter
  }
}
