import Bobbin
import Foundation
import Testing

/// The recipes that come with the program are those of the reports.
@Suite struct ShippedRecipeTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Recipes").standardizedFileURL.path

  private static let files: [String] =
    (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
    .filter { $0.hasSuffix(".yaml") }.sorted()

  /// Which recipe trains the run that a classifier's recipe names.
  private static let sources = [
    "fashion-autoencoders/classifier.yaml": "fashion-autoencoders/cae.yaml",
    "fashion-autoencoders/classifier-fine-tuned.yaml": "fashion-autoencoders/cae.yaml",
    "fashion-cae-gan/classifier.yaml": "fashion-cae-gan/cae.yaml",
    "fashion-cae-gan/classifier-search.yaml": "fashion-cae-gan/cae.yaml",
    "fashion-beta-vae/classifier.yaml": "fashion-beta-vae/autoencoder.yaml",
  ]

  private static let image = Shape.image(28, 28, channels: 1)

  /// Reads a shipped recipe; the run that it names is made, with first weights.
  private func withExperiment(
    _ file: String, _ overrides: [String] = [], _ body: (Experiment) throws -> Void
  ) throws {
    guard let source = Self.sources[file] else {
      return try body(try Experiment(reading: Self.folder + "/" + file, overrides: overrides))
    }
    try withTemporaryFolder { folder in
      let experiment = try Experiment(reading: Self.folder + "/" + source)
      let directory = try RunDirectory.make(at: folder + "/source")
      let dataset = try images(60_000 / 500, side: 28)
      _ = try TrainingRun(
        starting: experiment, in: directory,
        split: Split(count: dataset.count, training: Array(0..<dataset.count), validation: []))
      let session = try experiment.session(for: Self.image, on: CPUBackend(threads: 1))
      try session.checkpoint().write(to: directory.checkpoint(.best))
      try body(
        try Experiment(
          reading: Self.folder + "/" + file, overrides: ["model.encoder.from=\(folder)/source"] + overrides))
    }
  }

  @Test(arguments: files)
  func `Every recipe can be read, written out, and its model be built`(_ file: String) throws {
    try withExperiment(file) { experiment in
      let size = experiment.recipe.data.size ?? ImageSize(height: 28, width: 28)
      let programs = try experiment.recipe.model.programs(for: .image(size.height, size.width, channels: 1))
      #expect(programs.first(named: .train) != nil)
      #expect(programs.first(named: .evaluate) != nil)
      #expect(try YAMLNode(parsing: Array(experiment.resolved.yaml.utf8), from: "x") == experiment.resolved)
    }
  }

  @Test func `Every recipe that names a run is known here with the recipe of that run`() throws {
    for file in Self.files where Self.sources[file] == nil {
      let text = try String(decoding: contents(of: Self.folder + "/" + file), as: UTF8.self)
      #expect(!text.contains("from: runs/"), "\(file)")
    }
    for (file, source) in Self.sources {
      let name = try Experiment(reading: Self.folder + "/" + source).recipe.name
      let text = try String(decoding: contents(of: Self.folder + "/" + file), as: UTF8.self)
      #expect(text.contains("from: runs/\(name)-1") || text.contains("extends: classifier.yaml"), "\(file)")
    }
  }

  @Test(arguments: [
    // Parameters as the reports print them, or as their layers come to.
    ("fashion-autoencoders/cae.yaml", [], 80_501, 80_501),
    ("fashion-cae-gan/cae.yaml", [], 60_240, 60_240),
    ("mnist-cleaning/copy-2.yaml", [], 283_007, 283_007),
    ("mnist-cleaning/copy-6.yaml", [], 283_427, 283_427),
    ("mnist-robustness/autoencoder.yaml", ["model.encoder.9.linear=2"], 49_283, 49_283),
    ("fashion-autoencoders/classifier.yaml", [], 40_020 + 2_688 + 1_290, 2_688 + 1_290),
    ("fashion-autoencoders/classifier-fine-tuned.yaml", [], 40_020 + 2_688 + 1_290, 40_020 + 2_688 + 1_290),
    ("fashion-autoencoders/cnn.yaml", [], 421_642, 421_642),
  ])
  func `The networks have as many parameters as the reports say`(
    _ file: String, _ overrides: [String], _ parameters: Int, _ trained: Int
  ) throws {
    try withExperiment(file, overrides) { experiment in
      let summary = try experiment.recipe.model.summary(for: Self.image)
      #expect((summary.parameters, summary.trainedParameters) == (parameters, trained))
    }
  }

  @Test func `The classifier on CAE(9, 27) has the numbers of its search`() throws {
    try withExperiment("fashion-cae-gan/classifier.yaml") { experiment in
      let model = try #require(experiment.recipe.model as? Classifier)
      #expect(model.head.layers.map(\.description) == ["Linear(276)", "ReLU()", "Dropout(0.06)", "Linear(10)"])
      #expect((model.mode, model.classes) == (.frozen, 10))
      #expect(experiment.recipe.training.optimizer == .adam(learningRate: 0.0031332, weightDecay: 1.014e-05))
      #expect(experiment.recipe.data.split.validation == .images(12_000))
    }
  }
}
