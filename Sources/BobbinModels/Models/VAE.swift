import BobbinEngine

/// A variational autoencoder: the encoder gives a Gaussian over codes, a draw from it is decoded.
///
///     objective = −log p(x|z) + β·KL(N(μ, σ²) ‖ N(0, I)),  z = μ + σ·ε, in nats per image, mean over the batch
///
/// - Shape: the encoder ends in a vector of features; one `Linear(2·latent)` appended to it gives μ (the first `latent`
///   numbers) and log σ² (the rest), so its parameters are those of the encoder's last layer.
/// - Source: Kingma and Welling 2013; β: Higgins 2017.
///
/// Example: `VAE(encoder: features, decoder: .mirrored(), latent: 20, likelihood: .bernoulli)`
public struct VAE: Model, Hashable, Codable {
  /// Ends in features: without the layer that gives μ and log σ².
  public var encoder: Network
  public var decoder: DecoderArchitecture
  /// Dimensions of the code.
  public var latent: Int
  public var likelihood: Likelihood
  /// The weight of the KL term.
  public var beta: Double
  /// β grows to its size over this much training. Updates follow the growing β; every metric, of training as of validation, is
  /// reckoned with the whole one, so that they are in the same units.
  ///
  /// - Source: Bowman 2016, section 3.1.
  public var betaWarmUp: WarmUp?

  /// The random stream that ε is drawn from.
  public static let noiseStream = "reparameterize/0"

  public init(
    encoder: Network, decoder: DecoderArchitecture, latent: Int, likelihood: Likelihood, beta: Double = 1,
    betaWarmUp: WarmUp? = nil
  ) {
    self.encoder = encoder
    self.decoder = decoder
    self.latent = latent
    self.likelihood = likelihood
    self.beta = beta
    self.betaWarmUp = betaWarmUp
  }

  public var warmUp: WarmUp? { betaWarmUp }

  /// β·latent/pixels: comparable between image and code sizes.
  ///
  /// - Source: Higgins 2017, section 4.2 (β_norm).
  public func normalizedBeta(for input: Shape) -> Double { beta * Double(latent) / Double(input.count) }

  /// The β that does the same beside the squared error of pixels in [0, 1], summed over an image: comparable between likelihoods
  /// and ranges of pixels. None for Bernoulli's.
  ///
  ///     Gaussian: 2·variance·β/range²,  mean squared error: pixels·β/range²
  ///
  /// - Parameter range: from black to white, as the model sees pixels.
  public func betaOfSquaredError(for input: Shape, range: Double) -> Double? {
    switch likelihood {
    case .bernoulli: nil
    case .gaussian(let variance): 2 * variance * beta / (range * range)
    case .meanSquaredError: Double(input.count) * beta / (range * range)
    }
  }

  public func networks(for input: Shape) throws(ModelError) -> [PlacedNetwork] { try parts(for: input).networks }

  public func programs(for input: Shape) throws(ModelError) -> [Program] {
    try programs(for: input, noise: .drawn)
  }

  /// The programs with ε from `noise`. `reconstruct`, `encode` and `decode` draw nothing: their code is μ.
  public func programs(for input: Shape, noise: NoiseSource) throws(ModelError) -> [Program] {
    let parts = try parts(for: input)
    return [
      try objective(.train, parts, noise: noise, phase: .training),
      try objective(.evaluate, parts, noise: noise, phase: .inference),
    ] + (try modelError { () throws(ShapeError) in try inference(parts) })
  }

  public var hasNormalPrior: Bool { true }

  /// To the mean, whose rows in the last layer come before those of log σ².
  public var pretrainedEncoder: Network? { encoder.appending(Linear(latent)) }
  public var reconstructs: Bool { true }
  public var drawsSamples: Bool { true }

  public var imageRange: ImageRange? {
    switch likelihood {
    case .bernoulli: ImageRange(0...1, because: "the Bernoulli likelihood compares probabilities")
    case .gaussian, .meanSquaredError: decoder.imageRange
    }
  }

