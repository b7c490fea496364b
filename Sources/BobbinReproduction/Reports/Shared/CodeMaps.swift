import Bobbin

/// Codes on planes, by principal components and by t-SNE, and how far both can be trusted.
struct CodeMaps {
  /// By principal components, then by t-SNE.
  let maps: [(map: CodeMap, quality: MapQuality)]
  let labels: [Int]

  /// The seed of t-SNE.
  static let seed: UInt64 = 0
  static let perplexity = 30.0

  init(of codes: Codes, labels: [Int], workers: Workers) throws {
    self.labels = labels
    maps = try CodeMap.Method.allCases.map { method in
      let map = try CodeMap(codes, by: method, perplexity: Self.perplexity, seed: Self.seed, workers: workers)
      return (map, try MapQuality(of: map, for: codes, labels: labels, workers: workers))
    }
  }

  var pca: (map: CodeMap, quality: MapQuality) { maps[0] }
  var tsne: (map: CodeMap, quality: MapQuality) { maps[1] }

  /// Both maps side by side.
  ///
  /// - Parameter origin: what the codes are of, for the lines below the titles.
  func drawing(of origin: String, classNames: [String]) -> Drawing {
    Panels(
      rows: [
        maps.map { entry in
          entry.map.chart(title: entry.map.method.title, subtitle: origin, labels: labels, classNames: classNames)
            .thinned().drawing()
        }
      ]
    ).drawing()
  }

  /// What `table` has above its columns.
  static let header = [
    "map", "trustworthiness", "neighbours kept", "10 nearest agree on the class", "the same of codes", "silhouette",
    "silhouette of codes",
  ]

  /// A row for each map.
  func rows(named name: String = "") -> [[String]] {
    maps.map { entry in
      let quality = entry.quality
      func number(_ value: Double?) -> String { value.map { fixed($0, 3) } ?? "–" }
      return [
        [name, entry.map.method.title].filter { !$0.isEmpty }.joined(separator: ", "),
        number(quality.trustworthiness), number(quality.preservation), number(quality.mapAccuracy),
        number(quality.codeAccuracy), number(quality.mapSilhouette), number(quality.codeSilhouette),
      ]
    }
  }

  /// Rows of the maps of every seed.
  static func rows(of seeds: [CodeMaps]) -> [[String]] {
    seeds.enumerated().flatMap { $1.rows(named: seeds.count > 1 ? "seed \($0 + 1)" : "") }
  }

  /// How to read `rows`.
  static let explanation =
    "Trustworthiness: whether neighbours on the map are neighbours among the codes, 1 at best. Silhouette: how far classes "
    + "lie apart beside their own width, from -1 to 1."
}

extension Workshop {
  /// Images for what is costly: all in full, some at even distances in the quick form.
  func sample(of images: ImageSubset, quick: Int = 1000) throws -> ImageSubset {
    try images.spread(to: count(images.count, quick: quick))
  }

  /// Maps of the mean codes of a work's test images, one for each repetition.
  func codeMaps(_ work: Work, quick: Int = 1000) throws -> [CodeMaps] {
    let images = try sample(of: test(work), quick: quick)
    guard let labels = images.labels else { throw Refusal("\(work.name): its images have no classes") }
    return try each(work) { model in
      try CodeMaps(of: model.session.codes(.mean, of: images, seed: 0), labels: labels, workers: workers)
    }
  }

  /// Adds the maps of the first repetition as a figure, what all are worth, and whether t-SNE parts the classes better.
  ///
  /// - Parameters:
  ///   - figure: what the report calls its own.
  ///   - claim: what it says of t-SNE beside principal components.
  func addCodeMaps(
    of work: Work, to chapter: inout Chapter, row: String, figure origin: String, claim: String
  ) throws {
    let maps = try codeMaps(work)
    chapter.add(
      try figure(
        "\(row)-maps", maps[0].drawing(of: origin, classNames: test(work).dataset.classNames),
        caption: "Codes of \(Format.count(maps[0].labels.count)) test images, coloured by class, first seed.",
        command: "bobbin embed RUN --method tsne"))
    chapter.table(
      CodeMaps.header, CodeMaps.rows(of: maps), caption: CodeMaps.explanation)
    func comparison(_ measure: KeyPath<MapQuality, Double?>) -> SeedComparison {
      SeedComparison(
        maps.map { $0.pca.quality[keyPath: measure] ?? .nan }, maps.map { $0.tsne.quality[keyPath: measure] ?? .nan })
    }
    let silhouettes = comparison(\.mapSilhouette)
    chapter.add(
      .claim(
        row: row, claim, obtained: "silhouette \(silhouettes.words(decimals: 3))", holds: silhouettes.isSecondLarger,
        note: "The silhouette of the classes on the map, t-SNE first; of every seed."))
    chapter.add(
      Finding(
        row: row, "share of images whose 10 neighbours on the map tell their class, t-SNE against PCA",
        obtained: comparison(\.mapAccuracy).words(decimals: 3), .noted))
  }
}

extension ScatterChart {
  /// More dots only lie on each other, and make pages heavy.
  private static let mostPoints = 2000

  /// With so many of its dots, at even distances, as can be told apart; its subtitle says how many.
  package func thinned() -> ScatterChart {
    let count = Self.mostPoints
    guard points.count > count else { return self }
    let chosen = (0..<count).map { $0 * points.count / count }
    var chart = self
    chart.points = chosen.map { points[$0] }
    chart.classes = classes.isEmpty ? [] : chosen.map { classes[$0] }
    let drawn = "\(Format.count(count)) of \(Format.count(points.count)) codes drawn"
    chart.subtitle = subtitle.isEmpty ? drawn : "\(subtitle); \(drawn)"
    return chart
  }
}
