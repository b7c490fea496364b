import BobbinEngine
import BobbinModels
import BobbinRecipes
import Foundation
import Testing

@Suite struct RecipeTests {
  /// A recipe that writes out every key of an autoencoder's, one to a line, none with its default.
  static let autoencoder = """
    name: full
    data:
      set: fashion-mnist
      scale: [-1, 1]
      split:
        validation: 10
        seed: 3
    model:
      kind: autoencoder
      encoder:
        - conv:
            channels: 4
            kernel: 3
            stride: 2
            padding: 1
            bias: false
        - batchNorm:
            epsilon: 1e-4
            momentum: 0.2
        - leakyRelu:
            slope: 0.1
        - flatten
        - linear:
            features: 8
            bias: false
      decoder:
        - linear: 784
        - unflatten: [4, 14, 14]
        - convTranspose:
            channels: 1
            kernel: 3
            stride: 2
            padding: 1
            outputPadding: 1
            bias: false
        - sigmoid
      loss: binaryCrossEntropy
    training:
      epochs: 3
      batch: 8
      optimizer:
        adam:
          learningRate: 0.1
          beta1: 0.8
          beta2: 0.9
          epsilon: 1e-7
          weightDecay: 0.5
      seed: 1
      monitor: test
    callbacks:
      - earlyStopping:
          watch: training.loss
          patience: 2
          margin: 0.5
          restoreBest: false
    """

  static let vae = """
    name: variational
    data:
      set: mnist
    model:
      kind: vae
      encoder:
        - flatten
        - linear: 8
        - tanh
      decoder:
        mirrored:
          output: tanh
      latent: 2
      likelihood:
        gaussian:
          variance: 0.5
      beta: 4
    """

  static let gan = """
    name: adversaries
    data:
      set: mnist
      scale: [-1, 1]
    model:
      kind: gan
      generator:
        - linear: 784
        - tanh
        - unflatten: [1, 28, 28]
      discriminator:
        - flatten
        - linear: 1
      latent: 5
      loss: leastSquares
      labelSmoothing: 0.1
      generatorRate: 0.5
      discriminatorRate: 4
    training:
      initialization:
        normal:
          standardDeviation: 0.1
    """

  /// Every optimiser with every key.
  static let optimizers = [
    "adamW:\n      learningRate: 1\n      beta1: 0.1\n      beta2: 0.2\n      epsilon: 1\n      weightDecay: 0",
    "sgd:\n      learningRate: 1\n      momentum: 0.1\n      weightDecay: 2",
    "rmsProp:\n      learningRate: 1\n      smoothing: 0.1\n      epsilon: 1\n      momentum: 0.5\n      weightDecay: 2",
  ].map { vae + "\ntraining:\n  optimizer:\n    " + $0 }

  /// A recipe under the name that reports of tests give it.
  struct Text: CustomTestStringConvertible, Sendable {
    let yaml: String
    let testDescription: String
  }

  static let all =
    [
      Text(yaml: autoencoder, testDescription: "autoencoder"), Text(yaml: vae, testDescription: "vae"),
      Text(yaml: gan, testDescription: "gan"),
    ]
    + zip(optimizers, ["adamW", "sgd", "rmsProp"]).map(Text.init)

  private func read(_ yaml: String) throws -> Recipe { try Recipe.schema.read(tree(yaml)) }

  // MARK: - What is read

