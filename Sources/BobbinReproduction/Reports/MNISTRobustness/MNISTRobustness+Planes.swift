import Bobbin

// R4-10 and R4-11: the variational autoencoder, and its plane of codes beside that of a plain one.

extension MNISTRobustness {
  static let variational = Item(
    "R4-10", title: "The variational autoencoder",
    says:
      "z = μ + ε·σ with a code of 2; the loss printed is ½ Σ (1 + log σ² − μ² − σ²) + 1/L Σ log p(x|z). No number is stated.",
    readings: [
      "What is printed is the ELBO, which is to be made large; its negative is made small here. Its first term is the negative KL "
        + "divergence from the prior, not the divergence.",
      "L, the draws of z for an image, is not stated: 1.",
      "p(x|z) is not stated: each pixel black or white (Bernoulli). A normal distribution of variance ½, whose term is the squared error, "
        + "was trained too.",
      "Early stopping as for the autoencoders.",
    ], needs: [vae, gaussianVAE], seconds: 2
  ) { shop in
    var chapter = Chapter()
    let test = try shop.sample(of: shop.test(vae))
    var rows: [[String]] = []
    for (name, work) in [("Bernoulli", vae), ("normal, variance ½", gaussianVAE)] {
      let evaluations = try shop.each(work) { model in
        try Evaluation(of: model.session, as: model.experiment.recipe.model, on: test, model.scaling)
      }
      let elbos = evaluations.compactMap(\.negativeELBO)
      let terms = [ProgramName.reconstruction, ProgramName.kl].map { term in evaluations.map { $0.metrics[term] } }
      rows.append([
        name, spread(elbos, decimals: 2), spread(terms[0], decimals: 2), spread(terms[1], decimals: 2),
        spread(evaluations.compactMap(\.reconstruction?.summary.meanSquared), decimals: 4),
      ])
      if work == vae {
        chapter.add(
          Finding(
            row: "R4-10", "negative ELBO of the test images, Bernoulli, in nats per image",
            obtained: spread(elbos, decimals: 2), .noted,
            note: "Its terms are \(spread(terms[0], decimals: 2)) and a divergence of \(spread(terms[1], decimals: 2))."
          ))
      }
    }
    chapter.table(
      ["likelihood", "negative ELBO", "reconstruction term", "KL divergence", "squared error"], rows,
      caption:
        "Means over \(Format.count(test.count)) test images, nats per image. The term of the normal likelihood is without its constant, "
        + "which the ELBO has; densities and probabilities are not to be compared.")
    chapter.add(
      try shop.losses(
        "R4-10-elbo", of: vae, figure: "Bernoulli likelihood",
        caption:
          "Negative ELBO and its two terms, nats per image; dashed: validation, and test images that were only watched."
      ))
    return chapter
  }

  static let planes = Item(
    "R4-11", title: "Planes of codes, plain and variational",
    says:
      "Figures 4 and 6: codes of 2 numbers with points drawn as black stars, from the upper right to the lower left (plain) and from below "
      + "upwards (variational); figures 5 and 7: their images. The plain autoencoder's codes are sparser and cover a larger area; between its "
      + "clusters it \"produces gibberish results, while the VAE produces a much smoother transition\", crossing more clusters.",
    readings: [
      "The ends of both ways are not stated: 95 % of the codes lie below the one and above the other, along each axis; the variational one "
        + "runs through the median.",
      "Area: that of the ellipse of two standard deviations along the principal axes.",
      "Transitions are measured on 200 straight lines between the codes of test images of different digits: gibberish is an image of whose "
        + "digit the classifier is less than 90 % sure; smoothness is the greatest step beside the mean step, 1 at best.",
    ], needs: [plane, vae, DigitReader.work], seconds: 4
  ) { shop in
    var chapter = Chapter()
    let reader = try DigitReader(shop)
    let test = try shop.sample(of: shop.test(plane), quick: 2000)
    let (plain, variational) = (
      try shop.repetitions(of: plane).map { try Transitions(of: plane, $0, test, shop, reader) },
      try shop.repetitions(of: vae).map { try Transitions(of: vae, $0, test, shop, reader) }
    )
    func comparison(_ number: (Transitions) -> Double) -> SeedComparison {
      SeedComparison(plain.map(number), variational.map(number))
    }
    let area = comparison(\.area)
    chapter.add(
      .claim(
        row: "R4-11", "codes of the plain autoencoder cover a larger area than those of the variational one",
        obtained: "\(area.words(decimals: 1)) (variational against plain)", holds: area.isSecondSmaller))
    let unevenness = comparison(\.unevenness)
    chapter.add(
      .claim(
        row: "R4-11", "transitions of the variational autoencoder are smoother",
        obtained: "greatest step \(unevenness.words(decimals: 2)) times the mean (variational against plain)",
        holds: unevenness.isSecondSmaller, note: "Mean over the lines between digits."))
    let unsure = comparison { 100 * $0.unsureShare }
    chapter.add(
      .claim(
        row: "R4-11", "between clusters the plain autoencoder gives gibberish more often",
        obtained: "\(unsure.words(decimals: 1, unit: " %")) of the images are unsure (variational against plain)",
        holds: unsure.isSecondSmaller))
    for (index, work) in [plane, vae].enumerated() {
      try add(work, isVariational: index == 1, test, reader, shop, to: &chapter)
    }
    return chapter
  }

  /// The scatter with the report's way, and the strip of its images.
  private static func add(
    _ work: Work, isVariational: Bool, _ test: ImageSubset, _ reader: borrowing DigitReader, _ shop: Workshop,
    to chapter: inout Chapter
  ) throws {
    let model = try shop.model(work)
    let codes = try model.session.codes(.mean, of: test, seed: 0)
    let way = try isVariational ? CodeWay.upwards(codes) : CodeWay.downwards(codes)
    let images = try model.session.decode(way)
    let probabilities = try reader.probabilities(of: images, model.scaling)
    let smoothness = try PathSmoothness(of: images, at: way, model.scaling, probabilities: probabilities)
    let name = isVariational ? "variational" : "plain"
    let figures = isVariational ? (6, 7) : (4, 5)
    let direction = isVariational ? "from below upwards" : "from the upper right to the lower left"
    let read = probabilities.mostProbable
    let digits = Set(read).count
    chapter.add(
      Finding(
        row: "R4-11", "digits on the way through the \(name) plane", obtained: "\(digits)", .noted,
        note: "Greatest step \(fixed(smoothness.unevenness, 2)) times the mean; "
          + "\(fixed(100 * (smoothness.unsureShare ?? .nan), 0)) % of the images are unsure."))
    chapter.add(
      try shop.figure(
        "R4-11-\(name)-codes",
        CodePath.chart(
          of: codes, labels: test.labels, classNames: test.dataset.classNames, path: way,
          title: "Codes of the \(name) autoencoder", subtitle: "figure \(figures.0) of the report"
        ).drawing(),
        caption: "Codes of \(Format.count(test.count)) test images, and points drawn \(direction), first seed."))
    chapter.add(
      try shop.figure(
        "R4-11-\(name)-way",
        ImageSheet(
          title: "Images on the way, \(name)", subtitle: "figure \(figures.1) of the report",
          rows: [try images.bitmaps(model.scaling)],
          captions: [read.indices.map { "\(read[$0]), \(fixed(100 * Double(probabilities[$0].max() ?? 0), 0)) %" }]
        ).drawing(),
        caption:
          "Decoded from the stars, \(direction), with the digit that the classifier reads and how sure it is of it."))
  }
}
