import Bobbin

extension FashionCAEGAN {
  static let generation = Item(
    "R1-8", title: "New images from the plane of PCA",
    says:
      "A random point of the two-dimensional space is chosen, transformed into a vector of 27 numbers by the inverse of the PCA, and "
      + "decoded; figure 2 shows what comes of it.",
    readings: [
      "How points are drawn is not stated: from normal distributions as wide as the codes are along both components; points that are "
        + "uniform between the least and the greatest of these are beside them.",
      "The components are those of the training images' codes.",
    ],
    needs: [cae], seconds: 11
  ) { shop in
    var chapter = Chapter()
    let model = try shop.model(cae)
    let pca = try PCA(Codes(model.session.encode(shop.training(cae))), components: 2, workers: shop.workers)
    let test = try shop.sample(of: shop.test(cae))
    let places = try pca.transform(Codes(model.session.encode(test)))
    let draws: [(name: String, places: Codes)] = [
      ("normal", try pca.transform(PrincipalSpace(pca).sample(20, seed: 1))),
      ("uniform", try CodeBox(around: places).sample(20, seed: 1)),
    ]
    var sheet = ImageSheet(title: "Images of points of the plane", subtitle: "figure 2 of the report", rows: [])
    for (name, points) in draws {
      let images = try model.bitmaps(of: pca.inverse(points))
      let captions = (0..<points.count).map { words(of: points[$0]) }
      sheet.rows += [Array(images[..<10]), Array(images[10...])]
      sheet.captions += [Array(captions[..<10]), Array(captions[10...])]
      sheet.rowLabels += [name, ""]
    }
    chapter.add(
      try shop.figure(
        "R1-8-samples", sheet.drawing(),
        caption: "Twenty points from each distribution, drawn with seed 1, and above each image its point; "
          + "\(shop.words(of: model)).", command: "bobbin generate RUN --sampler plane"))
    chapter.add(
      try shop.figure(
        "R1-8-points",
        ScatterChart(
          title: "The points among the codes", subtitle: "stars: the points that are drawn from normal distributions",
          points: points(of: places), classes: test.labels ?? [], classNames: test.dataset.classNames,
          stars: points(of: draws[0].places), xAxis: Axis("first component"), yAxis: Axis("second component")
        ).drawing(),
        caption:
          "The twenty points of the first two rows above, among the codes of \(Format.count(test.count)) test images on the plane of "
          + "the training images' first two components, which have "
          + "\(fixed(100 * pca.explainedVarianceRatio.reduce(0, +), 1)) % of their variance."))
    let judge = try shop.judge(for: cae)
    let count = shop.count(2000, quick: 500)
    let made = try model.session.decode(PrincipalSpace(pca).sample(count, seed: 2))
    let quality = try judge.quality(of: made, model.scaling, real: test, workers: shop.workers)
    chapter.add(
      Finding(
        row: "R1-8", "images that show a class for sure (0.9 or more)",
        obtained: fixed(100 * quality.sureShare, 1) + " %", .noted,
        note:
          "\(Format.count(count)) points, judged by a classifier that is right about \(fixed(100 * judge.accuracy, 1)) % of images held "
          + "out. A plane has little of what 27 dimensions hold."))
    return chapter
  }

  private static func points(of places: Codes) -> [Point] {
    (0..<places.count).map { Point(Double(places.values[2 * $0]), Double(places.values[2 * $0 + 1])) }
  }

  private static func words(of place: ArraySlice<Float>) -> String {
    place.map { fixed(Double($0), 1) }.joined(separator: "  ")
  }
}
