import BobbinEngine

/// Normalises each channel over the batch and the pixels while training, by the running statistics afterwards.
///
///     y = γ·(x − mean)/√(variance + ε) + β
///
/// - Shape: `[C, H, W]` or `[F]` → the same
/// - Source: Ioffe and Szegedy 2015; ε = 1e-5, momentum = 0.1, γ = 1 and β = 0 as PyTorch's `BatchNorm2d` and `BatchNorm1d`.
public struct BatchNorm: Hashable, Sendable, Codable {
  public var epsilon: Float
  /// The share of the newest batch in the running statistics.
  public var momentum: Float

  public init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
    self.epsilon = epsilon
    self.momentum = momentum
  }
}

extension BatchNorm: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.batchNorm(self)] }

  var written: String {
    let standard = BatchNorm()
    var arguments: [String] = []
    if epsilon != standard.epsilon { arguments.append("epsilon: \(epsilon)") }
    if momentum != standard.momentum { arguments.append("momentum: \(momentum)") }
    return "BatchNorm(\(arguments.joined(separator: ", ")))"
  }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    guard epsilon > 0, (0...1).contains(momentum) else {
      throw ShapeError(
        "batchNorm", "needs ε > 0 and a momentum between 0 and 1, not \(epsilon) and \(momentum)", graph.shape(of: x))
    }
    let channels = graph.shape(of: x).channels
    let scale = try site.parameter("weight", [channels], .ones, in: &graph)
    let shift = try site.parameter("bias", [channels], .zeros, in: &graph)
    let running = RunningStatistics(path: site.path, channels: channels, momentum: momentum)
    return try graph.batchNorm(x, scale: scale, shift: shift, running: running, epsilon: epsilon, phase: site.phase)
  }
}

extension RunningStatistics {
  /// What PyTorch keeps beside a batch norm's weight and bias, as its `state_dict` calls them.
  public var stateNames: [String] {
    ["running_mean", "running_var", "num_batches_tracked"].map { "\(path).\($0)" }
  }
}
