import Bobbin

// R3-15: images of random codes.

extension MNISTCleaning {
  /// From here on the classifier counts as sure of what an image shows.
  private static let sure = 0.9
  private static let perRow = 6

  static let generation = Item(
    "R3-15", title: "Images of random codes",
    says:
      "Figure 7 shows what decoders make of random vectors, each printed above its image: \"excluding some senseless results, others are "
      + "quite good and seems really written by person\".",
    readings: [
      "How the vectors are drawn is not stated: uniformly in the box of the codes of the training images. Drawn from the normal "
        + "distribution with their mean and covariance they are shown beside it.",
      "Quite good: the classifier is at least 90 % sure of a digit. The claim is taken to hold when more than half of the images are, but not "
        + "all.",
    ], needs: copiers + [DigitReader.work], seconds: 4
  ) { shop in
    var chapter = Chapter()
    let reader = try DigitReader(shop)
    let count = shop.count(2000, quick: 500)
    // [code][sampler][seed]
    var shares: [[[Double]]] = []
    for (index, work) in copiers.enumerated() {
      var ofSamplers: [[Double]] = []
      for sampler in [CodeSampler.box, .gaussian] {
        ofSamplers.append(
          try shop.repetitions(of: work).map { repetition in
            let codes = try shop.draws(sampler, of: work, repetition: repetition, count: count, seed: 7)
            let model = try shop.model(work, repetition: repetition)
            if repetition == 0 { chapter.add(try sheet(of: codes, sampler, index, model, shop)) }
            let images = try model.session.decode(codes)
            return 100 * (1 - (try reader.probabilities(of: images, model.scaling).unsureShare(below: Float(sure))))
          })
      }
      shares.append(ofSamplers)
    }
    chapter.table(
      ["code"] + ["uniform in the box", "normal"],
      zip(codeLengths, shares).map { length, row in
        ["n = \(length)"] + row.map { spread($0, decimals: 1, unit: " %") }
      },
      caption: "Share of \(count) images of random codes whose digit the classifier is at least 90 % sure of.")
    chapter.add(
      .claim(
        row: "R3-15", "some images of random codes are senseless, the others quite good",
        obtained: zip(codeLengths, shares).map { "n = \($0): \(spread($1[0], decimals: 1, unit: " %"))" }
          .joined(separator: ", ") + " of the images show a digit surely",
        holds: shares.allSatisfy { $0[0].allSatisfy { $0 > 50 && $0 < 100 } },
        note: "Uniform in the box of the training codes."))
    return chapter
  }

  /// The first images, each below its code.
  private static func sheet(
    of codes: Codes, _ sampler: CodeSampler, _ index: Int, _ model: borrowing TrainedModel, _ shop: Workshop
  ) throws -> Chapter.Part {
    let shown = try codes.selecting(Array(0..<3 * perRow))
    let images = try model.session.decode(shown).bitmaps(model.scaling)
    let decimals = codes.dimension > 2 ? 1 : 2
    let words = (0..<shown.count).map { code in
      shown[code].map { fixed(Double($0), decimals) }.joined(separator: "  ")
    }
    func inRows<Element>(_ elements: [Element]) -> [[Element]] {
      stride(from: 0, to: elements.count, by: perRow).map { Array(elements[$0..<min($0 + perRow, elements.count)]) }
    }
    let drawn = sampler == .box ? "uniformly in the box of the training codes" : "normally, as the training codes"
    let length = codeLengths[index]
    return try shop.figure(
      "R3-15-random-\(length)-\(sampler.rawValue)",
      ImageSheet(
        title: "Random codes of \(length), drawn \(drawn)", subtitle: "figure 7 of the report", rows: inRows(images),
        captions: inRows(words), cell: 84
      ).drawing(),
      caption: "Above each image its code, drawn \(drawn) with seed 7; the network that copies, first seed.")
  }
}
