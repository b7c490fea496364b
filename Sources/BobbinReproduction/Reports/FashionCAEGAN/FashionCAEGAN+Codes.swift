import Bobbin

extension FashionCAEGAN {
  /// Pullover, Coat, Shirt.
  static let confusedTops = [2, 4, 6]
  /// Sandal, Sneaker, Ankle boot.
  static let confusedShoes = [5, 7, 9]

  static let codes = Item(
    "R1-7", title: "The codes on a plane",
    says:
      "Figure 1c shows the codes of the test images by PCA, 1d by t-SNE. Points are mixed up in both, the clusters are more "
      + "distinguishable by t-SNE; the encoder does not tell Pullover, Coat and Shirt apart, nor Sandal, Sneaker and Ankle boot.",
    readings: [
      "\"More distinguishable\" is read as the silhouette of the classes on the map: their distance beside their width.",
      "\"Mixed up\" is counted among the ten nearest neighbours of each code, in all of its 27 dimensions.",
      "t-SNE has perplexity 30 and seed 0.",
    ],
    needs: [cae], seconds: 6
  ) { shop in
    var chapter = Chapter()
    try shop.addCodeMaps(
      of: cae, to: &chapter, row: "R1-7", figure: "figures 1c and 1d of the report",
      claim: "the clusters are more distinguishable by t-SNE than by PCA")
    try addMixing(to: &chapter, shop)
    return chapter
  }

  private static func addMixing(to chapter: inout Chapter, _ shop: Workshop) throws {
    let test = try shop.sample(of: shop.test(cae))
    let (labels, classNames) = (test.labels ?? [], test.dataset.classNames)
    let mixings = try shop.each(cae) { model in
      try ClassMixing(
        of: Codes(model.session.encode(test)), labels: labels, classCount: classNames.count, workers: shop.workers)
    }
    func names(_ group: [Int]) -> String { group.map { classNames[$0] }.joined(separator: ", ") }
    func share(_ group: [Int]) -> String {
      spread(mixings.map { 100 * $0.mixing(of: group) }, decimals: 1, unit: " %")
    }
    chapter.add(
      try shop.figure(
        "R1-7-mixing",
        mixings[0].heatmap(title: "Classes among each other", subtitle: "10 neighbours", classNames: classNames)
          .drawing(),
        caption:
          "Of the ten nearest neighbours of the codes of each class, in 27 dimensions, how many percent are of which class; "
          + "\(Format.count(test.count)) test images, first seed. Shades leave the own class out."))
    let others = Array(0..<classNames.count).filter { !confusedTops.contains($0) && !confusedShoes.contains($0) }
    let cases = [
      (group: confusedTops, rest: [Int](), among: ""),
      (group: confusedShoes, rest: confusedTops, among: " of those that are left"),
    ]
    for (group, rest, among) in cases {
      let found = mixings.map { $0.mostMixedThree(without: rest) }
      chapter.add(
        .claim(
          row: "R1-7", "the codes of \(names(group)) are mixed up",
          obtained: "\(share(group)) of the neighbours; the three that mix most\(among): "
            + "\(found.map(names).joined(separator: "; "))", holds: found.allSatisfy { $0 == group },
          note:
            "The mean of each pair's shares in both directions, of three classes (of \(names(others)): \(share(others))). It holds "
            + "if no three classes mix more, in every seed."))
    }
  }
}
