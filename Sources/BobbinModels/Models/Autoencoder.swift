import BobbinEngine

/// An encoder and a decoder trained so that the image comes back.
///
///     objective = loss(decoder(encoder(image)), target), mean over the batch
///
/// `target` is the image itself; where `image` is a corrupted copy of it, this is a denoising autoencoder.
///
/// Example: `Autoencoder(encoder: encoder, decoder: .mirrored(output: .sigmoid))`
///
/// - Source: Hinton and Salakhutdinov 2006; denoising: Vincent 2008.
public struct Autoencoder: Model, Hashable, Codable {
  public var encoder: Network
  public var decoder: DecoderArchitecture
  public var loss: ReconstructionLoss

  public init(encoder: Network, decoder: DecoderArchitecture, loss: ReconstructionLoss = .meanSquaredError) {
    self.encoder = encoder
    self.decoder = decoder
    self.loss = loss
  }

  public func networks(for input: Shape) throws(ModelError) -> [PlacedNetwork] { try parts(for: input).networks }

  public func programs(for input: Shape) throws(ModelError) -> [Program] {
    let parts = try parts(for: input)
    return [
      try objective(.train, parts, phase: .training),
      try objective(.evaluate, parts, phase: .inference),
    ] + (try modelError { () throws(ShapeError) in try inference(parts) })
  }

  public var pretrainedEncoder: Network? { encoder }
  public var reconstructs: Bool { true }

  public var imageRange: ImageRange? {
    switch loss {
    case .binaryCrossEntropy: ImageRange(0...1, because: "binary cross-entropy compares probabilities")
    case .meanSquaredError: decoder.imageRange
    }
  }

  private func parts(for input: Shape) throws(ModelError) -> EncoderDecoder {
    let parts = try EncoderDecoder(encoder: encoder, encoderOfCode: encoder, decoder: decoder, image: input)
    try loss.check(parts.decoder.network)
    return parts
  }

  private func objective(
    _ role: ProgramRole, _ parts: EncoderDecoder, phase: Phase
  ) throws(ModelError) -> Program {
    var graph = Graph()
    let image = graph.input(ProgramName.image, parts.image)
    let target = graph.input(ProgramName.target, parts.image)
    let objective = try modelError { () throws(ShapeError) in
      let code = try parts.encoder.build(into: &graph, from: image, phase: phase)
      let output = try parts.decoder.build(into: &graph, from: code, phase: phase)
      return try graph.loss(loss.element, output, target, reduction: .mean)
    }
    return try parts.program(role, graph, objective: objective, phase: phase)
  }

  private func inference(_ parts: EncoderDecoder) throws(ShapeError) -> [Program] {
    var reconstruct = Graph()
    let image = reconstruct.input(ProgramName.image, parts.image)
    let code = try parts.encoder.build(into: &reconstruct, from: image, phase: .inference)
    let output = try parts.decoder.build(into: &reconstruct, from: code, phase: .inference)

    var encode = Graph()
    let encoded = try parts.encoder.build(
      into: &encode, from: encode.input(ProgramName.image, parts.image), phase: .inference)

    var decode = Graph()
    let decoded = try parts.decoder.build(
      into: &decode, from: decode.input(ProgramName.code, parts.code), phase: .inference)

    return [
      Program(
        inference: ProgramRole.reconstruct.rawValue, reconstruct,
        outputs: [Program.Output(ProgramName.reconstruction, output), Program.Output(ProgramName.code, code)]),
      Program(
        inference: ProgramRole.encode.rawValue, encode, outputs: [Program.Output(ProgramName.code, encoded)]),
      Program(
        inference: ProgramRole.decode.rawValue, decode, outputs: [Program.Output(ProgramName.image, decoded)]),
    ]
  }
}

/// How an autoencoder's output is compared with its target: the mean over all pixels and channels, as PyTorch's
/// `MSELoss` and `BCELoss`.
public enum ReconstructionLoss: String, Hashable, Sendable, Codable, CaseIterable {
  case meanSquaredError
  /// Needs a decoder that ends in a sigmoid, and targets in [0, 1].
  case binaryCrossEntropy

  var element: ElementLoss {
    switch self {
    case .meanSquaredError: .squaredError
    case .binaryCrossEntropy: .binaryCrossEntropy
    }
  }

  func check(_ decoder: Network) throws(ModelError) {
    guard self == .binaryCrossEntropy, decoder.outputActivation != .sigmoid else { return }
    throw .decoderActivation(
      decoder.outputActivation, reason: "binary cross-entropy compares probabilities; end the decoder in Sigmoid()")
  }
}
