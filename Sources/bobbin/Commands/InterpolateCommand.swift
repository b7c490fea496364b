import Bobbin

enum InterpolateCommand {
  static let from = Argument.option("from", .integer(0...), "I", default: "0", "The image, or code, to begin at")
  static let to = Argument.option("to", .integer(0...), "J", default: "1", "The one to end at")
  static let path = Argument.option(
    "path", .word(["linear": Interpolation.linear, "spherical": .spherical]), "NAME", default: "linear",
    "linear, or spherical, which keeps the length that codes of a normal prior have")
  static let codes = Argument.option(
    "codes", Schema<String>.text, "FILE", completion: .files,
    "Go between codes of this file instead of those of images: --from and --to are rows of it, from 0")

  static let map = Argument.flag(
    "map", "Also draw the way as stars on the codes of --part, into FILE-map.png and .svg")
  static let smoothness = Argument.flag(
    "smoothness",
    "Also print how images change from step to step, per unit of code, and of how many a classifier of the data set is not sure"
  )

  static let command = Command(
    "interpolate", .explore, "Draw the way from one image to another through the codes between",
    details: """
      Writes a PNG with the images, between them what the decoder makes of --steps codes from one to the other, and beside it a \
      safetensors file with these codes. Prints both paths. A GAN makes no codes of images: give it --codes.
      """,
    arguments: [
      Common.run, from, to, Decoding.steps, path, Common.part, Common.images, codes, map, smoothness, Decoding.out,
      Common.checkpoint, Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin interpolate runs/latest --from 3 --to 8", "Between two test images"),
      .init(
        "bobbin interpolate runs/gan-1 --codes runs/gan-1/figures/samples.safetensors --path spherical",
        "Between two samples of a GAN"),
      .init(
        "bobbin interpolate runs/vae-2d-1 --from 3 --to 8 --steps 20 --map --smoothness",
        "With the way on the map of codes, and how even it is"),
    ]
  ) { context in
    try Sheet.check(try context[Decoding.out], [.picture], command: "interpolate")
    let model = try context.decoder()
    let (first, last) = (try context[from], try context[to])
    let ends: Codes
    var images: [Bitmap] = []
    if let file = try context[codes] {
      let all = try context.codes(in: file, for: model).codes
      ends = try all.selecting([first, last])
    } else {
      let pair = try context.images(at: [("--from", first), ("--to", last)], for: model)
      ends = try Codes(model.session.encode(pair))
      images = try pair.bitmaps()
    }
    let path = try context[path]
    let way = try path(from: 0, to: 1, of: ends, steps: try context[Decoding.steps])
    let file = try context.destination("interpolation", of: model)
    let made = try model.session.decode(way)
    let sheet = LatentSheets.interpolation(
      try made.bitmaps(model.scaling), from: (images.first, "image \(first)"), to: (images.last, "image \(last)"),
      title: "From \(first) to \(last) through \(model.experiment.recipe.name)",
      subtitle: "\(path), epoch \(model.epoch)")
    try context.write(sheet, of: model.table(way), to: file)
    if try context[map] { try context.drawMap(of: way, under: model, beside: file) }
    if try context[smoothness] { try context.printSmoothness(of: made, at: way, under: model) }
  }
}

extension Context {
  /// Draws the way on the codes of the images of `--part`.
  fileprivate func drawMap(of way: Codes, under model: borrowing TrainedModel, beside file: String) throws {
    let images = try images(of: model.experiment, in: model.directory, try self[Common.part])
    let chart = try CodePath.chart(
      of: Codes(model.session.encode(images)), labels: images.labels, classNames: images.dataset.classNames, path: way,
      title: "A way through the codes of \(model.experiment.recipe.name)",
      subtitle: "\(Format.count(images.count)) \(try self[Common.part].rawValue) images, epoch \(model.epoch)",
      workers: try workers())
    let stem = file.dropLast(".png".count) + "-map"
    try Figure.write(chart.drawing(), to: String(stem))
    try print("\(stem).png")
  }

  fileprivate func printSmoothness(
    of images: ImageValues, at way: Codes, under model: borrowing TrainedModel
  ) throws {
    let hasClasses = try dataset(model.experiment, model.experiment.smallestPart).labels != nil
    let probabilities =
      hasClasses ? try featureClassifier(of: model.experiment).probabilities(of: images, model.scaling) : nil
    let found = try PathSmoothness(of: images, at: way, model.scaling, probabilities: probabilities)
    var table = TextTable([
      .init("steps"), .init("mean", titled: "mean change"), .init("greatest", titled: "greatest change"),
      .init("unevenness"), .init("unsure", titled: "share of unsure images"),
    ])
    table.append([
      .integer(found.steps.count), .number(found.mean, decimals: 4), .number(found.greatest, decimals: 4),
      .number(found.unevenness, decimals: 2), found.unsureShare.map { .number($0, decimals: 3) } ?? .missing,
    ])
    try print(table, asJSON: false)
  }
}
