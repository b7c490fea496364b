import BobbinRecipes
import Testing

/// Recipes that together write out every key that there is.
enum FullRecipe {
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
}

extension Grammar {
  /// Every key and kind, and the tags.
  var names: Set<String> {
    func names(_ items: [GrammarItem]) -> Set<String> {
      items.reduce(into: []) { all, item in all.formUnion(item.grammar.names.union([item.name])) }
    }
    switch self {
    case .mapping(let items, _), .variant(let items): return names(items)
    case .tagged(let key, let items): return names(items).union([key])
    case .list(let item, _), .dictionary(let item): return item.names
    case .either(let one, let other): return one.names.union(other.names)
    case .value, .word, .reference, .anything: return []
    }
  }
}
