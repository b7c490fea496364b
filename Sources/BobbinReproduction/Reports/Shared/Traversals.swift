import Bobbin

extension Workshop {
  /// One image's code, with every pair of values of two dimensions in place of its own.
  ///
  /// Of all dimensions those two are taken whose codes of test images vary most; each goes from their least to their greatest.
  func traversal(
    _ name: String, of work: Work, from image: ImageSubset, steps: Int = 10, title: String, figure: String
  ) throws -> [Chapter.Part] {
    let model = try model(work)
    let test = try test(work)
    let codes = try model.session.codes(.mean, of: test, seed: 0)
    let dimensions = try CodeSpread(of: codes, workers: workers).widest(2)
    let space = try LatentSpace(of: codes)
    let start = try model.session.codes(.mean, of: image, seed: 0)
    let (columns, rows) = (space.extent[dimensions[0]].spaced(steps), space.extent[dimensions[1]].spaced(steps))
    let grid = try start.traversal(
      of: 0, along: (dimensions[0], dimensions[1]), values: (columns, Array(rows.reversed())))
    let sheet = LatentSheets.grid(
      try model.bitmaps(of: grid), along: (dimensions[0], dimensions[1]), columns: columns,
      rows: Array(rows.reversed()), title: title, subtitle: figure)
    let own = start[0].map { $0 }
    return [
      .table(
        header: ["dimension", "from", "to", "of the image"],
        rows: dimensions.map { axis in
          let extent = space.extent[axis]
          return [
            "z\(axis)", fixed(Double(extent.lowerBound), 2), fixed(Double(extent.upperBound), 2),
            fixed(Double(own[axis]), 2),
          ]
        }, caption: "The least and greatest of \(Format.count(codes.count)) test images' codes along both dimensions."),
      try self.figure(
        name, sheet,
        caption: "Decoded codes of \(words(of: image)) with two of \(codes.dimension) numbers replaced, "
          + "\(words(of: model)).", command: "bobbin traverse RUN --dimensions I,J --image K"),
    ]
  }

  /// The codes of test images on their own plane, and images decoded from squares of it.
  ///
  /// - Parameters:
  ///   - part: which codes are drawn.
  ///   - square: the report's; that which holds all codes is beside it.
  func plane(
    _ name: String, of work: Work, parts: [CodePart] = [.mean], square: (center: MapPosition, side: Float),
    figures: (scatter: String, grid: String)
  ) throws -> [Chapter.Part] {
    let model = try model(work)
    let test = try test(work)
    let classNames = test.dataset.classNames
    let codes = try parts.map { try model.session.codes($0, of: test, seed: 0) }
    let scatters = zip(parts, codes).map { part, codes in
      ScatterChart(
        title: "The \(part.title)", subtitle: figures.scatter,
        points: (0..<codes.count).map { Point(Double(codes.values[2 * $0]), Double(codes.values[2 * $0 + 1])) },
        classes: test.labels ?? [], classNames: classNames, xAxis: Axis("z0"), yAxis: Axis("z1")
      ).thinned().drawing()
    }
    let own = try LatentSpace(of: codes[0]).square
    let grids = try [(square, "the report's square"), (own, "the square around all codes")].map { square, words in
      let grid = try ManifoldGrid(center: square.center, side: square.side, columns: 15, rows: 15)
      return LatentSheets.grid(
        try model.bitmaps(of: Codes(positions: grid.positions)), along: (0, 1), columns: grid.columns, rows: grid.rows,
        title: "Decoded plane", subtitle: "\(figures.grid), \(words)")
    }
    return [
      try figure(
        "\(name)-codes", Panels(rows: [scatters]).drawing(),
        caption: "Codes of \(Format.count(test.count)) test images, \(words(of: model))."),
      try figure(
        "\(name)-grid", Panels(rows: [grids]).drawing(),
        caption:
          "Images decoded at 15×15 even steps of the square around (\(shown(square.center.x)), \(shown(square.center.y))) "
          + "with side \(shown(square.side)), and of that around all codes, (\(fixed(Double(own.center.x), 1)), "
          + "\(fixed(Double(own.center.y), 1))) with side \(fixed(Double(own.side), 1)).",
        command: "bobbin traverse RUN --manifold"),
    ]
  }

  private func shown(_ number: Float) -> String { formatted(Double(number), "%g") }
}

extension CodeSpread {
  /// The dimensions along which codes vary most, the widest first.
  func widest(_ count: Int) -> [Int] {
    Array(deviations.indices.sorted { (deviations[$1], $0) < (deviations[$0], $1) }.prefix(count))
  }
}
