import BobbinEngine
import Glibc

/// A generative adversarial network: a generator learns to make images that a discriminator, which learns to tell them from real
/// ones, takes for real.
///
/// A step of training:
///
/// 1. z ~ N(0, I); G(z) is made once.
/// 2. The discriminator judges the real batch, then G(z), each normalised by its own statistics, and is updated.
/// 3. As it is now, it judges G(z) again, and the generator is updated.
///
/// So the discriminator's running statistics move three times per step and the generator's once.
///
/// - Shape: the code is a feature map `[latent, 1, 1]` where the generator begins with a (transposed) convolution, else a vector
///   `[latent]`. The generator ends in an image, the discriminator in one number.
/// - Source: Goodfellow 2014, algorithm 1, in the order of PyTorch's DCGAN tutorial; convolutional: Radford 2015; label
///   smoothing: Salimans 2016, section 3.4; two learning rates: Heusel 2017.
///
/// Example: `GAN(generator: generator, discriminator: discriminator, latent: 90)`
public struct GAN: Model, Hashable, Codable {
  public var generator: Network
  public var discriminator: Network
  /// Dimensions of the code.
  public var latent: Int
  public var loss: AdversarialLoss
  /// Real images are labelled `1 − labelSmoothing` for the discriminator.
  public var labelSmoothing: Double
  /// Multiply the optimiser's learning rate for one of the two.
  public var generatorRate: Double
  public var discriminatorRate: Double

  /// The random stream that z is drawn from.
  public static let noiseStream = "latent/0"

  static let generatorPath = "generator"
  static let discriminatorPath = "discriminator"

  public init(
    generator: Network, discriminator: Network, latent: Int, loss: AdversarialLoss = .nonSaturating,
    labelSmoothing: Double = 0, generatorRate: Double = 1, discriminatorRate: Double = 1
  ) {
    self.generator = generator
    self.discriminator = discriminator
    self.latent = latent
    self.loss = loss
    self.labelSmoothing = labelSmoothing
    self.generatorRate = generatorRate
    self.discriminatorRate = discriminatorRate
  }

  public func networks(for input: Shape) throws(ModelError) -> [PlacedNetwork] {
    let players = try players(for: input)
    return [
      players.generator,
      PlacedNetwork(path: Self.discriminatorPath, network: discriminator, input: input),
    ]
  }

  public var hasNormalPrior: Bool { true }

  public func programs(for input: Shape) throws(ModelError) -> [Program] {
    try programs(for: input, noise: .drawn)
  }

  /// The programs with z from `noise`.
  public func programs(for input: Shape, noise: NoiseSource) throws(ModelError) -> [Program] {
    let players = try players(for: input)
    return [
      try training(players, noise),
      try modelError { () throws(ShapeError) in try evaluation(players, noise) },
      try modelError { () throws(ShapeError) in try decoding(players) },
      try modelError { () throws(ShapeError) in try scoring(players) },
    ]
  }

  public var drawsSamples: Bool { true }

  /// What a discriminator loses that errs nowhere: with smoothed labels their entropy, in nats, where the loss is a
  /// cross-entropy, else 0.
  public var leastDiscriminatorLoss: Double {
    let label = 1 - labelSmoothing
    guard loss == .nonSaturating, label > 0, label < 1 else { return 0 }
    return -label * log(label) - labelSmoothing * log(labelSmoothing)
  }

  public var imageRange: ImageRange? { ImageRange(of: generator.outputActivation, endOf: "generator") }

  // MARK: - Players

  /// The two networks as programs use them: the discriminator gives its verdict.
  private struct Players {
    let generator: PlacedNetwork
    let discriminator: PlacedNetwork
    let image: Shape
    var code: Shape { generator.input }
  }

  private func players(for image: Shape) throws(ModelError) -> Players {
    guard latent > 0 else { throw .codeSize(latent) }
    for rate in [generatorRate, discriminatorRate] where !(rate > 0 && rate.isFinite) {
      throw .learningRateFactor(rate)
    }
    try loss.check(discriminator)
    try loss.check(labelSmoothing: labelSmoothing)
    let code = codeShape
    let made = try modelError { () throws(ShapeError) in
      try generator.outputShape(for: code, path: Self.generatorPath)
    }
    guard made == image else {
      let paddings = generator.outputPaddings(giving: image, for: code, path: Self.generatorPath)
      throw .generatorOutput(made, image: image, paddings: paddings)
    }
    let judged = try modelError { () throws(ShapeError) in
      try discriminator.outputShape(for: image, path: Self.discriminatorPath)
    }
    guard judged.count == 1 else { throw .discriminatorOutput(judged) }
    return Players(
      generator: PlacedNetwork(path: Self.generatorPath, network: generator, input: code),
      discriminator: PlacedNetwork(
        path: Self.discriminatorPath, network: loss.verdict(of: discriminator), input: image),
      image: image)
  }

  private var codeShape: Shape {
    switch generator.layers.first {
    case .conv2d, .convTranspose2d: .image(channels: latent, height: 1, width: 1)
    default: .features(latent)
    }
  }

