import Bobbin

// R3-1 to R3-4: the images, and the network as the report's tables have it.

extension MNISTCleaning {
  static let data = Item(
    "R3-1", title: "The images",
    says:
      "MNIST from PyTorch, grey images of 28×28 pixels. All examples are of the first image, a seven, \"because is the first "
      + "image of the dataset\".",
    readings: [
      "No split is stated: the 60,000 training images are all learnt from. The test error per epoch is that of the 10,000 "
        + "test images, which nothing judges by.",
      "The first image is a seven in the test set (the first of the training set is a five): it is image 0 of the test set.",
    ], needs: [copiers[0]]
  ) { shop in
    var chapter = Chapter()
    let (training, test) = (try shop.training(copiers[0]), try shop.test(copiers[0]))
    let names = test.dataset.classNames
    func counts(_ images: ImageSubset) -> [String] {
      let labels = images.labels ?? []
      return names.indices.map { label in "\(labels.count { $0 == label })" }
    }
    chapter.table(
      ["part", "images"] + names,
      [
        ["training", "\(training.count)"] + counts(training), ["test", "\(test.count)"] + counts(test),
      ], caption: "How many images of each digit.")
    let first = test.labels.map { names[$0[0]] } ?? "?"
    chapter.add(
      .claim(
        row: "R3-1", "the image of all figures, the first of the test set, is a seven", obtained: "a \(first)",
        holds: first == "7"))
    let images = try test.dataset.subset(Array(0..<10))
    chapter.add(
      try shop.figure(
        "R3-1-images",
        ImageSheet(
          title: "The first ten test images", rows: [try images.bitmaps()],
          columnLabels: images.labels?.map { names[$0] } ?? []
        ).drawing(), caption: "Test images 0 to 9 of \(test.dataset.name). Image 0 is the one of all figures below."))
    return chapter
  }

  static let network = Item(
    "R3-2", "R3-3", "R3-4", title: "The network",
    says:
      "Table 1 gives three convolutions of 6, 39 and 72 channels, table 2 linear layers from 648 over 145, 98 and 52 to n "
      + "features; the decoder is the same, mirrored.",
    readings: [
      "Paddings of the decoder's outputs are not stated: 0, 1 and 1 are the only ones that lead from 3 over 7 and 14 to 28 "
        + "pixels with these kernels."
    ], needs: []
  ) { shop in
    var chapter = Chapter()
    let summaries = try copiers.map { try summary(of: $0, shop) }
    let rows = summaries[0].rows
    chapter.table(of: summaries[0], caption: "With a code of 2 numbers.")
    chapter.add(
      .claim(
        row: "R3-2", "convolutions as table 1 has them", obtained: widths(rows, of: "encoder.") { $0.count == 3 },
        holds: sizes(rows, of: "encoder.") { $0.count == 3 } == [[6, 14, 14], [39, 7, 7], [72, 3, 3]]))
    for (index, summary) in summaries.enumerated() {
      let length = codeLengths[index]
      chapter.add(
        .claim(
          row: "R3-3", "linear layers as table 2 has them, n = \(length)",
          obtained: widths(summary.rows, of: "encoder.") { $0.count == 1 }
            + "; \(Format.count(summary.parameters)) parameters with the decoder",
          holds: sizes(summary.rows, of: "encoder.") { $0.count == 1 } == [[648], [145], [98], [52], [length]]))
    }
    chapter.add(
      .claim(
        row: "R3-4", "the decoder mirrors the encoder", obtained: widths(rows, of: "decoder.") { $0.count == 3 },
        holds: sizes(rows, of: "decoder.") { $0.count == 3 } == [[72, 3, 3], [39, 7, 7], [6, 14, 14], [1, 28, 28]]))
    chapter.add(
      try shop.figure(
        "R3-2-network",
        ArchitectureDiagram(
          title: "The network of the copy task", subtitle: "code of 2 numbers", input: .image(28, 28, channels: 1),
          summary: summaries[0]
        ).drawing(), caption: "Each box is a layer, as high as its images and as wide as it has channels.",
        command: "bobbin show Recipes/mnist-cleaning/copy-2.yaml"))
    return chapter
  }

  static func summary(of work: Work, _ shop: Workshop) throws -> NetworkSummary {
    try shop.experiment(work).recipe.model.summary(for: .image(28, 28, channels: 1))
  }

  /// The sizes that a network's layers give on, without those that give on what they got.
  private static func sizes(
    _ rows: [NetworkSummary.Row], of path: String, where isShown: ([Int]) -> Bool
  ) -> [[Int]] {
    rows.filter { $0.path.hasPrefix(path) && $0.input != $0.output }.map(\.output.dimensions).filter(isShown)
  }

  private static func widths(
    _ rows: [NetworkSummary.Row], of path: String, where isShown: ([Int]) -> Bool
  ) -> String {
    sizes(rows, of: path, where: isShown).map { $0.map(String.init).joined(separator: "×") }.joined(separator: ", ")
  }
}
