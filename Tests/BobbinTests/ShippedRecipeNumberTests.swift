import Bobbin
import Testing

/// The recipes that come with the program have the reports' numbers.
@Suite struct ShippedRecipeNumberTests {
  private func recipe(_ file: String) throws -> Recipe {
    try Experiment(reading: ShippedRecipe.folder + "/" + file).recipe
  }

  @Test func `The report's adversaries have the report's numbers`() throws {
    let recipe = try recipe("fashion-cae-gan/gan.yaml")
    let model = try #require(recipe.model as? GAN)
    let networks = try model.networks(for: .image(32, 32, channels: 1))
    #expect(networks.map(\.path) == ["generator", "discriminator"])
    let parameters = try networks.map { try $0.network.summary(for: $0.input, path: $0.path).parameters }
    #expect(parameters == [1_931_520, 1_384_576])
    #expect((model.latent, model.loss, model.labelSmoothing) == (90, .nonSaturating, 0))
    #expect((recipe.data.scaling.low, recipe.data.scaling.high) == (-1, 1))
    #expect(recipe.training.optimizer == .adam(learningRate: 0.0002, beta1: 0.5, weightDecay: 0))
    #expect(recipe.training.initialization == .dcgan)
  }

  /// The report's figures 7 and 8, with what each layer's parameters come to.
  private static let adversaries: [(layer: String, output: String, parameters: Int)] = [
    ("generator.0 ConvTranspose2D(384, kernel: 4, bias: false)", "384×4×4", 90 * 384 * 16),
    ("generator.1 BatchNorm()", "384×4×4", 2 * 384),
    ("generator.2 ReLU()", "384×4×4", 0),
    ("generator.3 ConvTranspose2D(192, kernel: 4, stride: 2, padding: 1, bias: false)", "192×8×8", 384 * 192 * 16),
    ("generator.4 BatchNorm()", "192×8×8", 2 * 192),
    ("generator.5 ReLU()", "192×8×8", 0),
    ("generator.6 ConvTranspose2D(64, kernel: 4, stride: 2, padding: 1, bias: false)", "64×16×16", 192 * 64 * 16),
    ("generator.7 BatchNorm()", "64×16×16", 2 * 64),
    ("generator.8 ReLU()", "64×16×16", 0),
    ("generator.9 ConvTranspose2D(1, kernel: 4, stride: 2, padding: 1, bias: false)", "1×32×32", 64 * 16),
    ("generator.10 Tanh()", "1×32×32", 0),
    ("discriminator.0 Conv2D(64, kernel: 4, stride: 2, padding: 1, bias: false)", "64×16×16", 64 * 16),
    ("discriminator.1 LeakyReLU(slope: 0.2)", "64×16×16", 0),
    ("discriminator.2 Conv2D(192, kernel: 4, stride: 2, padding: 1, bias: false)", "192×8×8", 64 * 192 * 16),
    ("discriminator.3 BatchNorm()", "192×8×8", 2 * 192),
    ("discriminator.4 LeakyReLU(slope: 0.2)", "192×8×8", 0),
    ("discriminator.5 Conv2D(384, kernel: 4, stride: 2, padding: 1, bias: false)", "384×4×4", 192 * 384 * 16),
    ("discriminator.6 BatchNorm()", "384×4×4", 2 * 384),
    ("discriminator.7 LeakyReLU(slope: 0.2)", "384×4×4", 0),
    ("discriminator.8 Conv2D(1, kernel: 4, bias: false)", "1×1×1", 384 * 16),
    ("discriminator.9 Sigmoid()", "1×1×1", 0),
  ]

  @Test func `The adversaries are those that the report prints, layer by layer`() throws {
    let recipe = try recipe("fashion-cae-gan/gan.yaml")
    let rows = try recipe.model.summary(for: .image(32, 32, channels: 1)).rows
    #expect(rows.map { "\($0.path) \($0.layer)" } == Self.adversaries.map(\.layer))
    #expect(rows.map(\.output.description) == Self.adversaries.map(\.output))
    #expect(rows.map(\.parameters) == Self.adversaries.map(\.parameters))
  }

  @Test(arguments: [
    ("fashion-autoencoders/denoiser.yaml", 148_725), ("fashion-autoencoders/denoiser-batch-norm.yaml", 148_885),
    ("fashion-cae-gan/denoiser-both.yaml", 60_240), ("fashion-cae-gan/denoiser-one-of.yaml", 60_240),
    ("fashion-cae-gan/denoiser-gaussian.yaml", 60_240), ("fashion-cae-gan/denoiser-salt-and-pepper.yaml", 60_240),
    ("mnist-cleaning/cleaning-2.yaml", 283_007), ("mnist-cleaning/cleaning-6.yaml", 283_427),
    ("mnist-cleaning/cleaning-6-gaussian.yaml", 283_427), ("mnist-cleaning/cleaning-6-occlusion.yaml", 283_427),
  ])
  func `A denoising autoencoder has its parameters and its noise`(_ file: String, _ parameters: Int) throws {
    let recipe = try recipe(file)
    let image = Shape.image(28, 28, channels: 1)
    #expect(try recipe.model.summary(for: image).parameters == parameters)
    let corruption = try #require(recipe.corruption)
    #expect(corruption.isFresh)
    try corruption.corruption.check(for: image)
  }

  @Test func `The report's autoencoder has the report's numbers`() throws {
    let recipe = try recipe("fashion-autoencoders/cae.yaml")
    let image = Shape.image(28, 28, channels: 1)
    let model = try #require(recipe.model as? Autoencoder)
    let networks = try model.networks(for: image)
    let layers = networks.map { $0.network.layers.map(\.description) }
    #expect(
      layers == [
        [
          "Conv2D(8, kernel: 3, stride: 2, padding: 1)", "ReLU()", "Conv2D(16, kernel: 3, stride: 2, padding: 1)",
          "ReLU()", "Conv2D(32, kernel: 3, stride: 2, padding: 1)", "ReLU()", "Flatten()", "Linear(64)", "ReLU()",
          "Linear(20)",
        ],
        [
          "Linear(64)", "ReLU()", "Linear(512)", "ReLU()", "Unflatten(channels: 32, height: 4, width: 4)",
          "ConvTranspose2D(16, kernel: 3, stride: 2, padding: 1)", "ReLU()",
          "ConvTranspose2D(8, kernel: 3, stride: 2, padding: 1, outputPadding: 1)", "ReLU()",
          "ConvTranspose2D(1, kernel: 3, stride: 2, padding: 1, outputPadding: 1)", "Sigmoid()",
        ],
      ])
    let parameters = try networks.map { try $0.network.summary(for: $0.input, path: $0.path).parameters }
    #expect(parameters == [40_020, 40_481])
    #expect(try model.summary(for: image).parameters == 80_501)
    #expect(model.loss == .meanSquaredError)
    #expect(recipe.data.source == .named("fashion-mnist"))
    #expect((recipe.data.scaling.low, recipe.data.scaling.high) == (0, 1))
    #expect(recipe.data.split.validation == .images(12_000))
    #expect((recipe.training.epochs, recipe.training.batch) == (100, 128))
    #expect(recipe.training.optimizer == .adam(learningRate: 0.002, weightDecay: 0))
    #expect(recipe.callbacks.isEmpty)
  }
}
