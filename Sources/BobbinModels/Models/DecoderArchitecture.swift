import BobbinEngine

/// Where a model's decoder comes from.
public enum DecoderArchitecture: Hashable, Sendable, Codable {
  /// Derived from the encoder, with `output` behind its last layer; see `Network.mirrored`.
  case mirrored(output: Activation? = nil)
  case network(Network)

  /// What the activation behind the last linear map can reach.
  var imageRange: ImageRange? {
    let activation =
      switch self {
      case .mirrored(let output): output
      case .network(let network): network.outputActivation
      }
    return ImageRange(of: activation, endOf: EncoderDecoder.decoderPath)
  }

  /// - Parameter encoder: ends in the code.
  func network(mirroring encoder: Network, for input: Shape) throws(ModelError) -> Network {
    switch self {
    case .mirrored(let output): try encoder.mirrored(for: input, output: output)
    case .network(let network): network
    }
  }
}

/// An encoder and a decoder that fit each other and the images.
struct EncoderDecoder {
  static let encoderPath = "encoder"
  static let decoderPath = "decoder"

  let encoder: PlacedNetwork
  let decoder: PlacedNetwork
  let image: Shape
  let code: Shape

  /// - Parameters:
  ///   - encoder: may give more than the code, such as its variance.
  ///   - encoderOfCode: the part of it that a mirrored decoder retraces.
  init(
    encoder: Network, encoderOfCode: Network, decoder: DecoderArchitecture, image: Shape
  ) throws(ModelError) {
    let code = try modelError { () throws(ShapeError) in
      try encoderOfCode.outputShape(for: image, path: Self.encoderPath)
    }
    let decoder = try decoder.network(mirroring: encoderOfCode, for: image)
    let output = try modelError { () throws(ShapeError) in
      try decoder.outputShape(for: code, path: Self.decoderPath)
    }
    guard output == image else {
      let paddings = decoder.outputPaddings(giving: image, for: code, path: Self.decoderPath)
      throw .decoderOutput(output, image: image, paddings: paddings)
    }
    self.encoder = PlacedNetwork(path: Self.encoderPath, network: encoder, input: image)
    self.decoder = PlacedNetwork(path: Self.decoderPath, network: decoder, input: code)
    self.image = image
    self.code = code
  }

  var networks: [PlacedNetwork] { [encoder, decoder] }

  /// The groups that a training program updates.
  var groups: Set<String> { [encoder.path, decoder.path] }

  /// A training or an inference program around an objective.
  func program(
    _ role: ProgramRole, _ graph: Graph, objective: Graph.Value, metrics: [Program.Output] = [], phase: Phase
  ) throws(ModelError) -> Program {
    try Program(role, graph, objective: objective, updating: groups, metrics: metrics, phase: phase)
  }
}

extension Program {
  /// A training or an inference program around an objective, which is the metric `loss` in both.
  init(
    _ role: ProgramRole, _ graph: Graph, objective: Graph.Value, updating groups: Set<String>,
    metrics: [Program.Output], phase: Phase
  ) throws(ModelError) {
    switch phase {
    case .inference:
      self.init(inference: role.rawValue, graph, metrics: [Program.Output(ProgramName.loss, objective)] + metrics)
    case .training:
      do throws(GradientError) {
        try self.init(training: role.rawValue, graph, objective: objective, updating: groups, metrics: metrics)
      } catch {
        throw .gradient(error)
      }
    }
  }
}
