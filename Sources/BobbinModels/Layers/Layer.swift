import BobbinEngine

/// One step of a network, as a value: what it does and how large it is, never its weights.
///
/// A layer is added in two files: its own, with a `LayerDefinition`, and this one, with a case that the compiler then asks
/// for in each `switch`. Shapes, parameters and multiply–accumulates all follow from what its `build` puts into a graph.
public enum Layer: Hashable, Sendable {
  case conv2d(Conv2D)
  case convTranspose2d(ConvTranspose2D)
  case linear(Linear)
  case batchNorm(BatchNorm)
  case activation(Activation)
  case flatten(Flatten)
  case unflatten(Unflatten)
  case maxPool2d(MaxPool2D)
  case averagePool2d(AveragePool2D)
  case upsample(Upsample)
  case dropout(Dropout)

  var definition: any LayerDefinition {
    switch self {
    case .conv2d(let layer): layer
    case .convTranspose2d(let layer): layer
    case .linear(let layer): layer
    case .batchNorm(let layer): layer
    case .activation(let activation): activation
    case .flatten(let layer): layer
    case .unflatten(let layer): layer
    case .maxPool2d(let layer): layer
    case .averagePool2d(let layer): layer
    case .upsample(let layer): layer
    case .dropout(let layer): layer
    }
  }

  /// Whether this is one of the linear maps, between which activations and norms stand.
  var isLinearMap: Bool {
    switch self {
    case .conv2d, .convTranspose2d, .linear: true
    case .batchNorm, .activation, .flatten, .unflatten, .maxPool2d, .averagePool2d, .upsample, .dropout: false
    }
  }
}

extension Layer: CustomStringConvertible {
  /// As the layer is written in a network: `Conv2D(8, kernel: 3, stride: 2, padding: 1)`.
  public var description: String { definition.written }
}

/// What a layer knows about itself.
protocol LayerDefinition: Hashable, Sendable, Codable {
  /// As it is written in a network.
  var written: String { get }

  /// Appends the layer to a graph.
  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value
}

/// Where a layer stands while it is built.
struct LayerSite {
  /// The layer's name in the `state_dict`: `encoder.0`.
  let path: String
  /// The group that its parameters train with.
  let group: String
  let phase: Phase

  func parameter(
    _ name: String, _ shape: [Int], _ initializer: Initializer, in graph: inout Graph
  ) throws(ShapeError) -> Graph.Value {
    try graph.parameter(Parameter("\(path).\(name)", shape, group: group, initializer: initializer))
  }
}

// MARK: - Coding

extension Layer: Codable {
  private enum Kind: String, CodingKey {
    case conv2d, convTranspose2d, linear, batchNorm, activation, flatten, unflatten
    case maxPool2d, averagePool2d, upsample, dropout
  }

  private var kind: Kind {
    switch self {
    case .conv2d: .conv2d
    case .convTranspose2d: .convTranspose2d
    case .linear: .linear
    case .batchNorm: .batchNorm
    case .activation: .activation
    case .flatten: .flatten
    case .unflatten: .unflatten
    case .maxPool2d: .maxPool2d
    case .averagePool2d: .averagePool2d
    case .upsample: .upsample
    case .dropout: .dropout
    }
  }

  /// `{"conv2d": {"channels": 8, …}}`: one key, the kind, over the layer's own fields.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Kind.self)
    try definition.encode(to: container.superEncoder(forKey: kind))
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Kind.self)
    guard container.allKeys.count == 1, let kind = container.allKeys.first else {
      let context = DecodingError.Context(
        codingPath: container.codingPath, debugDescription: "a layer needs exactly one known kind as its key")
      throw DecodingError.dataCorrupted(context)
    }
    func field<Definition: LayerDefinition>(_ type: Definition.Type = Definition.self) throws -> Definition {
      try container.decode(type, forKey: kind)
    }
    self =
      switch kind {
      case .conv2d: .conv2d(try field())
      case .convTranspose2d: .convTranspose2d(try field())
      case .linear: .linear(try field())
      case .batchNorm: .batchNorm(try field())
      case .activation: .activation(try field())
      case .flatten: .flatten(try field())
      case .unflatten: .unflatten(try field())
      case .maxPool2d: .maxPool2d(try field())
      case .averagePool2d: .averagePool2d(try field())
      case .upsample: .upsample(try field())
      case .dropout: .dropout(try field())
      }
  }
}
