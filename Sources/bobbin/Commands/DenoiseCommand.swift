import Bobbin

enum DenoiseCommand {
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE",
    "Picture (.png), numbers (.safetensors) or folder of single pictures (DIR/) (default: figures/denoised.png in the run)"
  )

  static let command = Command(
    "denoise", .explore, "Draw images, the same corrupted, and what the model makes of those",
    details: """
      Writes a PNG with groups of three rows: images, corrupted images, denoised images; or a safetensors file with the tensors images \
      (bytes), corrupted and denoised (in the model's pixel scale), [n, channels, height, width]; or a folder with a PNG \
      of each denoised image, called like its image. Prints its path, and how far from the \
      images the corrupted and the denoised ones are: mean squared error and peak signal-to-noise ratio. The noise of an image is \
      always the same, whatever model sees it, unless the recipe says another seed.
      """,
    arguments: [
      Common.run, Common.noise, ReconstructCommand.count, ReconstructCommand.first, Common.part, Common.images, out,
      Common.checkpoint, Common.json, Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin denoise runs/latest", "The first ten test images, with the noise of the training"),
      .init(
        "bobbin denoise runs/denoiser-1 --noise 'saltAndPepper: 0.1' --count 16", "Noise that it was not trained for"),
    ]
  ) { context in
    try Sheet.check(try context[out], command: "denoise")
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let noise = try context.noise()
    guard experiment.corruption(noise) != nil else {
      throw UsageError("there is nothing to remove: say with --noise how to corrupt the images", command: "denoise")
    }
    let images = try context.images(
      of: experiment, in: directory, from: ReconstructCommand.first, ReconstructCommand.count)
    let model = try context.model(for: Shape(of: images.dataset), noise: noise)

    let denoised = try model.session.denoise(images)
    let scaling = experiment.recipe.data.scaling
    if try context[out] == nil { try RunDirectory.makeFolder(directory.figures) }
    let file = try context[out] ?? directory.figures + "/denoised.png"
    if file.hasSuffix(".safetensors") {
      let tensors = [
        "images": images.tensor, "corrupted": denoised.corrupted.tensor, "denoised": denoised.denoised.tensor,
      ]
      try Safetensors(tensors: tensors).write(to: file)
    } else if file.hasSuffix("/") {
      try denoised.denoised.writePictures(scaling, to: file, names: images.pictureNames)
    } else {
      let sheet = try Sheet.rows(images, [denoised.corrupted, denoised.denoised], scaling)
      try AtomicFile.write(try encodePNG(sheet), to: file)
    }
    let errors = model.session.denoisingErrors(images, denoised)
    try context.print(table(file, images.count, errors, scaling), asJSON: try context[Common.json])
  }

  private static func table(
    _ file: String, _ images: Int, _ errors: DenoisingErrors, _ scaling: PixelScaling
  ) -> TextTable {
    var table = TextTable([
      .init("file"), .init("images"), .init("mseBefore", titled: "mse before"), .init("mseAfter", titled: "mse after"),
      .init("psnrBefore", titled: "psnr before (dB)"), .init("psnrAfter", titled: "psnr after (dB)"),
    ])
    table.append([
      .text(file), .integer(images), .number(errors.before, decimals: 6), .number(errors.after, decimals: 6),
      .number(scaling.signalToNoiseRatio(errors.before), decimals: 2),
      .number(scaling.signalToNoiseRatio(errors.after), decimals: 2),
    ])
    return table
  }
}
