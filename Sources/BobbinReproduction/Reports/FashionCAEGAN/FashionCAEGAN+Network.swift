import Bobbin

extension FashionCAEGAN {
  static let network = Item(
    "R1-2", "R1-3", title: "The network",
    says:
      "CAE(n, d): convolutions of n, 2n and 4n channels of size 3 with stride 2 and paddings 1, 1 and 0, linear layers of 64 and d; "
      + "the decoder is its symmetric version and ends in a sigmoid. The search takes n from 4 to 10 and d from 10 to 60, and finds "
      + "n = 9 and d = 27.",
    readings: [
      "\"For each layer ReLU\": behind every layer but the code, as points of the plane of its principal components are codes with "
        + "negative numbers (R1-8). With ReLU on the code, too, it is trained beside this one (R1-5).",
      "Kernels and paddings of the decoder are not stated: the encoder's backwards, with output paddings 0, 1 and 1, which lead from 3 "
        + "back to 7, 14 and 28 pixels.",
    ],
    needs: [cae], seconds: 1
  ) { shop in
    var chapter = Chapter()
    let (_, input, summary) = try shop.network(cae)
    chapter.add(
      try shop.diagram(
        "R1-2-network", of: cae, figure: "section 2.1 of the report",
        caption: "Encoder above, decoder below; boxes are as high as the image and as wide as it has channels."))
    chapter.table(of: summary, caption: "The layers of CAE(9, 27) for an image of 1×28×28.")
    chapter.add(
      .setting(
        row: "R1-3", "parameters of CAE(9, 27)", reported: 60_240, obtained: Double(summary.parameters),
        note: "The reported number is counted from the layers that the report describes."))
    let sizes = try (4...10).flatMap { n in
      try (10...60).map { d in (n: n, d: d, summary: try variant(n, d, shop, input)) }
    }
    let fitting = sizes.count { $0.summary.rows.last?.output == input }
    chapter.add(
      .claim(
        row: "R1-3", "the decoder gives images of 28×28 for every n and d of the search",
        obtained: "\(fitting) of \(sizes.count) networks", holds: fitting == sizes.count))
    let corners = sizes.filter { [4, 9, 10].contains($0.n) && [10, 27, 60].contains($0.d) }
    chapter.table(
      ["n", "d", "parameters", "multiply-accumulates of an image"],
      corners.map {
        ["\($0.n)", "\($0.d)", Format.count($0.summary.parameters), Format.count($0.summary.multiplyAccumulates)]
      }, caption: "The smallest and largest networks of the search, and the one that it finds.")
    return chapter
  }

  private static func variant(_ n: Int, _ d: Int, _ shop: Workshop, _ input: Shape) throws -> NetworkSummary {
    let work = Work.training("cae-\(n)-\(d)", "fashion-cae-gan/cae.yaml", changes: sizes(n, d), quickEpochs: 1)
    return try shop.experiment(work).recipe.model.summary(for: input)
  }

  /// What makes CAE(n, d) of CAE(9, 27).
  package static func sizes(_ n: Int, _ d: Int) -> [String] {
    zip([0, 2, 4], [n, 2 * n, 4 * n]).map { "model.encoder.\($0).conv.channels=\($1)" }
      + ["model.encoder.9.linear=\(d)"]
  }
}
