import Bobbin

extension Workshop {
  /// Adds to a chapter the images of a work: how many each part has of each class, the files, and some of them.
  ///
  /// - Parameter row: of the report, for the name of the figure.
  func addImages(of work: Work, to chapter: inout Chapter, row: String) throws {
    let (all, test) = (try dataset(experiment(work), .training), try test(work))
    let split = try Split(contentsOf: run(work).split)
    chapter.table(
      ["class", "to train", "to validate", "to test"],
      classCounts(
        of: [try all.subset(split.training), try all.subset(split.validation), test], classNames: all.classNames),
      caption: "Images of each class. Which image is where stands in runs/\(work.name)/split.json.")
    chapter.table(
      ["file", "SHA-256 of its contents"], (all.sources + test.dataset.sources).map { [$0.path, $0.contentChecksum] },
      caption: "The files that were read.")
    let rows = try (0..<all.classNames.count).map { label in
      try all.subset(Array(all.all.indices.lazy.filter { all.labels?[$0] == label }.prefix(10))).bitmaps()
    }
    chapter.add(
      try figure(
        "\(row)-images", ImageSheet(title: "Fashion-MNIST", rows: rows, rowLabels: all.classNames, cell: 40).drawing(),
        caption: "The first ten training images of each class.", command: "bobbin data preview fashion-mnist"))
  }
}

/// How many images of each class each part has, and a last row with their sums.
func classCounts(of parts: [ImageSubset], classNames: [String]) -> [[String]] {
  let rows = classNames.enumerated().map { label, name in
    [name] + parts.map { part in Format.count(part.labels?.count { $0 == label } ?? 0) }
  }
  return rows + [["all"] + parts.map { Format.count($0.count) }]
}
