import Bobbin

extension FashionAutoencoders {
  static let images = Item(
    "R0-1", title: "The images",
    says: "Fashion-MNIST, with 60,000 images to train and 10,000 to test. It plots losses of training and validation.",
    readings: [
      "How the images were split is not stated: 48,000 to train and 12,000 to validate, drawn with seed 7, the same for every network."
    ],
    needs: [cae]
  ) { shop in
    var chapter = Chapter()
    let experiment = try shop.experiment(cae)
    let (all, test) = (try shop.dataset(experiment, .training), try shop.test(cae))
    for (what, reported, obtained) in [("train", 60_000, all.count), ("test", 10_000, test.count)] {
      chapter.add(
        .number(
          row: "R0-1", "images to \(what)", reported: Double(reported), obtained: [Double(obtained)],
          allowing: .absolute(0), decimals: 0))
    }
    let split = try Split(contentsOf: shop.run(cae).split)
    chapter.table(
      ["class", "to train", "to validate", "to test"],
      counts(
        of: [try all.subset(split.training), try all.subset(split.validation), test], classNames: all.classNames),
      caption: "Images of each class. Which image is where stands in runs/cae/split.json.")
    chapter.table(
      ["file", "SHA-256 of its contents"], (all.sources + test.dataset.sources).map { [$0.path, $0.contentChecksum] },
      caption: "The files that were read.")
    let rows = try (0..<all.classNames.count).map { label in
      try all.subset(Array(all.all.indices.lazy.filter { all.labels?[$0] == label }.prefix(10))).bitmaps()
    }
    chapter.add(
      try shop.figure(
        "R0-1-images",
        ImageSheet(title: "Fashion-MNIST", rows: rows, rowLabels: all.classNames, cell: 40).drawing(),
        caption: "The first ten training images of each class.", command: "bobbin data preview fashion-mnist"))
    return chapter
  }

  /// How many images of each class each part has, and a last row with their sums.
  static func counts(of parts: [ImageSubset], classNames: [String]) -> [[String]] {
    let rows = classNames.enumerated().map { label, name in
      [name] + parts.map { part in grouped(part.labels?.count { $0 == label } ?? 0) }
    }
    return rows + [["all"] + parts.map { grouped($0.count) }]
  }
}