  /// What the discriminator thinks of an image.
  private func verdict(
    _ graph: inout Graph, _ players: Players, of image: Graph.Value, phase: Phase
  ) throws(ShapeError) -> Graph.Value {
    try graph.reshape(players.discriminator.build(into: &graph, from: image, phase: phase), to: .scalar)
  }

  private func made(
    _ graph: inout Graph, _ players: Players, _ noise: NoiseSource, phase: Phase
  ) throws(ShapeError) -> Graph.Value {
    let code =
      switch noise {
      case .drawn: graph.normalNoise(stream: Self.noiseStream, players.code)
      case .input: graph.input(ProgramName.epsilon, players.code)
      }
    return try players.generator.build(into: &graph, from: code, phase: phase)
  }

  // MARK: - Programs

  /// What both players lose, and how the discriminator scores: `loss` is the sum of both losses.
  private func metrics(
    _ graph: inout Graph, discriminator: Graph.Value, generator: Graph.Value, real: Graph.Value, fake: Graph.Value
  ) throws(ShapeError) -> [Program.Output] {
    [
      Program.Output(ProgramName.loss, try graph.add(discriminator, generator)),
      Program.Output(ProgramName.discriminator, discriminator),
      Program.Output(ProgramName.generator, generator),
      Program.Output(ProgramName.realScore, loss.score(real, in: &graph)),
      Program.Output(ProgramName.fakeScore, loss.score(fake, in: &graph)),
    ]
  }

  private func training(_ players: Players, _ noise: NoiseSource) throws(ModelError) -> Program {
    var graph = Graph()
    let first = try modelError { () throws(ShapeError) in try trainingDiscriminator(&graph, players, noise) }
    try update(Self.discriminatorPath, following: first.loss, rate: discriminatorRate, in: &graph)
    let (generatorLoss, outputs) = try modelError { () throws(ShapeError) in
      let again = try verdict(&graph, players, of: first.made, phase: .training)
      let generatorLoss = try loss.generator(again, in: &graph)
      let outputs = try metrics(
        &graph, discriminator: first.loss, generator: generatorLoss, real: first.real, fake: first.fake)
      return (generatorLoss, outputs)
    }
    try update(Self.generatorPath, following: generatorLoss, rate: generatorRate, in: &graph)
    return Program(training: ProgramRole.train.rawValue, graph, metrics: outputs)
  }

  /// What the discriminator says of both batches before its update.
  private struct Judgement {
    let made: Graph.Value
    let real: Graph.Value
    let fake: Graph.Value
    let loss: Graph.Value
  }

  private func trainingDiscriminator(
    _ graph: inout Graph, _ players: Players, _ noise: NoiseSource
  ) throws(ShapeError) -> Judgement {
    let image = graph.input(ProgramName.image, players.image)
    let made = try made(&graph, players, noise, phase: .training)
    let real = try verdict(&graph, players, of: image, phase: .training)
    let fake = try verdict(&graph, players, of: graph.stopGradient(made), phase: .training)
    let objective = try loss.discriminator(real: real, fake: fake, label: 1 - labelSmoothing, in: &graph)
    return Judgement(made: made, real: real, fake: fake, loss: objective)
  }

  private func update(
    _ player: String, following objective: Graph.Value, rate: Double, in graph: inout Graph
  ) throws(ModelError) {
    do throws(GradientError) {
      try graph.update([player], following: objective, learningRateFactor: rate)
    } catch {
      throw .gradient(error)
    }
  }

  private func evaluation(_ players: Players, _ noise: NoiseSource) throws(ShapeError) -> Program {
    var graph = Graph()
    let image = graph.input(ProgramName.image, players.image)
    let fake = try made(&graph, players, noise, phase: .inference)
    let real = try verdict(&graph, players, of: image, phase: .inference)
    let judged = try verdict(&graph, players, of: fake, phase: .inference)
    let discriminator = try loss.discriminator(real: real, fake: judged, label: 1 - labelSmoothing, in: &graph)
    let generator = try loss.generator(judged, in: &graph)
    let outputs = try metrics(&graph, discriminator: discriminator, generator: generator, real: real, fake: judged)
    return Program(inference: ProgramRole.evaluate.rawValue, graph, metrics: outputs)
  }

  private func decoding(_ players: Players) throws(ShapeError) -> Program {
    var graph = Graph()
    let code = graph.input(ProgramName.code, players.code)
    let image = try players.generator.build(into: &graph, from: code, phase: .inference)
    return Program(
      inference: ProgramRole.decode.rawValue, graph, outputs: [Program.Output(ProgramName.image, image)])
  }

  private func scoring(_ players: Players) throws(ShapeError) -> Program {
    var graph = Graph()
    let image = graph.input(ProgramName.image, players.image)
    let verdict = try verdict(&graph, players, of: image, phase: .inference)
    let score = loss.score(verdict, in: &graph)
    return Program(
      inference: ProgramRole.score.rawValue, graph, outputs: [Program.Output(ProgramName.score, score)])
  }
}
