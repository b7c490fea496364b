import Bobbin

enum ReconstructCommand {
  static let count = Argument.option("count", .integer(1...1000), "N", default: "10", "How many images")
  static let first = Argument.option("first", .integer(0...), "I", default: "0", "The first of them")
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE",
    "Picture (.png) or numbers (.safetensors) (default: figures/reconstructions.png in the run)")

  static let command = Command(
    "reconstruct", .explore, "Draw images above what the model makes of them",
    details: """
      Writes a PNG with pairs of rows, images above their reconstructions; or a safetensors file with the tensors images \
      (bytes) and reconstructions (in the model's pixel scale), [n, channels, height, width]. Prints its path.
      """,
    arguments: [
      Common.run, count, first, Common.part, out, Common.checkpoint, Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin reconstruct runs/latest", "The first ten test images"),
      .init("bobbin reconstruct runs/cae-1 --first 100 --count 16 --out bags.png", "Sixteen others"),
    ]
  ) { context in
    // Before any work is done.
    if let file = try context[out], !file.hasSuffix(".png"), !file.hasSuffix(".safetensors") {
      throw UsageError("--out \(file): the name must end in .png or .safetensors", command: "reconstruct")
    }
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let all = try context.images(of: experiment, in: directory, try context[Common.part])
    let start = try context[first]
    guard start < all.count else { throw UsageError("--first \(start): there are only \(all.count) images") }
    let images = try all.dataset.subset(Array(all.indices[start..<min(start + (try context[count]), all.count)]))
    let model = try context.model(for: Shape(of: all.dataset))

    let values = try model.session.reconstruct(images)
    if try context[out] == nil { try RunDirectory.makeFolder(directory.figures) }
    let file = try context[out] ?? directory.figures + "/reconstructions.png"
    if file.hasSuffix(".safetensors") {
      try tensors(values, images).write(to: file)
    } else {
      try AtomicFile.write(try encodePNG(try picture(values, images, experiment.recipe.data.scaling)), to: file)
    }
    try context.print(file)
  }

  /// As many as a page is wide.
  private static let imagesPerRow = 16

  private static func picture(
    _ values: ImageValues, _ images: ImageSubset, _ scaling: PixelScaling
  ) throws -> Bitmap {
    let originals = try (0..<images.count).map { index in
      try images.withPixels(at: index) { try Bitmap(images.dataset, planes: $0) }
    }
    let reconstructions = try (0..<values.count).map { index in
      try Bitmap(images.dataset, planes: values[index].map(scaling.byte))
    }
    let rows = stride(from: 0, to: originals.count, by: imagesPerRow).flatMap { first in
      let range = first..<min(first + imagesPerRow, originals.count)
      return [Array(originals[range]), Array(reconstructions[range])]
    }
    return try Mosaic(rows: rows, scale: 3).bitmap()
  }

  private static func tensors(_ values: ImageValues, _ images: ImageSubset) -> Safetensors {
    let bytes = (0..<images.count).flatMap { index in images.withPixels(at: index) { Array($0) } }
    let shape = [images.count] + values.shape.dimensions
    return Safetensors(tensors: [
      "images": .init(shape: shape, elements: .uint8(bytes)),
      "reconstructions": .init(shape: shape, elements: .float32(values.elements)),
    ])
  }
}

extension Bitmap {
  /// An image of a data set.
  fileprivate init(_ dataset: ImageDataset, planes: some RandomAccessCollection<UInt8>) throws(BitmapError) {
    try self.init(width: dataset.width, height: dataset.height, channels: dataset.channels, planes: planes)
  }
}
