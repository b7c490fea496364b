import Bobbin

enum DataCommand {
  enum Action: String, CaseIterable, Sendable { case info, fetch, preview, export, convert }

  static let action = Argument.positional("ACTION", .word(of: Action.self), completion: .nothing, "What to do")
  static let source = Argument.positional(
    "SOURCE", .text, "A set known by name, a folder of images, or a .mat, .npz, .npy or IDX file")
  static let destination = Argument<String?>.optional("DESTINATION", .text, "What to write")
  static let part = Argument.option("part", .word(of: DataPart.self), "PART", default: "training", "Which images")
  static let labels = Argument.option(
    "labels", Schema<String>.text, "FILE", completion: .files, "The labels of an IDX file of images")
  static let transpose = Argument.flag("transpose", "Exchange rows and columns of .mat, .npz and .npy files")
  static let size = Argument.option(
    "size", Schema<Int>.integer(1...16_384), "N", "Stretch the images of a folder to N × N pixels")
  static let channels = Argument.option(
    "channels", Schema<ImageChannels>.word(of: ImageChannels.self), "WHICH", "Make all images of a folder of one kind")
  static let strict = Argument.flag("strict", "Refuse a folder with a file that cannot be read")
  static let classes = Argument.options("class", Schema<String>.text, "NAME", "Export only this class")
  static let limit = Argument.option(
    "limit", Schema<Int>.integer(1...1_000_000), "N", "Export N images at most of each class")
  static let planted = Argument.option(
    "planted", .integer(0...1_000_000), "N", default: "0", "Hide N images of other classes among those of --class")
  static let seed = Argument.option("seed", .integer(0...), "N", default: "0", "Decides which are hidden, and where")

  static let mirror = Argument.options(
    "mirror", Schema<String>.text, "ADDRESS", "Fetch from this folder on the network instead: http, https or file")

  static let command = Command(
    "data", .data, "Look at data sets, and bring them into other forms",
    details: """
      info prints counts, shape, files and classes. fetch downloads a set known by name. preview draws the first images of every class. \
      export writes image files. convert writes a NumPy file, IDX files or a folder of images. "bobbin data ACTION --help" says \
      more about each, and what it takes.
      """,
    arguments: [
      action, source, destination, part, classes, limit, planted, seed, mirror, labels, transpose, size, channels,
      strict,
      Common.json, Common.data,
    ],
    examples: [
      .init("bobbin data info fashion-mnist", "What there is, and where it was found"),
      .init("bobbin data fetch mnist", "Download MNIST into the cache"),
      .init("bobbin data preview MNIST.mat digits.png --transpose", "A sheet with every class"),
      .init(
        "bobbin data export fashion-mnist bags --class bag --limit 500 --planted 10",
        "500 bags in a folder, and ten other things among them"),
      .init("bobbin data convert photos photos.npz --size 32 --channels rgb", "A folder of images as a NumPy file"),
    ],
    actions: actions
  ) { context in try context.perform(try context[action]) }
}

extension Context {
  func perform(_ action: DataCommand.Action) throws {
    switch action {
    case .fetch: try fetch()
    case .info: try printInfo(of: try dataSource())
    case .preview: try preview(try load(try dataSource()))
    case .export: try export(try load(try dataSource()))
    case .convert: try convert(try load(try dataSource()))
    }
  }

  fileprivate func dataSource() throws -> DataSource {
    let size = try self[DataCommand.size].map { ImageSize(height: $0, width: $0) }
    let (channels, strict) = (try self[DataCommand.channels], try self[DataCommand.strict])
    return DataSource(
      try self[DataCommand.source], labels: try self[DataCommand.labels], transposed: try self[DataCommand.transpose]
    ) {
      ImageFolder($0, size: size, channels: channels, isStrict: strict)
    }
  }

  fileprivate func load(_ source: DataSource, _ part: DataPart? = nil) throws -> ImageDataset {
    let dataset = try source.load(try part ?? self[DataCommand.part], in: try folders())
    for warning in dataset.warnings { note("warning: \(warning)") }
    return dataset
  }

  fileprivate func destination() throws -> String {
    guard let destination = try self[DataCommand.destination] else {
      throw UsageError("missing DESTINATION: what to write", command: "data")
    }
    return destination
  }

  // MARK: - info

  fileprivate func printInfo(of source: DataSource) throws {
    let dataset = try load(source)
    var table = TextTable([
      .init("part"), .init("images"), .init("channels"), .init("height"), .init("width"), .init("file"),
      .init("sha256", titled: "SHA-256 of the contents"),
    ])
    for file in dataset.sources {
      table.append([
        .text((dataset.part ?? .training).rawValue), .integer(dataset.count), .integer(dataset.channels),
        .integer(dataset.height), .integer(dataset.width), .text(file.path), .text(file.contentChecksum),
      ])
    }
    try print(table, asJSON: try self[Common.json])
    guard let labels = dataset.labels else { return }
    var classes = TextTable([.init("label"), .init("class"), .init("images")])
    var counts = [Int](repeating: 0, count: dataset.classNames.count)
    for label in labels { counts[label] += 1 }
    for (label, name) in dataset.classNames.enumerated() {
      classes.append([.integer(label), .text(name), .integer(counts[label])])
    }
    if !(try self[Common.json]) { try print("") }
    try print(classes, asJSON: try self[Common.json])
  }

  // MARK: - preview

  fileprivate func preview(_ dataset: ImageDataset) throws {
    let file = try destination()
    guard file.hasSuffix(".png") else { throw UsageError("\(file): the name must end in .png", command: "data") }
    let perRow = 12
    let rows: [[Int]]
    if let labels = dataset.labels {
      rows = dataset.classNames.indices.map { label in
        Array(labels.indices.lazy.filter { labels[$0] == label }.prefix(perRow))
      }.filter { !$0.isEmpty }
    } else {
      rows = stride(from: 0, to: min(dataset.count, perRow * perRow), by: perRow).map {
        Array($0..<min($0 + perRow, dataset.count))
      }
    }
    let scale = max(1, 56 / max(dataset.height, dataset.width))
    let mosaic = Mosaic(rows: try rows.map { try $0.map { try Bitmap(dataset, image: $0) } }, scale: scale)
    try AtomicFile.write(try encodePNG(try mosaic.bitmap()), to: file)
    try print(file)
  }
}
