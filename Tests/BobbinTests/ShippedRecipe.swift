import Bobbin
import Foundation

/// The recipes that come with the program: those of the reports, and the laboratory's.
enum ShippedRecipe {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Recipes").standardizedFileURL.path

  static let files: [String] =
    (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
    .filter { $0.hasSuffix(".yaml") }.sorted()

  /// Which recipe trains the run that a classifier's recipe names.
  static let sources = [
    "fashion-autoencoders/classifier.yaml": "fashion-autoencoders/cae.yaml",
    "fashion-autoencoders/classifier-fine-tuned.yaml": "fashion-autoencoders/cae.yaml",
    "fashion-autoencoders/classifier-softmax-nll.yaml": "fashion-autoencoders/cae.yaml",
    "fashion-cae-gan/classifier.yaml": "fashion-cae-gan/cae.yaml",
    "fashion-cae-gan/classifier-search.yaml": "fashion-cae-gan/cae.yaml",
    "fashion-beta-vae/classifier.yaml": "fashion-beta-vae/autoencoder.yaml",
  ]

  static let image = Shape.image(28, 28, channels: 1)

  /// Reads a shipped recipe; the run that it names is made, with first weights.
  static func withExperiment(
    _ file: String, _ overrides: [String] = [], _ body: (Experiment) throws -> Void
  ) throws {
    guard let source = sources[file] else {
      return try body(try Experiment(reading: folder + "/" + file, overrides: overrides))
    }
    try withTemporaryFolder { temporary in
      let experiment = try Experiment(reading: folder + "/" + source)
      let directory = try RunDirectory.make(at: temporary + "/source")
      let dataset = try images(60_000 / 500, side: 28)
      _ = try TrainingRun(
        starting: experiment, in: directory,
        split: Split(count: dataset.count, training: Array(0..<dataset.count), validation: []))
      let session = try experiment.session(for: image, on: CPUBackend(threads: 1))
      try session.checkpoint().write(to: directory.checkpoint(.best))
      try body(
        try Experiment(
          reading: folder + "/" + file, overrides: ["model.encoder.from=\(temporary)/source"] + overrides))
    }
  }
}
