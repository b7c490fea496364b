import BobbinEngine

/// How every tensor of a model begins.
///
/// All but `pytorch` draw the weights of convolutions and linear layers anew, begin biases at 0 and leave batch norm at γ = 1 and
/// β = 0 unless said. Fans are PyTorch's (`torch/nn/init.py`, `_calculate_fan_in_and_fan_out`): of a weight `[a, b, k, k]`,
/// fan_in = b·k·k and fan_out = a·k·k; a transposed convolution's weight is `[in, out, k, k]`.
public enum Initialization: Hashable, Sendable, Codable {
  /// What each layer of PyTorch does on its own: U(−1/√fan_in, 1/√fan_in) for weights and biases.
  ///
  /// - Source: `torch/nn/modules/conv.py` and `linear.py`, `reset_parameters`.
  case pytorch
  /// U(−a, a), a = √(6/(fan_in + fan_out)). Source: Glorot and Bengio 2010, equation 16.
  case xavierUniform
  /// N(0, 2/(fan_in + fan_out)). Source: Glorot and Bengio 2010, equation 12.
  case xavierNormal
  /// U(−a, a), a = √(6/fan_in): for ReLU. Source: He 2015, equation 10, as a uniform distribution of that variance.
  case kaimingUniform
  /// N(0, 2/fan_in): for ReLU. Source: He 2015, equation 10.
  case kaimingNormal
  /// N(0, 1/fan_in): for SELU and tanh. Source: LeCun 1998, "Efficient BackProp", equation 16; Klambauer 2017.
  case lecunNormal
  /// N(0, standardDeviation²)
  case normal(standardDeviation: Double)
  /// N(0, 0.02²) for weights, N(1, 0.02²) for batch norm's γ. Source: Radford 2015, section 4; γ as in PyTorch's DCGAN tutorial.
  case dcgan

  /// The parameter with the first values that this scheme gives it.
  public func applied(to parameter: Parameter) -> Parameter {
    Parameter(
      parameter.name, parameter.shape.dimensions, group: parameter.group, initializer: initializer(of: parameter))
  }

  private func initializer(of parameter: Parameter) -> Initializer {
    guard self != .pytorch else { return parameter.initializer }
    let dimensions = parameter.shape.dimensions
    if dimensions.count > 1 { return weight(dimensions) }
    switch parameter.initializer {
    // Batch norm's γ is the only tensor that layers begin at 1.
    case .ones: return self == .dcgan ? .normal(mean: 1, standardDeviation: 0.02) : .ones
    case .zeros, .uniform, .normal: return .zeros
    }
  }

  private func weight(_ dimensions: [Int]) -> Initializer {
    let window = dimensions.dropFirst(2).reduce(1, *)
    let (fanIn, fanOut) = (Double(dimensions[1] * window), Double(dimensions[0] * window))
    func uniform(variance: Double) -> Initializer { .uniform(bound: Float((3 * variance).squareRoot())) }
    func normal(variance: Double) -> Initializer {
      .normal(mean: 0, standardDeviation: Float(variance.squareRoot()))
    }
    return switch self {
    case .pytorch: uniform(variance: 1 / (3 * fanIn))
    case .xavierUniform: uniform(variance: 2 / (fanIn + fanOut))
    case .xavierNormal: normal(variance: 2 / (fanIn + fanOut))
    case .kaimingUniform: uniform(variance: 2 / fanIn)
    case .kaimingNormal: normal(variance: 2 / fanIn)
    case .lecunNormal: normal(variance: 1 / fanIn)
    case .normal(let deviation): .normal(mean: 0, standardDeviation: Float(deviation))
    case .dcgan: .normal(mean: 0, standardDeviation: 0.02)
    }
  }
}
