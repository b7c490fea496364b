import BobbinData
import BobbinEngine
import BobbinModels
import BobbinRecipes
import BobbinTestSupport
import BobbinTraining
import Foundation
import Testing

/// What recipes say arrives.
@Suite struct RecipeTests {
  private func read(_ yaml: String) throws -> Recipe { try Recipe.schema.read(tree(yaml)) }

  @Test func `Every number of a recipe arrives`() throws {
    let recipe = try read(FullRecipe.autoencoder)
    #expect(recipe.name == "full")
    #expect(recipe.data.source == .named("fashion-mnist"))
    #expect((recipe.data.scaling.low, recipe.data.scaling.high) == (-1, 1))
    #expect((recipe.data.split.validation, recipe.data.split.seed) == (.images(10), 3))
    let model = try #require(recipe.model as? Autoencoder)
    let encoder = Network {
      Conv2D(4, kernel: 3, stride: 2, padding: 1, bias: false)
      BatchNorm(epsilon: 1e-4, momentum: 0.2)
      Layer.activation(.leakyReLU(slope: 0.1))
      Flatten()
      Linear(8, bias: false)
    }
    let decoder = Network {
      Linear(784)
      Unflatten(channels: 4, height: 14, width: 14)
      ConvTranspose2D(1, kernel: 3, stride: 2, padding: 1, outputPadding: OutputPadding(1), bias: false)
      Layer.activation(.sigmoid)
    }
    #expect(model == Autoencoder(encoder: encoder, decoder: .network(decoder), loss: .binaryCrossEntropy))
    let training = recipe.training
    #expect((training.epochs, training.batch, training.seed, training.monitorsTest) == (3, 8, 1, true))
    #expect(
      training.optimizer == .adam(learningRate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-7, weightDecay: 0.5))
    guard case .earlyStopping(let watch, let patience, let margin, let restoreBest) = recipe.callbacks.first else {
      Issue.record("no early stopping")
      return
    }
    #expect((watch, patience, margin, restoreBest) == (.trainingLoss, 2, 0.5, false))
  }

  @Test func `A variational autoencoder and every optimiser arrive`() throws {
    let model = try #require(try read(FullRecipe.vae).model as? VAE)
    let encoder = Network {
      Flatten()
      Linear(8)
      Layer.activation(.tanh)
    }
    #expect(
      model
        == VAE(
          encoder: encoder, decoder: .mirrored(output: .tanh), latent: 2, likelihood: .gaussian(variance: 0.5), beta: 4)
    )
    #expect(
      try FullRecipe.optimizers.map { try read($0).training.optimizer } == [
        .adamW(learningRate: 1, beta1: 0.1, beta2: 0.2, epsilon: 1, weightDecay: 0),
        .sgd(learningRate: 1, momentum: 0.1, weightDecay: 2),
        .rmsProp(learningRate: 1, smoothing: 0.1, epsilon: 1, momentum: 0.5, weightDecay: 2),
      ])
  }

  @Test func `A classifier and its layers arrive`() throws {
    let encoder = Network {
      MaxPool2D(2, stride: 1, padding: 1)
      AveragePool2D(3, stride: 2, padding: 1)
      Upsample(2)
      ELU(alpha: 0.5)
      Flatten()
    }
    let head = Network {
      Dropout(0.25)
      Linear(10)
    }
    let found = try #require(try read(FullRecipe.classifier).model as? Classifier)
    #expect(
      found == Classifier(encoder: encoder, head: head, classes: 10, mode: .fineTuned, loss: .softmaxNLL))
    func brief(_ encoder: String) throws -> Classifier? {
      try read(
        "name: x\ndata: {set: mnist}\nmodel: {kind: classifier, encoder: \(encoder), head: [dropout, linear: 3]}"
      ).model as? Classifier
    }
    let pooled = Network {
      MaxPool2D(2)
      AveragePool2D(3)
      Upsample(4)
      GELU()
      SiLU()
      Softplus()
      ELU()
      Flatten()
    }
    let layers = "[maxPool: 2, averagePool: 3, upsample: 4, gelu, silu, softplus, elu, flatten]"
    let fresh = try #require(try brief(layers))
    #expect((fresh.encoder, fresh.mode, fresh.loss) == (pooled, .fineTuned, .crossEntropy))
    #expect(fresh.classes == nil)
    #expect(fresh.head.layers.first == .dropout(Dropout(0.5)))
    #expect(try brief("{layers: \(layers)}")?.mode == .frozen)
  }

  @Test(arguments: [
    ("model.encoder={frozen: true}", "encoder needs from: RUN, or layers"),
    ("model.classes=1", "classes must be from 2 to 1000000, found 1"),
    ("model.loss=nll", "unknown loss \"nll\""),
    ("model.head=[]", "head must have at least 1 items, found 0"),
    ("model.head.0.dropout.probability=1", "probability must be at least 0 and below 1, found 1"),
  ])
  func `A classifier that cannot be is refused`(_ override: String, _ problem: String) throws {
    var tree = try tree(FullRecipe.classifier)
    try tree.apply(override: override)
    let text = complaint { _ = try Recipe.schema.read(tree) }
    #expect(text.contains(problem), "\(text)")
  }

  @Test func `Images are resized and cut three ways, or into folds, as written`() throws {
    let data = try read(FullRecipe.cut).data
    #expect(data.size == ImageSize(height: 32, width: 30))
    #expect(data.split.test == .fraction(0.25))
    #expect(data.split.isStratified)
    #expect((data.split.fold?.number, data.split.fold?.count) == (2, 5))
    #expect(data.split.holdsOut)
    #expect(try read(FullRecipe.autoencoder).data.size == nil)
    let square = try Recipe.schema.read(tree(["recipe.yaml": FullRecipe.cut], set: ["data.resize=32"]))
    #expect(square.data.size == ImageSize(height: 32, width: 32))
    let whole = try Recipe.schema.read(
      tree(["recipe.yaml": FullRecipe.autoencoder], set: ["data.split.validation=0.1", "data.split.test=8000"]))
    #expect((whole.data.split.validation, whole.data.split.test) == (.fraction(0.1), .images(8000)))
  }

  @Test func `Images come from a set, from files or from a folder`() throws {
    let sources = try FullRecipe.sources.map { try read($0).data.source }
    #expect(
      sources[0] == .idx(training: .init(images: "a", labels: "b"), test: .init(images: "c", labels: "d")))
    #expect(
      sources[1]
        == .matlab(training: "a.mat", test: "b.mat", keys: ArrayKeys(images: "X", labels: "Y"), transposed: true))
    #expect(sources[2] == .numpy(training: "a.npz", test: nil, keys: ArrayKeys(), transposed: false))
    let folder = ImageFolder(
      "photos", size: ImageSize(height: 32, width: 32), channels: .grey, fit: .crop, isStrict: true)
    #expect(sources[3] == .digits(count: 600))
    #expect(sources[4] == .folder(folder, test: nil))
  }

  @Test func `A source that a change names replaces the one before, with all that went with it`() throws {
    let changed = try tree(["recipe.yaml": FullRecipe.sources[1]], set: ["data.set=mnist"])
    #expect(try Recipe.schema.read(changed).data.source == .named("mnist"))
    let files = [
      "base.yaml": FullRecipe.vae, "recipe.yaml": "extends: base.yaml\ndata: {images: photos, size: [8, 9]}",
    ]
    #expect(
      try Recipe.schema.read(tree(files)).data.source
        == .folder(ImageFolder("photos", size: ImageSize(height: 8, width: 9)), test: nil))
  }

  @Test func `A generative adversarial network and every initialization arrive`() throws {
    let recipe = try read(FullRecipe.gan)
    let generator = Network {
      Linear(784)
      Layer.activation(.tanh)
      Unflatten(channels: 1, height: 28, width: 28)
    }
    let discriminator = Network {
      Flatten()
      Linear(1)
    }
    #expect(
      try #require(recipe.model as? GAN)
        == GAN(
          generator: generator, discriminator: discriminator, latent: 5, loss: .leastSquares, labelSmoothing: 0.1,
          generatorRate: 0.5, discriminatorRate: 4))
    #expect(recipe.training.initialization == .normal(standardDeviation: 0.1))
    func initialization(_ name: String) throws -> Initialization {
      try read(FullRecipe.vae + "\ntraining: {initialization: \(name)}").training.initialization
    }
    let schemes: [String: Initialization] = [
      "pytorch": .pytorch, "xavierUniform": .xavierUniform, "xavierNormal": .xavierNormal,
      "kaimingUniform": .kaimingUniform, "kaimingNormal": .kaimingNormal, "lecunNormal": .lecunNormal,
      "dcgan": .dcgan, "normal": .normal(standardDeviation: 0.02), "{normal: 1}": .normal(standardDeviation: 1),
    ]
    for (name, scheme) in schemes { #expect(try initialization(name) == scheme) }
    #expect(try read(FullRecipe.vae).training.initialization == .pytorch)
  }

  @Test func `Every corruption arrives`() throws {
    let recipe = try read(FullRecipe.corrupted)
    let expected = Corruption.sequence([
      .gaussian(mean: 0.1, deviation: 0.2),
      .oneOf([.saltAndPepper(amount: 0.1, salt: 0.25), .sequence([.masking(probability: 0.5)])]),
      .saltAndPepper(amount: 0.2, salt: 0.75),
      .occlusion(.init(top: 1, left: 2, height: 3, width: 4), value: 0.5),
      .randomErasing(.init(probability: 0.25, area: 0.1...0.2, aspect: 0.5...2, value: 0.75)),
      .masking(probability: 0.3), .clamp(low: 0, high: 1),
    ])
    #expect(recipe.corruption == SessionCorruption(expected, isFresh: false, seed: 9))
    #expect((recipe.model as? VAE)?.betaWarmUp == .steps(7))
    #expect(try read(FullRecipe.autoencoder).corruption == nil)
  }

  @Test func `A corruption has short forms`() throws {
    for text in [
      "gaussian: 0.3", "[gaussian: 0.3]", "{apply: [{gaussian: {std: 0.3}}]}", "{gaussian: {mean: 0, std: 0.3}}",
    ] {
      let expected = SessionCorruption(.sequence([.gaussian(deviation: 0.3)]))
      #expect(try SessionCorruption(parsing: text, at: "--noise") == expected, "\(text)")
    }
  }

  @Test(arguments: [
    ("gaussian: -1", "std must be at least 0, found -1"), ("gaussian", "missing key \"std\""),
    ("saltAndPepper: 1.5", "amount must be from 0 to 1, found 1.5"),
    ("saltAndPepper: {amount: 0.1, salt: 2}", "salt must be from 0 to 1, found 2"),
    ("clamp: [1, 0]", "clamp must go from a smaller to a larger number"),
    ("randomErasing: {area: [0.3, 0.1]}", "area must go from a smaller to a larger number"),
    ("randomErasing: {aspect: [0, 1]}", "item 0 of aspect must be above 0, found 0"),
    ("occlusion: {top: 0, left: 0, height: 0, width: 1}", "height must be from 1 to 1000000, found 0"),
    ("gausian: 1", "unknown corruption \"gausian\", did you mean \"gaussian\"?"),
    ("oneOf: []", "oneOf must have at least 1 items, found 0"), ("[]", "--noise must have at least 1 items, found 0"),
    ("{apply: [relu]}", "unknown corruption \"relu\""),
    ("{gaussian: 0.1, clamp: [0, 1]}", "unknown key \"gaussian\"; valid keys are apply, draws, seed"),
  ])
  func `A corruption that cannot be is refused with what can be`(_ text: String, _ problem: String) {
    let found = complaint { _ = try SessionCorruption(parsing: text, at: "--noise") }
    #expect(found.hasPrefix("--noise: \(problem)"), "\(found)")
  }

  @Test func `Every schedule and both ways to clip arrive`() throws {
    let trainings = try FullRecipe.schedules.map { try read($0).training }
    #expect(
      trainings.map(\.schedule) == [
        .init(.constant, warmUp: .init(epochs: 2, from: 0.5)), .init(.step(every: 3, factor: 0.5)),
        .init(.exponential(factor: 0.5)), .init(.cosine(epochs: 9, minimum: 0.1)),
        .init(.plateau(.init(factor: 0.5, patience: 3, threshold: 0.1, cooldown: 2, minimum: 0.1))),
      ])
    #expect(trainings.map(\.clipping) == [.norm(2), .value(0.5), nil, nil, nil])
    #expect(try read(FullRecipe.autoencoder).training.schedule == .constant)
    #expect((try read(FullRecipe.schedules[0]).model as? VAE)?.betaWarmUp == .epochs(3))
  }

  @Test func `What is left out has the defaults of PyTorch and of the house`() throws {
    let recipe = try read(
      """
      name: small
      data: {set: kmnist}
      model: {kind: autoencoder, encoder: [flatten, linear: 2], decoder: {mirrored: {}}}
      """)
    #expect((recipe.data.scaling.low, recipe.data.scaling.high) == (0, 1))
    #expect((recipe.data.split.validation, recipe.data.split.seed) == (.images(0), 0))
    #expect((recipe.training.epochs, recipe.training.batch, recipe.training.seed) == (100, 128, 0))
    #expect(!recipe.training.monitorsTest)
    #expect(recipe.training.optimizer == .adam(learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8))
    #expect(recipe.callbacks.isEmpty)
    let model = try #require(recipe.model as? Autoencoder)
    #expect(model.loss == .meanSquaredError)
    #expect(model.decoder == .mirrored(output: nil))
    func optimizer(_ name: String) throws -> Optimizer {
      try read(
        "name: x\ndata: {set: mnist}\nmodel: {kind: vae, encoder: [flatten], decoder: {mirrored: {}}, latent: 1}\n"
          + "training: {optimizer: \(name)}"
      ).training.optimizer
    }
    #expect(try optimizer("adamW") == .adamW(learningRate: 1e-3, weightDecay: 1e-2))
    #expect(try optimizer("sgd") == .sgd(learningRate: 1e-3))
    #expect(try optimizer("rmsProp") == .rmsProp(learningRate: 1e-2, smoothing: 0.99))
  }
}
