import Bobbin

extension FashionAutoencoders {
  static let generation = Item(
    "R0-7", title: "New images from codes", says: "Decodes new codes; figure 4 shows what comes of them.",
    readings: [
      "How codes were drawn is not stated: from the normal distribution with mean and covariance of the training images' codes. "
        + "N(0, I) and the box around these codes are beside it."
    ],
    needs: [cae], seconds: 16
  ) { shop in
    var chapter = Chapter()
    let samplers: [(sampler: CodeSampler, name: String)] = [
      (.gaussian, "fitted normal"), (.prior, "N(0, I)"), (.box, "uniform in the box"),
    ]
    let model = try shop.model(cae)
    var sheet = ImageSheet(title: "Images of drawn codes", subtitle: "figure 4 of the report", rows: [])
    for (sampler, name) in samplers {
      let images = try model.bitmaps(of: shop.draws(sampler, of: cae, count: 20, seed: 1))
      sheet.rows += [Array(images[..<10]), Array(images[10...])]
      sheet.rowLabels += [name, ""]
    }
    chapter.add(
      try shop.figure(
        "R0-7-samples", sheet.drawing(),
        caption: "20 codes from each distribution, drawn with seed 1, decoded; \(shop.words(of: model)).",
        command: "bobbin generate RUN --sampler gaussian"))
    // Distances want thousands of images, and a classifier that is trained first.
    guard !shop.isQuick else { return chapter }
    let judge = try shop.judge(for: cae)
    let test = try shop.test(cae)
    let rows = try samplers.map { sampler, name in
      let images = try model.session.decode(shop.draws(sampler, of: cae, count: 5000, seed: 1))
      let quality = try judge.quality(of: images, model.scaling, real: test, workers: shop.workers)
      chapter.add(
        Finding(
          row: "R0-7", "Fréchet distance of images of codes, \(name)",
          obtained: "\(fixed(quality.distance.frechet, 2)) (real images: \(fixed(quality.floor.frechet, 2)))", .noted))
      return [
        name, fixed(quality.distance.frechet, 2), fixed(quality.distance.kernel, 4),
        fixed(100 * quality.sureShare, 1) + " %",
      ]
    }
    chapter.table(
      ["codes", "Fréchet distance", "kernel distance", "show a class for sure"], rows,
      caption:
        "5,000 images of drawn codes against 5,000 test images, by the 64 features of a classifier that is right about "
        + "\(fixed(100 * judge.accuracy, 1)) % of images held out; less is nearer. For sure: with a probability of 0.9."
    )
    return chapter
  }

  static let codes = Item(
    "R0-8", title: "The codes on a plane",
    says: "Figure 5 shows the codes by PCA and by t-SNE; by t-SNE the clusters are more pushed away from each other.",
    readings: [
      "Which images is not stated: the test images.",
      "\"Pushed away\" is read as the silhouette of the classes on the map: their distance beside their width.",
      "t-SNE has perplexity 30 and seed 0.",
    ],
    needs: [cae], seconds: 10
  ) { shop in
    var chapter = Chapter()
    try shop.addCodeMaps(
      of: cae, to: &chapter, row: "R0-8", figure: "figure 5 of the report",
      claim: "by t-SNE, clusters are more pushed away from each other than by PCA")
    return chapter
  }
}
