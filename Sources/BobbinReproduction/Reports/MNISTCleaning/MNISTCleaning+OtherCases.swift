import Bobbin

// R3-13 and R3-14: other noises, and other digits.

extension MNISTCleaning {
  static let otherNoises = Item(
    "R3-13", title: "Cleaned of one noise alone",
    says:
      "Figure 5 shows what the network with a code of 6 makes of images with an occlusion alone and Gaussian noise alone.",
    readings: [noiseReading, "For each noise a network was trained with that noise alone."],
    needs: [cleaners[1], occlusionCleaner, gaussianCleaner, copiers[1]], seconds: 15
  ) { shop in
    var chapter = Chapter()
    let all = try shop.test(cleaners[1])
    let images = try all.dataset.subset(Array(0..<10))
    var (rows, labels): ([[Bitmap]], [String]) = ([try images.bitmaps()], ["original"])
    for (name, work) in [("occlusion", occlusionCleaner), ("Gaussian", gaussianCleaner)] {
      let model = try shop.model(work)
      let made = try model.session.denoise(images)
      rows += [try made.corrupted.bitmaps(model.scaling), try made.denoised.bitmaps(model.scaling)]
      labels += [name, "cleaned"]
    }
    chapter.add(
      try shop.figure(
        "R3-13-other-noises",
        ImageSheet(
          title: "Cleaned of one noise", subtitle: "figure 5 of the report", rows: rows, rowLabels: labels
        ).drawing(), caption: "Test images 0 to 9, each network on the noise that it was trained with, code of 6."))
    let test = try shop.sample(of: all)
    let works = [
      ("copying only", copiers[1]), ("occlusion", occlusionCleaner), ("Gaussian", gaussianCleaner),
      ("both", cleaners[1]),
    ]
    let noises = try works.map { name, work in
      NamedNoise(try shop.experiment(work).recipe.corruption, named: work == copiers[1] ? "none" : name)
    }
    let matrix = try DenoisingMatrix(
      of: works.map { ($0.0, try shop.run($0.1).path) }, against: noises, test, on: shop.backend())
    let errors = matrix.values(.meanSquared)
    for noise in noises.indices.dropFirst() {
      let best = matrix.models.indices.min { errors[$0][noise] < errors[$1][noise] } ?? 0
      chapter.add(
        Finding(
          row: "R3-13", "error of the network trained on \(matrix.models[noise]) on that noise",
          obtained: fixed(errors[noise][noise], 4), .noted,
          note: best == noise
            ? "Less than those of the other networks."
            : "That trained on \(matrix.models[best]) has less: \(fixed(errors[best][noise], 4))."
        ))
    }
    chapter.add(
      try shop.figure(
        "R3-13-matrix", matrix.drawing(subtitle: "\(test.count) test images, code of 6, first seed"),
        caption:
          "Networks trained on one noise against images with each: every image meets the same noise whichever network sees it."
      ))
    return chapter
  }

  static let otherDigits = Item(
    "R3-14", title: "Other digits, cleaned",
    says:
      "Figure 6 shows other digits, cleaned: \"the number is generally reconstructed, even if not perfectly and with the shape a little bit "
      + "different\".",
    readings: [
      noiseReading, "Generally: of every digit the greater part is read right after cleaning, with the code of 6.",
    ],
    needs: cleaners + [DigitReader.work], seconds: 3
  ) { shop in
    var chapter = Chapter()
    let all = try shop.test(cleaners[1])
    let images = try all.firstOfEachClass()
    var (rows, labels): ([[Bitmap]], [String]) = ([try images.bitmaps()], ["original"])
    for (index, work) in cleaners.enumerated() {
      let model = try shop.model(work)
      let made = try model.session.denoise(images)
      if index == 0 {
        rows.append(try made.corrupted.bitmaps(model.scaling))
        labels.append("seen")
      }
      rows.append(try made.denoised.bitmaps(model.scaling))
      labels.append("cleaned, n = \(codeLengths[index])")
    }
    chapter.add(
      try shop.figure(
        "R3-14-digits",
        ImageSheet(
          title: "Other digits, cleaned", subtitle: "figure 6 of the report", rows: rows, rowLabels: labels
        ).drawing(), caption: "The first test image of each digit, with Gaussian noise and an occlusion, first seed."))
    let test = try shop.sample(of: all)
    let labelsOfTest = test.labels ?? []
    let reader = try DigitReader(shop)
    // [code][seed]
    let confusions = try cleaners.map { work in
      try shop.each(work) { model in
        try ConfusionMatrix(
          truth: labelsOfTest, predictions: reader.digits(of: model.session.denoise(test).denoised, model.scaling),
          classCount: all.dataset.classNames.count)
      }
    }
    func accuracy(_ code: Int) -> String {
      spread(confusions[code].map { 100 * $0.accuracy }, decimals: 1, unit: " %")
    }
    let recalls = all.dataset.classNames.indices.map { digit in confusions[1].map { $0.scores[digit].recall } }
    let worst = recalls.indices.min { Sample.mean(recalls[$0]) < Sample.mean(recalls[$1]) } ?? 0
    chapter.add(
      .claim(
        row: "R3-14", "digits are generally reconstructed",
        obtained: "\(accuracy(1)) are read right, of the worst digit, \(all.dataset.classNames[worst]), "
          + spread(recalls[worst].map { 100 * $0 }, decimals: 1, unit: " %"),
        holds: recalls.joined().allSatisfy { $0 > 0.5 }, note: "With the code of 2 \(accuracy(0)) are."))
    chapter.add(
      try shop.figure(
        "R3-14-confusion",
        Panels(
          rows: [
            zip(codeLengths, confusions.map(\.[0])).map { length, matrix in
              matrix.heatmap(
                title: "Cleaned digits, n = \(length)", subtitle: "what the classifier reads",
                classNames: all.dataset.classNames
              ).drawing()
            }
          ]
        ).drawing(), caption: "\(test.count) test images, cleaned of Gaussian noise and an occlusion, first seed."))
    return chapter
  }
}
