import Bobbin

// R4-4 and R4-5: training with early stopping, and the test error against the length of the code.

extension MNISTRobustness {
  static let dimensions = Item(
    "R4-4", "R4-5", title: "Codes of 2 to 6 numbers",
    says:
      "For each length of code a network is trained with early stopping. Figure 1: the test loss falls with every further number; the code of "
      + "6 is best. No number is stated.",
    readings: [
      "{code}: at most 100 epochs, patience 5 by the validation loss, the best epoch restored; Adam with a learning rate of 0.001 and a "
        + "weight decay of 1e-5, batches of 512."
    ], needs: autoencoders, seconds: 1
  ) { shop in
    var chapter = Chapter()
    let test = try shop.test(best)
    let errors = try autoencoders.map { work in try shop.each(work) { try $0.session.meanSquaredError(test) } }
    let means = errors.map { Sample.mean($0) }
    chapter.add(
      .claim(
        row: "R4-5", "the test loss falls with the length of the code",
        obtained: zip(codeLengths, errors).map { "d = \($0): \(spread($1, decimals: 4))" }.joined(separator: ", "),
        holds: zip(means, means.dropFirst()).allSatisfy { $1 < $0 }))
    let winners = (errors.first ?? []).indices.map { seed in
      codeLengths[codeLengths.indices.min { errors[$0][seed] < errors[$1][seed] } ?? 0]
    }
    chapter.add(
      .claim(
        row: "R4-5", "the code of 6 is best",
        obtained: "best: " + winners.map { "d = \($0)" }.joined(separator: ", "),
        holds: winners.allSatisfy { $0 == codeLengths.last }, note: "Seed by seed."))
    chapter.table(
      ["d", "epochs", "best epoch", "validation loss", "test loss", "time of training"],
      try zip(codeLengths, zip(autoencoders, errors)).map { length, entry in
        let records = try shop.repetitions(of: entry.0).map { try shop.records(entry.0, repetition: $0) }
        let bests = records.compactMap { LossCurves.best($0) }
        return [
          "\(length)", records.map { "\($0.count)" }.joined(separator: ", "),
          bests.map { "\($0.epoch)" }.joined(separator: ", "), spread(bests.map(\.decisiveLoss), decimals: 5),
          spread(entry.1, decimals: 5), Format.duration(Sample.mean(records.map { $0.map(\.seconds).reduce(0, +) })),
        ]
      },
      caption:
        "Mean squared errors, pixels from 0 to 1, of \(Format.count(test.count)) test images; epochs seed by seed."
    )
    chapter.add(try lossByLength(errors, shop))
    chapter.add(
      try shop.figure(
        "R4-4-losses",
        LossCurves.comparison(
          try zip(codeLengths, autoencoders).map { ("d = \($0)", try shop.records($1)) }
        ).drawing(), caption: "Validation loss by epoch until early stopping, first seed."))
    return chapter
  }

  private static func lossByLength(_ errors: [[Double]], _ shop: Workshop) throws -> Chapter.Part {
    let means = zip(codeLengths, errors).map { Point(Double($0), Sample.mean($1)) }
    let single = zip(codeLengths, errors).flatMap { length, values in values.map { Point(Double(length), $0) } }
    return try shop.figure(
      "R4-5-dimensions",
      LineChart(
        title: "Test loss by the length of the code", subtitle: "figure 1 of the report",
        series: [
          .init("", means, color: .series(0)),
          .init("", single, color: .series(0), showsPoints: true, showsLine: false),
        ], xAxis: Axis("numbers in the code", isWhole: true), yAxis: Axis("mean squared error"), width: 520
      ).drawing(),
      caption: "A point for each seed, the line through the means of \(errors[0].count) "
        + "\(errors[0].count == 1 ? "seed" : "seeds"); the test images of the report's split.")
  }
}
