import Bobbin

enum TraverseCommand {
  static let dimension = Argument.option(
    "dimension", Schema<Int>.integer(0...), "I", "Move along one dimension, from 0")
  static let dimensions = Argument.option(
    "dimensions", Schema<String>.text, "I,J", "Move along two dimensions, all pairs of values in a grid")
  static let all = Argument.flag("all", "Move along every dimension, a row for each")
  static let manifold = Argument.flag("manifold", "Decode a square of the plane, where codes have two dimensions")
  static let range = Argument.option(
    "range", Schema<String>.text, "A:B",
    "From where to where (default: the least to the greatest of the training images' codes; -3:3 of a GAN's)")
  static let image = Argument.option(
    "image", Schema<Int>.integer(0...), "K",
    "Begin at the code of this image of --part (default: the mean code of the training images; 0 of a GAN's)")
  static let center = Argument.option(
    "center", Schema<String>.text, "X,Y", "Of the square (default: the middle of the training images' codes)")
  static let side = Argument.option(
    "side", Schema<Double>.number(0...), "S", "Of the square (default: as large as holds these codes)")

  static let quantiles = Argument.flag(
    "quantiles", "Of a plane: at even shares of what codes have, 5 to 95 %, instead of a square of even steps")

  static let command = Command(
    "traverse", .explore, "Draw how images change along the dimensions of the code",
    details: """
      Of one code, one or two numbers take --steps values each, and the others stay. Writes a PNG and beside it a safetensors file \
      with the codes, row by row. Prints both paths.
      """,
    arguments: [
      Common.run, dimension, dimensions, all, manifold, range, Decoding.steps, image, Common.part, Common.images,
      center, side, quantiles, Decoding.out, Common.checkpoint, Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin traverse runs/latest --all", "What every dimension does to the mean code"),
      .init("bobbin traverse runs/vae-1 --dimension 3 --range=-3:3 --image 12", "One dimension, from a test image on"),
      .init("bobbin traverse runs/vae-1 --dimensions 0,4 --steps 12", "Two dimensions, with axes"),
      .init("bobbin traverse runs/cae-1 --manifold --center 0,0 --side 4", "A square of a plane of codes"),
    ]
  ) { context in
    try Sheet.check(try context[Decoding.out], [.picture], command: "traverse")
    let request = try context.request()
    let range = try context[range].map { text throws(UsageError) in
      let (low, high) = try Decoding.pair(text, separator: ":", of: "--range")
      guard low <= high else { throw UsageError("--range \(text): the smaller number comes first") }
      return low...high
    }
    let center = try context[center].map { text throws(UsageError) in try Decoding.pair(text, of: "--center") }
    if try request != .manifold && (center != nil || context[side] != nil) {
      throw UsageError("--center and --side are of a square: add --manifold", command: "traverse")
    }
    if request == .manifold, try range != nil || context[image] != nil {
      throw UsageError("a square has --center and --side: leave --range and --image away", command: "traverse")
    }
    let usesQuantiles = try context[quantiles]
    if usesQuantiles, try request != .manifold || center != nil || context[side] != nil {
      throw UsageError("--quantiles goes with --manifold, in place of --center and --side", command: "traverse")
    }
    let model = try context.decoder()
    let length = try model.session.codeLength()
    try request.check(length: length)
    let start: Codes? = try context[image].map { position in
      try Codes(model.session.encode(try context.images(at: [("--image", position)], for: model)))
    }
    let isNeeded =
      try !usesQuantiles && request == .manifold ? center == nil || context[side] == nil : start == nil || range == nil
    let space = try context.space(of: model, isNeeded: isNeeded)
    let code = try start ?? Codes(rows: [space.center])
    let steps = try context[Decoding.steps]
    func values(_ dimension: Int) -> [Float] { (range ?? space.extent[dimension]).spaced(steps) }

    let file = try context.destination("traversal", of: model)
    let title = "Traversal of \(model.experiment.recipe.name)"
    let origin =
      try context[image].map { "from image \($0)" }
      ?? (model.session.offers(.encode) ? "from the mean code" : "from the code of zeros")
    let subtitle = "\(origin), epoch \(model.epoch)"
    switch request {
    case .rows(let list):
      let dimensions = list ?? Array(0..<length)
      let rows = try Codes(
        dimensions.flatMap { try code.traversal(of: 0, along: $0, values: values($0)).values }, dimension: length)
      let sheet = LatentSheets.traversals(
        try model.bitmaps(of: rows), along: dimensions, values: dimensions.map(values), title: title,
        subtitle: subtitle)
      try context.write(sheet, of: model.table(rows), to: file)
    case .grid(let first, let second):
      let (columns, rows) = (values(first), Array(values(second).reversed()))
      let codes = try code.traversal(of: 0, along: (first, second), values: (columns, rows))
      let sheet = LatentSheets.grid(
        try model.bitmaps(of: codes), along: (first, second), columns: columns, rows: rows, title: title,
        subtitle: subtitle)
      try context.write(sheet, of: model.table(codes), to: file)
    case .manifold where usesQuantiles:
      let hasPrior = model.experiment.recipe.model.hasNormalPrior
      let grid =
        hasPrior
        ? try ManifoldGrid(columns: steps, rows: steps)
        : try ManifoldGrid(
          quantilesOf: context.trainingCodes(of: model).codes.positions(), columns: steps, rows: steps)
      let codes = try Codes(positions: grid.positions)
      let sheet = LatentSheets.quantiles(
        try model.bitmaps(of: codes), grid, title: "Manifold of \(model.experiment.recipe.name)",
        subtitle:
          "\(hasPrior ? "quantiles of N(0, 1)" : "quantiles of the training images' codes"), epoch \(model.epoch)")
      try context.write(sheet, of: model.table(codes), to: file)
    case .manifold:
      let square = space.square
      let grid = try ManifoldGrid(
        center: center.map { MapPosition($0, $1) } ?? square.center,
        side: try context[side].map { Float($0) } ?? square.side,
        columns: steps, rows: steps)
      let codes = try Codes(positions: grid.positions)
      let sheet = LatentSheets.grid(
        try model.bitmaps(of: codes), along: (0, 1), columns: grid.columns, rows: grid.rows,
        title: "Manifold of \(model.experiment.recipe.name)", subtitle: "epoch \(model.epoch)")
      try context.write(sheet, of: model.table(codes), to: file)
    }
  }

  /// What is to be varied.
  fileprivate enum Request: Equatable {
    /// One dimension after the other; all when `nil`.
    case rows([Int]?)
    case grid(Int, Int)
    case manifold

    /// Refuses what codes of this length do not have.
    func check(length: Int) throws(UsageError) {
      switch self {
      case .rows(let dimensions):
        for dimension in dimensions ?? [] {
          try Decoding.check(dimension: dimension, of: "--dimension", length: length)
        }
      case .grid(let first, let second):
        for dimension in [first, second] {
          try Decoding.check(dimension: dimension, of: "--dimensions", length: length)
        }
      case .manifold:
        guard length == 2 else {
          throw UsageError(
            "--manifold needs codes of 2 numbers, but those of this model have \(length): use --dimensions")
        }
      }
    }
  }
}

extension Context {
  fileprivate func request() throws -> TraverseCommand.Request {
    var requests: [TraverseCommand.Request] = []
    if let dimension = try self[TraverseCommand.dimension] { requests.append(.rows([dimension])) }
    if let text = try self[TraverseCommand.dimensions] {
      let pair = text.split(separator: ",").compactMap { Int($0) }
      guard pair.count == 2, pair[0] != pair[1], pair.allSatisfy({ $0 >= 0 }) else {
        throw UsageError("--dimensions \(text): two different dimensions are needed, as 0,1", command: "traverse")
      }
      requests.append(.grid(pair[0], pair[1]))
    }
    if try self[TraverseCommand.all] { requests.append(.rows(nil)) }
    if try self[TraverseCommand.manifold] { requests.append(.manifold) }
    guard let request = requests.first, requests.count == 1 else {
      throw UsageError(
        "say what to move along: one of --dimension, --dimensions, --all and --manifold", command: "traverse")
    }
    return request
  }

  /// Where the codes of the training images lie, or those of the prior where nothing makes codes of images.
  fileprivate func space(of model: borrowing TrainedModel, isNeeded: Bool) throws -> LatentSpace {
    guard isNeeded, model.session.offers(.encode) else {
      return LatentSpace(priorOf: try model.session.codeLength())
    }
    return try LatentSpace(of: try trainingCodes(of: model).codes)
  }
}
