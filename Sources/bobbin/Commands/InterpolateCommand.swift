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

  static let command = Command(
    "interpolate", .explore, "Draw the way from one image to another through the codes between",
    details: """
      Writes a PNG with the images, between them what the decoder makes of --steps codes from one to the other, and beside it a \
      safetensors file with these codes. Prints both paths. A GAN makes no codes of images: give it --codes.
      """,
    arguments: [
      Common.run, from, to, Decoding.steps, path, Common.part, Common.images, codes, Decoding.out, Common.checkpoint,
      Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin interpolate runs/latest --from 3 --to 8", "Between two test images"),
      .init(
        "bobbin interpolate runs/gan-1 --codes runs/gan-1/figures/samples.safetensors --path spherical",
        "Between two samples of a GAN"),
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
    let sheet = LatentSheets.interpolation(
      try model.bitmaps(of: way), from: (images.first, "image \(first)"), to: (images.last, "image \(last)"),
      title: "From \(first) to \(last) through \(model.experiment.recipe.name)",
      subtitle: "\(path), epoch \(model.epoch)")
    try context.write(sheet, of: model.table(way), to: file)
  }
}
