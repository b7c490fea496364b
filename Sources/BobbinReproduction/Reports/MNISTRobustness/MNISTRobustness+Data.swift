import Bobbin

// R4-1 to R4-3: the file, its split, and the network.

extension MNISTRobustness {
  static let file = Item(
    "R4-1", title: "The file of the course",
    says:
      "The data come in .mat format; \"if one prints them, they will appear to be rotated and flipped\", so that a transform rotates each "
      + "sample.",
    readings: [
      "{code}: rotated by 90° after a flip from left to right, which is a transposition.",
      "All networks here are trained on MNIST in its own files, whose images stand upright; they are compared with those of the file.",
      codeReading,
    ], needs: [best]
  ) { shop in
    var chapter = Chapter()
    let upright = try shop.training(best).dataset
    let recipe = Work.training("mat", "mnist-robustness/autoencoder-mat.yaml", quickEpochs: 1)
    // Without what stands in for MNIST: this is about the file itself.
    let source = try Experiment(reading: shop.overrides(of: recipe).path).recipe.data.source
    let file: (raw: ImageDataset, turned: ImageDataset)?
    do throws(DataError) {
      file = (try source.untransposed.load(.training, in: shop.folders), try source.load(.training, in: shop.folders))
    } catch {
      file = nil
      chapter.say(
        "\(source.name) is missing, so its images cannot be compared with those of MNIST: put it beside MNIST, into the folder that "
          + "--data or BOBBIN_DATA names. (\(error)) Below are images of \(upright.name), transposed as that file would have them."
      )
    }
    if let file, shop.settings.standIn == nil {
      chapter.add(orientation(file.raw, file.turned, upright))
    } else if file != nil {
      chapter.say("\(source.name) is here, but not MNIST in its own files, with which its images would be compared.")
    }
    let rows = try (file?.raw ?? upright.transposed(count: 10), file?.turned ?? upright)
    let images = Array(0..<10)
    let names = try rows.1.subset(images).labels?.map { rows.1.classNames[$0] } ?? []
    chapter.add(
      try shop.figure(
        "R4-1-orientation",
        ImageSheet(
          title: "Images as the file has them, and transposed",
          rows: [try rows.0.subset(images).bitmaps(), try rows.1.subset(images).bitmaps()],
          rowLabels: ["as in the file", "transposed"], columnLabels: names
        ).drawing(),
        caption: "The first ten images of " + (file == nil ? "\(upright.name), transposed by hand." : "\(source.name).")
      ))
    return chapter
  }

  /// Whether transposing makes the file's images those of MNIST.
  private static func orientation(_ raw: ImageDataset, _ turned: ImageDataset, _ upright: ImageDataset) -> Finding {
    let (asIs, transposed) = (raw.equalImages(in: upright), turned.equalImages(in: upright))
    let labels = zip(turned.labels ?? [], upright.labels ?? []).count { $0 == $1 }
    return .claim(
      row: "R4-1", "the images of the file are rotated and flipped, and transposing undoes it",
      obtained:
        "of \(Format.count(raw.count)) images \(Format.count(transposed)) equal those of MNIST when transposed, "
        + "\(Format.count(asIs)) as they are", holds: transposed == raw.count && asIs < raw.count / 100,
      note: "Pixel by pixel and in the same order; \(Format.count(labels)) labels are the same.")
  }

  static let split = Item(
    "R4-2", title: "Three parts, the same for every noise",
    says:
      "The set is split into training, validation and test; samplers are lists of indices, \"so that the same samples can be drawn from "
      + "different datasets (for instance, datasets with different transformations)\".",
    readings: [
      "{code}: of 60,000 images 8,000 are for the test, 2,000 for validation, seed 43. Seeds of other generators draw other images.",
      "The list is split.json of every run; noise depends on an image's index, so that it too is the same.",
    ], needs: autoencoders + [vae, augmented]
  ) { shop in
    var chapter = Chapter()
    let parts = try Split(contentsOf: shop.run(best).split)
    chapter.table(
      ["part", "images", "first indices"],
      [("training", parts.training), ("validation", parts.validation), ("test", parts.test)].map { name, indices in
        [name, Format.count(indices.count), indices.prefix(8).map(String.init).joined(separator: ", ")]
      }, caption: "As split.json of every run has it.")
    let works = autoencoders + [vae, augmented]
    let splits = try works.flatMap { work in
      try shop.repetitions(of: work).map { try Split(contentsOf: shop.run(work, repetition: $0).split) }
    }
    let same = splits.count { $0.test == parts.test && $0.training == parts.training }
    let images = try shop.test(best).dataset.subset(Array(parts.test.prefix(500)))
    let seen = try [best, augmented].map { work in
      try shop.model(work, noise: weakNoise.corruption.map { .other($0) } ?? .none).session.denoise(images).corrupted
    }
    chapter.add(
      .claim(
        row: "R4-2", "the same samples are drawn under every transformation",
        obtained: "\(same) of \(splits.count) runs have the same three lists; two models meet "
          + (seen[0].elements == seen[1].elements ? "the same noise" : "different noise")
          + " on \(images.count) test images",
        holds: same == splits.count && seen[0].elements == seen[1].elements))
    return chapter
  }

  static let network = Item(
    "R4-3", title: "The network",
    says: "\"The architecture of the auto-encoder does not differ from the provided one\".",
    readings: ["The provided one is that of the course's laboratory, lab.yaml."], needs: [plane, best]
  ) { shop in
    var chapter = Chapter()
    let laboratory = Work.training("laboratory", "lab.yaml", quickEpochs: 1)
    let provided = try shop.experiment(laboratory).recipe.model.summary(for: .image(28, 28, channels: 1))
    let own = try shop.network(plane).summary
    chapter.add(
      .claim(
        row: "R4-3", "the network is the provided one",
        obtained:
          "\(Format.count(own.parameters)) parameters with a code of 2, \(Format.count(provided.parameters)) in the laboratory's",
        holds: own == provided))
    chapter.table(of: try shop.network(best).summary, caption: "With a code of 6 numbers.")
    chapter.add(
      try shop.diagram(
        "R4-3-network", of: best, figure: "",
        caption: "Each box is a layer, as high as its images and as wide as it has channels."))
    return chapter
  }
}

extension DataSource {
  /// A file's images as it has them.
  fileprivate var untransposed: DataSource {
    guard case .matlab(let training, let test, let keys, _) = self else { return self }
    return .matlab(training: training, test: test, keys: keys, transposed: false)
  }
}

extension ImageDataset {
  /// How many images are those of another set at the same index, pixel by pixel.
  package func equalImages(in other: ImageDataset) -> Int {
    guard size == other.size, channels == other.channels else { return 0 }
    return (0..<min(count, other.count)).count { index in
      withPixels(ofImage: index) { pixels in
        other.withPixels(ofImage: index) { pixels.elementsEqual($0) }
      }
    }
  }

  /// The first images with rows and columns exchanged, which must be as many.
  package func transposed(count: Int) throws(DataError) -> ImageDataset {
    let pixels = (0..<count).flatMap { image in
      withPixels(ofImage: image) { pixels in
        (0..<channels).flatMap { channel in
          (0..<width).flatMap { column in
            (0..<height).map { row in pixels[(channel * height + row) * width + column] }
          }
        }
      }
    }
    return try ImageDataset(
      name: name, count: count, channels: channels, height: width, width: height, pixels: pixels,
      labels: labels.map { Array($0.prefix(count)) }, classNames: classNames)
  }
}