  @Test func `Every number of a recipe arrives`() throws {
    let recipe = try read(Self.autoencoder)
    #expect(recipe.name == "full")
    #expect(recipe.data.set == "fashion-mnist")
    #expect((recipe.data.scaling.low, recipe.data.scaling.high) == (-1, 1))
    #expect((recipe.data.split.validation, recipe.data.split.seed) == (10, 3))
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
    let model = try #require(try read(Self.vae).model as? VAE)
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
      try Self.optimizers.map { try read($0).training.optimizer } == [
        .adamW(learningRate: 1, beta1: 0.1, beta2: 0.2, epsilon: 1, weightDecay: 0),
        .sgd(learningRate: 1, momentum: 0.1, weightDecay: 2),
        .rmsProp(learningRate: 1, smoothing: 0.1, epsilon: 1, momentum: 0.5, weightDecay: 2),
      ])
  }

  @Test func `A generative adversarial network and every initialization arrive`() throws {
    let recipe = try read(Self.gan)
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
      try read(Self.vae + "\ntraining: {initialization: \(name)}").training.initialization
    }
    let schemes: [String: Initialization] = [
      "pytorch": .pytorch, "xavierUniform": .xavierUniform, "xavierNormal": .xavierNormal,
      "kaimingUniform": .kaimingUniform, "kaimingNormal": .kaimingNormal, "lecunNormal": .lecunNormal,
      "dcgan": .dcgan, "normal": .normal(standardDeviation: 0.02), "{normal: 1}": .normal(standardDeviation: 1),
    ]
    for (name, scheme) in schemes { #expect(try initialization(name) == scheme) }
    #expect(try read(Self.vae).training.initialization == .pytorch)
  }

  @Test func `What is left out has the defaults of PyTorch and of the house`() throws {
    let recipe = try read(
      """
      name: small
      data: {set: kmnist}
      model: {kind: autoencoder, encoder: [flatten, linear: 2], decoder: {mirrored: {}}}
      """)
    #expect((recipe.data.scaling.low, recipe.data.scaling.high) == (0, 1))
    #expect((recipe.data.split.validation, recipe.data.split.seed) == (0, 0))
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

  // MARK: - What is refused

  /// A key of a recipe with its place, counted from 1.
  private struct Written {
    let key: String
    let line: Int
    let column: Int
  }

  private func keys(_ yaml: String) -> [Written] {
    yaml.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
      guard let match = line.firstMatch(of: /^ *(- )?([A-Za-z0-9]+):/) else { return nil }
      let column = line.distance(from: line.startIndex, to: match.2.startIndex)
      return Written(key: String(match.2), line: number + 1, column: column + 1)
    }
  }

  /// `yaml` with the last two characters of a key swapped.
  private func misspelling(_ written: Written, in yaml: String) -> (yaml: String, key: String) {
    var wrong = written.key
    let last = wrong.removeLast()
    if wrong.last != last { wrong.insert(last, at: wrong.index(before: wrong.endIndex)) }
    var lines = yaml.components(separatedBy: "\n")
    let line = lines[written.line - 1]
    let start = line.index(line.startIndex, offsetBy: written.column - 1)
    lines[written.line - 1].replaceSubrange(
      start..<line.index(start, offsetBy: written.key.count), with: wrong)
    return (lines.joined(separator: "\n"), wrong)
  }

  @Test(arguments: all)
  func `Every key that is misspelt is refused at its place with the right spelling`(_ text: Text) throws {
    let yaml = text.yaml
    _ = try read(yaml)
    let keys = keys(yaml)
    #expect(keys.count > 10)
    for written in keys {
      let (wrong, key) = misspelling(written, in: yaml)
      let text = complaint { _ = try read(wrong) }
      #expect(text.hasPrefix("recipe.yaml:\(written.line):\(written.column): unknown "), "\(text)")
      #expect(text.hasSuffix(" \"\(key)\", did you mean \"\(written.key)\"?"), "\(text)")
    }
  }

  @Test func `The recipes above have every key that there is`() {
    let written = Set(Self.all.flatMap { keys($0.yaml).map(\.key) })
    let bare: Set = [
      "relu", "selu", "sigmoid", "tanh", "flatten", "bernoulli", "meanSquaredError", "pytorch", "xavierUniform",
      "xavierNormal", "kaimingUniform", "kaimingNormal", "lecunNormal", "dcgan",
    ]
    #expect(names(in: Recipe.schema.grammar) == written.union(bare).union(["autoencoder", "vae", "gan"]))
  }

  /// Every key and kind of a grammar, and the tags.
  private func names(in grammar: Grammar) -> Set<String> {
    func names(_ items: [GrammarItem]) -> Set<String> {
      items.reduce(into: []) { all, item in all.formUnion(self.names(in: item.grammar).union([item.name])) }
    }
    switch grammar {
    case .mapping(let items, _), .variant(let items): return names(items)
    case .tagged(let key, let items): return names(items).union([key])
    case .list(let item, _), .dictionary(let item): return self.names(in: item)
    case .either(let one, let other): return self.names(in: one).union(self.names(in: other))
    case .value, .word, .reference, .anything: return []
    }
  }

  @Test(arguments: [
    ("training.epochs=0", "epochs must be from 1 to 1000000, found 0"),
    ("training.epochs=many", "epochs must be a whole number, found \"many\""),
    ("training.batch=1.5", "batch must be a whole number, found 1.5"),
    ("training.optimizer.adam.learningRate=0", "learningRate must be above 0, found 0"),
    ("training.optimizer.adam.learningRate=.nan", "learningRate must be a number, found .nan"),
    ("training.optimizer.adam.beta1=1", "beta1 must be at least 0 and below 1, found 1"),
    ("training.optimizer=adagrad", "unknown optimizer \"adagrad\"; choices are adam, adamW, sgd, rmsProp"),
    ("training.seed=-1", "seed must be at least 0, found -1"),
    ("training.monitor=tset", "unknown monitor \"tset\", did you mean \"test\"?"),
    ("data.set=cifar", "unknown set \"cifar\"; choices are fashion-mnist, mnist, kmnist"),
    ("data.set=fashion-mnits", "unknown set \"fashion-mnits\", did you mean \"fashion-mnist\"?"),
    ("data.scale=[1, 0]", "scale must go from a smaller to a larger number"),
    ("data.scale=[1]", "scale must have exactly 2 items, found 1"),
    ("data.split.validation=-3", "validation must be from 0 to 1000000000, found -3"),
    ("name=a/b", "name must be letters, digits"),
    ("name=.hidden", "name must be letters, digits"),
    ("name=null", "name must be text, found nothing"),
    ("model.kind=autoencodr", "unknown kind \"autoencodr\", did you mean \"autoencoder\"?"),
    ("model.loss=mse", "unknown loss \"mse\"; choices are meanSquaredError, binaryCrossEntropy"),
    ("model.encoder=[]", "encoder must have at least 1 items, found 0"),
    ("model.encoder=relu", "encoder must be a list, found \"relu\""),
    ("model.encoder.0.conv.kernel=0", "kernel must be from 1 to 1024, found 0"),
    (
      "model.encoder.0.conv.channels=9000000000000000000",
      "channels must be from 1 to 1000000, found 9000000000000000000"
    ),
    ("model.encoder.0.conv.padding=9000000000000000000", "padding must be from 0 to 1024, found 9000000000000000000"),
    ("training.batch=9000000000000000000", "batch must be from 1 to 1000000, found 9000000000000000000"),
    ("model.encoder.0.conv.bias=perhaps", "bias must be true or false, found \"perhaps\""),
    ("model.encoder.1.batchNorm.momentum=2", "momentum must be from 0 to 1, found 2"),
    ("model.encoder.1.batchNorm.epsilon=0", "epsilon must be above 0, found 0"),
    ("model.encoder.3=rleu", "unknown layer \"rleu\", did you mean \"relu\"?"),
    ("model.encoder.9=relu", "encoder is a list and has no \"9\"; its items are 0 to 4"),
    ("model.decoder.1.unflatten=[4, 14]", "unflatten must have exactly 3 items, found 2"),
    ("model.decoder={mirrored: {output: softmax}}", "unknown output \"softmax\"; choices are none, sigmoid, tanh"),
    ("callbacks.0.earlyStopping.patience=0", "patience must be from 1 to 1000000, found 0"),
    ("callbacks.0.earlyStopping.watch=loss", "unknown watch \"loss\"; choices are validation.loss, training.loss"),
  ])
  func `A value that cannot be is refused with what can be`(_ override: String, _ problem: String) throws {
    let text = complaint {
      _ = try Recipe.schema.read(tree(["recipe.yaml": Self.autoencoder], set: [override]))
    }
    #expect(text.hasPrefix("--set \(override): \(problem)"), "\(text)")
  }

  @Test(arguments: [
    ("  kind: vae\n", "", "recipe.yaml:5:3: missing key \"kind\" of model: one of autoencoder, vae, gan"),
    ("  kind: vae\n", "  kind: vae\n  knd: vae\n", "recipe.yaml:6:3: unknown key \"knd\", did you mean \"kind\"?"),
    ("  latent: 2\n", "", "recipe.yaml:5:3: missing key \"latent\": Dimensions of the code"),
    ("variance: 0.5", "variance: 0", "recipe.yaml:16:17: variance must be above 0, found 0"),
    ("beta: 4", "beta: -1", "recipe.yaml:17:9: beta must be at least 0, found -1"),
    ("latent: 2", "loss: 2", "recipe.yaml:13:3: unknown key \"loss\""),
    ("  set: mnist\n", "  {}\n", "recipe.yaml:3:3: missing key \"set\": A set known by name"),
  ])
  func `A variational autoencoder's recipe is refused at the place`(
    _ old: String, _ new: String, _ problem: String
  ) throws {
    let yaml = Self.vae.replacingOccurrences(of: old, with: new)
    #expect(yaml != Self.vae)
    let text = complaint { _ = try read(yaml) }
    #expect(text.hasPrefix(problem), "\(text)")
  }

  // MARK: - The resolved recipe

  @Test(arguments: all)
  func `The resolved recipe reads back to the same and says every default`(_ text: Text) throws {
    let yaml = text.yaml
    let resolved = try Recipe.schema.completed(tree(yaml))
    let again = try tree(resolved.yaml)
    #expect(again == resolved)
    #expect(try Recipe.schema.completed(again) == resolved)
    #expect(try Recipe.schema.completed(again).yaml == resolved.yaml)
    #expect(again.firstDifference(from: resolved) == nil)
    let (one, other) = (try read(yaml), try read(resolved.yaml))
    #expect(one.training.optimizer == other.training.optimizer)
    #expect(one.model as? Autoencoder == other.model as? Autoencoder)
    #expect(one.model as? VAE == other.model as? VAE)
    for path in ["data.scale", "data.split.seed", "training.epochs", "training.optimizer", "callbacks"] {
      #expect(resolved.node(at: path) != nil, "\(path)")
    }
    let optimizer = try #require(resolved.node(at: "training.optimizer")?.entries?.first?.value)
    #expect(optimizer["learningRate"] != nil)
  }

  @Test func `The first difference between two recipes is named by its path`() throws {
    let base = try Recipe.schema.completed(tree(Self.autoencoder))
    func difference(_ override: String, ignoring: Set<String> = []) throws -> String? {
      let changed = try tree(["recipe.yaml": Self.autoencoder], set: [override])
      return base.firstDifference(from: try Recipe.schema.completed(changed), ignoring: ignoring)
    }
    #expect(try difference("training.batch=9") == "training.batch is 8 there and 9 here")
    #expect(try difference("training.epochs=9") == "training.epochs is 3 there and 9 here")
    #expect(try difference("training.epochs=9", ignoring: ["training.epochs"]) == nil)
    #expect(try difference("training.epochs=3") == nil)
    #expect(
      try difference("model.encoder.0.conv.channels=5")
        == "model.encoder.0.conv.channels is 4 there and 5 here")
    #expect(try difference("training.optimizer=sgd")?.hasPrefix("training.optimizer.adam is only there") == true)
    #expect(try difference("training.monitor=null") == "training.monitor is only there")
    #expect(try difference("callbacks=[]")?.hasPrefix("callbacks is ") == true)
    #expect(try difference("data.scale=[0, 1]")?.hasPrefix("data.scale.0 is -1 there and 0 here") == true)
  }

  // MARK: - The reference

  @Test func `The reference page names every key with what it takes and means`() {
    let page = Recipe.schema.grammar.reference(titled: "Recipe")
    for name in names(in: Recipe.schema.grammar) where name != "kind" {
      #expect(
        page.contains("| `\(name)` |") || page.contains("* `\(name)`:") || page.contains("* `kind: \(name)`:"),
        "\(name)")
    }
    #expect(page.contains("| `epochs` | a whole number, from 1 to 1000000 | `100` | Passes over the training images |"))
    #expect(page.contains("| `name` | text | required |"))
    #expect(page.hasPrefix("## Recipe\n"))
    // No cell, heading or list item is empty.
    for line in page.split(separator: "\n") {
      #expect(!line.contains("|  |"), "\(line)")
      #expect(!line.hasSuffix(": "), "\(line)")
    }
  }
}

