import Bobbin
import Testing

/// Every recipe that comes with the program trains. Its own data may not be there: drawn digits stand for them.
@Suite(.serialized) struct ShippedRecipeTrainingTests {
  /// A GAN's step costs a hundred times that of an autoencoder.
  private static func count(for model: any Model) -> Int { model is GAN ? 32 : 320 }

  /// Trains a session of the recipe on digits in small batches for an epoch, validating on the same digits.
  private func train(
    _ file: String, _ overrides: [String] = [],
    _ body: (_ recipe: Recipe, _ before: Metrics, _ epoch: EpochRecord) throws -> Void
  ) throws {
    try ShippedRecipe.withExperiment(file, ["training.batch=8"] + overrides) { experiment in
      let digits = try SyntheticDigits.dataset(.training, count: Self.count(for: experiment.recipe.model))
      let dataset = try experiment.recipe.data.size.map { size in try digits.resized(to: size) } ?? digits
      var session = try experiment.session(for: Shape(of: dataset), on: CPUBackend(threads: 2))
      let before = try session.evaluate(dataset.all)
      try session.fit(dataset.all, validatingOn: dataset.all, epochs: 1, batch: 8)
      try body(experiment.recipe, before, try #require(session.history.first))
    }
  }

  @Test(arguments: ShippedRecipe.files)
  func `An epoch is finite and lowers the loss, or with adversaries changes it`(_ file: String) throws {
    try train(file) { recipe, before, epoch in
      for metrics in [before, epoch.training, epoch.validation] {
        #expect(!metrics.isEmpty && metrics.values.values.allSatisfy(\.isFinite), "\(metrics)")
      }
      if recipe.model is GAN {
        #expect(before != epoch.validation)
      } else {
        #expect(epoch.validation.loss < before.loss)
      }
    }
  }

  @Test(arguments: ShippedRecipe.files)
  func `Training and validation reckon every metric in the same units`(_ file: String) throws {
    // With steps of next to nothing, both see the same images through the same weights.
    try train(file, ["training.optimizer.adam.learningRate=1e-12"]) { recipe, _, epoch in
      #expect(epoch.training.values.keys.sorted() == epoch.validation.values.keys.sorted())
      // Running statistics lag behind the batches; a sum taken for a mean would be off by the batch of 8 or more.
      let bound = recipe.trainsAsItInfers ? 1e-5 : 0.75
      for (name, training) in epoch.training.values {
        let validation = epoch.validation[name]
        let larger = max(abs(training), abs(validation))
        #expect(abs(training - validation) <= bound * larger, "\(name): \(training), \(validation)")
      }
    }
  }
}

extension Recipe {
  /// Nothing is drawn in training, and nothing depends on the batch.
  fileprivate var trainsAsItInfers: Bool {
    let networks = (try? model.networks(for: ShippedRecipe.image)) ?? []
    let layers = networks.flatMap(\.network.layers)
    return corruption == nil && !(model is VAE || model is GAN)
      && !layers.contains { layer in
        switch layer {
        case .batchNorm, .dropout: true
        default: false
        }
      }
  }
}
