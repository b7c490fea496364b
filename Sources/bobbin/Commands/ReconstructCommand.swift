import Bobbin

enum ReconstructCommand {
  static let count = Argument.option("count", .integer(1...1000), "N", default: "10", "How many images")
  static let first = Argument.option("first", .integer(0...), "I", default: "0", "The first of them")
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE",
    "Picture (.png), numbers (.safetensors) or folder of single pictures (DIR/) (default: figures/reconstructions.png in the run)"
  )

  static let command = Command(
    "reconstruct", .explore, "Draw images above what the model makes of them",
    details: """
      Writes a PNG with pairs of rows, images above their reconstructions; or a safetensors file with the tensors images \
      (bytes) and reconstructions (in the model's pixel scale), [n, channels, height, width]; or a folder with a PNG of each \
      reconstruction, called like its image. Prints its path.
      """,
    arguments: [
      Common.run, count, first, Common.part, Common.images, out, Common.checkpoint, Common.threads, Common.device,
      Common.data,
    ],
    examples: [
      .init("bobbin reconstruct runs/latest", "The first ten test images"),
      .init("bobbin reconstruct runs/cae-1 --first 100 --count 16 --out bags.png", "Sixteen others"),
      .init(
        "bobbin reconstruct runs/latest --images photos/ --count 1000 --out back/", "Your own images, one file each"),
    ]
  ) { context in
    try Sheet.check(try context[out], command: "reconstruct")
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let images = try context.images(of: experiment, in: directory, from: first, count)
    let model = try context.model(for: Shape(of: images.dataset))

    let values = try model.session.reconstruct(images)
    if try context[out] == nil { try RunDirectory.makeFolder(directory.figures) }
    let file = try context[out] ?? directory.figures + "/reconstructions.png"
    if file.hasSuffix(".safetensors") {
      try tensors(values, images).write(to: file)
    } else if file.hasSuffix("/") {
      try values.writePictures(experiment.recipe.data.scaling, to: file, names: images.pictureNames)
    } else {
      try AtomicFile.write(try encodePNG(try Sheet.rows(images, [values], experiment.recipe.data.scaling)), to: file)
    }
    try context.print(file)
  }

  private static func tensors(_ values: ImageValues, _ images: ImageSubset) -> Safetensors {
    Safetensors(tensors: ["images": images.tensor, "reconstructions": values.tensor])
  }
}
