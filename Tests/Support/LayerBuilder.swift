import BobbinEngine

/// Layers with their parameters, named by their place, for graphs in tests.
package struct LayerBuilder {
  package var graph = Graph()
  package let phase: Phase
  /// Inputs that the gradient is asked for, beside the parameters.
  package private(set) var differentiated: [Graph.Value] = []
  /// The group that new parameters belong to.
  package var group = "model"
  private var layers = 0

  package init(phase: Phase) { self.phase = phase }

  // MARK: - Sources

  package mutating func input(_ name: String = "x", _ dimensions: Int...) -> Graph.Value {
    let value = graph.input(name, Shape(dimensions))
    differentiated.append(value)
    return value
  }

  package mutating func constant(_ name: String, _ shape: Shape) -> Graph.Value { graph.input(name, shape) }

  package mutating func parameter(
    _ name: String, _ dimensions: [Int], _ initializer: Initializer
  ) throws -> Graph.Value {
    try graph.parameter(Parameter(name, dimensions, group: group, initializer: initializer))
  }

  private mutating func nextLayer() -> String {
    layers += 1
    return "\(group).\(layers)"
  }

  // MARK: - Layers

  package mutating func conv(
    _ x: Graph.Value, _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true
  ) throws -> Graph.Value {
    let name = nextLayer()
    let inputs = graph.shape(of: x).channels
    let weight = try parameter(
      "\(name).weight", [channels, inputs, kernel, kernel], .spread(over: inputs * kernel * kernel))
    let y = try graph.conv2d(x, weight: weight, stride: stride, padding: padding)
    return bias ? try addBias(y, name) : y
  }

  package mutating func transposedConv(
    _ x: Graph.Value, _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
    bias: Bool = true
  ) throws -> Graph.Value {
    let name = nextLayer()
    let inputs = graph.shape(of: x).channels
    let weight = try parameter(
      "\(name).weight", [inputs, channels, kernel, kernel], .spread(over: inputs * kernel * kernel / stride))
    let y = try graph.convTranspose2d(
      x, weight: weight, stride: stride, padding: padding, outputPadding: outputPadding)
    return bias ? try addBias(y, name) : y
  }

  package mutating func linear(_ x: Graph.Value, _ outputs: Int, bias: Bool = true) throws -> Graph.Value {
    let name = nextLayer()
    let inputs = graph.shape(of: x).count
    let weight = try parameter("\(name).weight", [outputs, inputs], .spread(over: inputs))
    let y = try graph.linear(x, weight: weight)
    return bias ? try addBias(y, name) : y
  }

  private mutating func addBias(_ y: Graph.Value, _ name: String) throws -> Graph.Value {
    try graph.addBias(y, parameter("\(name).bias", [graph.shape(of: y).channels], .zeros))
  }

  /// - Parameter phase: another phase than the network's, to normalise by the running statistics in training.
  package mutating func batchNorm(_ x: Graph.Value, phase: Phase? = nil) throws -> Graph.Value {
    let name = nextLayer()
    let channels = graph.shape(of: x).channels
    let scale = try parameter("\(name).weight", [channels], .ones)
    let shift = try parameter("\(name).bias", [channels], .zeros)
    return try graph.batchNorm(
      x, scale: scale, shift: shift, running: RunningStatistics(path: name, channels: channels, momentum: 0.1),
      phase: phase ?? self.phase)
  }
}

extension Initializer {
  /// Outputs about as large as inputs.
  fileprivate static func spread(over fanIn: Int) -> Initializer {
    .uniform(bound: (3 / Float(max(fanIn, 1))).squareRoot())
  }
}

extension Parameter {
  /// Elements for tests: near what the initialiser says, but nothing is 0 or 1 exactly.
  package func testElements(seed: UInt64) -> [Float] {
    let random = RandomElements(seed: seed, name: name)
    switch initializer {
    case .zeros: return random.uniform(shape.count, in: -0.3...0.3)
    case .ones: return random.uniform(shape.count, in: 0.6...1.4)
    case .uniform(let bound): return random.uniform(shape.count, in: -bound...bound)
    case .normal(let mean, let deviation): return random.normal(shape.count, mean: 0).map { mean + deviation * $0 }
    }
  }
}
