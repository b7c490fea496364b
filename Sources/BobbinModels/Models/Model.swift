import BobbinEngine

/// A family that owns networks and a loss, as a value: everything about training it except data, optimiser and weights.
public protocol Model: Sendable {
  /// The networks for images of shape `input`, mirrored ones worked out, in the order of their parameters.
  func networks(for input: Shape) throws(ModelError) -> [PlacedNetwork]

  /// The programs for images of shape `input`, each called by a `ProgramRole`. They share parameters by name.
  func programs(for input: Shape) throws(ModelError) -> [Program]

  /// From image to code, for a classifier to begin with; nil where there is none. Its tensors stand under `encoder`, where a
  /// tensor with more rows than this network has gives its first ones.
  var pretrainedEncoder: Network? { get }

  /// Whether it has a `reconstruct` program.
  var reconstructs: Bool { get }

  /// Whether codes from N(0, I) decode to images like those that it learns from.
  var drawsSamples: Bool { get }

  /// Where images must lie for the model to make sense of them; nil where they may lie anywhere.
  var imageRange: ImageRange? { get }

  /// Whether training brings codes to N(0, I), so that images can be made of draws from there.
  var hasNormalPrior: Bool { get }

  /// How a part of the loss grows to its full weight, if one does; see `StepState.annealing`.
  var warmUp: WarmUp? { get }
}

/// How long a weight takes to grow from 0 to its full size, linearly.
///
///     share of update s (from 1) = min(1, (s − 1)/length)
public enum WarmUp: Hashable, Sendable, Codable {
  case epochs(Int)
  case steps(Int)

  public func share(step: Int, stepsPerEpoch: Int) -> Double {
    let length =
      switch self {
      case .epochs(let epochs): epochs * stepsPerEpoch
      case .steps(let steps): steps
      }
    return length > 0 ? min(1, Double(step - 1) / Double(length)) : 1
  }
}

/// The range that a model's images must lie in.
public struct ImageRange: Hashable, Sendable {
  public let range: ClosedRange<Double>
  /// A clause: `the decoder ends in tanh`.
  public let reason: String

  public init(_ range: ClosedRange<Double>, because reason: String) {
    self.range = range
    self.reason = reason
  }
}

extension ImageRange {
  /// What `activation`, at the end of the network called `name`, can reach.
  init?(of activation: Activation?, endOf name: String) {
    switch activation {
    case .sigmoid: self.init(0...1, because: "the \(name) ends in a sigmoid")
    case .tanh: self.init(-1...1, because: "the \(name) ends in tanh")
    case .relu, .leakyReLU, .elu, .selu, .gelu, .silu, .softplus, nil: return nil
    }
  }
}

extension Model {
  public var reconstructs: Bool { false }
  public var drawsSamples: Bool { false }
  public var imageRange: ImageRange? { nil }
  public var pretrainedEncoder: Network? { nil }
  public var hasNormalPrior: Bool { false }
  public var warmUp: WarmUp? { nil }
}

/// Where the N(0, 1) draws of a model's programs come from.
public enum NoiseSource: Hashable, Sendable {
  /// Drawn from the model's stream at the step of the run. Who evaluates fixes the step, so that epochs see the same draws.
  case drawn
  /// An input `epsilon`, for comparisons with other programs.
  case input
}

/// What a model's program is for; its raw value is the program's name.
public enum ProgramRole: String, Hashable, Sendable, Codable, CaseIterable {
  /// `image`, `target` → metrics; updates the parameters. A program with labels reads `label`; one that reads `code` instead
  /// of `image` is run on what `encode` gives.
  case train
  /// As `train`: the same metrics, nothing changes.
  case evaluate
  /// `image` → `reconstruction`, `code`
  case reconstruct
  /// `image` → `code`
  case encode
  /// `code` → `image`
  case decode
  /// `image` → `logits`, `probabilities`
  case classify
  /// `image` → `score`: what a discriminator thinks of it
  case score
  /// `image` → `corrupted`, `reconstruction`; where images are corrupted
  case denoise
  /// As `evaluate`, but compared with the corrupted image itself
  case evaluateAgainstCorrupted
}

/// What programs call their inputs, outputs and metrics.
public enum ProgramName {
  /// Input: what the encoder sees, corrupted or not. Output of `decode`.
  public static let image = "image"
  /// Input: what the reconstruction is compared with.
  public static let target = "target"
  /// Input: the number of the image's class, from 0.
  public static let label = "label"
  /// Input of `decode`, output of `encode`.
  public static let code = "code"
  /// Input: the N(0, 1) draws of a program built with `NoiseSource.input`.
  public static let epsilon = "epsilon"
  /// Output: the image as the encoder saw it.
  public static let corrupted = "corrupted"
  /// Output: the mean of the likelihood.
  public static let reconstruction = "reconstruction"
  /// Output: log σ² of the code.
  public static let logVariance = "logVariance"
  /// Output: one score per class.
  public static let logits = "logits"
  /// Output: the softmax of the scores.
  public static let probabilities = "probabilities"
  /// Metric: 1 where the highest score is the label's, else 0.
  public static let accuracy = "accuracy"
  /// Metric: the objective.
  public static let loss = "loss"
  /// Metric: what the discriminator loses; see `AdversarialLoss`.
  public static let discriminator = "discriminator"
  /// Metric: what the generator loses.
  public static let generator = "generator"
  /// Metrics: the discriminator's mean score of real and of made images.
  public static let realScore = "realScore"
  public static let fakeScore = "fakeScore"
  /// Output: the discriminator's score of an image.
  public static let score = "score"
  /// Metric: the Kullback–Leibler divergence in nats, not yet multiplied by β.
  public static let kl = "kl"
}

extension Collection<Program> {
  public func first(named role: ProgramRole) -> Program? { first { $0.name == role.rawValue } }
  public func firstIndex(named role: ProgramRole) -> Index? { firstIndex { $0.name == role.rawValue } }
}

/// A network with its place in a model: its path in the `state_dict`, and the shape that it meets there.
public struct PlacedNetwork: Hashable, Sendable {
  /// Also the group that its parameters train with: `encoder`.
  public let path: String
  public let network: Network
  public let input: Shape
  /// Training leaves its weights as they are.
  public let isFrozen: Bool

  public init(path: String, network: Network, input: Shape, isFrozen: Bool = false) {
    self.path = path
    self.network = network
    self.input = input
    self.isFrozen = isFrozen
  }

  public func build(
    into graph: inout Graph, from input: Graph.Value, phase: Phase
  ) throws(ShapeError) -> Graph.Value {
    try network.build(into: &graph, from: input, path: path, group: path, phase: phase)
  }
}

extension Model {
  /// The table of every network.
  public func summary(for input: Shape) throws(ModelError) -> NetworkSummary {
    var rows: [NetworkSummary.Row] = []
    for placed in try networks(for: input) {
      rows += try modelError { () throws(ShapeError) in
        try placed.network.summary(for: placed.input, path: placed.path, isFrozen: placed.isFrozen).rows
      }
    }
    return NetworkSummary(rows: rows)
  }

  /// The names of every tensor in the model's `state_dict`.
  public func stateNames(for input: Shape) throws(ModelError) -> [String] {
    var names: [String] = []
    for placed in try networks(for: input) {
      names += try modelError { () throws(ShapeError) in
        try placed.network.stateNames(for: placed.input, path: placed.path)
      }
    }
    return names
  }
}
