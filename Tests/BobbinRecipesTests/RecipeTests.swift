import BobbinData
import BobbinEngine
import BobbinModels
import BobbinRecipes
import BobbinTraining
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
      - checkpoints:
          every: 2
      - samples:
          count: 9
          every: 2
          seed: 1
      - reconstructions:
          of: validation
          images: [0, 1]
          every: 2
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

  /// With every layer that an autoencoder above does without.
  static let classifier = """
    name: classes
    data:
      set: mnist
    model:
      kind: classifier
      encoder:
        layers:
          - maxPool:
              kernel: 2
              stride: 1
              padding: 1
          - averagePool:
              kernel: 3
              stride: 2
              padding: 1
          - upsample:
              factor: 2
          - elu:
              alpha: 0.5
          - flatten
        frozen: false
        origin: a run
      head:
        - dropout:
            probability: 0.25
        - linear: 10
      classes: 10
      loss: softmaxNLL
    """

  /// Images of another size, cut in other ways.
  static let cut = vae.replacing(
    "  set: mnist\n",
    with: """
        set: mnist
        resize: [32, 30]
        split:
          test: 0.25
          stratified: true
          folds: 5
          fold: 2

      """)

  /// Images from elsewhere.
  static let sources = [
    """
      idx:
        images: a
        labels: b
      test:
        images: c
        labels: d
    """,
    "  mat: a.mat\n  images: X\n  labels: Y\n  transpose: true\n  test: b.mat",
    "  npz: a.npz", "  set: digits-synthetic\n  count: 600",
    "  images: photos\n  size: 32\n  channels: grey\n  fit: crop\n  strict: true",
  ].map { vae.replacing("  set: mnist", with: $0) }

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

  /// Every corruption with every key, and the weight that grows.
  static let corrupted = """
    name: corrupted
    data:
      set: mnist
    corruption:
      apply:
        - gaussian:
            mean: 0.1
            std: 0.2
        - oneOf:
            - saltAndPepper:
                amount: 0.1
                salt: 0.25
            - - masking:
                  probability: 0.5
        - saltAndPepper:
            amount: 0.2
            salt: 0.75
        - occlusion:
            top: 1
            left: 2
            height: 3
            width: 4
            value: 0.5
        - randomErasing:
            probability: 0.25
            area: [0.1, 0.2]
            aspect: [0.5, 2]
            value: 0.75
        - masking:
            probability: 0.3
        - clamp: [0, 1]
      draws: fixed
      seed: 9
    model:
      kind: vae
      encoder: [flatten, linear: 8]
      decoder: {mirrored: {}}
      latent: 2
      betaWarmUp:
        steps: 7
    """

  /// Every schedule with every key, and both ways to clip.
  static let schedules = [
    "constant:\n      warmUp:\n        epochs: 2\n        from: 0.5\n  clip:\n    norm: 2",
    "step:\n      every: 3\n      factor: 0.5\n  clip:\n    value: 0.5", "exponential:\n      factor: 0.5",
    "cosine:\n      epochs: 9\n      minimum: 0.1",
    "plateau:\n      factor: 0.5\n      patience: 3\n      threshold: 0.1\n      cooldown: 2\n      minimum: 0.1",
  ].map { vae + "\n  betaWarmUp:\n    epochs: 3\ntraining:\n  schedule:\n    " + $0 }

  /// A recipe under the name that reports of tests give it.
  struct Text: CustomTestStringConvertible, Sendable {
    let yaml: String
    let testDescription: String
  }

  static let all =
    [
      Text(yaml: autoencoder, testDescription: "autoencoder"), Text(yaml: vae, testDescription: "vae"),
      Text(yaml: classifier, testDescription: "classifier"), Text(yaml: cut, testDescription: "cut"),
      Text(yaml: gan, testDescription: "gan"),
    ]
    + zip(sources, ["idx", "mat", "npz", "digits", "images"]).map(Text.init)
    + zip(optimizers, ["adamW", "sgd", "rmsProp"]).map(Text.init)
    + [Text(yaml: corrupted, testDescription: "corrupted")]
    + zip(schedules, ["constant", "step", "exponential", "cosine", "plateau"]).map(Text.init)

  private func read(_ yaml: String) throws -> Recipe { try Recipe.schema.read(tree(yaml)) }

  // MARK: - What is read

  @Test func `Every number of a recipe arrives`() throws {
    let recipe = try read(Self.autoencoder)
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
    let found = try #require(try read(Self.classifier).model as? Classifier)
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
    var tree = try tree(Self.classifier)
    try tree.apply(override: override)
    let text = complaint { _ = try Recipe.schema.read(tree) }
    #expect(text.contains(problem), "\(text)")
  }

  @Test func `Images are resized and cut three ways, or into folds, as written`() throws {
    let data = try read(Self.cut).data
    #expect(data.size == ImageSize(height: 32, width: 30))
    #expect(data.split.test == .fraction(0.25))
    #expect(data.split.isStratified)
    #expect((data.split.fold?.number, data.split.fold?.count) == (2, 5))
    #expect(data.split.holdsOut)
    #expect(try read(Self.autoencoder).data.size == nil)
    let square = try Recipe.schema.read(tree(["recipe.yaml": Self.cut], set: ["data.resize=32"]))
    #expect(square.data.size == ImageSize(height: 32, width: 32))
    let whole = try Recipe.schema.read(
      tree(["recipe.yaml": Self.autoencoder], set: ["data.split.validation=0.1", "data.split.test=8000"]))
    #expect((whole.data.split.validation, whole.data.split.test) == (.fraction(0.1), .images(8000)))
  }

  @Test func `Images come from a set, from files or from a folder`() throws {
    let sources = try Self.sources.map { try read($0).data.source }
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
    let changed = try tree(["recipe.yaml": Self.sources[1]], set: ["data.set=mnist"])
    #expect(try Recipe.schema.read(changed).data.source == .named("mnist"))
    let files = [
      "base.yaml": Self.vae, "recipe.yaml": "extends: base.yaml\ndata: {images: photos, size: [8, 9]}",
    ]
    #expect(
      try Recipe.schema.read(tree(files)).data.source
        == .folder(ImageFolder("photos", size: ImageSize(height: 8, width: 9)), test: nil))
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

  @Test func `Every corruption arrives`() throws {
    let recipe = try read(Self.corrupted)
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
    #expect(try read(Self.autoencoder).corruption == nil)
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
    let trainings = try Self.schedules.map { try read($0).training }
    #expect(
      trainings.map(\.schedule) == [
        .init(.constant, warmUp: .init(epochs: 2, from: 0.5)), .init(.step(every: 3, factor: 0.5)),
        .init(.exponential(factor: 0.5)), .init(.cosine(epochs: 9, minimum: 0.1)),
        .init(.plateau(.init(factor: 0.5, patience: 3, threshold: 0.1, cooldown: 2, minimum: 0.1))),
      ])
    #expect(trainings.map(\.clipping) == [.norm(2), .value(0.5), nil, nil, nil])
    #expect(try read(Self.autoencoder).training.schedule == .constant)
    #expect((try read(Self.schedules[0]).model as? VAE)?.betaWarmUp == .epochs(3))
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
      "relu", "selu", "gelu", "silu", "softplus", "sigmoid", "tanh", "flatten", "bernoulli", "meanSquaredError",
      "pytorch", "xavierUniform", "xavierNormal", "kaimingUniform", "kaimingNormal", "lecunNormal", "dcgan",
      "steps", "tensorboard",
    ]
    // A run that is named is read where runs are; searches and sweeps have tests of their own.
    let elsewhere = names(in: SearchRecipe.schema.grammar).union(["from", "search", "sweep"])
    let kinds: Set = ["autoencoder", "vae", "gan", "classifier"]
    #expect(
      names(in: Recipe.schema.grammar).subtracting(elsewhere)
        == written.union(bare).union(kinds).subtracting(elsewhere))
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
    ("training.schedule={cosine: {}}", "missing key \"epochs\""),
    ("training.schedule={step: {every: 0}}", "every must be from 1 to 1000000, found 0"),
    (
      "training.schedule=linear",
      "unknown schedule \"linear\"; choices are constant, step, exponential, cosine, plateau"
    ),
    ("training.clip={norm: 0}", "norm must be above 0, found 0"),
    ("training.monitor=tset", "unknown monitor \"tset\", did you mean \"test\"?"),
    ("data.set=cifar", "unknown set \"cifar\"; choices are fashion-mnist, mnist, kmnist, digits-synthetic"),
    ("data.set=fashion-mnits", "unknown set \"fashion-mnits\", did you mean \"fashion-mnist\"?"),
    ("data.scale=[1, 0]", "scale must go from a smaller to a larger number"),
    ("data.scale=[1]", "scale must have exactly 2 items, found 1"),
    ("data.split.validation=-3", "validation must be from 0 to 1000000000, or a fraction below 1, found -3"),
    ("data.split.validation=1.5", "validation must be a whole number of images, or a fraction from 0 to less than 1"),
    ("data.split.test=some", "test must be a number of images, or a fraction below 1, found \"some\""),
    ("data.split.folds=1", "folds must be from 2 to 1000, found 1"),
    ("data.split={fold: 2}", "fold says which of the folds is held out: say folds too"),
    ("data.split={folds: 3, fold: 4}", "there is no fold 4 of 3"),
    ("data.split={folds: 3, validation: 4}", "folds decide which images are held out: leave validation away"),
    ("data={}", "data needs one of set, idx, mat, npz or images (a folder); found none"),
    ("data={set: mnist, mat: x.mat}", "data needs one of set, idx, mat, npz or images (a folder); found set and mat"),
    ("data={set: mnist, count: 600}", "count goes with the set digits-synthetic"),
    ("data={set: mnist, transpose: true}", "transpose goes with mat, npz, not with set"),
    ("data={images: photos, labels: y}", "labels goes with mat, npz, not with images"),
    ("data={images: photos, fit: crop}", "fit says how images come to their size: say size too"),
    ("data={images: photos, channels: gray}", "unknown channels \"gray\", did you mean \"grey\"?"),
    ("data={npz: x.npz, test: {images: y}}", "test must be the path of a file or folder here"),
    ("data.resize=0", "resize must be from 1 to 16384, found 0"),
    ("data.resize=[28]", "resize must have exactly 2 items, found 1"),
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
    (
      "  set: mnist\n", "  {}\n",
      "recipe.yaml:3:3: data needs one of set, idx, mat, npz or images (a folder); found none"
    ),
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
