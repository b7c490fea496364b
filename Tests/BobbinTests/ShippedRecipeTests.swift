import Bobbin
import Foundation
import Testing

@Suite struct ShippedRecipeTests {
  @Test(arguments: ShippedRecipe.files)
  func `Every recipe can be read, written out, and its model be built`(_ file: String) throws {
    try ShippedRecipe.withExperiment(file) { experiment in
      let size = experiment.recipe.data.size ?? ImageSize(height: 28, width: 28)
      let programs = try experiment.recipe.model.programs(for: .image(size.height, size.width, channels: 1))
      #expect(programs.first(named: .train) != nil)
      #expect(programs.first(named: .evaluate) != nil)
      #expect(try YAMLNode(parsing: Array(experiment.resolved.yaml.utf8), from: "x") == experiment.resolved)
    }
  }

  @Test func `Every recipe's runs have a name of their own`() throws {
    let names = try ShippedRecipe.files.map {
      try YAMLNode(parsing: Array(contents(of: ShippedRecipe.folder + "/" + $0)), from: $0)["name"]
    }
    #expect(Set(names).count == ShippedRecipe.files.count)
  }

  @Test func `Every recipe that names a run is known here with the recipe of that run`() throws {
    for file in ShippedRecipe.files where ShippedRecipe.sources[file] == nil {
      let text = try String(decoding: contents(of: ShippedRecipe.folder + "/" + file), as: UTF8.self)
      #expect(!text.contains("from: runs/"), "\(file)")
    }
    for (file, source) in ShippedRecipe.sources {
      let name = try Experiment(reading: ShippedRecipe.folder + "/" + source).recipe.name
      let text = try String(decoding: contents(of: ShippedRecipe.folder + "/" + file), as: UTF8.self)
      #expect(text.contains("from: runs/\(name)-1") || text.contains("extends: classifier.yaml"), "\(file)")
    }
  }

  @Test(arguments: [
    // Parameters as the reports print them, or as their layers come to.
    ("fashion-autoencoders/cae.yaml", 80_501, 80_501),
    ("fashion-cae-gan/cae.yaml", 60_240, 60_240),
    ("mnist-cleaning/copy-2.yaml", 283_007, 283_007),
    ("mnist-cleaning/copy-6.yaml", 283_427, 283_427),
    ("lab.yaml", 49_283, 49_283),
    ("mnist-robustness/autoencoder-2d.yaml", 49_283, 49_283),
    ("mnist-robustness/autoencoder-mat.yaml", 49_283 + 2 * 4 * 64 + 4, 49_283 + 2 * 4 * 64 + 4),
    ("fashion-autoencoders/classifier.yaml", 40_020 + 2_688 + 1_290, 2_688 + 1_290),
    ("fashion-autoencoders/classifier-fine-tuned.yaml", 40_020 + 2_688 + 1_290, 40_020 + 2_688 + 1_290),
    ("fashion-autoencoders/cnn.yaml", 421_642, 421_642),
  ])
  func `The networks have as many parameters as the reports say`(
    _ file: String, _ parameters: Int, _ trained: Int
  ) throws {
    try ShippedRecipe.withExperiment(file) { experiment in
      let summary = try experiment.recipe.model.summary(for: ShippedRecipe.image)
      #expect((summary.parameters, summary.trainedParameters) == (parameters, trained))
    }
  }

  @Test(arguments: [
    ("fashion-beta-vae/beta-vae.yaml", "model.beta", ["1", "10", "100", "1000"]),
    ("mnist-robustness/autoencoder-dimensions.yaml", "model.encoder.9.linear", ["2", "3", "4", "5", "6"]),
  ])
  func `What a report compares is a sweep, every run of which can be built`(
    _ file: String, _ key: String, _ values: [String]
  ) throws {
    let path = ShippedRecipe.folder + "/" + file
    let base = try Experiment(reading: path)
    let points = try #require(base.recipe.sweep).points(from: base.recipe.training.seed)
    #expect(points.map(\.overrides) == values.map { ["\(key)=\($0)", "sweep=null"] })
    for point in points {
      let experiment = try Experiment(reading: path, swept: point.overrides)
      #expect(try experiment.recipe.model.summary(for: ShippedRecipe.image).parameters > 0)
    }
  }

  @Test func `Only the recipes that compare runs are sweeps`() throws {
    var sweeps: [String] = []
    for file in ShippedRecipe.files where !file.hasPrefix("tables/") {
      try ShippedRecipe.withExperiment(file) { if $0.recipe.sweep != nil { sweeps.append(file) } }
    }
    #expect(sweeps == ["fashion-beta-vae/beta-vae.yaml", "mnist-robustness/autoencoder-dimensions.yaml"])
  }

  @Test(
    arguments: ShippedRecipe.files.filter { $0.contains("gan") || $0.contains("copy-") || $0.contains("cleaning-") })
  func `What is to be counted or scored epoch by epoch keeps every epoch`(_ file: String) throws {
    try ShippedRecipe.withExperiment(file) { experiment in
      let isAdversarial = experiment.recipe.model is GAN
      guard isAdversarial || file.hasPrefix("mnist-cleaning/") else { return }
      #expect(experiment.epochsBetweenKeptCheckpoints == 1)
      let draws = experiment.recipe.callbacks.contains {
        switch $0 {
        case .samples(let samples): samples.every == 1 && isAdversarial
        case .reconstructions(let pictures): pictures.every == 1 && !isAdversarial
        default: false
        }
      }
      #expect(draws)
    }
  }

  @Test func `The classifier on CAE(9, 27) has the numbers of its search`() throws {
    try ShippedRecipe.withExperiment("fashion-cae-gan/classifier.yaml") { experiment in
      let model = try #require(experiment.recipe.model as? Classifier)
      #expect(model.head.layers.map(\.description) == ["Linear(276)", "ReLU()", "Dropout(0.06)", "Linear(10)"])
      #expect((model.mode, model.classes) == (.frozen, 10))
      #expect(experiment.recipe.training.optimizer == .adam(learningRate: 0.0031332, weightDecay: 1.014e-05))
      #expect(experiment.recipe.data.split.validation == .images(12_000))
    }
  }
}