/// The recipes that come with the program.
@Suite struct ShippedRecipeTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Recipes").standardizedFileURL.path

  static let files: [String] = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
    .filter { $0.hasSuffix(".yaml") }.sorted()

  private func tree(_ file: String) throws -> YAMLNode {
    try RecipeFile.tree(Self.folder + "/" + file) { try Array(Data(contentsOf: URL(fileURLWithPath: $0))) }
  }

  @Test func `There are recipes`() { #expect(Self.files.contains("fashion-autoencoders/cae.yaml")) }

  @Test(arguments: files)
  func `Every recipe can be read, and its model be built`(_ file: String) throws {
    let recipe = try Recipe.schema.read(tree(file))
    // This one is for images of 32×32.
    let side = file == "fashion-cae-gan/gan.yaml" ? 32 : 28
    let image = Shape.image(side, side, channels: 1)
    #expect(try recipe.model.summary(for: image).parameters > 1000)
    let programs = try recipe.model.programs(for: image)
    #expect(programs.first(named: .train) != nil)
    #expect(programs.first(named: .evaluate) != nil)
    let resolved = try Recipe.schema.completed(tree(file))
    #expect(try YAMLNode(parsing: Array(resolved.yaml.utf8), from: "x") == resolved)
  }

  @Test func `The report's adversaries have the report's numbers`() throws {
    let recipe = try Recipe.schema.read(tree("fashion-cae-gan/gan.yaml"))
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

  @Test func `The report's autoencoder has the report's numbers`() throws {
    let recipe = try Recipe.schema.read(tree("fashion-autoencoders/cae.yaml"))
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
    #expect(recipe.data.set == "fashion-mnist")
    #expect((recipe.data.scaling.low, recipe.data.scaling.high) == (0, 1))
    #expect(recipe.data.split.validation == 12_000)
    #expect((recipe.training.epochs, recipe.training.batch) == (100, 128))
    #expect(recipe.training.optimizer == .adam(learningRate: 0.002, weightDecay: 0))
    #expect(recipe.callbacks.isEmpty)
  }
}
