import BobbinEngine

/// A matrix and a bias over a vector.
///
///     y = W·x + b
///
/// - Shape: `[in]` → `[features]`
/// - Source: parameters and their first values as PyTorch's `Linear`.
///
/// Example: `Linear(64)`; how long its input is, the layer before says.
public struct Linear: Hashable, Sendable, Codable {
  public var features: Int
  public var bias: Bool

  public init(_ features: Int, bias: Bool = true) {
    self.features = features
    self.bias = bias
  }
}

extension Linear: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.linear(self)] }

  var written: String { "Linear(\(features)\(biasArgument(bias)))" }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    let input = graph.shape(of: x)
    guard input.dimensions.count == 1 else {
      throw ShapeError("linear", "needs a vector [\(input.count)], put Flatten() before it", input)
    }
    guard features > 0 else { throw ShapeError("linear", "needs at least one output feature, not \(features)", input) }
    let shape = [features, input.channels]
    let y = try graph.linear(x, weight: site.weight(shape, in: &graph))
    return bias ? try site.addBias(to: y, weight: shape, in: &graph) : y
  }
}

// MARK: - First values

extension LayerSite {
  /// U(−1/√fan_in, 1/√fan_in), with fan_in the product of every axis of the weight after the first: in·k·k of a
  /// convolution, *out*·k·k of a transposed one, in of a linear layer.
  ///
  /// - Source: PyTorch `torch/nn/modules/conv.py` and `linear.py`, `reset_parameters`: `kaiming_uniform_(weight, a=√5)`, whose
  ///   gain √(2/(1 + 5)) and bound √3·gain/√fan_in come to 1/√fan_in; `torch/nn/init.py`, `_calculate_fan_in_and_fan_out`.
  private func defaultInitializer(weight shape: [Int]) -> Initializer {
    let fanIn = shape.dropFirst().reduce(1, *)
    return .uniform(bound: Float(1 / Double(fanIn).squareRoot()))
  }

  func weight(_ shape: [Int], in graph: inout Graph) throws(ShapeError) -> Graph.Value {
    try parameter("weight", shape, defaultInitializer(weight: shape), in: &graph)
  }

  /// A bias per channel, drawn like the weight: U(−1/√fan_in, 1/√fan_in).
  ///
  /// - Source: PyTorch, the second half of the same `reset_parameters`.
  func addBias(
    to y: Graph.Value, weight shape: [Int], in graph: inout Graph
  ) throws(ShapeError) -> Graph.Value {
    let channels = graph.shape(of: y).channels
    let bias = try parameter("bias", [channels], defaultInitializer(weight: shape), in: &graph)
    return try graph.addBias(y, bias)
  }
}

func biasArgument(_ bias: Bool) -> String { bias ? "" : ", bias: false" }