  private func parts(for input: Shape) throws(ModelError) -> EncoderDecoder {
    guard latent > 0 else { throw .codeSize(latent) }
    guard beta >= 0, beta.isFinite else { throw .beta(beta) }
    let parts = try EncoderDecoder(
      encoder: encoder.appending(Linear(2 * latent)), encoderOfCode: encoder.appending(Linear(latent)),
      decoder: decoder, image: input)
    try likelihood.check(parts.decoder.network)
    return parts
  }

  // MARK: - Programs

  private struct Posterior {
    let mean: Graph.Value
    let logVariance: Graph.Value
  }

  private func posterior(
    _ graph: inout Graph, _ parts: EncoderDecoder, phase: Phase
  ) throws(ShapeError) -> Posterior {
    let image = graph.input(ProgramName.image, parts.image)
    let head = try parts.encoder.build(into: &graph, from: image, phase: phase)
    return Posterior(
      mean: try graph.slice(head, 0..<latent), logVariance: try graph.slice(head, latent..<(2 * latent)))
  }

  private func objective(
    _ role: ProgramRole, _ parts: EncoderDecoder, noise: NoiseSource, phase: Phase
  ) throws(ModelError) -> Program {
    var graph = Graph()
    let (objective, loss, reconstruction, kl) = try modelError { () throws(ShapeError) in
      let posterior = try posterior(&graph, parts, phase: phase)
      let epsilon =
        switch noise {
        case .drawn: graph.normalNoise(stream: Self.noiseStream, parts.code)
        case .input: graph.input(ProgramName.epsilon, parts.code)
        }
      let code = try graph.reparameterize(
        mean: posterior.mean, logVariance: posterior.logVariance, noise: epsilon)
      let output = try parts.decoder.build(into: &graph, from: code, phase: phase)
      let target = graph.input(ProgramName.target, parts.image)
      let reconstruction = try likelihood.reconstruction(output, target, in: &graph)
      let kl = try graph.gaussianKL(mean: posterior.mean, logVariance: posterior.logVariance)
      let loss = try graph.add(reconstruction, graph.scaled(kl, by: Float(beta)))
      guard phase == .training, betaWarmUp != nil else { return (loss, loss, reconstruction, kl) }
      return (try graph.add(reconstruction, graph.annealedScale(kl, by: Float(beta))), loss, reconstruction, kl)
    }
    let metrics = [
      Program.Output(ProgramName.reconstruction, reconstruction), Program.Output(ProgramName.kl, kl),
    ]
    var program = try parts.program(role, graph, objective: objective, metrics: metrics, phase: phase)
    // What is reported is the loss with all of β, whatever an update follows.
    program.metrics[0].value = loss
    return program
  }

  private func inference(_ parts: EncoderDecoder) throws(ShapeError) -> [Program] {
    var reconstruct = Graph()
    let code = try posterior(&reconstruct, parts, phase: .inference).mean
    let output = try parts.decoder.build(into: &reconstruct, from: code, phase: .inference)
    let reconstruction = likelihood.mean(output, in: &reconstruct)

    var encode = Graph()
    let encoded = try posterior(&encode, parts, phase: .inference)

    var decode = Graph()
    let decoded = try parts.decoder.build(
      into: &decode, from: decode.input(ProgramName.code, parts.code), phase: .inference)
    let image = likelihood.mean(decoded, in: &decode)

    return [
      Program(
        inference: ProgramRole.reconstruct.rawValue, reconstruct,
        outputs: [
          Program.Output(ProgramName.reconstruction, reconstruction), Program.Output(ProgramName.code, code),
        ]),
      Program(
        inference: ProgramRole.encode.rawValue, encode,
        outputs: [
          Program.Output(ProgramName.code, encoded.mean),
          Program.Output(ProgramName.logVariance, encoded.logVariance),
        ]),
      Program(
        inference: ProgramRole.decode.rawValue, decode, outputs: [Program.Output(ProgramName.image, image)]),
    ]
  }
}
